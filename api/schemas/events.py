"""Events and campaigns: what phones send and desks see."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(gt=-90, lt=90, allow_inf_nan=False)]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Level = Literal["grid", "community", "township", "county"]


class Strict(BaseModel):
    """What a page or script sends: nothing unknown is taken silently."""

    model_config = ConfigDict(extra="forbid")


class EventReport(Strict):
    """A report; `id` is made by the phone, so that it is one however often it is sent."""

    id: UUID
    category: Annotated[str, Field(min_length=1, max_length=60)]
    lon: Lon | None = None
    lat: Lat | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=5000, allow_inf_nan=False)] | None = None
    placed: Literal["gps", "tap", "building", "qr"]
    building: Code | None = None
    text: Annotated[str, Field(max_length=1000)] | None = None
    reported_at: AwareDatetime
    phone_now: AwareDatetime
    photos: Annotated[int, Field(ge=0, le=6)] = 0
    queue_no: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class Step(Strict):
    """A step; which follow a state is answered by the use case. `id` makes it one however often it is sent."""

    action: Annotated[str, Field(max_length=40)]
    note: Annotated[str, Field(max_length=1000)] | None = None
    level: Level | None = None
    grid: Code | None = None
    until: date | None = None
    state: Annotated[str, Field(max_length=40)] | None = None
    id: UUID | None = None
    at: AwareDatetime | None = None
    phone_now: AwareDatetime | None = None
    photos: Annotated[int, Field(ge=0, le=6)] = 0


class Move(Strict):
    """A new place of the pin."""

    lon: Lon
    lat: Lat
    note: Annotated[str, Field(max_length=1000)] | None = None


class Merge(Strict):
    """Which event it is the same as."""

    into: UUID
    note: Annotated[str, Field(max_length=1000)] | None = None


class CategoryRow(BaseModel):
    """A category with its group: two taps."""

    key: str
    name: str
    name_en: str
    group: str
    group_name: str
    group_name_en: str


class Categories(BaseModel):
    """What can be reported here."""

    categories: list[CategoryRow]


class Named(BaseModel):
    """A place by code and name."""

    code: str
    name: str | None


class Handler(BaseModel):
    """Who handles it."""

    level: str
    name: str | None
    office: str | None


class Person(BaseModel):
    """Who is responsible, as it is published."""

    name: str
    work_phone: str | None
    post: str


class HandlerWithWorkers(Handler):
    """Who handles it, and who is responsible in the grid."""

    workers: list[Person]


class DeadlineCalendar(BaseModel):
    """Whether the holidays of the years a deadline counts are known; those of `years` count Monday to Friday."""

    calendar: Literal["complete", "no_entry"]
    years: list[int]


class Target(BaseModel):
    """The event another one was merged into."""

    id: str
    number: str | None


class EventRow(BaseModel):
    """An event in a list."""

    id: str
    number: str
    category: str
    category_name: str
    category_name_en: str
    group: str | None
    lon: float
    lat: float
    accuracy_m: float | None
    placed: str
    building: str | None
    text: str | None
    state: str
    next_step: str | None
    level: str
    grid: Named | None
    community: Named | None
    handler: Handler
    border: bool
    reported_at: str
    received_at: str
    clock_error_s: int
    due_at: str | None
    deadline: DeadlineCalendar | None
    overdue: bool
    work: list[str]
    """Steps the asker may take as a worker of the grid."""
    escalations: int
    duplicate_of: Target | None
    photos: int
    photos_missing: list[int]


class Candidate(BaseModel):
    """A grid that the circle of error touches."""

    code: str
    name: str | None
    community: Named | None
    share: float
    border_m: float


class Near(BaseModel):
    """An open event of the same group close by."""

    id: str
    number: str
    category: str
    state: str
    text: str | None
    reported_at: str
    metres: float


class EventAnswer(EventRow):
    """A report as it was taken: where it went, and what is still to be sent."""

    handler: HandlerWithWorkers
    candidates: list[Candidate]
    duplicates: list[Near]


class PictureRow(BaseModel):
    """A photo that has come."""

    n: int
    width: int
    height: int
    bytes: int


class HistoryStep(BaseModel):
    """A line of the history; `photos` were announced, `pictures` have come."""

    id: UUID | None
    at: Any
    actor: str
    action: str
    from_state: str | None
    to_state: str
    from_level: str | None
    to_level: str
    from_grid: str | None
    to_grid: str | None
    note: str | None
    details: dict[str, Any] | None
    photos: int
    pictures: list[PictureRow]


class EventCard(EventAnswer):
    """An event with everything there is about it, and what may be done."""

    reporter: str
    reported_grid: str | None
    grid_decided: bool
    history: list[HistoryStep]
    pictures: list[PictureRow]
    merged: list[Target]
    actions: list[str]
    handled_above: bool


class Events(BaseModel):
    """A page of a list, with the figures of all that were found."""

    total: int
    open: int
    overdue: int
    by_state: dict[str, int]
    events: list[EventRow]


class EventPoints(BaseModel):
    """Places of events, in columns."""

    total: int
    left_out: int
    id: list[str]
    number: list[str]
    lon: list[float]
    lat: list[float]
    state: list[str]
    overdue: list[bool]


class PhotoAnswer(BaseModel):
    """A photo that is kept."""

    n: int
    photos_missing: list[int]


class CampaignMade(Strict):
    """A campaign to make: for divisions with all their grids, or for some grids."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    owner: Annotated[str, Field(min_length=1, max_length=100)]
    deadline: date
    items: Annotated[
        list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=100)
    ]
    divisions: Annotated[list[Code], Field(max_length=200)] = []
    grids: Annotated[list[Code], Field(max_length=2000)] = []
    note: Annotated[str, Field(max_length=1000)] | None = None


