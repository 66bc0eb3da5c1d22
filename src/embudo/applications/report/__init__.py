"""A fitted model as one page to look at, made of HTML and nothing else."""

from embudo.applications.report.findings import Compared, Denoising, Findings, NextStep, verdict
from embudo.applications.report.page import page, write_report

__all__ = ["Compared", "Denoising", "Findings", "NextStep", "page", "verdict", "write_report"]
