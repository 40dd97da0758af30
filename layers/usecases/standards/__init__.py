"""The standards board: which community meets which rule, and what is missing."""

from layers.usecases.standards.answer import standards_board
from layers.usecases.standards.file import board_of_ledger

__all__ = ["board_of_ledger", "standards_board"]
