"""Ecom-RLVE for verifiers v1: a taskset that names episodes, and the environment that plays customer and shop."""

from ecom_rlve_verifiers.environment import EcomVerifiersEnv
from ecom_rlve_verifiers.taskset import EcomTaskset

__all__ = ["EcomTaskset", "EcomVerifiersEnv"]
