"""The `wangge` command: parse, call one use case, print one JSON object.

Exit status: 0 done, 1 refused or failed, 2 wrong usage. Messages and progress go to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from api.progress import Reporter
from api.settings import Settings, read_settings, report_assets
from gis.errors import NotFoundError, RefusedInputError, WanggeError
from layers.db import Database, open_database

KINDS = (
    "streets",
    "divisions",
    "estates",
    "villager_groups",
    "buildings",
    "households",
    "addresses",
    "stations",
    "grids",
    "workers",
)
CJK_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc"),
)
OSM_PARTS = ("streets", "barriers", "buildings", "water", "green")
# Said again here so that the command starts without loading readers and solvers; tests compare both.
QUESTION: dict[str, tuple[type, str]] = {
    "minutes": (float, "of walking, inclusive (15)"),
    "speed_kmh": (float, "walking speed (4.5)"),
    "radius_m": (float, "straight and network radius (3000)"),
    "category": (str, "of stations (service_station)"),
    "basis": (str, "resident, registered or planned (resident)"),
    "detour_factor": (float, "walk over straight line where there is no street data (1.4)"),
    "division": (str, "code of the division to limit the question to"),
}

Handler = Callable[[argparse.Namespace, Database, Settings, Reporter], dict[str, Any]]


def _import(
    args: argparse.Namespace, database: Database, _settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from layers.usecases.imports import ImportOptions, import_file

    if not args.file.exists():
        raise NotFoundError("no_such_file", f"there is no file {args.file}")
    options = ImportOptions(
        crs=args.crs,
        encoding=args.encoding,
        layer=args.layer,
        allow_outside_china=args.allow_outside_china,
        repair=args.repair,
        fields=_pairs(args.field, "--field"),
        constants=_pairs(args.set, "--set"),
        parts=tuple(args.with_.split(",")),
        dataset=args.dataset,
        source=args.source,
        replace=args.replace,
        dry_run=args.dry_run,
    )
    with database.session("server") as session:
        return import_file(session, args.kind, args.file, options, progress)


def _pairs(values: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, column = value.partition("=")
        if not sign or not name or not column:
            raise RefusedInputError("bad_option", f"{option} takes name=value, not {value!r}")
        pairs[name] = column
    return pairs


def _export(
    args: argparse.Namespace, database: Database, _settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from layers.registry import layer
    from layers.usecases.exports import export_layer

    with database.session("server") as session:
        return export_layer(session, layer(args.layer), args.out, progress)


def _coverage_run(
    args: argparse.Namespace, database: Database, settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.question import Question
    from layers.usecases.coverage import run_coverage

    given = {name: getattr(args, name) for name in QUESTION if hasattr(args, name)}
    question = Question(**given)
    return run_coverage(database, InputCache(settings.home), question, progress)


def _coverage_buildings(
    args: argparse.Namespace, database: Database, _settings: Settings, _progress: Reporter
) -> dict[str, Any]:
    from layers.usecases.results import write_buildings

    _require_folder(args.out)
    with database.session("server") as session:
        count = write_buildings(session, args.run, args.out)
    return {"run": args.run, "file": str(args.out), "buildings": count}


def _coverage_area(
    args: argparse.Namespace, database: Database, settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.results import run_area

    _require_folder(args.out)
    text = run_area(database, InputCache(settings.home), args.run, progress)
    args.out.write_text(text, encoding="utf-8")
    areas = [item["properties"] for item in json.loads(text)["features"]]
    return {"run": args.run, "file": str(args.out), "areas": areas}


def _report(
    args: argparse.Namespace, database: Database, settings: Settings, _progress: Reporter
) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.usecases.reports import html_report

    _require_folder(args.out)
    cache = InputCache(settings.home)
    text = html_report(database, cache, args.run, args.lang, report_assets(), settings.credits)
    args.out.write_text(text, encoding="utf-8")
    return {"run": args.run, "file": str(args.out), "bytes": len(text.encode())}


def _require_folder(target: Path) -> None:
    if not target.absolute().parent.is_dir():
        raise RefusedInputError("cannot_write", f"there is no folder {target.parent}")
    if target.is_dir():
        raise RefusedInputError("cannot_write", f"{target} is a folder; name a file")


def _layers(
    _args: argparse.Namespace, database: Database, _settings: Settings, _progress: Reporter
) -> dict[str, Any]:
    from layers.features import counts
    from layers.registry import LAYERS

    with database.session("server") as session:
        numbers = counts(session)
    return {
        "layers": [
            {
                "name": item.name,
                "zh": item.zh,
                "fields": list(item.fields),
                "count": numbers[item.name],
            }
            for item in LAYERS
        ]
    }


def _sample(
    args: argparse.Namespace, database: Database, _settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from layers.usecases.sample import load_sample

    return load_sample(database, progress, only_if_empty=args.if_empty)


def _serve(
    args: argparse.Namespace, database: Database, settings: Settings, progress: Reporter
) -> dict[str, Any]:
    from api.serve import serve

    if args.sample:
        from layers.usecases.sample import load_sample

        load_sample(database, progress, only_if_empty=True)
        progress.close()
    serve(settings, database, args.host or settings.host, args.port or settings.port)
    return {"served": True}


def _setup(args: argparse.Namespace) -> dict[str, Any]:
    """Install the system packages that are missing; runs before any database exists."""
    from layers.embedded import find_binaries, install

    wanted = []
    if find_binaries() is None and not read_settings().database_url:
        wanted += ["postgresql", "postgresql-postgis"]
    if args.tests:
        wanted += [] if shutil.which("chromium") else ["chromium"]
        wanted += [] if any(map(Path.exists, CJK_FONTS)) else ["fonts-noto-cjk"]
        # The browser driver's own Node needs it; a bare Debian has it not.
        wanted += [] if find_library("atomic") else ["libatomic1"]
    if wanted:
        sys.stderr.write(f"installing {', '.join(wanted)}\n")
        install(wanted)
    return {"installed": wanted}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    from layers.registry import LAYERS

    parser = argparse.ArgumentParser(
        prog="wangge", description="Community grids (网格): import, analyse, serve."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(owner: Any, name: str, handler: Handler, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = owner.add_parser(name, help=text, description=text)
        made.set_defaults(handler=handler)
        made.add_argument("--json", action="store_true", help="print one JSON object (always done)")
        return made

    bring = command(
        commands, "import", _import, "read a file into the store; refused input stores nothing"
    )
    bring.add_argument("kind", choices=KINDS)
    bring.add_argument("file", type=Path)
    bring.add_argument(
        "--crs", help="EPSG:4490, EPSG:4548 …, gcj02 or bd09; beats what the file says"
    )
    bring.add_argument("--encoding", help="of text: utf-8, gb18030 …; found out if left out")
    bring.add_argument("--layer", help="layer of a file with several")
    bring.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="which column holds a field",
    )
    bring.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="one value for all rows"
    )
    bring.add_argument(
        "--with",
        dest="with_",
        default=",".join(OSM_PARTS),
        metavar="PARTS",
        help="of an OSM file: %(default)s",
    )
    bring.add_argument("--dataset", help="name the rows are kept under (default: the file's)")
    bring.add_argument("--source", help="where the data come from")
    bring.add_argument("--replace", action="store_true", help="remove what this file no longer has")
    bring.add_argument(
        "--repair", action="store_true", help="repair invalid polygons, with a note for each"
    )
    bring.add_argument("--allow-outside-china", action="store_true")
    bring.add_argument("--dry-run", action="store_true", help="check everything, store nothing")

    leave = command(commands, "export", _export, "write a layer as .geojson, .csv or .gpkg")
    leave.add_argument("layer", choices=[item.name for item in LAYERS])
    leave.add_argument("--out", type=Path, required=True)

    coverage = commands.add_parser("coverage", help="who is within reach of which service")
    parts = coverage.add_subparsers(dest="part", required=True, metavar="PART")
    ask = command(parts, "run", _coverage_run, "compute and store a run")
    for name, (kind, text) in QUESTION.items():
        ask.add_argument(
            f"--{name.replace('_', '-')}", type=kind, default=argparse.SUPPRESS, help=text
        )
    for name, handler, text in (
        ("buildings", _coverage_buildings, "write every building's walk as CSV"),
        ("area", _coverage_area, "write the area within reach as GeoJSON"),
    ):
        out = command(parts, name, handler, text)
        out.add_argument("--run", required=True)
        out.add_argument("--out", type=Path, required=True)

    report = command(commands, "report", _report, "write a run as one self-contained HTML map")
    report.add_argument("--run", required=True)
    report.add_argument("--out", type=Path, required=True)
    report.add_argument("--lang", choices=("zh", "en"), default="zh")

    ready = commands.add_parser(
        "setup", help="install missing system packages (PostgreSQL with PostGIS)"
    )
    ready.add_argument(
        "--tests", action="store_true", help="also the browser and fonts of the tests"
    )
    ready.set_defaults(handler=None)

    command(commands, "layers", _layers, "list the layers and how much they hold")
    sample = command(commands, "sample", _sample, "load the synthetic sample county")
    sample.add_argument(
        "--if-empty", action="store_true", help="do nothing when the store holds data"
    )

    server = command(commands, "serve", _serve, "serve the page and its interfaces")
    server.add_argument("--host", help="default: WANGGE_HOST or 127.0.0.1")
    server.add_argument("--port", type=int, help="default: WANGGE_PORT or 8000")
    server.add_argument(
        "--sample", action="store_true", help="load the sample county into an empty store"
    )
    return parser


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(143)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    signal.signal(signal.SIGTERM, _stop)  # so that the private cluster is left properly
    args = build_parser().parse_args(arguments)
    progress = Reporter()
    try:
        if args.handler is None:
            _setup(args)
            return 0
        settings = read_settings()
        with open_database(settings.home, settings.database_url) as database:
            answer = args.handler(args, database, settings, progress)
    except WanggeError as error:
        return _failed(progress, error)
    except OSError as error:  # an unwritable file or home, a full disk
        reason = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return _failed(progress, WanggeError("file_error", reason))
    except Exception as error:  # noqa: BLE001 scripts get one JSON object whatever happens
        traceback.print_exc(file=sys.stderr)
        return _failed(progress, WanggeError("internal_error", f"{type(error).__name__}: {error}"))
    progress.close()
    return _say(answer, 0)


def _failed(progress: Reporter, error: WanggeError) -> int:
    progress.close()
    sys.stderr.write(f"wangge: {error.message}\n")
    return _say({"error": error.as_dict()}, 1)


def _say(answer: dict[str, Any], status: int) -> int:
    """Print the one JSON object; a reader that went away (`| head`) is no failure of ours."""
    try:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


if __name__ == "__main__":
    raise SystemExit(main())
