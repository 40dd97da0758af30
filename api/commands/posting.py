"""Who holds which post in which grid, at the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, day
from layers.rights import Right

BASES = ("resident", "registered", "planned")


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    text = (
        "who holds which post in which grid: list, who, assign, end, hand-over, substitute, import"
    )
    parts = commands.add_parser("posting", help=text, description=text).add_subparsers(
        dest="part", required=True, metavar="PART"
    )
    listed = add_command(parts, "list", _list, Right.PLANS, "grids with their people, and warnings")
    listed.add_argument("--division", help="codes separated by commas")
    listed.add_argument("--on", type=day, metavar="DAY", help="today if left out")
    listed.add_argument("--basis", choices=BASES, default="resident", help="of households")
    listed.add_argument("--rules", metavar="R", help="rule set for full-time workers")
    listed.add_argument(
        "--many",
        type=int,
        default=5,
        metavar="N",
        help="warn of persons in more grids (%(default)s)",
    )
    ask = add_command(parts, "who", _who, Right.PLANS, "who was responsible for a grid on a day")
    ask.add_argument("grid", metavar="GRID", help="its code")
    ask.add_argument("--on", type=day, metavar="DAY", help="today if left out")
    add_command(parts, "posts", _posts, Right.READ, "the catalogue of posts")
    give = add_command(parts, "assign", _assign, Right.POSTINGS, "give a post in one or many grids")
    give.add_argument("grids", nargs="+", metavar="GRID")
    _add_person(give)
    give.add_argument("--post", required=True, help="name, code or shown word")
    give.add_argument(
        "--from", dest="valid_from", type=day, metavar="DAY", help="today if left out"
    )
    give.add_argument(
        "--to", dest="valid_to", type=day, metavar="DAY", help="held until the day before"
    )
    give.add_argument(
        "--replace",
        action="store_true",
        help="end the others' postings of this post there on that day",
    )
    end = add_command(parts, "end", _end, Right.POSTINGS, "end a posting on a day")
    end.add_argument("posting", type=int, metavar="POSTING", help="its number, as listed")
    end.add_argument(
        "--on", type=day, metavar="DAY", help="held until the day before; today if left out"
    )
    over = add_command(
        parts,
        "hand-over",
        _hand_over,
        Right.POSTINGS,
        "let another person hold a post from a day on",
    )
    over.add_argument("posting", type=int, metavar="POSTING")
    _add_person(over)
    over.add_argument("--on", type=day, metavar="DAY", help="today if left out")
    stand = add_command(
        parts,
        "substitute",
        _substitute,
        Right.POSTINGS,
        "let another person stand in for some days",
    )
    stand.add_argument("posting", type=int, metavar="POSTING", help="of the holder")
    _add_person(stand)
    stand.add_argument("--from", dest="valid_from", type=day, required=True, metavar="DAY")
    stand.add_argument(
        "--to",
        dest="valid_to",
        type=day,
        required=True,
        metavar="DAY",
        help="the holder is back that day",
    )
    bring = add_command(
        parts, "import", _import, Right.POSTINGS, "read a ledger; a refused row refuses all of it"
    )
    bring.add_argument("file", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="check everything, store nothing")
    bring.add_argument(
        "--replace", action="store_true", help="end today what the ledger no longer has"
    )


def _add_person(parser: argparse.ArgumentParser) -> None:
    person = parser.add_argument_group("person")
    person.add_argument("--worker", type=int, metavar="NUMBER", help="somebody known, by number")
    person.add_argument("--name", help="looked up with --phone, else added")
    person.add_argument("--phone", metavar="NUMBER", help="work phone")


def _person(args: argparse.Namespace) -> Any:
    from layers.usecases.postings.people import Person

    return Person(args.worker, args.name, args.phone)


def _list(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.listing import list_postings

    with given.database.session() as session:
        return list_postings(session, args.division, args.on, args.basis, args.rules, args.many)


def _who(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.who import who_answered

    with given.database.session() as session:
        return who_answered(session, args.grid, args.on)


def _posts(_args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.posts import list_posts

    with given.database.session() as session:
        return list_posts(session)


def _assign(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.changes import assign

    with given.database.session() as session:
        return assign(
            session, _person(args), args.grids, args.post, args.valid_from, args.valid_to,
            replace=args.replace,
        )  # fmt: skip


def _end(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.changes import end_posting

    with given.database.session() as session:
        return end_posting(session, args.posting, args.on)


def _hand_over(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.changes import hand_over

    with given.database.session() as session:
        return hand_over(session, args.posting, _person(args), args.on)


def _substitute(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.postings.changes import put_substitute

    with given.database.session() as session:
        return put_substitute(session, args.posting, _person(args), args.valid_from, args.valid_to)


def _import(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from gis.errors import NotFoundError
    from layers.usecases.postings.ledger import read_ledger

    if not args.file.exists():
        raise NotFoundError("no_such_file", f"there is no file {args.file}")
    with given.database.session() as session:
        found = read_ledger(
            session, args.file.name, args.file.read_bytes(), dry_run=args.dry_run,
            replace=args.replace, progress=given.progress,
        )  # fmt: skip
    return {**found, "file": args.file.name}