Revision = Annotated[int, Field(ge=0, le=2**31 - 1)]
Reason = Annotated[str, Field(max_length=1000)]


class CampaignLine(Strict):
    """A line as it is to be: of an item there is, or a new one."""

    text: Annotated[str, Field(min_length=1, max_length=300)]
    id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class CampaignEdited(Strict):
    """What is to be changed; what is left out stays. `items` is the whole list."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    owner: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    note: Annotated[str, Field(max_length=1000)] | None = None
    deadline: date | None = None
    items: Annotated[list[CampaignLine], Field(min_length=1, max_length=100)] | None = None
    divisions: Annotated[list[Code], Field(max_length=200)] = []
    grids: Annotated[list[Code], Field(max_length=2000)] = []
    reason: Reason | None = None
    revision: Revision | None = None


class CampaignClosed(Strict):
    """How a campaign ends; a cancelled one for a reason."""

    ending: Literal["done", "cancelled"]
    reason: Reason | None = None
    revision: Revision | None = None


class CampaignReopened(Strict):
    """Why it is opened again."""

    reason: Reason
    revision: Revision | None = None


class Item(BaseModel):
    """A line of a list."""

    id: int
    text: str


class Closed(BaseModel):
    """How, when, by whom and why it was closed."""

    ending: Literal["done", "cancelled"]
    at: str
    by: str
    reason: str | None


class CampaignRow(BaseModel):
    """A campaign with its figures."""

    id: int
    name: str
    owner: str
    deadline: str
    over: bool
    note: str | None
    revision: int
    closed: Closed | None
    communities: list[Named]
    some_grids: bool
    created_by: str
    created_at: str
    items: list[Item]
    grids_total: int
    grids_done: int
    marks_done: int
    marks_total: int
    share: float | None


class Campaigns(BaseModel):
    """The campaigns one may see."""

    campaigns: list[CampaignRow]


class ItemProgress(Item):
    """In how many grids a line is done."""

    done: int
    grids: int


class GridNote(BaseModel):
    """What was written to a line in a grid."""

    item: int
    note: str
    done: bool


class GridProgress(BaseModel):
    """How far a grid is."""

    code: str
    name: str | None
    community: Named | None
    done: int
    items: int
    share: float | None
    done_items: list[int]
    notes: list[GridNote]


class WithdrawnItem(Item):
    """A line taken off the list, and in how many grids it was done."""

    withdrawn_at: str
    done: int


class CampaignChange(BaseModel):
    """A line of the history: field -> before and after."""

    at: str
    actor: str
    action: str
    reason: str | None
    changes: dict[str, Any]


class CampaignDocument(CampaignRow):
    """A campaign grid by grid."""

    items_done: list[ItemProgress]
    grids: list[GridProgress]
    may_edit: bool
    withdrawn_items: list[WithdrawnItem]
    marks_elsewhere: int
    marks_after_closing: int
    history: list[CampaignChange]


class MineItem(Item):
    """A line of one's own list."""

    done: bool
    done_at: str | None
    note: str | None


class MineCampaign(BaseModel):
    """A checklist of one of one's own grids."""

    id: int
    name: str
    owner: str
    note: str | None
    deadline: str
    over: bool
    grid: str
    grid_name: str | None
    items: list[MineItem]


class MineCampaigns(BaseModel):
    """The checklists of one's own grids."""

    campaigns: list[MineCampaign]


class CampaignMark(Strict):
    """A line ticked, or taken back; `id` is made by the phone."""

    id: UUID
    item: Annotated[int, Field(ge=1, le=2**31 - 1)]
    grid: Code
    done: bool
    note: Annotated[str, Field(max_length=500)] | None = None
    at: AwareDatetime
    phone_now: AwareDatetime


class MarkAnswer(BaseModel):
    """What holds now."""

    id: str
    item: int
    grid: str
    done: bool
    done_at: str | None
    note: str | None
