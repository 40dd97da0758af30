"""Coverage of many counties at once: each a run of its own, spread over workers, then added up.

A county is computed by `run_coverage` as if somebody had asked for it alone: from the whole county and every
street and station around it, stored under the same id. So it does not matter who computes it, or how often.
"""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, UnavailableError, WanggeError
from layers.areas import below, roots_of
from layers.db import Database, actor_of
from layers.distributed import Outcome, Workers, spread
from layers.inputs import ANALYSIS_VERSION, InputCache
from layers.io.progress import Progress, silent
from layers.question import Question
from layers.registry import effective
from layers.rights import RightsError
from layers.usecases.coverage import run_coverage
from layers.usecases.coverage_rows import row_of
from layers.version import VERSION

EVERYTHING = "all"
SUMS_APART = frozenset({"unplaced", "households", "area_km2", "households_per_km2"})


@dataclass(frozen=True)
class County:
    """What a worker is told: where the store is, who asks, and which county."""

    database: Database
    home: str
    question: Question
    version: str
    """Of the program that asks: another one might give other figures."""


def run_region(
    database: Database,
    home: Path,
    question: Question,
    region: str,
    workers: Workers,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Answer a question for every county of a region and return the sums with a list of counties.

    A county that refuses is listed with its reason; the others go on.

    Parameters
    ----------
    home
        `WANGGE_HOME` as the workers see it; each keeps derived arrays under its folder `cache`.
    region
        Codes of divisions, separated by commas, or `all`. What lies below a county is its own piece.

    Raises
    ------
    NotFoundError
        `unknown_division`, `no_counties`.
    RightsError
        `outside_area`.
    WanggeError
        Where every county refuses, the first reason.
    """
    with database.session("server") as session:
        counties = counties_of(session, None if region == EVERYTHING else region)
    started = time.perf_counter()
    told = database if workers.on_this_machine else without_password(database)
    tasks = [
        County(told, str(home), replace(question, division=code), own_version())
        for code, _ in counties
    ]
    done: list[dict[str, Any]] = []

    def ended(number: int, outcome: Outcome[dict[str, Any]]) -> None:
        done.append(_row(*counties[number], outcome))

    def tick(running: int) -> None:
        households = sum(row["households"] or 0 for row in done)
        progress(
            99 * len(done) // len(counties),
            f"{len(done)} of {len(counties)} counties, {households:,} households, {running} under way "
            f"on {workers.name}",
        )

    tick(0)
    outcomes = spread(workers, run_county, tasks, ended, tick)
    rows = [_row(*county, outcome) for county, outcome in zip(counties, outcomes, strict=True)]
    answers = [item.value["document"] for item in outcomes if item.value and item.value["document"]]
    if not answers:
        raise _first_refusal(rows)
    progress(100, "done")
    states = [row["state"] for row in rows]
    return {
        "region": region,
        "parameters": answers[0]["parameters"] | {"division": None},
        "workers": workers.name,
        "counties_total": len(rows),
        "counties_done": states.count("done"),
        "counties_refused": states.count("refused"),
        "counties_failed": states.count("failed"),
        **_combined(answers),
        "counties": rows,
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(math.fsum(row["cpu_seconds"] or 0 for row in rows), 3),
    }


def counties_of(session: Session, codes: str | None) -> list[tuple[str, str]]:
    """Return code and name of the counties in some divisions, by code; a part of a county is itself.

    Raises
    ------
    NotFoundError
        `unknown_division`, `no_counties`.
    RightsError
        `outside_area`.
    """
    actor = actor_of(session)
    roots = roots_of(session, actor, codes)
    if roots == ():
        raise RightsError("outside_area", "this account belongs to no division yet")
    inside = None if roots is None else sorted(below(session, roots))
    found = session.execute(
        text(
            "SELECT t.code, coalesce(t.name, t.code) FROM division_version t "
            f"JOIN division d ON d.id = t.division_id WHERE {effective('t')} "
            "AND (CAST(:inside AS integer[]) IS NULL OR t.division_id = ANY(:inside)) "
            "AND (d.level = 'county' OR (t.division_id = ANY(:roots) AND d.level IN ('township', 'community'))) "
            'ORDER BY t.code COLLATE "C"'
        ),
        {"inside": inside, "roots": list(roots or ())},
    ).all()
    pairs = [(str(code), str(name)) for code, name in found]
    kept: list[tuple[str, str]] = []
    for code, name in pairs:  # a township named beside its county is in the county
        if not any(code.startswith(known) for known, _ in kept):
            kept.append((code, name))
    if not kept:
        raise NotFoundError("no_counties", "there is no county in this region")
    return kept


def without_password(database: Database) -> Database:
    """Return the same store without its password: workers elsewhere have their own."""
    return replace(database, url=database.url.set(password=None))


def run_county(county: County) -> dict[str, Any]:
    """Answer for one county, in whatever process this is, and say what it took.

    A refusal is an answer too. CPU seconds and memory are those of this process; the database's own
    come on top.
    """
    steps = [""]

    def follow(_percent: int, step: str) -> None:
        steps[0] = step

    _forget_peak()
    started, cpu = time.perf_counter(), time.process_time()
    document: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    try:
        if county.version != own_version():
            raise UnavailableError(
                "other_version",
                f"the worker runs version {own_version()}, asked by {county.version}",
            )
        document = run_coverage(county.database, _cache(county.home), county.question, follow)
    except OperationalError as failed:
        reason = f"the worker cannot reach the store: {str(failed.orig).strip()}"
        error = UnavailableError("database_unreachable", reason).as_dict()
    except WanggeError as refused:
        error = refused.as_dict()
    return {
        "document": document and _slim(document),
        "error": error,
        "stored_before": steps[0] == "stored run",
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_memory_mb": _peak_mb(),
        "process": f"{socket.gethostname()}:{os.getpid()}",
    }


def own_version() -> str:
    """Return what must be equal here and at a worker for equal figures."""
    return f"{VERSION}/{ANALYSIS_VERSION}"


@cache
def _cache(home: str) -> InputCache:
    """Return this process's cache: networks and indices serve the next county too."""
    return InputCache(Path(home))


def _slim(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is added up; grids and communities stay in the store."""
    return {
        "run": document["run"],
        "parameters": document["parameters"],
        "inputs": {
            name: document["inputs"][name]
            for name in ("hash", "buildings", "grids", "divisions", "households_from", "households_to")
        },
        "totals": document["totals"],
        "ungridded": document["ungridded"],
        "outside_communities": document["outside_communities"],
        "curve": [row["households"] for row in document["curve"]],
    }  # fmt: skip


def _row(code: str, name: str, outcome: Outcome[dict[str, Any]]) -> dict[str, Any]:
    """Return a county's line of the list."""
    value = outcome.value or {}
    document = value.get("document") or {}
    error = value.get("error")
    if outcome.error is not None:
        reason = (
            f"the worker died {outcome.given_out} times"
            if outcome.lost
            else f"{type(outcome.error).__name__}: {outcome.error}"
        )
        error = WanggeError("worker_lost" if outcome.lost else "internal_error", reason).as_dict()
    return {
        "code": code,
        "name": name,
        "state": "done" if document else "failed" if outcome.error is not None else "refused",
        "run": document.get("run"),
        "stored_before": value.get("stored_before", False),
        "households": document["totals"]["households"] if document else None,
        "buildings": document["totals"]["buildings_total"] if document else None,
        "rate_walk": document["totals"]["rate_walk"] if document else None,
        "seconds": value.get("seconds"),
        "cpu_seconds": value.get("cpu_seconds"),
        "peak_memory_mb": value.get("peak_memory_mb"),
        "process": value.get("process"),
        "given_out": outcome.given_out,
        "error": error,
    }


def _first_refusal(rows: Sequence[Mapping[str, Any]]) -> WanggeError:
    error = rows[0]["error"]
    return WanggeError(
        error["code"],
        f"{rows[0]['code']} {rows[0]['name']}: {error['message']}; no county answered",
    )


def _combined(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums over counties; shares are of the sums."""
    total = _added([item["totals"] for item in answers])
    curve = np.array([item["curve"] for item in answers], dtype=np.int64).sum(axis=0)
    dates = [[item["inputs"][name] for item in answers] for name in ("households_from", "households_to")]  # fmt: skip
    return {
        "totals": total,
        "ungridded": _added([item["ungridded"] for item in answers]),
        "outside_communities": _added([item["outside_communities"] for item in answers]),
        "curve": [
            {
                "minutes": minute,
                "households": int(value),
                "share": round(int(value) / total["households"], 6)
                if total["households"]
                else None,
            }
            for minute, value in enumerate(curve)
        ],
        "inputs": {
            "buildings": sum(item["inputs"]["buildings"] for item in answers),
            "grids": sum(item["inputs"]["grids"] for item in answers),
            "communities": sum(item["inputs"]["divisions"] for item in answers),
            "households_from": min(filter(None, dates[0]), default=None),
            "households_to": max(filter(None, dates[1]), default=None),
        },
    }


def _added(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add rows of figures up: households and buildings as whole numbers, land as it was measured."""
    names = [name for name in rows[0] if name not in SUMS_APART and not name.startswith("rate_")]
    sums = {name: np.array([sum(row[name] for row in rows)], dtype=np.int64) for name in names}
    unplaced = sum(row["unplaced"] for row in rows)
    placed = sum(row["households"] for row in rows) - unplaced
    areas = [row["area_km2"] for row in rows]
    area = None if None in areas else math.fsum(areas)
    return row_of({**sums, "households": np.array([placed], dtype=np.int64)}, 0, unplaced, area)


def _forget_peak() -> None:
    """Let the kernel count this process's peak memory from now on."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float | None:
    """Return the largest resident memory since `_forget_peak`, in megabytes; None where nobody says."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return None
