"""Inspection campaigns at the command line; as switched off as over HTTP."""

from __future__ import annotations

import argparse
from typing import Any

from api.commands.command import Context, add_command, day, pairs
from gis.errors import NotFoundError, RefusedInputError
from layers.rights import Right


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    campaign = commands.add_parser("campaign", help="inspection campaigns, grid by grid")
    parts = campaign.add_subparsers(dest="part", required=True, metavar="PART")
    add = add_command(parts, "add", _add, Right.HANDLE, "make a campaign")
    add.add_argument("name")
    add.add_argument("--owner", required=True, help="who answers for it")
    add.add_argument("--deadline", type=day, required=True, metavar="DAY")
    add.add_argument("--item", action="append", required=True, dest="items", metavar="TEXT")
    add.add_argument("--division", action="append", default=[], help="all grids below it")
    add.add_argument("--grid", action="append", default=[], help="these grids only")
    add.add_argument("--note", help="what it is about")
    edit = add_command(parts, "edit", _edit, Right.HANDLE, "change a campaign; no mark is lost")
    edit.add_argument("campaign", type=int)
    edit.add_argument("--name")
    edit.add_argument("--owner")
    edit.add_argument("--note", help="what it is about; empty to remove it")
    edit.add_argument("--deadline", type=day, metavar="DAY")
    edit.add_argument("--add", action="append", default=[], metavar="TEXT", help="a new item")
    edit.add_argument(
        "--text", action="append", default=[], metavar="ITEM=TEXT", help="correct an item's words"
    )
    edit.add_argument(
        "--withdraw",
        action="append",
        default=[],
        type=int,
        metavar="ITEM",
        help="take an item off the list; its marks stay",
    )
    edit.add_argument(
        "--restore", action="append", default=[], type=int, metavar="ITEM", help="put it back"
    )
    edit.add_argument("--division", action="append", default=[], help="all grids below it")
    edit.add_argument("--grid", action="append", default=[], help="these grids only")
    edit.add_argument("--reason", help="why, for the history")
    close = add_command(parts, "close", _close, Right.HANDLE, "close a campaign")
    close.add_argument("campaign", type=int)
    close.add_argument("ending", choices=("done", "cancelled"))
    close.add_argument("--reason")
    reopen = add_command(parts, "reopen", _reopen, Right.HANDLE, "open a closed campaign again")
    reopen.add_argument("campaign", type=int)
    reopen.add_argument("--reason", required=True)
    add_command(parts, "list", _campaigns, Right.EVENTS, "list campaigns with their figures")
    progress = add_command(
        parts, "progress", _progress, Right.EVENTS, "how far a campaign is, grid by grid"
    )
    progress.add_argument("campaign", type=int)


def _campaigns_on(given: Context) -> None:
    if not given.settings.campaigns:
        raise NotFoundError(
            "not_switched_on", "campaigns are not switched on here (WANGGE_CAMPAIGNS=on)"
        )


def _add(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.making import CampaignDraft, add_campaign

    _campaigns_on(given)
    draft = CampaignDraft(
        args.name, args.owner, args.deadline, args.items, args.division, args.grid, args.note
    )
    with given.database.session() as session:
        return add_campaign(session, draft)


def _edit(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.changing import CampaignEdit, Line, edit_campaign
    from layers.usecases.campaigns.progress import campaign_document

    _campaigns_on(given)
    words = {_number(item): text for item, text in pairs(args.text, "--text").items()}
    with given.database.session() as session:
        now = campaign_document(session, args.campaign)
        texts = {item["id"]: item["text"] for item in [*now["items"], *now["withdrawn_items"]]}
        if unknown := sorted({*words, *args.withdraw, *args.restore} - set(texts)):
            raise NotFoundError("unknown_item", f"this campaign has no item {unknown[0]}")
        kept = [item["id"] for item in now["items"] if item["id"] not in args.withdraw]
        kept += [item for item in args.restore if item not in kept]
        lines = [Line(words.get(item, texts[item]), item) for item in kept]
        lines += [Line(text) for text in args.add]
        asked = CampaignEdit(
            args.name,
            args.owner,
            args.note,
            args.deadline,
            lines if args.add or words or args.withdraw or args.restore else None,
            args.division,
            args.grid,
            args.reason,
            now["revision"],
        )
        return edit_campaign(session, args.campaign, asked)


def _number(value: str) -> int:
    if not value.isdecimal():
        raise RefusedInputError("bad_option", f"--text takes ITEM=TEXT, not {value!r}")
    return int(value)


def _close(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.changing import close_campaign

    _campaigns_on(given)
    with given.database.session() as session:
        return close_campaign(session, args.campaign, args.ending, args.reason)


def _reopen(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.changing import reopen_campaign

    _campaigns_on(given)
    with given.database.session() as session:
        return reopen_campaign(session, args.campaign, args.reason)


def _campaigns(_args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.progress import list_campaigns

    _campaigns_on(given)
    with given.database.session() as session:
        return list_campaigns(session)


def _progress(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.campaigns.progress import campaign_document

    _campaigns_on(given)
    with given.database.session() as session:
        return campaign_document(session, args.campaign)
