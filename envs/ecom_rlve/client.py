"""The client, where OpenEnv's tools look for it."""

from ecom_rlve.adapters.openenv.client import EcomClient

__all__ = ["EcomClient"]
