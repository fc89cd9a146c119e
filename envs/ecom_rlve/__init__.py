"""Ecom-RLVE for OpenEnv. All of it lives in the package `ecom_rlve`; this folder is what `openenv build` takes."""

from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.adapters.openenv.models import EcomAction, EcomObservation, EcomState

__all__ = ["EcomAction", "EcomClient", "EcomObservation", "EcomState"]
