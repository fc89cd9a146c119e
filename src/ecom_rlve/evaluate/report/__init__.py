"""The report: one self-contained HTML page of a run, with its figures and its episodes. `write_report` makes it."""

from ecom_rlve.evaluate.report.page import write_report

__all__ = ["write_report"]
