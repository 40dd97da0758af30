"""Settings: environment variables `WANGGE_…`, read once and handed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gis.errors import RefusedInputError
from layers.embedded import default_home

WEB_DIST = Path(__file__).parent.parent / "web" / "dist"
REPORT_ASSETS = (
    WEB_DIST / "report",
    WEB_DIST.parent / "node_modules" / "leaflet" / "dist",
)


def report_assets() -> Path:
    """Return the folder with the map library that reports carry inside them."""
    return next((folder for folder in REPORT_ASSETS if folder.is_dir()), REPORT_ASSETS[0])


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations."""

    home: Path
    """`WANGGE_HOME`: cluster, cache and uploads."""
    database_url: str | None = None
    """`WANGGE_DATABASE_URL`: an existing PostGIS instead of the private cluster."""
    host: str = "127.0.0.1"
    """`WANGGE_HOST`: address the server listens on."""
    port: int = 8000
    """`WANGGE_PORT`"""
    map_review_number: str | None = None
    """`WANGGE_MAP_REVIEW_NUMBER`: 审图号 shown on every map."""
    attribution: tuple[str, ...] = ()
    """`WANGGE_ATTRIBUTION`: sources to name on the map, separated by `;`."""

    @property
    def credits(self) -> tuple[str, ...]:
        """What every map has to name."""
        number = self.map_review_number
        return (*self.attribution, *((f"审图号 {number}",) if number else ()))


VARIABLES = {
    "WANGGE_HOME": "folder of the private database, caches and uploads",
    "WANGGE_DATABASE_URL": "use this PostGIS instead of the private one",
    "WANGGE_HOST": "address the server listens on",
    "WANGGE_PORT": "port the server listens on",
    "WANGGE_MAP_REVIEW_NUMBER": "审图号 shown on every map",
    "WANGGE_ATTRIBUTION": "map sources to name, separated by ;",
}
"""Every setting there is; the README's table is compared with it."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises
    ------
    RefusedInputError
        `bad_setting` for an unknown `WANGGE_…` variable or a port that is none.
    """
    given = os.environ if environment is None else environment
    unknown = sorted(name for name in given if name.startswith("WANGGE_") and name not in VARIABLES)
    if unknown:
        raise RefusedInputError("bad_setting", f"unknown settings: {', '.join(unknown)}")
    port = given.get("WANGGE_PORT", "8000")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise RefusedInputError("bad_setting", f"WANGGE_PORT must be 1 to 65535, not {port!r}")
    sources = (item.strip() for item in given.get("WANGGE_ATTRIBUTION", "").split(";"))
    return Settings(
        home=Path(given["WANGGE_HOME"]) if given.get("WANGGE_HOME") else default_home(),
        database_url=given.get("WANGGE_DATABASE_URL") or None,
        host=given.get("WANGGE_HOST", "127.0.0.1"),
        port=int(port),
        map_review_number=given.get("WANGGE_MAP_REVIEW_NUMBER") or None,
        attribution=tuple(item for item in sources if item),
    )
