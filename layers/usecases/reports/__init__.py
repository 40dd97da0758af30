"""A run as something to hand in: HTML, DOCX, XLSX, or an office's own workbook filled in."""

from layers.usecases.reports.making import ENDINGS, Order, make_report

__all__ = ["ENDINGS", "Order", "make_report"]
