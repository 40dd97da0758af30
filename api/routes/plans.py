"""Plans: list, draw, check, take through their steps, publish."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.deps import ServicesDep, SessionDep, StoreDep
from api.schemas.coverage import Job
from api.schemas.plans import (
    AnswerRequest,
    BranchRequest,
    CheckDocument,
    CutRequest,
    EditRequest,
    EditResult,
    Edits,
    KnownWorkers,
    NewCells,
    NewPlan,
    PaperRequest,
    PlanDocument,
    PlanList,
    PublishRequest,
    RebaseDocument,
    RebaseRequest,
    Revision,
    StepRequest,
    Suggestion,
    SuggestRequest,
    TakeBackRequest,
)
from gis.codes import CodePattern
from layers.db import Database
from layers.io.progress import Progress
from layers.rights import Right
from layers.usecases import cells
from layers.usecases.plans import (
    checks,
    compare,
    cuts,
    documents,
    edits,
    payload,
    publishing,
    rebase,
    steps,
    suggestions,
)

router = APIRouter(tags=["plans"])
PlanId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Division = Annotated[str | None, Query(pattern=r"^\d{2,12}$")]


@router.get("/api/plans")
def plans(session: SessionDep, division: Division = None) -> PlanList:
    """Return the plans of a division, and the state of its county's cells."""
    return PlanList(**documents.list_plans(session, division))


@router.post("/api/plans", status_code=201)
def add(given: NewPlan, session: SessionDep) -> PlanDocument:
    """Begin a plan: empty, from what is in force, or as a branch of another."""
    number = documents.create_plan(
        session, given.division, given.name, given.source, given.part_level
    )
    return PlanDocument(**documents.plan_document(session, number))


@router.post("/api/cell-sets", status_code=202)
def make_cells(given: NewCells, parts: ServicesDep, store: StoreDep) -> Job:
    """Make the cells of the county a division lies in."""
    with store.session() as session:
        cells.require_county(session, given.division)

    def work(store: Database, progress: Progress) -> str:
        made = cells.make_cell_set(
            store, given.division, accept_repair=given.accept_repair, progress=progress
        )
        return str(made["set"])

    return Job(**parts.jobs.submit(store, "cells", given.model_dump(), Right.PLAN, work))


@router.get("/api/plans/{plan}")
def one(plan: PlanId, session: SessionDep) -> PlanDocument:
    """Return a plan without its cells."""
    return PlanDocument(**documents.plan_document(session, plan))


@router.get("/api/plans/{plan}/workers")
def workers(plan: PlanId, session: SessionDep) -> KnownWorkers:
    """Return who may be proposed for a part: the workers of the plan's division."""
    return KnownWorkers(workers=documents.known_workers(session, plan))


@router.get("/api/plans/{plan}/cells")
def plan_cells(plan: PlanId, request: Request, session: SessionDep) -> Response:
    """Return the cells of a plan: shapes as arcs drawn once each, figures as columns."""
    tag = payload.cells_tag(session, plan)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    text = payload.cells_document(session, plan)
    return Response(text, media_type="application/json", headers=headers)


@router.post("/api/plans/{plan}/edits")
def edit(plan: PlanId, given: EditRequest, session: SessionDep) -> EditResult:
    """Change a plan; 409 with the difference where somebody else changed the same meanwhile."""
    change = edits.Change(
        given.label,
        given.cells,
        [item.model_dump(exclude_unset=True) for item in given.grids],
        given.removed,
    )
    return EditResult(**edits.apply_edit(session, plan, given.revision, change))


@router.get("/api/plans/{plan}/edits")
def edits_after(
    plan: PlanId, session: SessionDep, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0
) -> Edits:
    """Return what was changed after a revision."""
    state = edits.edit_state(session, plan, None)
    return Edits(
        **{name: state[name] for name in ("revision", "version", "state", "undo", "redo")},
        edits=edits.edits_since(session, plan, after),
    )


@router.post("/api/plans/{plan}/undo")
def undo(plan: PlanId, given: Revision, session: SessionDep) -> EditResult:
    """Take back one's own newest change."""
    return EditResult(**edits.undo(session, plan, given.revision))


@router.post("/api/plans/{plan}/redo")
def redo(plan: PlanId, given: Revision, session: SessionDep) -> EditResult:
    """Make one's own newest undone change again."""
    return EditResult(**edits.redo(session, plan, given.revision))


