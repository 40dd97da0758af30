"""Drawing boundaries at the command line: cells, automatic division, plans."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, day
from api.commands.divide import add_divide_options
from gis.errors import RefusedInputError
from layers.rights import Right

# Said again here so that the command starts without loading readers; tests compare both.
PLANNED_STEPS = ("consultation", "notice", "review", "draft", "withdrawn")
REVIEW_STEPS = ("approved", "returned")


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    cells = commands.add_parser("cells", help="the smallest pieces a boundary may separate")
    parts = cells.add_subparsers(dest="part", required=True, metavar="PART")
    make = add_command(parts, "make", _make_cells, Right.PLAN, "make the cells of a county")
    make.add_argument("division", help="code of the county, or of a division in it")
    make.add_argument(
        "--accept-repair", action="store_true", help="close gaps between communities, part overlaps"
    )
    divide = add_command(
        commands,
        "divide",
        _divide,
        Right.PLAN,
        "divide a community into grids (or a file of cells)",
    )
    divide.add_argument("community", nargs="?", help="code; leave out with --cells")
    divide.add_argument(
        "--basis", choices=("resident", "registered", "planned"), default="resident"
    )
    divide.add_argument("--name", help="of the plan")
    add_divide_options(divide)
    plan = commands.add_parser("plan", help="check, review and publish plans")
    steps = plan.add_subparsers(dest="part", required=True, metavar="PART")
    add_command(steps, "list", _list, Right.PLANS, "list plans").add_argument("--division")
    for name, handler, right, text in (
        ("check", _check, Right.PLANS, "check a plan against the rules; errors exit with 1"),
        ("publish", _publish, Right.PLAN, "bring an approved plan into force"),
        ("step", _step, Right.PLAN, "take a planner's step of a plan's life cycle"),
        ("review", _step, Right.REVIEW, "approve a plan, or return it"),
        ("take-back", _take_back, Right.PLAN, "take a filed plan back before its day"),
        ("rebase", _rebase, Right.PLAN, "move a draft to the newest cells"),
    ):
        command = add_command(steps, name, handler, right, text)
        command.add_argument("plan", type=int)
        _plan_options(name, command)
    bring = add_command(
        steps, "import", _import, Right.PLAN, "make a plan of drawn grids, repaired with a report"
    )
    bring.add_argument("file", type=Path)
    bring.add_argument("--division", required=True, help="code of the community")
    bring.add_argument("--name", help="of the plan")
    bring.add_argument("--crs", help="as for import")


def _plan_options(name: str, command: argparse.ArgumentParser) -> None:
    if name == "check":
        command.add_argument(
            "--basis", choices=("resident", "registered", "planned"), default="resident"
        )
    if name == "publish":
        command.add_argument("--effective", type=day, required=True, metavar="DATE")
        command.add_argument(
            "--first-import", action="store_true", help="a past day is allowed once"
        )
    if name in ("step", "review"):
        command.add_argument("to", choices=PLANNED_STEPS if name == "step" else REVIEW_STEPS)
        command.add_argument("--date", type=day)
        command.add_argument("--number", help="of the document")
        command.add_argument("--note")
    if name == "step":
        command.add_argument("--notice-from", type=day, help="first day objections may come")
        command.add_argument("--notice-to", type=day, help="last day")
    else:
        command.set_defaults(notice_from=None, notice_to=None)
    if name == "rebase":
        command.add_argument("--preview", action="store_true")


def _make_cells(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.cells import make_cell_set

    return make_cell_set(
        given.database, args.division, accept_repair=args.accept_repair, progress=given.progress
    )


def _divide(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.dividing import divide_community

    if args.community is None:
        raise RefusedInputError("bad_option", "name a community, or a file with --cells")
    return divide_community(
        given.database, args.community, name=args.name, low=args.low, high=args.high,
        grids=args.grids, basis=args.basis, seed=args.seed, progress=given.progress,
    )  # fmt: skip


def _list(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.documents import list_plans

    with given.database.session() as session:
        return list_plans(session, args.division)


def _check(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.checks import check

    with given.database.session() as session:
        found = check(session, args.plan, basis=args.basis)
    return {**found, "exit_status": 1 if found["errors"] else 0}


def _publish(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from gis.codes import CodePattern
    from layers.usecases.plans.publishing import publish

    with given.database.session() as session:
        return publish(
            session, args.plan, args.effective,
            pattern=CodePattern(given.settings.grid_code_pattern), first_import=args.first_import,
        )  # fmt: skip


def _step(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.documents import plan_document
    from layers.usecases.plans.steps import take_step

    with given.database.session() as session:
        take_step(
            session, args.plan, args.to, on_date=args.date, number=args.number, note=args.note,
            notice_from=args.notice_from, notice_to=args.notice_to,
        )  # fmt: skip
        return _short(plan_document(session, args.plan))


def _short(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: document[name]
        for name in ("plan", "name", "division", "state", "revision", "allowed")
    }


def _take_back(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.documents import plan_document
    from layers.usecases.plans.publishing import take_back

    with given.database.session() as session:
        take_back(session, args.plan)
        return _short(plan_document(session, args.plan))


def _rebase(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.rebase import rebase

    with given.database.session() as session:
        return rebase(session, args.plan, preview=args.preview)


def _import(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.plans.drawn import import_drawn_plan

    return import_drawn_plan(
        given.database,
        args.file,
        args.division,
        name=args.name,
        crs=args.crs,
        progress=given.progress,
    )
