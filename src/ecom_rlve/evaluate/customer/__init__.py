"""The customer's figures: measured, and held to their laws (SPEC §6, V14)."""

from ecom_rlve.evaluate.customer.figures import EnvFigures, Figures, figures
from ecom_rlve.evaluate.customer.laws import V14, Law, checks

__all__ = ["V14", "EnvFigures", "Figures", "Law", "checks", "figures"]
