"""Automatic division of cells into balanced, contiguous parts: divide, repair, re-divide."""

from gis.divide.division import divide
from gis.divide.repair import redivide, repair
from gis.divide.report import Division, Reason
from gis.divide.units import Band, CellGraph

__all__ = ["Band", "CellGraph", "Division", "Reason", "divide", "redivide", "repair"]
