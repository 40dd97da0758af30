"""Ask and answer: who is within reach of a category of station, stored as a run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.areas import below, codes_of, region_of, roots_of
from layers.audit import record
from layers.db import Database, actor_of
from layers.files import written_whole
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs
from layers.io.progress import Progress, silent
from layers.models import CoverageRun
from layers.question import Question
from layers.rights import RightsError
from layers.usecases.coverage_field import compute_field, store_field
from layers.usecases.coverage_rows import Part, describe_inputs, result_rows


def _hash(*parts: Any) -> str:
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=10).hexdigest()


def run_coverage(
    database: Database, cache: InputCache, question: Question, progress: Progress = silent
) -> dict[str, Any]:
    """Answer a question, store the run and return it; a stored run is returned as it is.

    It is about the divisions it names, or all the actor belongs to; it is computed from whole
    counties under the compute role, so that the figures do not depend on who asks.

    Raises
    ------
    RightsError
        `outside_area`.
    RefusedInputError
        `no_buildings` in an empty store, `no_stations` when the category has no open station.
    NotFoundError
        `unknown_division` when the question is limited to a division that does not exist.
    """
    question, roots, reading = about(database, question)
    with reading.session("compute") as session:
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
        part = None if roots is None else below(session, roots)
        asked = Part(_select(inputs, part), part)
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
        result = result_rows(cache, inputs, question, stations, field, asked)
        session.execute(
            text(
                "INSERT INTO coverage_run (id, field_id, parameters, inputs, result, divisions) VALUES "
                "(:id, :field, :parameters, :inputs, :result, :divisions) ON CONFLICT DO NOTHING"
            ),
            {
                "id": run_id,
                "field": field_id,
                "parameters": json.dumps(question.canonical(), ensure_ascii=False),
                "inputs": json.dumps(describe_inputs(inputs, stations, asked), ensure_ascii=False),
                "result": json.dumps(result, ensure_ascii=False),
                "divisions": None if roots is None else list(roots),
            },
        )
        document = as_document(session.get_one(CoverageRun, run_id))
    _write_note(note, run_id)  # only once it is stored for good
    with database.session("server") as session:
        record(session, "coverage.run", run_id, after=document["parameters"])
    progress(100, "done")
    return document


def about(
    database: Database, question: Question
) -> tuple[Question, tuple[int, ...] | None, Database]:
    """Return the question with its divisions named, their ids, and the store as it is read for them."""
    with database.session("server") as session:
        actor = actor_of(session)
        roots = roots_of(session, actor, question.division)
        region = region_of(session, roots)
        named = None if roots is None else ",".join(codes_of(session, roots))
    if roots == ():
        raise RightsError("outside_area", "this account belongs to no division yet")
    return replace(question, division=named), roots, database.acting(actor.within(region))


def reading_run(database: Database, run: CoverageRun) -> Database:
    """Return the store as it is read for a run that the asker may see."""
    with database.session("server") as session:
        region = region_of(session, run.divisions)
        return database.acting(actor_of(session).within(region))


def _noted_run(session: Session, note: Path) -> CoverageRun | None:
    if not note.exists():
        return None
    return session.get(CoverageRun, note.read_text(encoding="ascii"))


def _write_note(note: Path, run_id: str) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(note) as fresh:
        fresh.write_text(run_id, encoding="ascii")


def stored_run_id(database: Database, cache: InputCache, question: Question) -> str | None:
    """Return the id of the stored run that answers a question on today's inputs, if there is one."""
    question, _, reading = about(database, question)
    with reading.session("compute") as session:
        note = cache.answer_file(session, question.canonical(), ANALYSIS_VERSION)
        run = _noted_run(session, note)
        return None if run is None else run.id


def get_run(session: Session, run_id: str) -> CoverageRun:
    """Return a stored run, or raise `unknown_run`."""
    run = session.get(CoverageRun, run_id)
    if run is None:
        raise NotFoundError("unknown_run", f"there is no run {run_id!r}")
    return run


def inputs_of(
    session: Session, cache: InputCache, run: CoverageRun, progress: Progress = silent
) -> Inputs:
    """Return the inputs a run was computed from; the session is that of `reading_run`.

    Raises
    ------
    ConflictError
        `inputs_changed` when the store has changed since the run: ask the question again.
    """
    inputs = cache.load(session, progress)
    if inputs.hash != run.inputs["hash"]:
        raise ConflictError(
            "inputs_changed", "the data changed after this run; compute the coverage again"
        )
    return inputs


def part_of(session: Session, inputs: Inputs, run: CoverageRun) -> Part:
    """Return what a run is about."""
    part = None if run.divisions is None else below(session, run.divisions)
    return Part(_select(inputs, part), part)


def question_of(run: CoverageRun) -> Question:
    """Return the question a run answers; its thresholds come from here, as metres are rounded numbers."""
    return Question(**{name: run.parameters[name] for name in Question.__dataclass_fields__})


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


def _select(inputs: Inputs, part: frozenset[int] | None) -> NDArray[np.bool_]:
    """Return which buildings the question is about: all, or those in some divisions."""
    if len(inputs.buildings) == 0:
        raise RefusedInputError(
            "no_buildings", "there are no buildings yet: import buildings first"
        )
    if part is None:
        return np.ones(len(inputs.buildings), dtype=np.bool_)
    return np.isin(inputs.buildings.division, sorted(part))


def _stations(inputs: Inputs, category: str) -> pd.DataFrame:
    chosen = inputs.stations[(inputs.stations["category"] == category) & inputs.stations["open"]]
    if chosen.empty:
        known = ", ".join(sorted(set(inputs.stations["category"]))) or "none"
        raise RefusedInputError(
            "no_stations",
            f"there is no open station of category {category!r}; categories with stations: {known}",
        )
    return chosen.reset_index(drop=True)
