"""The board of an area of the store: facts, rule sets in force, a stored coverage run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.crs import IntArray
from gis.errors import NotFoundError, RefusedInputError
from gis.standards import BoolArray
from layers.areas import below, codes_of, region_of, roots_of
from layers.db import Database, actor_of
from layers.rights import RightsError
from layers.rules.kinds import Reach as ReachRule
from layers.usecases.rule_sets import HeldRules, RuleBook
from layers.usecases.standards.board import NO_RULES, Held, everywhere, make_board, require_basis
from layers.usecases.standards.facts import Facts, Reach, missing
from layers.usecases.standards.file import rules_by_word
from layers.usecases.standards.judge_reach import fits
from layers.usecases.standards.store import FACILITY, read_facts

RUNS_LOOKED_AT = 50
"""Newest runs among which one is sought that is about the whole area."""


def standards_board(
    database: Database,
    rules: str,
    division: str | None = None,
    basis: str = "resident",
    run: str | None = None,
) -> dict[str, Any]:
    """Return the board of divisions, or of all the actor belongs to.

    Each community is judged by the version of the set that holds for it today. It is computed from
    whole counties, so that premises shared with a community outside the area are apportioned alike
    whoever asks.

    Parameters
    ----------
    rules
        Name of a set, or a TOML file.
    division
        Codes separated by commas.
    run
        A stored coverage run for 户覆盖率; without one the newest that is about all the communities.

    Raises
    ------
    RefusedInputError
        `bad_parameter`; `no_communities` where a run is named and there is no community.
    NotFoundError
        `unknown_rules`, `unknown_division`, `unknown_run`.
    RightsError
        `outside_area`.
    """
    require_basis(basis)
    with database.session("server") as session:
        actor = actor_of(session)
        roots = roots_of(session, actor, division)
        if roots == ():
            raise RightsError("outside_area", "this account belongs to no division yet")
        book = None if rules.lower().endswith(".toml") else RuleBook(session, rules)
        shown = None if roots is None else below(session, roots)
        region = region_of(session, roots)
        named = None if roots is None else codes_of(session, roots)
    with database.acting(actor.within(region)).session("compute") as session:
        facts, ids = read_facts(session, shown)
        today: date = session.execute(text("SELECT current_date")).scalar_one()
    held = (
        everywhere(rules_by_word(rules), len(ids))
        if book is None
        else _held(book, ids, facts.shown)
    )
    with database.session("server") as session:
        runs = _runs(session, facts, basis, run, held)
    first = next((item for item in runs if run or item.parameters["category"] == FACILITY), None)
    facts = replace(facts, reach=first, runs=tuple(runs))
    return {
        "division": named,
        "rules": rules,
        **make_board(facts, held, basis, today.isoformat()),
    }


def _held(book: RuleBook, ids: list[int], shown: BoolArray) -> Held:
    """Return the versions that hold for the communities shown, each once."""
    sets: list[HeldRules] = []
    of = np.full(len(ids), NO_RULES, dtype=np.int64)
    for row in np.flatnonzero(shown).tolist():
        found = book.at(ids[row])
        if found is None:
            continue
        number = next((n for n, known in enumerate(sets) if known is found), None)
        if number is None:
            number = len(sets)
            sets.append(found)
        of[row] = number
    return Held(sets, of)


def _runs(session: Session, facts: Facts, basis: str, run: str | None, held: Held) -> list[Reach]:
    """Return the run that was named, or the newest; then the newest that asked what each rule asks.

    Only runs of this basis about all the communities shown count.

    Raises
    ------
    NotFoundError
        `unknown_run`.
    RefusedInputError
        `no_communities` where a run was named and there is nothing to hold against rules.
    """
    wanted = {code for code, shown in zip(facts.code, facts.shown, strict=True) if shown}
    rows = session.execute(
        text(
            "SELECT id, created_at, parameters FROM coverage_run "
            "WHERE (CAST(:run AS text) IS NULL AND parameters->>'basis' = :basis) OR id = :run "
            f"ORDER BY created_at DESC, id LIMIT {RUNS_LOOKED_AT}"
        ),
        {"run": run, "basis": basis},
    ).all()
    if run is not None and not rows:
        raise NotFoundError("unknown_run", f"there is no run {run}")
    if run is not None and not wanted:
        raise RefusedInputError(
            "no_communities",
            "there are no communities here to hold against a rule set; import them as divisions, "
            "or leave the rules out",
        )
    rules = [rule for item in held.sets for rule in item.rules.rule if isinstance(rule, ReachRule)]
    tests: list[Callable[[Any], bool]] = [lambda asked: bool(run) or asked["category"] == FACILITY]
    tests += [partial(fits, rule) for rule in rules]
    read: dict[str, Reach | None] = {}
    found: list[Reach] = []
    for test in tests:
        for row in rows:
            if not test(row.parameters):
                continue
            if row.id not in read:
                read[row.id] = _read_run(session, facts, row, wanted)
            known = read[row.id]
            if known is not None:
                found += [known] if known not in found else []
                break
        if run is not None and not found:
            raise NotFoundError(
                "unknown_run",
                f"run {run} is not about all of these communities; ask its question for them",
            )
    return found


def _read_run(session: Session, facts: Facts, row: Any, wanted: set[str | None]) -> Reach | None:
    """Return a run's figures by community, None where it is not about all of them."""
    statement = "SELECT result->'communities' FROM coverage_run WHERE id = :run"
    rows = session.execute(text(statement), {"run": row.id}).scalar_one()
    by_code = {item["code"]: item for item in rows}
    if not wanted or not wanted <= set(by_code):
        return None
    return Reach(
        row.id, row.created_at.isoformat(timespec="seconds"), row.parameters,
        _of(facts, by_code, "households"), _of(facts, by_code, "within_walk"),
        _of(facts, by_code, "within_radius"),
    )  # fmt: skip


def _of(facts: Facts, rows: dict[str, Any], name: str) -> IntArray:
    found = missing(len(facts))
    for place, code in enumerate(facts.code):
        if code in rows:
            found[place] = int(rows[code][name])
    return found
