"""From whatever coordinates a file holds to EPSG:4326, with the silent mistakes made loud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from gis import gcj02
from gis.errors import Fault, RefusedInputError
from layers.io.records import IntArray, Misplaced, ObjectArray

CHINA_WEST, CHINA_EAST, CHINA_SOUTH, CHINA_NORTH = 73.0, 136.0, 3.0, 54.0
SAME_AS_WGS84 = frozenset({"EPSG:4326", "EPSG:4490", "OGC:CRS84"})
"""CGCS2000 is taken as WGS 84: they differ by about a metre at most."""
OLD_DATUMS = ("Xian", "Beijing", "Pulkovo", "New Beijing")
FAULTS_LISTED = 1000

LonLatFunction = Callable[
    [npt.NDArray[np.float64], npt.NDArray[np.float64]],
    tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
]
SHIFTED: dict[str, LonLatFunction] = {
    "gcj02": gcj02.gcj02_to_wgs84,
    "bd09": gcj02.bd09_to_wgs84,
}
ALIASES = {
    "gcj-02": "gcj02",
    "amap": "gcj02",
    "高德": "gcj02",
    "tencent": "gcj02",
    "bd-09": "bd09",
    "baidu": "bd09",
    "百度": "bd09",
    "wgs84": "EPSG:4326",
    "wgs-84": "EPSG:4326",
    "cgcs2000": "EPSG:4490",
}

SWAPPED = "are lon and lat swapped?"

SIGNS: tuple[tuple[float, float, float, float, str], ...] = (
    (-1e-6, 1e-6, -1e-6, 1e-6, "the position 0, 0 usually means that coordinates are missing"),
    (3, 54, 73, 136, SWAPPED),
    (
        25e6,
        46e6,
        3e5,
        6e6,
        "metres with zone number {zone} in the easting: try --crs EPSG:{three}",
    ),
    (13e6, 24e6, 3e5, 6e6, "metres with 6-degree zone number {zone}: try --crs EPSG:{six}"),
    (3e5, 6e6, 13e6, 46e6, "these look like metres with northing and easting swapped"),
    (8e6, 15.3e6, 3e5, 7.3e6, "these look like Web Mercator metres: try --crs EPSG:3857"),
    (
        1e5,
        9e5,
        18e5,
        6e6,
        "metres of a Gauss-Krüger zone without its number: try --crs EPSG:4534 to EPSG:4554",
    ),
    (18e5, 6e6, 1e5, 9e5, "these look like metres with northing and easting swapped"),
)
"""What the middle of the coordinates gives away: west, east, south, north, and the guess."""

REASONS = {
    "Self-intersection": "the ring crosses itself",
    "Ring Self-intersection": "the ring touches itself",
    "Hole lies outside shell": "a hole lies outside its ring",
    "Holes are nested": "a hole lies inside a hole",
    "Interior is disconnected": "holes cut the area in two",
    "Nested shells": "one part lies inside another",
    "Duplicate Rings": "a ring occurs twice",
    "Too few points in geometry component": "a ring has fewer than three points",
    "Invalid Coordinate": "a coordinate is no number",
    "Ring is not closed": "a ring is not closed",
}


@dataclass(frozen=True)
class SourceCrs:
    """How to come from a file's coordinates to EPSG:4326."""

    name: str
    shift: LonLatFunction | None
    crs: CRS | None
    is_geographic: bool

    @property
    def note(self) -> str | None:
        """A warning about what this reference system cannot promise, if there is one."""
        geodetic = self.crs.geodetic_crs if self.crs else None
        if geodetic and any(word in geodetic.name for word in OLD_DATUMS):
            return (
                f"{self.name} is on an old datum ({geodetic.name}): without local parameters the "
                "positions may be wrong by up to 100 m"
            )
        return None


def source_crs(said: str | None, found: str | CRS | None, file: str) -> SourceCrs:
    """Return the reference system: the user's word, else the file's.

    Raises
    ------
    RefusedInputError
        `missing_crs` or `unknown_crs`.
    """
    if said is None and found is None:
        reason = "the file does not say its coordinate system; name it with --crs"
        raise RefusedInputError(
            "missing_crs",
            f"{file}: {reason}, e.g. --crs EPSG:4490, EPSG:4527, gcj02 or bd09",
            [Fault(file=file, reason=reason)],
        )
    wanted = said if said is not None else found
    if isinstance(wanted, str):
        wanted = ALIASES.get(wanted.strip().lower(), wanted.strip())
        if wanted.lower() in SHIFTED:
            return SourceCrs(wanted.lower(), SHIFTED[wanted.lower()], None, is_geographic=True)
        if wanted.isdigit():
            wanted = f"EPSG:{wanted}"
    try:
        crs = CRS.from_user_input(wanted)
        Transformer.from_crs(crs, "EPSG:4326")  # refuses plans of houses, and Mars
        if crs.geodetic_crs is None:
            raise CRSError("a system of heights")  # noqa: TRY301
    except (CRSError, ProjError) as error:
        shown = wanted if isinstance(wanted, str) and len(wanted) < 60 else "the file's"
        reason = f"{shown} is no coordinate system on earth; use e.g. EPSG:4490, gcj02, bd09"
        raise RefusedInputError(
            "unknown_crs", f"{file}: {reason}", [Fault(file=file, reason=reason)]
        ) from error
    authority = crs.to_authority(min_confidence=90)
    name = ":".join(authority) if authority else crs.name
    if crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    return SourceCrs(name, None, crs, is_geographic=bool(crs.is_geographic))


