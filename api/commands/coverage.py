"""Coverage questions, what a run can be asked for, and its report."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, require_folder
from api.settings import report_assets
from gis.errors import RefusedInputError
from layers.rights import Right

# Said again here so that the command starts without loading solvers; tests compare both.
QUESTION: dict[str, tuple[type, str]] = {
    "minutes": (float, "of walking, inclusive (15)"),
    "speed_kmh": (float, "walking speed (4.5)"),
    "radius_m": (float, "straight and network radius (3000)"),
    "category": (str, "of stations (service_station)"),
    "basis": (str, "resident, registered or planned (resident)"),
    "detour_factor": (float, "walk over straight line where there is no street data (1.4)"),
    "division": (str, "codes of the divisions to limit the question to, separated by commas"),
}


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    coverage = commands.add_parser("coverage", help="who is within reach of which service")
    parts = coverage.add_subparsers(dest="part", required=True, metavar="PART")
    ask = add_command(parts, "run", _run, Right.COMPUTE, "compute and store a run")
    add_question(ask)
    ask.add_argument(
        "--region",
        metavar="CODE",
        help="every county of these divisions (all: of everything) as a run of its own, on several workers",
    )
    ask.add_argument("--workers", type=int, help="processes for --region (as many as cores)")
    ask.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster for --region, tcp://HOST:PORT"
    )
    for name, handler, text in (
        ("buildings", _buildings, "write every building's walk as CSV"),
        ("area", _area, "write the area within reach as GeoJSON"),
    ):
        out = add_command(parts, name, handler, Right.EXPORT, text)
        out.add_argument("--run", required=True)
        out.add_argument("--out", type=Path, required=True)
    for name, handler, text in (
        ("places", _places, "who has a place: served, over capacity, out of reach"),
        ("curves", _curves, "households by distance, density, reached area against the circle"),
    ):
        figures = add_command(parts, name, handler, Right.COMPUTE, text)
        figures.add_argument("--run", required=True)
    reason = add_command(
        commands, "why", _why, Right.COMPUTE, "say why a building is or is not within reach"
    )
    reason.add_argument("building", help="code of the building")
    reason.add_argument("--run", help="a stored run; without it the question is computed")
    add_question(reason)
    report = add_command(
        commands,
        "report",
        _report,
        Right.EXPORT,
        "write the report of a run as .html, .docx or .xlsx",
    )
    report.add_argument("--run", required=True)
    report.add_argument("--out", type=Path, required=True)
    report.add_argument("--lang", choices=("zh", "en"), default="zh")
    report.add_argument("--rules", metavar="R", help="hold the communities against a rule set")
    report.add_argument(
        "--template", type=Path, metavar="FILE", help="fill the named cells of this .xlsx file"
    )


def add_question(command: argparse.ArgumentParser | Any) -> None:
    """Add the options of a coverage question to a command or a group of its options."""
    for name, (kind, text) in QUESTION.items():
        command.add_argument(
            f"--{name.replace('_', '-')}", type=kind, default=argparse.SUPPRESS, help=text
        )


def asked_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return what was said of the question."""
    return {name: getattr(args, name) for name in QUESTION if hasattr(args, name)}


def _run(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.question import Question
    from layers.usecases.coverage import run_coverage

    if args.region is not None:
        return _region(args, given, Question(**asked_of(args)))
    if args.workers is not None or args.scheduler is not None:
        raise RefusedInputError("bad_option", "--workers and --scheduler go with --region")
    cache = InputCache(given.settings.home)
    return run_coverage(given.database, cache, Question(**asked_of(args)), given.progress)


def _places(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.run_places import run_places

    return run_places(given.database, InputCache(given.settings.home), args.run, given.progress)


def _curves(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.run_curves import run_curves

    return run_curves(given.database, InputCache(given.settings.home), args.run, given.progress)


def _why(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.question import Question
    from layers.usecases.coverage import run_coverage
    from layers.usecases.why import why

    cache, asked = InputCache(given.settings.home), asked_of(args)
    if args.run is None:
        run = str(run_coverage(given.database, cache, Question(**asked), given.progress)["run"])
    elif asked:
        raise RefusedInputError(
            "bad_option", "--run has its question already; leave out the others"
        )
    else:
        run = args.run
    return why(given.database, cache, run, args.building, given.progress)


def _region(args: argparse.Namespace, given: Context, question: Any) -> dict[str, Any]:
    from layers.distributed import dask_cluster, process_pool
    from layers.usecases.region import run_region

    if question.division is not None or (args.workers and args.scheduler):
        reason = "--region takes no --division, and either --workers or --scheduler"
        raise RefusedInputError("bad_option", reason)

    def run(workers: Any) -> dict[str, Any]:
        home = given.settings.home
        answer = run_region(given.database, home, question, args.region, workers, given.progress)
        # A county that refuses is an answer; one nobody could compute is not.
        return {**answer, "exit_status": 1 if answer["counties_failed"] else 0}

    if args.scheduler:
        with dask_cluster(args.scheduler) as workers:
            return run(workers)
    return run(process_pool(os.cpu_count() or 1 if args.workers is None else args.workers))


def _buildings(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.exports import export_run

    require_folder(args.out)
    count = export_run(given.database, args.run, args.out)
    return {"run": args.run, "file": str(args.out), "buildings": count}


def _area(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.results import run_area

    require_folder(args.out)
    text = run_area(given.database, InputCache(given.settings.home), args.run, given.progress)
    args.out.write_text(text, encoding="utf-8")
    areas = [item["properties"] for item in json.loads(text)["features"]]
    return {"run": args.run, "file": str(args.out), "areas": areas}


def _report(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.reports import Order, make_report

    require_folder(args.out)
    ending = args.out.suffix.lower().removeprefix(".")
    order = Order(args.run, ending, args.lang, args.rules, args.template)
    cache = InputCache(given.settings.home)
    made = make_report(given.database, cache, order, report_assets(), given.settings.credits)
    args.out.write_bytes(made)
    return {"run": args.run, "file": str(args.out), "bytes": len(made)}
