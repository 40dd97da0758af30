"""Rule sets and the standards board at the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, day
from api.progress import Reporter
from layers.rights import Right

BASES = ("resident", "registered", "planned")


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    board = add_command(
        commands, "standards", _board, Right.COMPUTE, "hold communities against a rule set"
    )
    board.add_argument("--rules", required=True, metavar="R", help="name of a set, or a TOML file")
    board.add_argument("--division", help="codes of divisions, separated by commas")
    board.add_argument("--basis", choices=BASES, default="resident")
    board.add_argument("--run", help="stored coverage run for the share of households in reach")
    board.add_argument(
        "--ledger", type=Path, metavar="FILE", help="a table of communities; needs no store"
    )
    board.add_argument(
        "--lang",
        choices=("zh", "en"),
        default="zh",
        help="of the table that is printed without --json",
    )
    board.set_defaults(storeless=_of_ledger)
    rules = commands.add_parser("rules", help="rule sets: list, show, check, import")
    parts = rules.add_subparsers(dest="part", required=True, metavar="PART")
    listed = add_command(parts, "list", _list, Right.READ, "list rule sets and their versions")
    listed.add_argument("--division", help="versions of this division only")
    show = add_command(parts, "show", _show, Right.READ, "show a set as it holds somewhere")
    show.add_argument("name")
    show.add_argument("--division", help="code; the set that comes with the product if left out")
    show.add_argument("--date", type=day, help="as it held on this day")
    check = add_command(parts, "check", _nothing, None, "check a file; needs no store")
    check.add_argument("file", type=Path)
    check.set_defaults(storeless=lambda _: _check)
    bring = add_command(
        parts, "import", _import, Right.RULES, "add a version of a division's rule set"
    )
    bring.add_argument("file", type=Path)
    bring.add_argument("--division", required=True)
    bring.add_argument(
        "--from", dest="valid_from", type=day, metavar="DATE", help="today if left out"
    )


def _of_ledger(
    args: argparse.Namespace,
) -> Callable[[argparse.Namespace, Reporter], dict[str, Any]] | None:
    return None if args.ledger is None else _ledger


def _ledger(args: argparse.Namespace, _progress: Reporter) -> dict[str, Any]:
    from gis.errors import RefusedInputError
    from layers.usecases.standards import board_of_ledger

    if args.division is not None or args.run is not None:
        reason = "--division and --run are of the store; a ledger is judged whole"
        raise RefusedInputError("bad_option", reason)
    return _with_text(args, board_of_ledger(args.ledger, args.rules, args.basis))


def _board(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.standards import standards_board

    found = standards_board(given.database, args.rules, args.division, args.basis, args.run)
    return _with_text(args, found)


def _with_text(args: argparse.Namespace, board: dict[str, Any]) -> dict[str, Any]:
    from layers.usecases.standards.words import board_text

    return board if args.json else {"text": board_text(board, args.lang)}


def _list(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.rule_sets import list_rule_sets

    with given.database.session() as session:
        return list_rule_sets(session, args.division)


def _show(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.rule_sets import show_rule_set

    with given.database.session() as session:
        return show_rule_set(session, args.name, args.division, args.date)


def _check(args: argparse.Namespace, _progress: Reporter) -> dict[str, Any]:
    from layers.rules import read_rule_file
    from layers.usecases.rule_sets import HeldRules

    rules = read_rule_file(args.file)
    return {"file": str(args.file), **HeldRules(rules).document(), "columns": rules.columns}


def _nothing(_args: argparse.Namespace, _given: Context) -> dict[str, Any]:
    raise AssertionError("answered without a store")


def _import(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.rules import read_rule_file
    from layers.usecases.rule_sets import add_rule_set

    content = read_rule_file(args.file).document()
    with given.database.session() as session:
        return add_rule_set(session, args.division, content, args.valid_from, file=args.file.name)
