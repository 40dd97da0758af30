"""The `wangge` command: parse, call one use case, print one JSON object.

Exit status: 0 done, 1 refused or failed, 2 wrong usage. Messages and progress go to standard error.
Whoever runs it acts as the machine's administrator, or with `--as` as an account.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from datetime import date, datetime
from types import FrameType
from typing import Any, NoReturn

from api.commands import (
    accounts,
    campaigns,
    cluster,
    coverage,
    data,
    division,
    events,
    grids,
    locate,
    posting,
    server,
    site,
    standards,
    whatif,
)
from api.commands.command import Context
from api.logs import configure_logs
from api.progress import Reporter
from api.settings import read_settings
from gis.errors import WanggeError
from layers.audit import note_refusal
from layers.db import Database, open_database
from layers.housekeeping import follow_date
from layers.rights import Actor, RightsError, local_administrator


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    parser = argparse.ArgumentParser(
        prog="wangge", description="Community grids (网格): import, analyse, serve."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room in (
        data, coverage, whatif, site, division, locate, grids, posting, standards, events, campaigns, accounts,
        server, cluster,
    ):  # fmt: skip
        room.add_to(commands)
    return parser


def _actor(args: argparse.Namespace, database: Database) -> Actor:
    """Return who acts.

    Raises
    ------
    RightsError
        `account_disabled`.
    NotFoundError
        `unknown_account`.
    """
    from layers.actors import load_named_actor

    actor = local_administrator()
    name = getattr(args, "account", None)
    if name is not None:
        actor = load_named_actor(database, name)
    return actor


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(143)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    signal.signal(signal.SIGTERM, _stop)  # so that the private cluster is left properly
    configure_logs()
    args = build_parser().parse_args(arguments)
    progress = Reporter()
    try:
        if args.handler is None:
            server.setup(args)
            return 0
        work = args.storeless(args) if hasattr(args, "storeless") else None
        if work is not None:
            return _answer(work(args, progress), progress)
        settings = read_settings()
        with open_database(settings.home, settings.database_url) as database:
            follow_date(database)
            actor = _actor(args, database)
            acting = database.acting(actor)
            try:
                if args.right is not None:
                    actor.require(args.right)
                answer = args.handler(args, Context(acting, settings, progress))
            except RightsError as error:
                note_refusal(acting, f"wangge {args.command}", error)
                raise
    except WanggeError as error:
        return _failed(progress, error)
    except OSError as error:  # an unwritable file or home, a full disk
        reason = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return _failed(progress, WanggeError("file_error", reason))
    except Exception as error:  # noqa: BLE001 scripts get one JSON object whatever happens
        traceback.print_exc(file=sys.stderr)
        return _failed(progress, WanggeError("internal_error", f"{type(error).__name__}: {error}"))
    return _answer(answer, progress)


def _answer(answer: dict[str, Any], progress: Reporter) -> int:
    """Print what a command found: a table where it made one for eyes, else one JSON object."""
    progress.close()
    if set(answer) == {"text"}:
        return _print(str(answer["text"]), 0)
    return _say(answer, answer.pop("exit_status", 0))


def _failed(progress: Reporter, error: WanggeError) -> int:
    progress.close()
    sys.stderr.write(f"wangge: {error.message}\n")
    return _say({"error": error.as_dict()}, 1)


def _say(answer: dict[str, Any], status: int) -> int:
    """Print the one JSON object; a reader that went away (`| head`) is no failure of ours."""
    return _print(json.dumps(answer, ensure_ascii=False, default=_moment), status)


def _print(words: str, status: int) -> int:
    try:
        sys.stdout.write(words + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _moment(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel as JSON")


if __name__ == "__main__":
    raise SystemExit(main())
