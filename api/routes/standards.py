"""Rule sets and the standards board."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.deps import SessionDep, StoreDep
from api.schemas.standards import Board, NewRuleSet, RuleSetContent, RuleSets
from layers.usecases import rule_sets
from layers.usecases.standards import standards_board

router = APIRouter(tags=["standards"])
SetName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Division = Annotated[str | None, Query(pattern=r"^\d{2,12}$")]
Divisions = Annotated[str | None, Query(pattern=r"^[0-9,]+$", min_length=2, max_length=4000)]


@router.get("/api/rules")
def sets(session: SessionDep, division: Division = None) -> RuleSets:
    """Return the rule sets that come with the product, and every version of divisions' own."""
    return RuleSets(**rule_sets.list_rule_sets(session, division))


@router.get("/api/rules/{name}")
def rule_set(
    name: SetName, session: SessionDep, division: Division = None, on: date | None = None
) -> RuleSetContent:
    """Return a rule set as it holds in a division on a day."""
    return RuleSetContent(**rule_sets.show_rule_set(session, name, division, on))


@router.post("/api/rules", status_code=201)
def add(asked: NewRuleSet, session: SessionDep) -> RuleSetContent:
    """Add a version of a division's rule set; those before it stay."""
    made = rule_sets.add_rule_set(session, asked.division, asked.content, asked.valid_from)
    return RuleSetContent(**made)


@router.get("/api/standards")
def board(
    store: StoreDep,
    rules: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")],
    division: Divisions = None,
    basis: Literal["resident", "registered", "planned"] = "resident",
    run: Annotated[str | None, Query(pattern=r"^[0-9a-f]{8,64}$")] = None,
) -> Board:
    """Hold the communities of an area against a rule set."""
    return Board(**standards_board(store, rules, division, basis, run))
