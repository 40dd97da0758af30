"""What if: answers at once, and scenarios that are kept."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import ServicesDep, SessionDep, StoreDep
from api.schemas.coverage import Job
from api.schemas.whatif import (
    Answer,
    Decision,
    KeepScenario,
    ScenarioDocument,
    Scenarios,
    SitingRequest,
    WhatIf,
)
from layers.db import Database
from layers.io.progress import Progress
from layers.question import Question
from layers.rights import Right
from layers.scenario import Scenario, read_changes
from layers.usecases import coverage
from layers.usecases.siting import Place, SitingAsked, site_stations
from layers.usecases.whatif import computing, keeping

router = APIRouter(tags=["what if"])
ScenarioId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def _scenario(given: WhatIf) -> Scenario:
    changes = read_changes([item.model_dump(exclude_none=True) for item in given.changes])
    return Scenario(
        Question(**given.question.model_dump()), changes, given.minutes, given.speed_kmh,
        given.capacities, given.own_community,
    )  # fmt: skip


@router.post("/api/whatif")
def what_if(given: WhatIf, parts: ServicesDep, store: StoreDep) -> Answer:
    """Return what a scenario changes; nothing is stored."""
    return Answer(**computing.what_if(store, parts.cache, _scenario(given)))


@router.post("/api/siting", status_code=202)
def siting(given: SitingRequest, parts: ServicesDep, store: StoreDep) -> Job:
    """Choose sites; the finished job's `run` is the number of the scenario that was kept."""
    asked = SitingAsked(
        Question(**given.question.model_dump()), given.objective, given.add,
        None if given.target is None else Fraction(str(given.target)),
        tuple(Place(item.code, item.lon, item.lat, item.name, item.capacity) for item in given.places),
        tuple(given.area), given.most, tuple(given.must), tuple(given.forbidden), given.capacities,
        given.capacity, given.seed, given.own_community, tuple(given.candidates),
    )  # fmt: skip

    coverage.about(store, asked.question)  # refuses what lies outside before a job is made

    def work(store: Database, progress: Progress) -> str:
        return str(site_stations(store, parts.cache, asked, given.name, progress)["scenario"])

    return Job(**parts.jobs.submit(store, "siting", given.model_dump(), Right.COMPUTE, work))


@router.get("/api/scenarios")
def scenarios(session: SessionDep) -> Scenarios:
    """Return the scenarios kept in one's area."""
    return Scenarios(scenarios=keeping.list_scenarios(session))


@router.post("/api/scenarios", status_code=201)
def keep(given: KeepScenario, parts: ServicesDep, store: StoreDep) -> ScenarioDocument:
    """Answer a scenario and keep it under a name."""
    return ScenarioDocument(
        **keeping.keep(store, parts.cache, _scenario(given), given.name, given.note)
    )


@router.get("/api/scenarios/{scenario}")
def scenario(scenario: ScenarioId, session: SessionDep) -> ScenarioDocument:
    """Return a kept scenario."""
    return ScenarioDocument(**keeping.scenario_document(session, scenario))


@router.post("/api/scenarios/{scenario}/decision")
def decide(scenario: ScenarioId, given: Decision, session: SessionDep) -> ScenarioDocument:
    """Adopt or drop a scenario, or take it up again."""
    return ScenarioDocument(**keeping.decide(session, scenario, given.state, given.note))
