"""Where to put stations: by tables of one's own, for which no store is opened, or in the store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command
from api.commands.coverage import add_question, asked_of
from api.commands.whatif import read_line
from api.progress import Reporter
from gis.errors import RefusedInputError
from layers.rights import Right

# Said again here so that the command starts without loading solvers; a test compares both.
OBJECTIVES = ("max-coverage", "min-stations", "p-median")
KINDS = ("corners", "premises", "places")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    site = add_command(commands, "site", _site, Right.COMPUTE, "where to put stations")
    add_site_options(site)
    _add_store_options(site)
    site.set_defaults(storeless=lambda args: None if args.matrix is None else site_by_file)


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of siting by tables to a command that may have others."""
    parser.add_argument("--objective", choices=OBJECTIVES, default="max-coverage")
    parser.add_argument("--seed", type=int, default=0, help="of the search (%(default)s)")
    parser.add_argument(
        "--stop-after",
        type=float,
        metavar="SECONDS",
        help="last resort: end a branch and bound; the answer then says reproducible: false",
    )
    tables = parser.add_argument_group("by tables, without a store")
    tables.add_argument("--matrix", type=Path, metavar="FILE", help="demands × sites, CSV")
    tables.add_argument("--weights", type=Path, metavar="FILE", help="columns demand, weight")
    tables.add_argument(
        "--choose", type=int, metavar="P", help="new sites; at most, for min-stations"
    )
    tables.add_argument("--limit", metavar="D", help="farthest that is within reach, inclusive")
    tables.add_argument("--capacity", type=Path, metavar="FILE", help="columns site, capacity")
    for name, text in (
        ("--existing", "stations that are open anyway"),
        ("--must", "sites that have to be chosen"),
        ("--forbid", "sites that may not be chosen"),
    ):
        tables.add_argument(name, nargs="+", action="extend", default=[], metavar="ID", help=text)
    tables.add_argument(
        "--target", metavar="SHARE", help="of households, for min-stations: 0.95 or 95%% (all)"
    )
    tables.add_argument("--assignments", action="store_true", help="also say who is served where")
    tables.add_argument("--encoding", help="of the tables; found out when left out")


def site_by_file(args: argparse.Namespace, progress: Reporter) -> dict[str, Any]:
    """Choose sites by tables and return the figures.

    Raises
    ------
    RefusedInputError
        What `site_by_tables` refuses.
    """
    from layers.usecases.site_file import site_by_tables
    from layers.usecases.site_question import SiteQuestion

    if args.weights is None:
        raise RefusedInputError("bad_option", "--matrix needs --weights: households of each demand")
    asked = SiteQuestion(
        matrix=args.matrix,
        weights=args.weights,
        objective=args.objective,
        choose=args.choose,
        limit=args.limit,
        capacity=args.capacity,
        existing=tuple(args.existing),
        must=tuple(args.must),
        forbid=tuple(args.forbid),
        target=args.target,
        seed=args.seed,
        seconds=args.stop_after,
        encoding=args.encoding,
        assignments=args.assignments,
    )
    return site_by_tables(asked, progress)


def _add_store_options(parser: argparse.ArgumentParser) -> None:
    store = parser.add_argument_group("in the store")
    store.add_argument("--add", type=int, metavar="P", help="new stations")
    add_question(store)
    store.add_argument(
        "--places",
        type=Path,
        metavar="FILE",
        help="candidates of one's own, columns code, name, lon, lat, capacity",
    )
    store.add_argument(
        "--candidates",
        nargs="+",
        choices=KINDS,
        default=[],
        help="where they come from: street corners near homes, vacant premises of the store, --places "
        "(default: --places where given, else corners)",
    )
    store.add_argument(
        "--area",
        metavar="LON,LAT;LON,LAT…",
        help="corners and premises inside this ring only",
    )
    store.add_argument(
        "--most", type=int, default=300, help="corners looked at, at most (%(default)s)"
    )
    store.add_argument(
        "--new-capacity", type=int, metavar="HOUSEHOLDS", help="of a new station (any number)"
    )
    store.add_argument(
        "--no-capacities", action="store_true", help="stations serve any number of households"
    )
    store.add_argument(
        "--own-community", action="store_true", help="only stations in one's own community count"
    )
    store.add_argument("--keep", metavar="NAME", help="keep the answer as a scenario")


def _site(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.question import Question
    from layers.usecases.site_question import read_share
    from layers.usecases.siting import SitingAsked, read_places, site_stations

    places = () if args.places is None else read_places(args.places, args.encoding)
    siting = SitingAsked(
        Question(**asked_of(args)),
        args.objective,
        args.add if args.add is not None else args.choose,
        read_share(args.target or "1"),
        places,
        most=args.most,
        must=tuple(args.must),
        forbidden=tuple(args.forbid),
        capacities=not args.no_capacities,
        capacity=args.new_capacity,
        seed=args.seed,
        area=read_line(args.area, "--area") if args.area else (),
        own_community=args.own_community,
        candidates=tuple(args.candidates),
    )
    cache = InputCache(given.settings.home)
    return site_stations(given.database, cache, siting, args.keep, given.progress)
