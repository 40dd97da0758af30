"""Which grid a position lies in."""

from __future__ import annotations

import argparse
from typing import Any

from api.commands.command import Context, add_command, day
from layers.rights import Right


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    ask = add_command(
        commands, "locate", _locate, Right.READ, "which grid a position lies in, and whose it is"
    )
    ask.add_argument("lon", type=float, metavar="LON", help="degrees east")
    ask.add_argument("lat", type=float, metavar="LAT", help="degrees north")
    ask.add_argument(
        "--accuracy", type=float, metavar="M", help="radius of the circle of error, metres; exact without it"
    )  # fmt: skip
    ask.add_argument("--as-of", type=day, metavar="DAY", help="as it was, or will be, on a day")
    ask.add_argument(
        "--crs", choices=("wgs84", "gcj02", "bd09"), default="wgs84", help="of the position given"
    )


def _locate(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.locate import locate_position

    with given.database.session() as session:
        return locate_position(session, args.lon, args.lat, args.accuracy, args.as_of, args.crs)
