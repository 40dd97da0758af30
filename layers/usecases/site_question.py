"""What siting by tables is asked: options and tables judged together, every fault told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from gis.crs import FloatArray, IntArray
from gis.errors import Fault, RefusedInputError
from gis.siting import LARGEST_SUM, OBJECTIVES, Effort, Question, Reach
from layers.io.site_tables import (
    CAPACITY_NAMES,
    DEMAND_NAMES,
    FAULTS_LISTED,
    SITE_NAMES,
    WEIGHT_NAMES,
    Matrix,
    read_matrix,
    read_numbers,
)

FINEST = 6
"""Distances keep at most so many decimal places; what is rounded a note says."""


@dataclass(frozen=True)
class SiteQuestion:
    """What `wangge site --matrix` is asked."""

    matrix: Path
    weights: Path
    objective: str
    choose: int | None = None
    limit: str | None = None
    capacity: Path | None = None
    existing: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    target: str | None = None
    seed: int = 0
    seconds: float | None = None
    encoding: str | None = None
    assignments: bool = False


@dataclass(frozen=True)
class SiteTables:
    """A question and the names of what it numbers."""

    matrix: Matrix
    question: Question
    scale: int
    """Distances are so many times those of the file."""
    limit: float | None
    notes: list[str]

    @classmethod
    def read(cls, asked: SiteQuestion) -> SiteTables:
        """Read all tables, collect what is wrong in any of them and in the options, raise once."""
        faults, limit, target = _option_faults(asked)
        options = len(faults)
        refused: list[RefusedInputError] = []
        matrix: Matrix | None = None
        try:
            matrix, wrong = read_matrix(asked.matrix, asked.encoding)
            faults += wrong
        except RefusedInputError as error:
            refused.append(error)
        demands, sites = (matrix.demands, matrix.sites) if matrix else ([], [])
        notes = list(matrix.notes) if matrix else []
        weight, capacity = np.zeros(len(demands), dtype=np.int64), None
        for path, keys, names, wanted in (
            (asked.weights, DEMAND_NAMES, WEIGHT_NAMES, demands),
            (asked.capacity, SITE_NAMES, CAPACITY_NAMES, sites),
        ):
            if path is None:
                continue
            try:
                values, wrong, said = read_numbers(
                    path, keys, names, wanted, asked.matrix.name, asked.encoding
                )
            except RefusedInputError as error:
                refused.append(error)
                continue
            faults += (
                wrong if matrix else [fault for fault in wrong if "is not in" not in fault.reason]
            )
            notes += [note for note in said if note not in notes]
            if keys is DEMAND_NAMES:
                weight = values
            else:
                capacity = values
        place = {site: i for i, site in enumerate(sites)}
        chosen = {}
        for option in ("existing", "must", "forbid"):
            chosen[option] = _sites(option, getattr(asked, option), place, asked, faults, matrix)
        if matrix is not None and not refused and len(faults) == options:
            faults += _cell_faults(asked, matrix, limit)
        _raise(faults, refused)
        if matrix is None:
            raise AssertionError("a matrix that cannot be read was refused")
        distance, scale, said = _distances(asked, matrix, limit, int(weight.sum()))
        question = Question(
            reach=Reach.from_matrix(distance),
            weight=weight,
            objective=next(known for known in OBJECTIVES if known == asked.objective),
            choose=asked.choose,
            target=target,
            existing=chosen["existing"],
            must=chosen["must"],
            forbidden=chosen["forbid"],
            capacity=capacity,
            seed=asked.seed,
            effort=replace(Effort(), seconds=asked.seconds),
        )
        return cls(matrix, question, scale, limit, notes + said)


def _option_faults(asked: SiteQuestion) -> tuple[list[Fault], float | None, Fraction]:
    """Return what is wrong with options, the limit, and the target."""
    faults = []
    limit, target = None, Fraction(1)
    is_fewest = asked.objective == "min-stations"
    if asked.limit is not None:
        try:
            limit = float(asked.limit)
        except ValueError:
            limit = float("nan")
        if not 0 <= limit < np.inf:
            faults.append(Fault(field="limit", reason=f"{asked.limit!r} is no distance from 0"))
    if asked.target is not None:
        share = read_share(asked.target)
        if share is None:
            reason = f"{asked.target!r} is no share above 0 up to 1; write 0.95 or 95%"
            faults.append(Fault(field="target", reason=reason))
        elif not is_fewest:
            reason = "only min-stations takes a target"
            faults.append(Fault(field="target", reason=reason))
        else:
            target = share
    if asked.choose is None and not is_fewest:
        faults.append(Fault(field="choose", reason=f"{asked.objective} needs a number of sites"))
    elif asked.choose is not None and asked.choose < 1:
        reason = f"{asked.choose} sites cannot be chosen; ask for 1 or more"
        faults.append(Fault(field="choose", reason=reason))
    if asked.seconds is not None and not 0 < asked.seconds < np.inf:
        faults.append(Fault(field="stop-after", reason="it must be greater than 0"))
    if asked.seed < 0:
        faults.append(Fault(field="seed", reason="it must be 0 or greater"))
    return faults, limit, target


def read_share(text: str) -> Fraction | None:
    """Return a share written as 0.95, 95% or 95％, None when it is none."""
    bare = text.strip().replace("％", "%")
    try:
        share = Fraction(bare.removesuffix("%").strip()) / (100 if bare.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        return None
    return share if 0 < share <= 1 else None


def _sites(
    option: str,
    names: tuple[str, ...],
    place: dict[str, int],
    asked: SiteQuestion,
    faults: list[Fault],
    matrix: Matrix | None,
) -> IntArray:
    """Return the numbers of named sites; unknown names are faults."""
    if matrix is not None:
        faults += [
            Fault(field=option, reason=f"there is no site {name} in {asked.matrix.name}")
            for name in names
            if name not in place
        ]
    return np.array(sorted({place[name] for name in names if name in place}), dtype=np.int64)


def _cell_faults(asked: SiteQuestion, matrix: Matrix, limit: float | None) -> list[Fault]:
    """Return what leaves open whether a matrix holds distances or what is reached."""
    if asked.objective == "p-median":
        return []
    cells = matrix.cells
    other = ~np.isin(cells, (0.0, 1.0))
    if limit is None and other.any():
        row, column = np.argwhere(other)[0]
        value = f"{cells[row, column]:g}"
        reason = f"{value} is neither 0 nor 1: cells that are distances need --limit"
        return [Fault(matrix.file, matrix.rows[row], matrix.sites[column], reason)]
    if limit is not None and not other.any() and len(np.unique(cells)) == 2:
        reason = "all cells are 0 or 1; leave --limit out if 1 means reached, else use a finer unit"
        return [Fault(matrix.file, None, None, reason)]
    return []


def _raise(faults: list[Fault], refused: list[RefusedInputError]) -> None:
    """Raise everything that is wrong at once; a file that cannot be read gives the code."""
    every = [*(fault for error in refused for fault in error.faults), *faults]
    if refused:
        raise RefusedInputError(refused[0].code, refused[0].message, every[:FAULTS_LISTED])
    if not faults:
        return
    first = next((fault for fault in faults if fault.file), faults[0])
    code = "invalid_rows" if first.file else "bad_option"
    where = f"{first.file}: " if first.file else f"--{first.field}: "
    row = f"row {first.row}: " if first.row else ""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise RefusedInputError(code, f"{where}{row}{first.reason}{more}", every[:FAULTS_LISTED])


def _distances(
    asked: SiteQuestion, matrix: Matrix, limit: float | None, households: int
) -> tuple[IntArray, int, list[str]]:
    """Return whole distances, -1 where a site is not reached, their scale, and notes."""
    cells = matrix.cells
    if limit is None and asked.objective != "p-median":
        return np.where(cells == 1.0, 0, -1), 1, []
    reached = np.isfinite(cells) if limit is None else cells <= limit
    kept = cells[reached]
    # Sums of households times distances have to stay whole numbers that solvers compute with.
    largest = float(kept.max(initial=0.0)) * max(households, 1)
    finest = next((k for k in range(FINEST, 0, -1) if largest * 10.0**k < LARGEST_SUM / 2), 0)
    places = next((k for k in range(finest) if _fits(kept, k)), finest)
    notes = []
    if not _fits(kept, places):
        notes.append(f"distances were rounded to {places} decimal places")
    out = np.full(cells.shape, -1, dtype=np.int64)
    out[reached] = np.rint(kept * 10.0**places).astype(np.int64)
    return out, 10**places, notes


def _fits(values: FloatArray, places: int) -> bool:
    return bool((np.rint(values * 10.0**places) / 10.0**places == values).all())