@router.post("/api/plans/{plan}/cuts")
def cut(plan: PlanId, given: CutRequest, session: SessionDep) -> EditResult:
    """Cut cells along a line, and split a part by it."""
    done = cuts.cut(session, plan, given.revision, given.line, part=given.part, split=given.split)
    return EditResult(**done)


@router.post("/api/plans/{plan}/suggest")
def suggest(plan: PlanId, given: SuggestRequest, session: SessionDep) -> Suggestion:
    """Propose a division, a repair or a re-division; nothing is stored."""
    asked = suggestions.Asked(
        method=given.method,
        scope=given.scope,
        parts=given.parts,
        low=given.min,
        high=given.max,
        basis=given.basis,
        also=given.also,
        seed=given.seed,
    )
    return Suggestion(**suggestions.suggest(session, plan, asked))


@router.get("/api/plans/{plan}/check")
def check(
    plan: PlanId,
    session: SessionDep,
    basis: Annotated[str, Query(pattern="^(resident|registered|planned)$")] = "resident",
) -> CheckDocument:
    """Check a plan against the rules R1 to R11."""
    return CheckDocument(**checks.check(session, plan, basis=basis))


@router.post("/api/plans/{plan}/branch", status_code=201)
def branch(plan: PlanId, given: BranchRequest, session: SessionDep) -> PlanDocument:
    """Copy a plan into a new draft."""
    number = documents.branch_plan(session, plan, given.name)
    return PlanDocument(**documents.plan_document(session, number))


@router.get("/api/plans/{plan}/compare")
def compare_(
    plan: PlanId,
    session: SessionDep,
    with_: Annotated[
        str, Query(alias="with", pattern=r"^(published|\d{1,9}|layer:[a-z_]{1,40})$")
    ] = "published",
    basis: Annotated[str, Query(pattern="^(resident|registered|planned)$")] = "resident",
) -> dict[str, Any]:
    """Compare with another plan, with what is in force, or with imported areas."""
    return compare.compare(session, plan, with_, basis)


@router.post("/api/plans/{plan}/steps")
def step(plan: PlanId, given: StepRequest, session: SessionDep) -> PlanDocument:
    """Take a planner's step of the life cycle."""
    return _step(session, plan, given)


@router.post("/api/plans/{plan}/review")
def review(plan: PlanId, given: StepRequest, session: SessionDep) -> PlanDocument:
    """Approve a plan, or return it."""
    return _step(session, plan, given)


def _step(session: SessionDep, plan: int, given: StepRequest) -> PlanDocument:
    steps.take_step(
        session, plan, given.to, on_date=given.date, number=given.number, note=given.note,
        notice_from=given.notice_from, notice_to=given.notice_to,
    )  # fmt: skip
    return PlanDocument(**documents.plan_document(session, plan))


@router.post("/api/plans/{plan}/papers", status_code=201)
def paper(plan: PlanId, given: PaperRequest, session: SessionDep) -> PlanDocument:
    """Keep a document or an objection beside a plan."""
    steps.add_paper(session, plan, given.kind, given.model_dump(exclude={"kind"}))
    return PlanDocument(**documents.plan_document(session, plan))


@router.patch("/api/plans/{plan}/papers/{paper}")
def answer(plan: PlanId, paper: PlanId, given: AnswerRequest, session: SessionDep) -> PlanDocument:
    """Answer an objection."""
    steps.answer_paper(session, plan, paper, given.answer)
    return PlanDocument(**documents.plan_document(session, plan))


@router.post("/api/plans/{plan}/publish")
def publish(
    plan: PlanId, given: PublishRequest, session: SessionDep, parts: ServicesDep
) -> PlanDocument:
    """Bring an approved plan into force on a day."""
    publishing.publish(
        session, plan, given.effective_on,
        pattern=CodePattern(parts.settings.grid_code_pattern), first_import=given.first_import,
    )  # fmt: skip
    return PlanDocument(**documents.plan_document(session, plan))


@router.post("/api/plans/{plan}/take-back")
def take_back(plan: PlanId, given: TakeBackRequest, session: SessionDep) -> PlanDocument:
    """Take a filed plan back before its day."""
    publishing.take_back(session, plan, given.note)
    return PlanDocument(**documents.plan_document(session, plan))


@router.post("/api/plans/{plan}/rebase")
def rebase_(plan: PlanId, given: RebaseRequest, session: SessionDep) -> RebaseDocument:
    """Move a draft to the county's newest cells, or only show what that would do."""
    done = rebase.rebase(session, plan, preview=given.preview)
    document = documents.plan_document(session, plan) if done["applied"] else None
    return RebaseDocument(**done, plan=None if document is None else PlanDocument(**document))
