"""What every command is given and how it is added to the parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from api.progress import Reporter
from api.settings import Settings
from gis.errors import RefusedInputError
from layers.db import Database
from layers.rights import Right


@dataclass(frozen=True)
class Context:
    """The opened store as the acting account sees it, settings and progress."""

    database: Database
    settings: Settings
    progress: Reporter


Handler = Callable[[argparse.Namespace, Context], dict[str, Any]]


def add_command(
    owner: Any, name: str, handler: Handler, right: Right | None, text: str
) -> argparse.ArgumentParser:
    """Add a command that asks for a right (None: of the machine's administrator alone) and return it."""
    made: argparse.ArgumentParser = owner.add_parser(name, help=text, description=text)
    made.set_defaults(handler=handler, right=right)
    made.add_argument(
        "--json", action="store_true", help="print one JSON object (done anyway but for tables)"
    )
    if right is not None:
        made.add_argument(
            "--as", dest="account", metavar="ACCOUNT", help="act with the rights of this account"
        )
    return made


def day(value: str) -> date:
    """Return an argument as a day."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no day like 2026-05-03") from error


def require_folder(target: Path) -> None:
    """Refuse (`cannot_write`) a target whose folder is missing, or that is a folder."""
    if not target.absolute().parent.is_dir():
        raise RefusedInputError("cannot_write", f"there is no folder {target.parent}")
    if target.is_dir():
        raise RefusedInputError("cannot_write", f"{target} is a folder; name a file")


def pairs(values: Sequence[str], option: str) -> dict[str, str]:
    """Return `name=value` arguments as a mapping, or refuse them (`bad_option`)."""
    found = {}
    for value in values:
        name, sign, column = value.partition("=")
        if not sign or not name or not column:
            raise RefusedInputError("bad_option", f"{option} takes name=value, not {value!r}")
        found[name] = column
    return found
