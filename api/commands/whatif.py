"""What if: other stations, places, ways or limits."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command
from api.commands.coverage import add_question, asked_of
from gis.errors import NotFoundError, RefusedInputError
from layers.rights import Right


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    ask = add_command(commands, "whatif", _whatif, Right.COMPUTE, "what a change would bring")
    add_question(ask)
    for name, form, text in (
        ("put", "LON,LAT[,CAPACITY]", "a new station"),
        ("move", "CODE,LON,LAT", "a station elsewhere"),
        ("close", "CODE", "a station closed"),
        ("open", "CODE", "a planned or closed station open"),
        ("capacity", "CODE,HOUSEHOLDS", "another capacity; without a number: any"),
        ("path", "LON,LAT;LON,LAT…", "a new path or bridge"),
        ("gate", "LON,LAT", "a new gate or gap in a wall"),
    ):
        ask.add_argument(f"--{name}", action="append", default=[], metavar=form, help=text)
    ask.add_argument("--changes", type=Path, help="a JSON file with a list of changes")
    ask.add_argument("--to-minutes", type=float, help="minutes then")
    ask.add_argument("--to-speed", type=float, help="walking speed then, km/h")
    ask.add_argument(
        "--no-capacities", action="store_true", help="stations serve any number of households"
    )
    ask.add_argument(
        "--own-community", action="store_true", help="only stations in one's own community count"
    )
    ask.add_argument("--keep", metavar="NAME", help="keep it as a scenario")


def _whatif(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.inputs import InputCache
    from layers.question import Question
    from layers.scenario import Scenario, read_changes
    from layers.usecases.whatif.computing import what_if
    from layers.usecases.whatif.keeping import keep

    scenario = Scenario(
        Question(**asked_of(args)),
        read_changes(_changes(args)),
        args.to_minutes,
        args.to_speed,
        not args.no_capacities,
        args.own_community,
    )
    cache = InputCache(given.settings.home)
    if args.keep:
        return keep(given.database, cache, scenario, args.keep, progress=given.progress)
    return what_if(given.database, cache, scenario, given.progress)


def _changes(args: argparse.Namespace) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if args.changes is not None:
        found += _from_file(args.changes)
    for text in args.put:
        lon, lat, *capacity = _numbers(text, "--put", 2, 3)
        found.append(
            {
                "op": "put",
                "lon": lon,
                "lat": lat,
                "capacity": int(capacity[0]) if capacity else None,
            }
        )
    for text in args.move:
        code, _, place = text.partition(",")
        lon, lat = _numbers(place, "--move", 2, 2)
        found.append({"op": "move", "station": code, "lon": lon, "lat": lat})
    for op in ("close", "open"):
        found += [{"op": op, "station": code} for code in getattr(args, op)]
    for text in args.capacity:
        code, _, places = text.partition(",")
        number = int(_numbers(places, "--capacity", 1, 1)[0]) if places else None
        found.append({"op": "capacity", "station": code, "capacity": number})
    for text in args.path:
        found.append({"op": "path", "line": [list(place) for place in read_line(text, "--path")]})
    for text in args.gate:
        lon, lat = _numbers(text, "--gate", 2, 2)
        found.append({"op": "gate", "lon": lon, "lat": lat})
    return found


def _from_file(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise NotFoundError("no_such_file", f"there is no file {path}")
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise RefusedInputError("bad_changes", f"{path} is not JSON in UTF-8") from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise RefusedInputError("bad_changes", f"{path} must hold a list of changes")
    return found


def read_line(text: str, option: str) -> tuple[tuple[float, float], ...]:
    """Return places written as LON,LAT;LON,LAT…; each a pair."""
    pairs = [_numbers(place, option, 2, 2) for place in text.split(";")]
    return tuple((lon, lat) for lon, lat in pairs)


def _numbers(text: str, option: str, least: int, most: int) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not least <= len(numbers) <= most:
        raise RefusedInputError(
            "bad_parameter", f"{option} takes numbers separated by commas, not {text!r}"
        )
    return numbers
