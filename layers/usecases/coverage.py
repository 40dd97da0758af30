"""Ask and answer: who is within reach of a category of station, stored as a run."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, RefusedInputError
from layers.db import Database
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs
from layers.io.progress import Progress, silent
from layers.models import CoverageRun
from layers.question import Question
from layers.usecases.coverage_field import compute_field, store_field
from layers.usecases.coverage_rows import describe_inputs, result_rows


def _hash(*parts: Any) -> str:
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=10).hexdigest()


def run_coverage(
    database: Database, cache: InputCache, question: Question, progress: Progress = silent
) -> dict[str, Any]:
    """Answer a question, store the run and return it; a stored run is returned as it is.

    Raises
    ------
    RefusedInputError
        `no_buildings` in an empty store, `no_stations` when the category has no open station.
    NotFoundError
        `unknown_division` when the question is limited to a division that does not exist.
    """
    with database.session("compute") as session:
        note = cache.answer_file(session, question.canonical(), ANALYSIS_VERSION)
        noted = _noted_run(session, note)
        if noted is not None:
            progress(100, "stored run")
            return as_document(noted)
        inputs = cache.load(session, progress)
        run_id = _hash(question.canonical(), inputs.hash, ANALYSIS_VERSION)
        stored = session.get(CoverageRun, run_id)
        if stored is not None:
            _write_note(note, run_id)
            progress(100, "stored run")
            return as_document(stored)
        chosen = _select(session, inputs, question)
        stations = _stations(inputs, question.category)
        field_id = _hash(inputs.hash, question.category, ANALYSIS_VERSION)
        progress(60, "walking to the nearest station")
        field = compute_field(cache, inputs, stations)
        known = session.execute(
            text("SELECT 1 FROM coverage_field WHERE id = :id"), {"id": field_id}
        ).first()
        if known is None:
            progress(75, "storing every building's walk")
            store_field(session, field_id, inputs, stations, field)
        progress(90, "summing by grid and community")
        result = result_rows(cache, inputs, question, stations, field, chosen)
        session.execute(
            text(
                "INSERT INTO coverage_run (id, field_id, parameters, inputs, result) "
                "VALUES (:id, :field, :parameters, :inputs, :result) ON CONFLICT DO NOTHING"
            ),
            {
                "id": run_id,
                "field": field_id,
                "parameters": json.dumps(question.canonical(), ensure_ascii=False),
                "inputs": json.dumps(describe_inputs(inputs, stations), ensure_ascii=False),
                "result": json.dumps(result, ensure_ascii=False),
            },
        )
        document = as_document(session.get_one(CoverageRun, run_id))
    _write_note(note, run_id)  # only once it is stored for good
    progress(100, "done")
    return document


def _noted_run(session: Session, note: Path) -> CoverageRun | None:
    if not note.exists():
        return None
    return session.get(CoverageRun, note.read_text(encoding="ascii"))


def _write_note(note: Path, run_id: str) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    fresh = note.with_name(f".{note.name}.{os.getpid()}")
    fresh.write_text(run_id, encoding="ascii")
    fresh.replace(note)


def stored_run_id(database: Database, cache: InputCache, question: Question) -> str | None:
    """Return the id of the stored run that answers a question on today's inputs, if there is one."""
    with database.session("compute") as session:
        note = cache.answer_file(session, question.canonical(), ANALYSIS_VERSION)
        run = _noted_run(session, note)
        return None if run is None else run.id


def get_run(session: Session, run_id: str) -> CoverageRun:
    """Return a stored run, or raise `unknown_run`."""
    run = session.get(CoverageRun, run_id)
    if run is None:
        raise NotFoundError("unknown_run", f"there is no run {run_id!r}")
    return run


def as_document(run: CoverageRun) -> dict[str, Any]:
    """Return a run as the contract prints it."""
    created: datetime = run.created_at
    return {
        "run": run.id,
        "created_at": created.isoformat(timespec="seconds"),
        "parameters": run.parameters,
        "inputs": run.inputs,
        **run.result,
    }


def _select(session: Session, inputs: Inputs, question: Question) -> NDArray[np.bool_]:
    """Return which buildings the question is about: all, or those of one division."""
    if len(inputs.buildings) == 0:
        raise RefusedInputError(
            "no_buildings", "there are no buildings yet: import buildings first"
        )
    if question.division is None:
        return np.ones(len(inputs.buildings), dtype=np.bool_)
    known = session.execute(
        text("SELECT 1 FROM division_version WHERE code = :code"), {"code": question.division}
    ).first()
    if known is None:
        raise NotFoundError("unknown_division", f"there is no division {question.division!r}")
    prefix = (
        question.division.removesuffix("000000")
        if len(question.division) == 12
        else question.division
    )
    inside = np.array([code.startswith(prefix) for code in inputs.communities.code] + [False])
    return np.asarray(inside[inputs.communities.member])


def _stations(inputs: Inputs, category: str) -> pd.DataFrame:
    chosen = inputs.stations[(inputs.stations["category"] == category) & inputs.stations["open"]]
    if chosen.empty:
        known = ", ".join(sorted(set(inputs.stations["category"]))) or "none"
        raise RefusedInputError(
            "no_stations",
            f"there is no open station of category {category!r}; categories with stations: {known}",
        )
    return chosen.reset_index(drop=True)
