"""Plans, their edits and answers. What comes in is checked here; what goes out is described."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = int
Short = Field(None, max_length=200)
Long = Field(None, max_length=4000)
MAX_CELLS = 200_000


class Strict(BaseModel):
    """What a page or script sends: nothing unknown is taken silently."""

    model_config = ConfigDict(extra="forbid")


class NewPlan(Strict):
    """A plan to begin."""

    division: str = Field(pattern=r"^\d{2,12}$")
    name: str | None = Short
    source: str = Field("empty", pattern=r"^(empty|published|\d{1,9})$")
    part_level: Literal["grid", "community"] | None = None


class NewCells(Strict):
    """Cells to make for the county of a division."""

    division: str = Field(pattern=r"^\d{2,12}$")
    accept_repair: bool = False


class Lead(Strict):
    """Who is proposed to answer for a grid: a worker known by number, or a name with work phone."""

    worker: int | None = Field(None, ge=1, le=2**31 - 1)
    name: str | None = Field(None, max_length=60)
    work_phone: str | None = Field(None, max_length=30)
    post: str | None = Field(None, max_length=40)


class GridChange(Strict):
    """Fields of a part to change; what is not sent stays."""

    no: int = Field(ge=-100_000, le=2**31 - 1)
    name: str | None = Short
    kind: Literal["general", "dedicated"] = "general"
    level: Literal["large", "medium", "micro"] | None = None
    parent: int | None = Field(None, ge=-100_000, le=2**31 - 1)
    locked: bool = False
    note: str | None = Field(None, max_length=2000)
    lead: Lead | None = None
    reason: str | None = Field(None, max_length=2000)
    confirmed: bool = False


class EditRequest(Strict):
    """A change set."""

    revision: int = Field(ge=0, le=2**31 - 1)
    label: str = Field("edit", pattern=r"^[a-z_]{1,30}$")
    cells: dict[int, list[int]] = Field(default_factory=dict, max_length=20_000)
    grids: list[GridChange] = Field(default_factory=list, max_length=20_000)
    removed: list[int] = Field(default_factory=list, max_length=20_000)


class Revision(Strict):
    """The revision somebody has seen."""

    revision: int = Field(ge=0, le=2**31 - 1)


class CutRequest(Strict):
    """A line to cut along."""

    revision: int = Field(ge=0, le=2**31 - 1)
    line: list[tuple[float, float]] = Field(min_length=2, max_length=2000)
    part: int | None = Field(None, ge=1, le=2**31 - 1)
    split: bool = False


class SuggestRequest(Strict):
    """What to ask the automatic division."""

    revision: int | None = Field(None, ge=0, le=2**31 - 1)
    method: Literal["suggest", "repair", "redivide"] = "suggest"
    scope: Literal["all", "unassigned"] | list[int] = "all"
    parts: int | None = Field(None, ge=1, le=5000)
    min: int | None = Field(None, ge=0, le=10**8)
    max: int | None = Field(None, ge=1, le=10**8)
    basis: Literal["resident", "registered", "planned"] = "resident"
    also: list[Literal["resident", "registered", "planned", "buildings"]] = Field(
        default_factory=list, max_length=4
    )
    seed: int = Field(0, ge=0, le=2**31 - 1)


class BranchRequest(Strict):
    """A name for the copy."""

    name: str | None = Short


class StepRequest(Strict):
    """A step of the life cycle."""

    to: Literal["consultation", "notice", "review", "approved", "returned", "draft", "withdrawn"]
    date: dt.date | None = None
    number: str | None = Short
    note: str | None = Long
    notice_from: dt.date | None = None
    notice_to: dt.date | None = None


class PaperRequest(Strict):
    """A document, or an objection without anybody's name."""

    kind: Literal["document", "objection"]
    number: str | None = Short
    title: str | None = Short
    date: dt.date | None = None
    text: str | None = Long
    answer: str | None = Long


class AnswerRequest(Strict):
    """The answer to an objection."""

    answer: str = Field(max_length=4000)


class PublishRequest(Strict):
    """The day a plan becomes effective."""

    effective_on: dt.date
    first_import: bool = False


class TakeBackRequest(Strict):
    """Why a filed plan is taken back."""

    note: str | None = Long


