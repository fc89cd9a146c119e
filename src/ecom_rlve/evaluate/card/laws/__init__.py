"""The laws of the card that are tried on episodes one by one: `LAWS`, in the order of their numbers."""

from ecom_rlve.evaluate.card.laws import attained, leaks, renamed, sessions, told, variations
from ecom_rlve.evaluate.card.laws.law import Law, Trial

LAWS: tuple[Law, ...] = (
    *attained.LAWS[:1],
    *variations.LAWS[:4],
    *renamed.LAWS,
    *variations.LAWS[4:],
    *leaks.LAWS,
    *sessions.LAWS,
    *attained.LAWS[1:],
    *told.LAWS,
)

__all__ = ["LAWS", "Law", "Trial"]
