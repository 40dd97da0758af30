"""Who holds which post in which grid, as it travels."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.schemas.accounts import Strict
from api.schemas.locate import CommunityName
from api.schemas.standards import RuleSetHead

GridCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]
Word = Annotated[str, Field(max_length=60)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Places = int | float
GridState = Literal["nobody", "substitute", "ends_soon", "held"]
WarningKind = Literal[
    "nobody", "ends_soon", "many_grids", "no_phone", "beyond_holder", "staff_short"
]


class PostWord(BaseModel):
    """A post by its name, as it is shown."""

    name: str
    zh: str
    en: str
    responsible: bool
    """Whether its holder answers for the grid."""
    ordinal: int


class Post(PostWord):
    """A post of the catalogue."""

    code: str | None
    division: str | None
    """The county whose own it is."""


class Posts(BaseModel):
    """The catalogue of posts."""

    posts: list[Post]


class NewPost(Strict):
    """A post to add, or how a known one is shown."""

    name: Word
    zh: Word
    en: Word
    responsible: bool
    ordinal: int = 500
    division: str | None = Field(None, pattern=r"^\d{2,12}$")


class Worker(BaseModel):
    """Somebody who can be posted; name and work phone are all that is kept."""

    worker: int
    name: str
    work_phone: str | None
    division: str | None
    division_name: str | None
    grids: list[str]
    """Codes of those they hold a post in today."""


class Workers(BaseModel):
    """Workers by name."""

    workers: list[Worker]


class NewWorker(Strict):
    """A person for the list of a division."""

    name: Word
    work_phone: Word | None = None
    division: str = Field(pattern=r"^\d{2,12}$")


class WorkerChange(Strict):
    """Name and telephone as they are now."""

    name: Word
    work_phone: Word | None = None


class Whom(Strict):
    """Somebody to be posted: a known worker by number, or a name that is looked up or added."""

    worker: Number | None = None
    name: Word | None = None
    work_phone: Word | None = None


class Assignment(Whom):
    """A post in one or many grids."""

    grids: list[GridCode] = Field(min_length=1, max_length=1000)
    post: Word
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    """The day from which it is held no longer."""
    replace: bool = False
    """End the others' postings of this post there on that day."""


class Ending(Strict):
    """The day from which a posting holds no longer."""

    on: dt.date | None = None


class HandOver(Whom):
    """Who holds the post from a day on."""

    on: dt.date | None = None


class Substitution(Whom):
    """Who stands in, from a day until, exclusive, another."""

    valid_from: dt.date
    valid_to: dt.date


class Ledger(Strict):
    """A table of postings; its content is base64."""

    file: str = Field(max_length=200)
    content: str = Field(max_length=1_000_000)
    dry_run: bool = True


class LedgerMark(Strict):
    """Why a row is refused, in the words of whoever asks."""

    row: int = Field(ge=1, le=1_048_576)
    field: str | None = Field(None, max_length=200)
    reason: str = Field(max_length=1000)


class MarkedLedger(Strict):
    """A table of postings to come back with what is wrong in it."""

    file: str = Field(max_length=200)
    content: str = Field(max_length=1_000_000)
    title: str = Field("退回原因 reason", min_length=1, max_length=100)
    marks: list[LedgerMark] = Field(min_length=1, max_length=5000)


class LedgerSummary(BaseModel):
    """What a ledger did, or would do."""

    file: str
    dry_run: bool
    read: int
    added: int
    updated: int
    unchanged: int
    removed: int
    notes: list[str]


class GivenPosting(BaseModel):
    """A posting that was made."""

    posting: int
    grid: str
    post: str
    valid_from: dt.date
    valid_to: dt.date | None


class Assigned(BaseModel):
    """What was given, and which postings ended for it."""

    worker: int
    postings: list[GivenPosting]
    ended: list[int]


class Ended(BaseModel):
    """A posting that ended, or was taken off before it began."""

    posting: int
    grid: str
    valid_to: dt.date | None
    removed: bool


class HandedOver(GivenPosting):
    """The posting that follows the one that ended."""

    worker: int
    ended: int


class Substituted(BaseModel):
    """Who stands in for which posting."""

    posting: int
    substitute_for: int
    worker: int
    grid: str
    valid_from: dt.date
    valid_to: dt.date


class HeldPosting(BaseModel):
    """A posting with its person; `holder` is the posting a substitute stands in for."""

    posting: int
    worker: int
    name: str
    work_phone: str | None
    post: PostWord
    valid_from: dt.date
    valid_to: dt.date | None
    holder: int | None
    substitute_for: str | None
    """The holder's name."""


class Holder(HeldPosting):
    """Who holds a post on the day, and who stands in."""

    substitute: HeldPosting | None


class AskedGrid(BaseModel):
    """The grid that is asked about, as it is on the day."""

    code: str
    name: str | None
    kind: str
    level: str | None
    in_force: bool
    community: CommunityName | None


class WhoAnswered(BaseModel):
    """Who was responsible for a grid on a day."""

    grid: AskedGrid
    on: dt.date
    holders: list[Holder]
    answers: list[HeldPosting]
    """One person for each post that is held: whoever stands in, or else the holder."""
    responsible: bool
    """Whether somebody who answers holds such a post."""
    history: list[HeldPosting]


class PeopleGrid(BaseModel):
    """A grid with its people on the day."""

    code: str
    name: str | None
    kind: str
    level: str | None
    community: CommunityName | None
    box: list[float]
    """West, south, east, north in degrees."""
    state: GridState
    households: int | None
    people: list[HeldPosting]
    warnings: list[WarningKind]


class PeopleFigures(BaseModel):
    """The headline figures of an area."""

    grids: int
    without_responsible: int
    with_substitute: int
    households: int | None
    workers: int
    """Persons who answer for a grid, each once; substitutes are no further ones."""
    households_per_worker: Places | None
    counted_from: dt.date | None
    counted_to: dt.date | None


class StaffRule(BaseModel):
    """The figure full-time workers are held against."""

    id: str
    posts: list[str]
    households_per_worker: int | None
    workers_per_10000_residents: int | None


class StaffVerdict(BaseModel):
    """Full-time workers (numerator) of the households or residents (denominator) of a community."""

    state: Literal["compliant", "short", "unknown", "not_applicable"]
    numerator: int | None
    denominator: int | None
    denominator_unit: str | None
    required: int | None
    shortfall: int | None
    households_per_worker: Places | None
    rule: StaffRule | None
    set: str | None
    reason: str | None


class StaffCommunity(BaseModel):
    """A community and its full-time workers."""

    code: str
    name: str
    kind: str | None
    grids: int
    households: int | None
    staff: StaffVerdict


class StaffRules(BaseModel):
    """Which rule sets the communities were held against, with their sources."""

    set: str
    sets: list[RuleSetHead]


class PeopleWarning(BaseModel):
    """Something to look into, with the grids and the person concerned."""

    kind: WarningKind
    grids: list[str]
    community: CommunityName | None
    worker: int | None
    name: str | None
    values: dict[str, Any]


class PeopleOfArea(BaseModel):
    """The grids of an area on a day with their people."""

    on: dt.date
    division: list[str] | None
    basis: str
    many_grids: int
    soon_days: int
    figures: PeopleFigures
    staff: StaffRules
    communities: list[StaffCommunity]
    grids: list[PeopleGrid]
    warnings: list[PeopleWarning]