class RebaseRequest(Strict):
    """Only look, or do it."""

    preview: bool = True


class DivisionName(BaseModel):
    """A division as answers name it."""

    code: str | None
    name: str | None
    level: str


class PlanRow(BaseModel):
    """A plan in a list."""

    plan: int
    name: str
    division: DivisionName
    part_level: str
    state: str
    revision: int
    parts: int
    updated_at: str
    updated_by: str
    effective_on: str | None
    stale: bool


class CellSetState(BaseModel):
    """A county's newest cells, and which layers changed since."""

    set: int
    generation: int
    made_at: str
    cells: int
    stale: bool
    reasons: list[str]
    notes: list[dict[str, Any]]


class Drift(BaseModel):
    """A grid in force whose border no longer runs between cells, and a place to look at."""

    code: str
    name: str | None
    area_m2: float
    cells: int
    households: int
    lon: float
    lat: float


class ImportedAreas(BaseModel):
    """Areas of a kind that meet the division, as `compare` calls them."""

    areas: str
    number: int


class KnownWorker(BaseModel):
    """Somebody who may be proposed for a grid: where the person is posted today."""

    worker: int
    name: str
    work_phone: str | None
    grids: list[str]


class KnownWorkers(BaseModel):
    """Workers on the lists of a plan's division."""

    workers: list[KnownWorker]


class PlanList(BaseModel):
    """Plans, and the cells new ones would begin with."""

    plans: list[PlanRow]
    cell_set: CellSetState | None
    drift: list[Drift]
    """Grids in force whose border runs through today's cells."""
    areas: list[ImportedAreas]
    """What a plan here can be compared with, besides plans and what is in force."""


class Part(BaseModel):
    """A part of a plan."""

    no: int
    name: str | None
    kind: str
    level: str | None
    parent: int | None
    locked: bool
    note: str | None
    lead: dict[str, Any] | None
    reason: str | None
    confirmed: bool
    origin: str | int | None


class Turn(BaseModel):
    """What an undo or redo would take back."""

    label: str
    at: str
    actor: str


class Assignment(BaseModel):
    """Cells and the part of each, as two columns."""

    cell: list[int]
    part: list[int]


class PlanDocument(PlanRow):
    """A plan with all but its cells."""

    basis_default: str
    community_kind: str | None
    band: dict[str, Any] | None
    version: str
    branch_of: int | None
    stale_reasons: list[str]
    grids: list[Part]
    codes: dict[str, str]
    assignment: Assignment
    undo: Turn | None
    redo: Turn | None
    history: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    papers: list[dict[str, Any]]
    allowed: list[str]
    notice_from: str | None
    notice_to: str | None
    approval_number: str | None
    approved_on: str | None
    withdrawn_on: str | None


class EditDocument(BaseModel):
    """One edit."""

    revision: int
    actor: str
    at: str
    label: str
    cells: Assignment
    grids: list[dict[str, Any]]
    removed: list[int]


class EditResult(BaseModel):
    """Where a plan stands after an edit."""

    revision: int
    version: str
    state: str
    numbers: dict[str, int]
    edit: EditDocument | None
    undo: Turn | None
    redo: Turn | None


class Edits(BaseModel):
    """What happened since a revision."""

    revision: int
    version: str
    state: str
    undo: Turn | None
    redo: Turn | None
    edits: list[EditDocument]


class Suggestion(BaseModel):
    """What the automatic division proposes; nothing is stored."""

    outcome: Literal["ok", "proved_impossible", "not_found"]
    cells: dict[str, list[int]]
    parts: list[dict[str, Any]]
    in_band: int
    out_of_band: int
    border_on_barrier_share: float | None
    reasons: list[dict[str, Any]]
    households_moved: int
    cells_moved: int
    seconds: float
    reproducible: bool


class CheckDocument(BaseModel):
    """Findings of a plan."""

    plan: int
    revision: int
    basis: str
    errors: int
    warnings: int
    advice: int
    findings: list[dict[str, Any]]


class RebaseDocument(BaseModel):
    """What a rebase does, or would do."""

    cells_mapped: int
    ambiguous: list[dict[str, Any]]
    households_moved: int
    lost_households: int
    applied: bool
    plan: PlanDocument | None
