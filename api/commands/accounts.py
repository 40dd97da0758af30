"""Accounts, and the audit for those who may read it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, day, require_folder
from api.settings import Settings
from gis.errors import RefusedInputError
from layers.rights import Right

ROLES = (
    "planner",
    "reviewer",
    "analyst",
    "grid_worker",
    "system_administrator",
    "security_administrator",
    "auditor",
)

MOST_MINUTES = 3 * 24 * 60


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    account = commands.add_parser("account", help="who may sign in, as what, and where")
    parts = account.add_subparsers(dest="part", required=True, metavar="PART")
    add_command(parts, "list", _list, Right.ACCOUNTS, "list accounts")
    add = add_command(
        parts, "add", _add, Right.ACCOUNTS, "add an account; prints its one-time link"
    )
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, required=True)
    add.add_argument("--division", action="append", default=[], metavar="CODE", help="repeatable")
    add.add_argument("--everywhere", action="store_true", help="the whole store")
    add.add_argument("--display-name")
    for name, handler, text in (
        ("reset", _reset, "end sessions, tokens and second factor; prints a new one-time link"),
        ("disable", _disable, "let an account in no more; it is never deleted"),
        ("enable", _enable, "let a disabled account in again"),
    ):
        part = add_command(parts, name, handler, Right.ACCOUNTS, text)
        part.add_argument("name")

    enrol = add_command(
        parts, "enrol", _enrol, Right.ACCOUNTS, "accounts and phone links for everybody in post in a community"
    )  # fmt: skip
    enrol.add_argument("community", metavar="COMMUNITY")
    enrol.add_argument("--minutes", type=int, default=30, help="how long the links are good for")
    devices = add_command(parts, "devices", _devices, Right.ACCOUNTS, "the phones of an account")
    devices.add_argument("name")
    devices.add_argument("--end", type=int, metavar="NUMBER", help="shut this one out, a lost one")

    audit = commands.add_parser("audit", help="who did what, for the auditor (--as ACCOUNT)")
    rooms = audit.add_subparsers(dest="part", required=True, metavar="PART")
    export = add_command(rooms, "export", _export, Right.AUDIT, "write the audit as .csv or .xlsx")
    export.add_argument("--out", type=Path, required=True)
    export.add_argument("--from", dest="from_", type=day, metavar="DAY")
    export.add_argument("--to", type=day, metavar="DAY", help="inclusive")
    export.add_argument("--actor")
    export.add_argument("--action")
    prune = add_command(
        rooms, "prune", _prune, Right.OPERATE, "remove rows older than a day, never of the last six months"
    )  # fmt: skip
    prune.add_argument("--before", type=day, required=True, metavar="DAY")


def _list(_args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.accounts import list_accounts

    return list_accounts(given.database, limit=100_000)


def _add(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.accounts import AccountDraft, add_account

    draft = AccountDraft(args.display_name, args.role, args.division, args.everywhere)
    return _with_link(given, add_account(given.database, args.name, draft))


def _reset(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.accounts import reset_account

    return _with_link(given, reset_account(given.database, args.name))


def _with_link(given: Context, made: tuple[dict[str, Any], str, Any]) -> dict[str, Any]:
    from api.routes.accounts import link_address

    account, secret, expires = made
    link = link_address(reached(given).own_address, secret)
    return {"account": account, "link": link, "expires_at": expires}


def reached(given: Context) -> Settings:
    """Return the settings of the server, another process: where there is a certificate, it speaks HTTPS."""
    from api.tls import served_names

    names = served_names(given.settings.home)
    return replace(given.settings, tls=bool(names), names=names)


def _enrol(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from api.routes.accounts import phone_address
    from layers.usecases.devices import enrol_workers

    if not 1 <= args.minutes <= MOST_MINUTES:
        raise RefusedInputError("bad_minutes", f"links are good for 1 to {MOST_MINUTES} minutes")
    base = reached(given).own_address
    made = enrol_workers(given.database, args.community, args.minutes)

    def linked(secret: str | None) -> str | None:
        return None if secret is None else phone_address(base, secret)

    return {
        "links": [{**row, "link": linked(row.pop("secret"))} for row in made],
        "phone": given.settings.phone,
    }


def _devices(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.devices import end_device, list_devices

    if args.end is not None:
        end_device(given.database, args.name, args.end)
    return {"devices": list_devices(given.database, args.name)}


def _disable(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    return _set_state(args.name, given, disabled=True)


def _enable(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    return _set_state(args.name, given, disabled=False)


def _set_state(name: str, given: Context, *, disabled: bool) -> dict[str, Any]:
    from layers.usecases.accounts import AccountDraft, change_account

    return {"account": change_account(given.database, name, AccountDraft(disabled=disabled))}


def _export(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.audit import AuditFilter, write_audit

    require_folder(args.out)
    if args.out.suffix not in {".csv", ".xlsx"}:
        raise RefusedInputError("unknown_format", "write to a file ending in .csv or .xlsx")
    wanted = AuditFilter(args.from_, args.to, args.actor, args.action)
    count = write_audit(given.database, wanted, args.out)
    return {"file": str(args.out), "rows": count}


def _prune(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.audit import prune_audit

    return {"removed": prune_audit(given.database, args.before)}
