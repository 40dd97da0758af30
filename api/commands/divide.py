"""Dividing the cells of a file: no store is opened for it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.progress import Reporter


def add_divide_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a division of a file to a command that may have others."""
    parser.add_argument(
        "--cells", type=Path, metavar="FILE", help="polygons to divide, any vector file"
    )
    parser.add_argument("--field", metavar="NAME", help="its field with the households of a cell")
    parser.add_argument("--min", dest="low", type=int, help="fewest households of a grid")
    parser.add_argument("--max", dest="high", type=int, help="most households of a grid")
    parser.add_argument("--grids", type=int, metavar="K", help="make exactly K grids")
    parser.add_argument(
        "--keep-together",
        metavar="NAME",
        help="field whose equal values stay in one grid (estates)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the search (%(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the cells with their field grid")
    parser.add_argument("--layer", help="layer of a file with several")
    parser.add_argument("--crs", help="EPSG:4490, EPSG:4548 …; beats what the file says")
    parser.set_defaults(storeless=lambda args: None if args.cells is None else divide_file)


def divide_file(args: argparse.Namespace, progress: Reporter) -> dict[str, Any]:
    """Divide the cells of a file and return the figures.

    Raises
    ------
    RefusedInputError
        `missing_option` where one that a file needs was not given, and what `divide_cells` refuses.
    """
    from gis.errors import Fault, RefusedInputError
    from layers.usecases.divide_file import FileQuestion, divide_cells

    needed = {"--cells": args.cells, "--field": args.field, "--out": args.out}
    needed |= {"--min": args.low, "--max": args.high}
    lacking = [name for name, value in needed.items() if value is None]
    if lacking:
        reason = "a division of a file needs this"
        raise RefusedInputError(
            "missing_option",
            f"a division of a file needs {', '.join(lacking)}",
            [Fault(field=name, reason=reason) for name in lacking],
        )
    asked = FileQuestion(
        cells=args.cells,
        field=args.field,
        out=args.out,
        low=args.low,
        high=args.high,
        grids=args.grids,
        keep_together=args.keep_together,
        seed=args.seed,
        layer=args.layer,
        crs=args.crs,
    )
    return divide_cells(asked, progress)