def to_lonlat(
    geometry: ObjectArray,
    source: SourceCrs,
    *,
    allow_outside_china: bool,
    file: str,
    rows: IntArray,
    field: str = "geometry",
) -> tuple[ObjectArray, list[Misplaced]]:
    """Return geometries in EPSG:4326, and what is wrong with those that cannot be converted.

    Equal coordinates stay equal, so shared borders stay shared. Where anything is misplaced the
    geometries are as they came: nobody may store them.

    Returns
    -------
    tuple
        Geometries, and causes: `wrong_crs` when the numbers cannot be what the system says,
        `invalid_geometry`, `outside_china`. A row is named for its gravest cause only.
    """
    raw, owner = shapely.get_coordinates(geometry, return_index=True)
    if len(raw) == 0:
        return geometry, []
    number = np.isfinite(raw).all(axis=1)
    wrong = np.zeros(len(raw), dtype=bool)
    if source.is_geographic:
        wrong = number & ((np.abs(raw[:, 0]) > 180) | (np.abs(raw[:, 1]) > 90))
    usable = number & ~wrong
    moved = raw.copy()
    moved[usable] = np.column_stack(convert(raw[usable, 0], raw[usable, 1], source))
    wrong |= usable & ~np.isfinite(moved).all(axis=1)
    usable &= ~wrong
    outside = usable & outside_china(moved[:, 0], moved[:, 1])
    if allow_outside_china:
        outside[:] = False
    found: list[Misplaced] = []
    told = np.zeros(len(geometry), dtype=bool)
    for code, bad in (
        ("wrong_crs", wrong),
        ("invalid_geometry", ~number),
        ("outside_china", outside),
    ):
        places = np.flatnonzero(bad & ~told[owner])
        if not len(places):
            continue
        owners, first = np.unique(owner[places], return_index=True)
        told[owners] = True
        faults = [
            Fault(file, int(rows[row]), field, _reason(code, raw[at], moved[at], source))
            for row, at in zip(owners[:FAULTS_LISTED], places[first], strict=False)
        ]
        hint = ""
        if code != "invalid_geometry":
            hint = likely_cause(raw[bad], source if code == "outside_china" else None)
        found.append(Misplaced(code, faults, len(owners), hint))
    if found or np.array_equal(moved, raw):
        return geometry, found
    return np.asarray(shapely.set_coordinates(geometry.copy(), moved), dtype=object), []


def _reason(
    code: str,
    raw: npt.NDArray[np.float64],
    moved: npt.NDArray[np.float64],
    source: SourceCrs,
) -> str:
    """Return why one position cannot be where its numbers say."""
    x, y = (float(value) for value in raw)
    if code == "invalid_geometry":
        return "a coordinate is no number"
    if code == "outside_china":
        reason = f"{moved[0]:.5f}, {moved[1]:.5f} lies outside China (73-136° E, 3-54° N)"
        swapped = source.is_geographic and _lies_in_china(y, x)
        return reason + (f"; {SWAPPED}" if swapped else "")
    if not source.is_geographic:
        return f"the coordinates {x:.10g}, {y:.10g} do not fit {source.name}"
    name, value, most = ("longitude", x, 180) if abs(x) > 180 else ("latitude", y, 90)
    reason = f"{name} {value:.10g} is {f'more than {most}' if value > 0 else f'less than -{most}'}"
    if abs(x) <= 90 and abs(y) <= 180:
        return f"{reason}; {SWAPPED}"
    return f"{reason}, but {source.name} means degrees"


def _lies_in_china(lon: float, lat: float) -> bool:
    return CHINA_WEST <= lon <= CHINA_EAST and CHINA_SOUTH <= lat <= CHINA_NORTH


def convert(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], source: SourceCrs
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the coordinates as EPSG:4326 degrees; infinite where they do not fit."""
    if source.shift is not None:
        return source.shift(x, y)
    if source.crs is None:
        raise TypeError("a reference system without a rule")
    crs = source.crs
    if not crs.is_geographic and crs.geodetic_crs is not None:
        x, y = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
        crs = crs.geodetic_crs
    authority = crs.to_authority(min_confidence=70)
    if authority and ":".join(authority) in SAME_AS_WGS84:
        return np.asarray(x), np.asarray(y)
    to_wgs84 = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = to_wgs84.transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def outside_china(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Tell for each position whether it lies outside the box around China."""
    within = (lon >= CHINA_WEST) & (lon <= CHINA_EAST) & (lat >= CHINA_SOUTH) & (lat <= CHINA_NORTH)
    return ~within


def likely_cause(raw: npt.NDArray[np.float64], source: SourceCrs | None = None) -> str:
    """Return a guess, as one sentence, why coordinates are not where they should be."""
    x, y = (float(value) for value in np.median(raw, axis=0))
    zone = int(x // 1_000_000)
    for west, east, south, north, guess in SIGNS:
        if west <= x <= east and south <= y <= north:
            return guess.format(zone=zone, three=4488 + zone, six=4478 + zone)
    if source is not None and not source.is_geographic:
        return f"perhaps the file is not in {source.name}; name the right system with --crs"
    return "if the place is right, use --allow-outside-china" if source is not None else ""


def invalid_faults(geometry: ObjectArray, file: str, rows: IntArray) -> list[Fault]:
    """Return one fault with reason and place per geometry that is not valid (EPSG:4326)."""
    bad = np.flatnonzero(~shapely.is_valid(geometry) & ~shapely.is_missing(geometry))
    faults = []
    for position in bad:
        text, _, place = str(shapely.is_valid_reason(geometry[position])).partition("[")
        at = ", ".join(f"{float(part):.7f}" for part in place.rstrip("]").split()[:2])
        reason = REASONS.get(text, text) + (f" at {at}" if at else "")
        faults.append(Fault(file, int(rows[position]), "geometry", reason))
    return faults
