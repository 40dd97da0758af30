"""Events at the command line; as switched off as over HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from uuid import UUID

from api.commands.command import Context, add_command, day, require_folder
from gis.errors import NotFoundError, RefusedInputError
from layers.rights import Right

LEVELS = ("grid", "community", "township", "county")


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    event = commands.add_parser("event", help="what was reported, and what becomes of it")
    parts = event.add_subparsers(dest="part", required=True, metavar="PART")
    listed = add_command(parts, "list", _list, Right.EVENTS, "list events, the newest first")
    _filter_options(listed)
    listed.add_argument("--limit", type=int, default=100)
    show = add_command(parts, "show", _show, Right.EVENTS, "an event with its history")
    show.add_argument("event", type=_id, help="its id, or its number like 2026-000012")
    step = add_command(parts, "step", _step, Right.REPORT, "take an event a step on")
    step.add_argument("event", type=_id, help="its id, or its number")
    step.add_argument("action", help="register, dispatch, handle, feedback, verify, fail, …")
    step.add_argument("--note", help="why; some steps ask for it")
    step.add_argument("--level", choices=LEVELS, help="to whom it is dispatched")
    step.add_argument("--grid", help="code of the grid it is in, when that is decided")
    step.add_argument("--until", type=day, metavar="DAY", help="of a deferral")
    step.add_argument("--id", type=UUID, help="of the step: sent again, it is the same step")
    export = add_command(parts, "export", _export, Right.EXPORT, "write events as XLSX")
    _filter_options(export)
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    rules = add_command(
        parts, "rules", _rules, Right.RULES, "give a division its own categories or calendar"
    )
    rules.add_argument("file", type=Path, help="TOML, like those in data/events")
    rules.add_argument("--division", required=True)


def _filter_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--state", help="a state, or open, or closed")
    command.add_argument("--category", help="a category or a group")
    command.add_argument("--level", choices=LEVELS)
    command.add_argument("--overdue", action="store_true")
    command.add_argument("--border", action="store_true", help="on a border, undecided")
    command.add_argument("--division")
    command.add_argument("--grid")
    command.add_argument("-q", help="words of the text, or the number")
    command.add_argument("--from", dest="from_", type=day, metavar="DAY")
    command.add_argument("--to", type=day, metavar="DAY")


def _id(value: str) -> str:
    return value.strip()


def _events_on(given: Context) -> None:
    if not given.settings.events:
        raise NotFoundError("not_switched_on", "events are not switched on here (WANGGE_EVENTS=on)")


def _filter(args: argparse.Namespace) -> Any:
    from layers.usecases.events.filter import EventFilter

    names = (
        "state",
        "category",
        "level",
        "overdue",
        "border",
        "division",
        "grid",
        "q",
        "from_",
        "to",
    )
    return EventFilter(**{name: getattr(args, name) for name in names})


def _list(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.events.reading import list_events

    _events_on(given)
    with given.database.session() as session:
        return list_events(session, _filter(args), max(1, args.limit))


def _show(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.events.reading import event_card, find_id

    _events_on(given)
    with given.database.session() as session:
        return event_card(session, find_id(session, args.event))


def _step(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.events.asked import Asked
    from layers.usecases.events.reading import find_id
    from layers.usecases.events.steps import take_step

    _events_on(given)
    with given.database.session() as session:
        number: UUID = find_id(session, args.event)
        asked = Asked(args.action, args.note, args.level, args.grid, args.until, id=args.id)
        return take_step(session, number, asked)


def _export(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.events.export import export_events

    _events_on(given)
    require_folder(args.out)
    if args.out.suffix.lower() != ".xlsx":
        raise RefusedInputError("unknown_format", "write to a file ending in .xlsx")
    count = export_events(given.database, _filter(args), args.out)
    return {"file": str(args.out), "events": count}


def _rules(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.events.rules import add_rules, read_rules_file

    found = read_rules_file(args.file)
    with given.database.session() as session:
        return add_rules(session, args.division, found.model_dump(mode="json"), args.file.name)
