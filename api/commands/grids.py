"""The card of a grid."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, day, require_folder
from layers.rights import Right


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    grid = commands.add_parser("grid", help="what is known of a grid").add_subparsers(
        dest="what", required=True
    )
    ask = add_command(
        grid,
        "card",
        _card,
        Right.READ,
        "a grid's five elements as counts and points; as its ledger with --out",
    )
    ask.add_argument("code", metavar="CODE", help="code of the grid")
    ask.add_argument("--as-of", type=day, metavar="DAY", help="as it was, or will be, on a day")
    ask.add_argument(
        "--out", type=Path, metavar="FILE.xlsx", help="write the grid's ledger; asks for the right to export"
    )  # fmt: skip
    ask.add_argument("--lang", choices=("zh", "en"), default="zh", help="of the ledger")
    codes = add_command(
        grid, "codes", _codes, Right.EXPORT, "a page of codes for a grid's buildings, scanned by phones"
    )  # fmt: skip
    codes.add_argument("code", metavar="CODE", help="code of the grid")
    codes.add_argument("--out", type=Path, required=True, metavar="FILE.html")


def _codes(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from api.commands.accounts import reached
    from layers.usecases.building_codes import write_codes

    require_folder(args.out)
    return write_codes(given.database, args.code, args.out, reached(given).own_address)


def _card(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.grid_card import grid_card
    from layers.usecases.grid_ledger import export_card

    if args.out is not None:
        if given.database.actor is not None:
            given.database.actor.require(Right.EXPORT)
        require_folder(args.out)
        return export_card(given.database, args.code, args.out, args.as_of, args.lang)
    with given.database.session() as session:
        return grid_card(session, args.code, args.as_of)
