"""The validity card: what makes the rewards trustworthy, measured (SPEC §11). `certify` plays and judges."""

from ecom_rlve.evaluate.card.cells import CardCell, play_cell
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.document import document, put_section, read_card, write_card
from ecom_rlve.evaluate.card.grid import GRIDS, LAZY, SHORTCUTS, Grid
from ecom_rlve.evaluate.card.page import write_page
from ecom_rlve.evaluate.card.played import checks
from ecom_rlve.evaluate.card.run import Job, Results, certify

__all__ = [
    "GRIDS",
    "LAZY",
    "SHORTCUTS",
    "CardCell",
    "Check",
    "Grid",
    "Job",
    "Results",
    "certify",
    "checks",
    "document",
    "play_cell",
    "put_section",
    "read_card",
    "write_card",
    "write_page",
]
