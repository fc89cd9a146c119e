"""The models, where OpenEnv's tools look for them."""

from ecom_rlve.adapters.openenv.models import EcomAction, EcomObservation, EcomState, RewardComponents

__all__ = ["EcomAction", "EcomObservation", "EcomState", "RewardComponents"]
