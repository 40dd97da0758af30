"""Every route, tile, export and job × every role × inside and outside one's area.

The table says what is meant; `api/access.py` and the database's policies say what is. A route
without a row fails, and so does a role that can do more or less than its row.
"""

from __future__ import annotations

import argparse
import itertools
import json
import uuid
from base64 import b64encode
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import text

from api import cli
from api.access import ACCESS
from api.app import create_app
from api.settings import WEB_DIST, Settings
from gis.errors import WanggeError
from layers.inputs import InputCache
from layers.models import ROLES
from layers.question import Question
from layers.registry import LAYERS
from layers.rights import local_administrator
from layers.rules import built_in
from layers.rules.files import FOLDER
from layers.scenario import Scenario
from layers.usecases import own_account
from layers.usecases.accounts import AccountDraft, add_account
from layers.usecases.campaigns.changing import close_campaign
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.coverage import run_coverage
from layers.usecases.events.asked import Asked
from layers.usecases.events.rules import FOLDER as EVENT_RULES
from layers.usecases.events.steps import take_step as take_event_step
from layers.usecases.household_checks import Check, propose_check
from layers.usecases.imports import import_file
from layers.usecases.plans.documents import branch_plan, create_plan
from layers.usecases.plans.steps import add_paper, take_step
from layers.usecases.postings.changes import assign
from layers.usecases.postings.people import Person, add_worker
from layers.usecases.whatif.keeping import keep
from tests import mvt
from tests.accounts import PASSWORD, actor, bearer, make_account, visit
from tests.api.conftest import BASE
from tests.conftest import fresh_copy
from tests.layers.field import Spot, body, picture, reported, spots
from tests.layers.plans import divided, give_leads, in_days
from tests.mvt import tile_of

INSIDE, OUTSIDE = "990101001", "990101102"
"""Townships: the one every account of the table belongs to, and the other."""
PLACES = {INSIDE: (117.3006, 28.6164), OUTSIDE: (117.2651, 28.6009)}
COMMUNITIES = {INSIDE: "990101001001", OUTSIDE: "990101102001"}
GRIDS = {INSIDE: "990101001001001", OUTSIDE: "990101102001001"}
BUILDINGS = {INSIDE: "990101001003B0001", OUTSIDE: "990101102001B0001"}
SMALL_GRID = "990101001002004"
"""Eight buildings: each has a code to be drawn."""
EVERYBODY = frozenset({*ROLES, "nobody"})
SIGNED_IN = frozenset(ROLES)
READERS = frozenset({"planner", "reviewer", "analyst", "grid_worker", "system_administrator"})
ANALYSTS = frozenset({"planner", "reviewer", "analyst"})
PLANNERS = frozenset({"planner"})
REVIEWERS = frozenset({"reviewer"})
EVENT_READERS = frozenset({"planner", "reviewer", "analyst", "grid_worker"})
REPORTERS = frozenset({"planner", "grid_worker"})
PLAN_READERS = frozenset({"planner", "reviewer", "analyst", "system_administrator"})
WORKERS = frozenset({"grid_worker"})
PHONE_PAGE = 200 if (WEB_DIST / "m.html").exists() else 503
PHONE_FILES = 200 if PHONE_PAGE == 200 else 404
PUBLIC_PAGE = 200 if (WEB_DIST / "public.html").exists() else 503
SECURITY = frozenset({"security_administrator"})
AUDITOR = frozenset({"auditor"})
OPERATOR = frozenset({"system_administrator"})
SCOPED_LAYERS = frozenset(
    {"buildings", "addresses", "estates", "villager_groups", "assets", "organisations"}
)
ABSENT = 404
_numbers = itertools.count(1)


@dataclass
class World:
    """What requests are about, inside and outside."""

    client: TestClient
    store: Any
    cache: InputCache
    headers: dict[str, dict[str, str]]
    """By role; `nobody` sends none."""
    runs: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    """A divided draft of a community of each place, which no row changes."""

    def plan(self, where: str, state: str = "draft") -> int:
        """Return the number of a fresh, empty plan in a state."""
        with self.store.session() as session:
            number = create_plan(session, COMMUNITIES[where], f"plan {next(_numbers)}")
            session.execute(
                text("UPDATE plan SET state = :state WHERE id = :plan"),
                {"state": state, "plan": number},
            )
        return number

    def paper(self, plan: int) -> int:
        """Return the number of an objection to a plan."""
        with self.store.session() as session:
            fields = {"number": None, "title": None, "date": None, "text": "太大", "answer": None}
            add_paper(session, plan, "objection", fields)
            found = "SELECT max(id) FROM plan_paper WHERE plan_id = :plan"
            return int(session.execute(text(found), {"plan": plan}).scalar_one())

    spots: dict[str, Spot] = field(default_factory=dict)
    """A grid of each place; the grid worker holds a post in the inner one."""
    campaigns: dict[str, dict[str, Any]] = field(default_factory=dict)

    def event(self, where: str) -> str:
        """Return the id of a fresh event of a place, reported by nobody of the table."""
        spot = self.spots[where]
        made = reported(self.store, local_administrator(), spot.lon, spot.lat, photos=1)
        return str(made["id"])

    def step(self, event: str) -> str:
        """Return the id of a step of an event, taken by nobody of the table, with a photo to come."""
        taken = uuid.uuid4()
        with self.store.session() as session:
            take_event_step(session, uuid.UUID(event), Asked("handle", id=taken, photos=1))
        return str(taken)

    def scenario(self, where: str) -> int:
        """Return the number of a fresh scenario of a township."""
        analyst = self.store.acting(actor(self.store, "analyst", [where]))
        asked = Scenario(Question(division=where))
        return int(keep(analyst, self.cache, asked, f"scenario {next(_numbers)}")["scenario"])

    def check(self, where: str) -> str:
        """Return the number of a fresh check of households of a building of a place."""
        worker = self.store.acting(actor(self.store, "grid_worker", [where]))
        given = Check(uuid.uuid4(), BUILDINGS[where], self.today, resident=3)
        with worker.session() as session:
            propose_check(session, given)
        return str(given.id)

    @property
    def today(self) -> Any:
        """The day of the store."""
        return in_days(self.store, 0)

    def phone_account(self, where: str) -> str:
        """Return the name of a fresh account of a grid worker of a township."""
        name = f"target-{next(_numbers)}"
        add_account(self.store, name, AccountDraft(None, "grid_worker", [where]))
        return name

    def worker(self, where: str) -> int:
        """Return the number of a fresh worker on a township's list."""
        with self.store.session() as session:
            return int(add_worker(session, f"甲 {next(_numbers)}", None, where)["worker"])

    def posting(self, where: str) -> int:
        """Return the number of a fresh posting that began some time ago."""
        with self.store.session() as session:
            who = Person(worker=self.worker(where))
            made = assign(session, who, [GRIDS[where]], "网格员", date(2026, 1, 1))
            return int(made["postings"][0]["posting"])

    def account(self, where: str) -> str:
        """Return the name of a fresh account of a township."""
        name = f"target-{next(_numbers)}"
        add_account(self.store, name, AccountDraft(None, "analyst", [where]))
        return name


@pytest.fixture(scope="module")
def store(planned_store: Any) -> Any:
    """Return a store of its own: rows of the table add plans, runs and accounts."""
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_matrix") as copy:
        yield copy


@pytest.fixture(scope="module")
def world(store: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("matrix")
    settings = Settings(
        home=home,
        phone=True,
        requests_per_second=1e5,
        sign_ins_per_minute=1e5,
        events=True,
        campaigns=True,
    )
    headers = {role: bearer(store, role, [INSIDE]) for role in ROLES}
    headers["nobody"] = {}
    app = create_app(settings, store)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        made = World(client, store, InputCache(home), headers)
        for where in (INSIDE, OUTSIDE):
            analyst = store.acting(actor(store, "analyst", [where]))
            made.runs[where] = run_coverage(analyst, InputCache(home), Question())["run"]
            made.plans[where] = divided(store, COMMUNITIES[where])
            give_leads(store, made.plans[where])
            made.spots[where] = spots(store, COMMUNITIES[where])[0]
            with store.session() as session:
                made.campaigns[where] = add_campaign(
                    session,
                    CampaignDraft("查", "所", in_days(store, 9), ["一"], [COMMUNITIES[where]]),
                )
        give_post(store, made.spots[INSIDE].grid)
        # Jobs belong to accounts: the outer one to an account of the other township.
        for where in (INSIDE, OUTSIDE):
            other = bearer(store, "planner", [where])
            answer = client.post("/api/coverage/runs", json={"minutes": 7}, headers=other)
            made.jobs[where] = answer.json()["id"]
        yield made


def give_post(store: Any, grid: int) -> None:
    """Give every grid worker's account a worker with a post in a grid, and where `BUILDINGS[INSIDE]` stands."""
    with store.session("owner") as session:
        session.execute(
            text(
                "WITH w AS (INSERT INTO worker (name) SELECT name FROM account WHERE role = 'grid_worker' "
                "RETURNING id, name), a AS (UPDATE account a SET worker_id = w.id FROM w "
                "WHERE a.name = w.name AND a.role = 'grid_worker') INSERT INTO posting "
                "(worker_id, grid_id, post, valid_from) SELECT w.id, g, '网格员', current_date FROM w, "
                "(SELECT :grid AS g UNION SELECT grid_id FROM grid_version WHERE code = :code) x"
            ),
            {"grid": grid, "code": f"{BUILDINGS[INSIDE][:12]}001"},
        )


@dataclass(frozen=True)
class Row:
    """One route: who may, what is sent, and what comes back inside and outside."""

    who: frozenset[str]
    send: Callable[[World, str, dict[str, str]], Any]
    inside: int = 200
    outside: int = 200
    worker_outside: int | None = None
    """What a grid worker is told outside, where that is another answer."""
    shows: Callable[[Any], bool] | None = None
    """Whether an answer holds anything of the place; it must inside, and must not outside."""


def get(path: str, **options: Any) -> Callable[[World, str, dict[str, str]], Any]:
    """Return a GET of a path with `{run}`, `{building}`, `{job}`, `{plan}` of the place filled in."""
    return sending("GET", path, **options)


def sending(
    method: str,
    path: str,
    body: Callable[[World, str], Any] | None = None,
    state: str | None = None,
) -> Callable[[World, str, dict[str, str]], Any]:
    def send(world: World, where: str, headers: dict[str, str]) -> Any:
        x, y = tile_of(*PLACES[where], 15)
        plan = world.plan(where, state) if state else world.plans[where]
        event = world.event(where) if "{event}" in path else ""
        filled = path.format(
            plan=plan, paper=world.paper(plan) if "{paper}" in path else "",
            community=COMMUNITIES[where], run=world.runs[where], job=world.jobs[where],
            building=BUILDINGS[where], where=where,
            tile=f"15/{x}/{y}", box=",".join(str(v) for v in box(where)),
            account=world.account(where) if "{account}" in path else "",
            check=world.check(where) if "{check}" in path else "",
            phone_account=world.phone_account(where) if "{phone_account}" in path else "",
            worker=world.worker(where) if "{worker}" in path else "",
            posting=world.posting(where) if "{posting}" in path else "",
            grid=f"{BUILDINGS[where][:12]}001",
            scenario=world.scenario(where) if "{scenario}" in path else "",
            event=event, step=world.step(event) if "{step}" in path else "",
            campaign=world.campaigns[where]["id"],
        )  # fmt: skip
        content = {"json": body(world, where)} if body else {}
        return world.client.request(method, filled, headers=headers, **content)

    return send


def box(where: str) -> tuple[float, float, float, float]:
    lon, lat = PLACES[where]
    return lon - 0.005, lat - 0.005, lon + 0.005, lat + 0.005


def features(answer: Any) -> bool:
    return bool(answer.json()["features"])


def tiled(answer: Any) -> bool:
    return any(mvt.decode(answer.content).values())


def line_elsewhere(_world: World, _where: str) -> Any:
    return {"revision": 0, "line": [[117.0, 28.0], [117.001, 28.0]]}


def an_event(world: World, where: str) -> Any:
    spot = world.spots[where]
    return body(spot.lon, spot.lat)


def a_picture(world: World, where: str, headers: dict[str, str]) -> Any:
    path = f"/api/events/{world.event(where)}/photos/0"
    kind = {"Content-Type": "image/jpeg"}
    return world.client.put(path, content=picture(), headers={**headers, **kind})


def a_picture_of_a_step(world: World, where: str, headers: dict[str, str]) -> Any:
    event = world.event(where)
    path = f"/api/events/{event}/steps/{world.step(event)}/photos/0"
    kind = {"Content-Type": "image/jpeg"}
    return world.client.put(path, content=picture(), headers={**headers, **kind})


def a_closing(path: str, given: dict[str, Any], closed: bool) -> Callable[..., Any]:
    """Return a request about a campaign of its own, so that the others of the table stay as they are."""

    def send(world: World, where: str, headers: dict[str, str]) -> Any:
        with world.store.session() as session:
            draft = CampaignDraft("查", "所", in_days(world.store, 9), ["一"], [COMMUNITIES[where]])
            number = add_campaign(session, draft)["id"]
            if closed:
                close_campaign(session, number, "done")
        return world.client.post(path.format(campaign=number), json=given, headers=headers)

    return send


def a_mark(world: World, where: str) -> Any:
    moment = body(0, 0)["phone_now"]
    return {
        "id": str(uuid.uuid4()), "item": world.campaigns[where]["items"][0]["id"], "done": True,
        "grid": world.spots[where].code, "at": moment, "phone_now": moment,
    }  # fmt: skip


def new_account(_world: World, where: str) -> Any:
    return {"name": f"new-{next(_numbers)}", "role": "analyst", "divisions": [where]}


MATRIX: dict[tuple[str, str], Row] = {
    ("GET", "/"): Row(EVERYBODY, get("/")),
    ("GET", "/m"): Row(EVERYBODY, get("/m"), PHONE_PAGE, PHONE_PAGE),
    ("GET", "/m/sw.js"): Row(EVERYBODY, get("/m/sw.js"), PHONE_FILES, PHONE_FILES),
    ("GET", "/m/manifest.webmanifest"): Row(
        EVERYBODY, get("/m/manifest.webmanifest"), PHONE_FILES, PHONE_FILES
    ),
    ("GET", "/docs"): Row(EVERYBODY, get("/docs")),
    ("GET", "/favicon.svg"): Row(EVERYBODY, get("/favicon.svg")),
    ("GET", "/api/health"): Row(EVERYBODY, get("/api/health")),
    ("GET", "/api/session"): Row(EVERYBODY, get("/api/session")),
    ("POST", "/api/session"): Row(
        EVERYBODY,
        sending("POST", "/api/session", lambda *_: {"name": f"x{next(_numbers)}", "password": "y"}),
        401, 401,
    ),
    ("POST", "/api/session/demo"): Row(
        EVERYBODY, sending("POST", "/api/session/demo", lambda *_: {"name": "demo-planner"}),
        ABSENT, ABSENT,  # not in demo mode
    ),
    ("POST", "/api/session/link"): Row(
        EVERYBODY,
        sending("POST", "/api/session/link", lambda *_: {"token": "x", "password": "y"}),
        ABSENT, ABSENT,
    ),
    ("POST", "/api/session/link/check"): Row(
        EVERYBODY, sending("POST", "/api/session/link/check", lambda *_: {"token": "x"}),
        ABSENT, ABSENT,
    ),
    ("POST", "/api/session/device"): Row(
        EVERYBODY, sending("POST", "/api/session/device", lambda *_: {"link": "x"}), ABSENT, ABSENT
    ),
    ("DELETE", "/api/session"): Row(SIGNED_IN, sending("DELETE", "/api/session")),
    ("POST", "/api/session/password"): Row(
        SIGNED_IN,
        sending("POST", "/api/session/password", lambda *_: {"old": "x", "new": "Neu-Pferd-88"}),
        401, 401,
    ),
    ("POST", "/api/session/second-factor"): Row(
        SIGNED_IN, sending("POST", "/api/session/second-factor", lambda *_: {"password": PASSWORD})
    ),
    ("PUT", "/api/session/second-factor"): Row(
        SIGNED_IN, sending("PUT", "/api/session/second-factor", lambda *_: {"code": "0"}), 422, 422
    ),
    ("DELETE", "/api/session/second-factor"): Row(
        SIGNED_IN,
        sending("DELETE", "/api/session/second-factor", lambda *_: {"password": "x"}),
        401, 401,
    ),
    ("GET", "/api/session/tokens"): Row(SIGNED_IN, get("/api/session/tokens")),
    ("POST", "/api/session/tokens"): Row(
        SIGNED_IN,
        sending("POST", "/api/session/tokens", lambda *_: {"name": "t", "password": PASSWORD}),
    ),
    ("DELETE", "/api/session/tokens/{token_id}"): Row(
        SIGNED_IN, sending("DELETE", "/api/session/tokens/999999"), ABSENT, ABSENT
    ),
    ("GET", "/api/divisions"): Row(SIGNED_IN, get("/api/divisions")),
    ("GET", "/api/overview"): Row(
        READERS, get("/api/overview"),
    ),
    ("GET", "/api/layers"): Row(READERS, get("/api/layers")),
    ("GET", "/api/layers/{layer}/features"): Row(
        READERS, get("/api/layers/buildings/features?bbox={box}"), shows=features
    ),
    ("GET", "/api/search"): Row(
        READERS, get("/api/search?q={building}"), shows=lambda answer: bool(answer.json()["results"])
    ),
    # Whose grid a place is in may everybody know; who is responsible is published.
    ("GET", "/api/locate"): Row(READERS, get("/api/locate?lon=117.313&lat=28.603")),
    ("GET", "/api/grids/{code}/card"): Row(
        READERS, get("/api/grids/{grid}/card"), outside=403
    ),
    ("GET", "/api/grids/{code}/card.xlsx"): Row(
        ANALYSTS, get("/api/grids/{community}001/card.xlsx"), outside=403
    ),
    ("GET", "/api/grids/{code}/codes.html"): Row(
        ANALYSTS, get("/api/grids/{community}001/codes.html"), outside=403
    ),
    ("GET", "/api/buildings/{code:path}"): Row(
        READERS, get("/api/buildings/{building}"), outside=ABSENT
    ),
    ("GET", "/tiles/{layers}/{z}/{x}/{y}.mvt"): Row(
        READERS, get("/tiles/buildings/{tile}.mvt"), shows=tiled
    ),
    ("POST", "/api/coverage/runs"): Row(
        ANALYSTS, sending("POST", "/api/coverage/runs", lambda _, where: {"division": where}),
        outside=403,
    ),
    ("GET", "/api/coverage/runs/{run_id}"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/area"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/area"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/classes"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/classes"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/places"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/places"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/curves"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/curves"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/why/{building:path}"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/why/{building}"), outside=ABSENT
    ),
    ("GET", "/tiles/coverage/{run_id}/{z}/{x}/{y}.mvt"): Row(
        ANALYSTS, get("/tiles/coverage/{run}/{tile}.mvt"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/report.html"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/report.html"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/report.docx"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/report.docx"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/report.xlsx"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/report.xlsx"), outside=ABSENT
    ),
    ("GET", "/api/coverage/runs/{run_id}/buildings.csv"): Row(
        ANALYSTS, get("/api/coverage/runs/{run}/buildings.csv"), outside=ABSENT
    ),
    ("GET", "/api/exports/{layer}.{ending}"): Row(
        ANALYSTS, get("/api/exports/buildings.csv"),
    ),
    ("POST", "/api/whatif"): Row(
        ANALYSTS, sending("POST", "/api/whatif", lambda _, where: {"question": {"division": where}}),
        outside=403,
    ),
    ("POST", "/api/siting"): Row(
        ANALYSTS,
        sending(
            "POST", "/api/siting",
            lambda _, where: {"name": "址", "add": 1, "most": 3, "question": {"division": where}},
        ),
        202, 403,
    ),
    ("GET", "/api/scenarios"): Row(ANALYSTS, get("/api/scenarios")),
    ("POST", "/api/scenarios"): Row(
        ANALYSTS,
        sending(
            "POST", "/api/scenarios",
            lambda _, where: {"name": "试", "question": {"division": where}},
        ),
        201, 403,
    ),
    ("GET", "/api/scenarios/{scenario}"): Row(
        ANALYSTS, get("/api/scenarios/{scenario}"), outside=ABSENT
    ),
    ("POST", "/api/scenarios/{scenario}/decision"): Row(
        ANALYSTS,
        sending("POST", "/api/scenarios/{scenario}/decision", lambda *_: {"state": "dropped"}),
        outside=ABSENT,
    ),
    ("GET", "/api/plans"): Row(
        PLAN_READERS, get("/api/plans?division={community}"),
        shows=lambda answer: bool(answer.json()["plans"]),
    ),
    ("GET", "/api/plans/{plan}"): Row(PLAN_READERS, get("/api/plans/{plan}"), outside=ABSENT),
    ("GET", "/api/plans/{plan}/cells"): Row(
        PLAN_READERS, get("/api/plans/{plan}/cells"), outside=ABSENT
    ),
    ("GET", "/api/plans/{plan}/edits"): Row(
        PLAN_READERS, get("/api/plans/{plan}/edits"), outside=ABSENT
    ),
    ("GET", "/api/plans/{plan}/check"): Row(
        PLAN_READERS, get("/api/plans/{plan}/check"), outside=ABSENT
    ),
    ("GET", "/api/plans/{plan}/workers"): Row(
        PLAN_READERS, get("/api/plans/{plan}/workers"), outside=ABSENT
    ),
    ("GET", "/api/plans/{plan}/compare"): Row(
        PLAN_READERS, get("/api/plans/{plan}/compare"), outside=ABSENT
    ),
    ("POST", "/api/plans"): Row(
        PLANNERS, sending("POST", "/api/plans", lambda _, where: {"division": COMMUNITIES[where]}),
        201, 403,
    ),
    # Cells are made for whole counties: no township's account may.
    ("POST", "/api/cell-sets"): Row(
        PLANNERS, sending("POST", "/api/cell-sets", lambda _, where: {"division": where}), 403, 403
    ),
    ("POST", "/api/plans/{plan}/edits"): Row(
        PLANNERS,
        sending(
            "POST", "/api/plans/{plan}/edits",
            lambda *_: {"revision": 0, "grids": [{"no": -1, "name": "甲"}]}, "draft",
        ),
        outside=ABSENT,
    ),
    ("POST", "/api/plans/{plan}/undo"): Row(  # the change was made by another
        PLANNERS, sending("POST", "/api/plans/{plan}/undo", lambda *_: {"revision": 1}), 409, ABSENT
    ),
    ("POST", "/api/plans/{plan}/redo"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/redo", lambda *_: {"revision": 1}), 409, ABSENT
    ),
    ("POST", "/api/plans/{plan}/cuts"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/cuts", line_elsewhere), 422, ABSENT
    ),
    ("POST", "/api/plans/{plan}/suggest"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/suggest", lambda *_: {}), outside=ABSENT
    ),
    ("POST", "/api/plans/{plan}/branch"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/branch", lambda *_: {}), 201, ABSENT
    ),
    ("POST", "/api/plans/{plan}/steps"): Row(
        PLANNERS,
        sending("POST", "/api/plans/{plan}/steps", lambda *_: {"to": "consultation"}, "draft"),
        outside=ABSENT,
    ),
    ("POST", "/api/plans/{plan}/review"): Row(
        REVIEWERS,
        sending("POST", "/api/plans/{plan}/review", lambda *_: {"to": "returned"}, "review"),
        outside=ABSENT,
    ),
    ("POST", "/api/plans/{plan}/papers"): Row(
        PLANNERS,
        sending("POST", "/api/plans/{plan}/papers", lambda *_: {"kind": "document"}, "draft"),
        201, ABSENT,
    ),
    ("PATCH", "/api/plans/{plan}/papers/{paper}"): Row(
        PLANNERS,
        sending("PATCH", "/api/plans/{plan}/papers/{paper}", lambda *_: {"answer": "改"}, "draft"),
        outside=ABSENT,
    ),
    ("POST", "/api/plans/{plan}/publish"): Row(  # an empty plan has errors
        PLANNERS,
        sending(
            "POST", "/api/plans/{plan}/publish",
            lambda world, _: {"effective_on": in_days(world.store, 1).isoformat()}, "approved",
        ),
        409, ABSENT,
    ),
    ("POST", "/api/plans/{plan}/take-back"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/take-back", lambda *_: {}, "approved"), 409, ABSENT
    ),
    ("POST", "/api/plans/{plan}/rebase"): Row(
        PLANNERS, sending("POST", "/api/plans/{plan}/rebase", lambda *_: {}), outside=ABSENT
    ),
    ("GET", "/api/posts"): Row(READERS, get("/api/posts")),
    ("POST", "/api/posts"): Row(  # a township has no posts of its own
        PLANNERS,
        sending(
            "POST", "/api/posts",
            lambda _, where: {
                "name": "河长", "zh": "河长", "en": "river chief", "responsible": False, "division": where,
            },
        ),
        422, 422,
    ),
    ("GET", "/api/workers"): Row(
        PLAN_READERS, get("/api/workers?division={where}"), outside=403,
        shows=lambda answer: bool(answer.json().get("workers")),
    ),
    ("POST", "/api/workers"): Row(
        PLANNERS,
        sending(
            "POST", "/api/workers",
            lambda _, where: {"name": f"乙 {next(_numbers)}", "division": where},
        ),
        201, 403,
    ),
    ("PATCH", "/api/workers/{worker}"): Row(
        PLANNERS,
        sending("PATCH", "/api/workers/{worker}", lambda *_: {"name": f"丙 {next(_numbers)}"}),
        outside=ABSENT,
    ),
    ("GET", "/api/postings"): Row(PLAN_READERS, get("/api/postings?grid={grid}"), outside=403),
    ("GET", "/api/postings/area"): Row(
        PLAN_READERS, get("/api/postings/area?division={where}"), outside=403
    ),
    ("POST", "/api/postings"): Row(
        PLANNERS,
        sending(
            "POST", "/api/postings",
            lambda _, where: {"name": f"丁 {next(_numbers)}", "grids": [GRIDS[where]], "post": "网格员"},
        ),
        201, 403,
    ),
    ("POST", "/api/postings/ledger"): Row(
        PLANNERS,
        sending("POST", "/api/postings/ledger", lambda _, where: {
            "file": "a.csv", "content": b64encode(f"姓名,网格\n甲,{GRIDS[where]}\n".encode()).decode(),
        }),
        outside=403,
    ),
    ("POST", "/api/postings/ledger/marked"): Row(  # of a file that comes with it, and nothing else
        PLANNERS,
        sending("POST", "/api/postings/ledger/marked", lambda _, where: {
            "file": "a.csv", "content": b64encode(f"姓名,网格\n甲,{GRIDS[where]}\n".encode()).decode(),
            "marks": [{"row": 2, "field": "grid", "reason": "改"}],
        }),
    ),
    ("POST", "/api/postings/{posting}/end"): Row(
        PLANNERS, sending("POST", "/api/postings/{posting}/end", lambda *_: {}), outside=ABSENT
    ),
    ("POST", "/api/postings/{posting}/hand-over"): Row(
        PLANNERS,
        sending(
            "POST", "/api/postings/{posting}/hand-over", lambda *_: {"name": f"戊 {next(_numbers)}"}
        ),
        201, ABSENT,
    ),
    ("POST", "/api/postings/{posting}/substitutes"): Row(
        PLANNERS,
        sending(
            "POST", "/api/postings/{posting}/substitutes",
            lambda *_: {
                "name": f"己 {next(_numbers)}", "valid_from": "2026-02-01", "valid_to": "2026-02-05",
            },
        ),
        201, ABSENT,
    ),
    ("GET", "/api/rules"): Row(SIGNED_IN, get("/api/rules?division={where}")),
    ("GET", "/api/rules/{name}"): Row(SIGNED_IN, get("/api/rules/kaili?division={where}")),
    ("POST", "/api/rules"): Row(
        OPERATOR,
        sending(
            "POST", "/api/rules",
            lambda _, where: {"division": where, "content": built_in("lease").document()},
        ),
        201, 403,
    ),
    ("GET", "/api/standards"): Row(
        ANALYSTS, get("/api/standards?rules=kaili&division={where}"), outside=403
    ),
    ("GET", "/api/event-categories"): Row(EVENT_READERS, get("/api/event-categories")),
    # Whoever may report may report what lies elsewhere too; it is seen there, and by oneself.
    ("POST", "/api/events"): Row(REPORTERS, sending("POST", "/api/events", an_event), 201, 201),
    ("GET", "/api/events"): Row(
        EVENT_READERS, get("/api/events?division={community}&q="),
    ),
    ("GET", "/api/events/points"): Row(EVENT_READERS, get("/api/events/points")),
    ("GET", "/api/events/export.xlsx"): Row(ANALYSTS, get("/api/events/export.xlsx")),
    ("GET", "/api/events/{event}"): Row(EVENT_READERS, get("/api/events/{event}"), outside=ABSENT),
    ("POST", "/api/events/{event}/steps"): Row(
        REPORTERS, sending("POST", "/api/events/{event}/steps", lambda *_: {"action": "handle"}),
        outside=ABSENT,
    ),
    ("POST", "/api/events/{event}/move"): Row(
        PLANNERS,
        sending(
            "POST", "/api/events/{event}/move",
            lambda world, where: {"lon": world.spots[where].lon, "lat": world.spots[where].lat},
        ),
        outside=ABSENT,
    ),
    ("POST", "/api/events/{event}/merge"): Row(
        PLANNERS,
        sending("POST", "/api/events/{event}/merge", lambda world, where: {"into": world.event(where)}),
        outside=ABSENT,
    ),
    # Photos of a report one sees but did not make.
    ("PUT", "/api/events/{event}/photos/{n}"): Row(REPORTERS, a_picture, 403, ABSENT),
    ("GET", "/api/events/{event}/photos/{n}"): Row(  # it has not come
        EVENT_READERS, get("/api/events/{event}/photos/0"), ABSENT, ABSENT
    ),
    ("PUT", "/api/events/{event}/steps/{step}/photos/{n}"): Row(
        REPORTERS, a_picture_of_a_step, 403, ABSENT
    ),
    ("GET", "/api/events/{event}/steps/{step}/photos/{n}"): Row(  # it has not come
        EVENT_READERS, get("/api/events/{event}/steps/{step}/photos/0"), ABSENT, ABSENT
    ),
    ("GET", "/api/campaigns"): Row(EVENT_READERS, get("/api/campaigns")),
    ("POST", "/api/campaigns"): Row(
        PLANNERS,
        sending(
            "POST", "/api/campaigns",
            lambda world, where: {
                "name": "查", "owner": "所", "deadline": in_days(world.store, 3).isoformat(),
                "items": ["一"], "divisions": [where],
            },
        ),
        201, 403,
    ),
    ("GET", "/api/campaigns/mine"): Row(EVENT_READERS, get("/api/campaigns/mine")),
    ("GET", "/api/campaigns/{campaign}"): Row(
        EVENT_READERS, get("/api/campaigns/{campaign}"), outside=ABSENT
    ),
    ("PATCH", "/api/campaigns/{campaign}"): Row(
        PLANNERS,
        sending("PATCH", "/api/campaigns/{campaign}", lambda *_: {"note": f"{next(_numbers)}"}),
        outside=ABSENT,
    ),
    ("POST", "/api/campaigns/{campaign}/close"): Row(
        PLANNERS, a_closing("/api/campaigns/{campaign}/close", {"ending": "done"}, False),
        outside=ABSENT,
    ),
    ("POST", "/api/campaigns/{campaign}/reopen"): Row(
        PLANNERS, a_closing("/api/campaigns/{campaign}/reopen", {"reason": "x"}, True),
        outside=ABSENT,
    ),
    ("POST", "/api/campaign-marks"): Row(
        REPORTERS, sending("POST", "/api/campaign-marks", a_mark), 201, ABSENT, worker_outside=403
    ),
    ("GET", "/public/{code}"): Row(EVERYBODY, get("/public/{community}"), PUBLIC_PAGE, PUBLIC_PAGE),
    ("GET", "/api/public/communities/{code}"): Row(
        EVERYBODY, get("/api/public/communities/{community}")
    ),
    ("GET", "/api/public/communities/{code}/find"): Row(
        EVERYBODY, get("/api/public/communities/{community}/find?q=1")
    ),
    # Another account's job is nobody's but the operator's, and only of the operator's area.
    ("GET", "/api/jobs/{job_id}"): Row(OPERATOR, get("/api/jobs/{job}"), outside=ABSENT),
    ("DELETE", "/api/jobs/{job_id}"): Row(
        OPERATOR, sending("DELETE", "/api/jobs/{job}"), outside=ABSENT
    ),
    ("GET", "/api/accounts"): Row(SECURITY, get("/api/accounts?q=target-")),
    ("POST", "/api/accounts"): Row(
        SECURITY, sending("POST", "/api/accounts", new_account), 201, 403
    ),
    ("PATCH", "/api/accounts/{name}"): Row(
        SECURITY, sending("PATCH", "/api/accounts/{account}", lambda *_: {"disabled": True}),
        outside=ABSENT,
    ),
    ("POST", "/api/accounts/{name}/reset"): Row(
        SECURITY, sending("POST", "/api/accounts/{account}/reset"), outside=ABSENT
    ),
    ("GET", "/api/accounts/workers"): Row(
        SECURITY, get("/api/accounts/workers?q={where}"),
        shows=lambda answer: bool(answer.json()["workers"]),
    ),
    ("POST", "/api/accounts/{name}/phone-link"): Row(
        SECURITY, sending("POST", "/api/accounts/{phone_account}/phone-link"), 201, ABSENT
    ),
    ("GET", "/api/accounts/{name}/devices"): Row(
        SECURITY, get("/api/accounts/{account}/devices"), outside=ABSENT
    ),
    ("DELETE", "/api/accounts/{name}/devices/{device}"): Row(  # the account has no phone
        SECURITY, sending("DELETE", "/api/accounts/{account}/devices/1"), ABSENT, ABSENT
    ),
    ("GET", "/api/phone"): Row(READERS, get("/api/phone")),
    ("GET", "/api/phone/grids/{code}"): Row(
        READERS, get("/api/phone/grids/{grid}"), outside=ABSENT,
        shows=lambda answer: bool(answer.json().get("buildings")),
    ),
    # The code hangs at the door of the house: where it stands is told in the whole county.
    ("GET", "/api/phone/buildings/{code:path}"): Row(WORKERS, get("/api/phone/buildings/{building}")),
    ("GET", "/api/household-checks"): Row(READERS, get("/api/household-checks?division={where}")),
    ("POST", "/api/household-checks"): Row(
        WORKERS,
        sending(
            "POST", "/api/household-checks",
            lambda world, where: {
                "id": str(uuid.uuid4()), "building": BUILDINGS[where], "resident": 4,
                "counted_on": world.today.isoformat(),
            },
        ),
        201, ABSENT,
    ),
    ("POST", "/api/household-checks/{check}/decision"): Row(
        PLANNERS,
        sending("POST", "/api/household-checks/{check}/decision", lambda *_: {"accept": False, "reason": "x"}),
        outside=ABSENT,
    ),
    ("GET", "/api/audit"): Row(AUDITOR, get("/api/audit?q={where}")),
    ("GET", "/api/audit/export.{ending}"): Row(AUDITOR, get("/api/audit/export.csv")),
    ("GET", "/metrics"): Row(OPERATOR, get("/metrics")),
}  # fmt: skip
HIDDEN_JOB = {("GET", "/api/jobs/{job_id}"), ("DELETE", "/api/jobs/{job_id}")}
"""Signed in everybody may ask for a job; one that is not theirs is not there."""


def test_every_route_has_a_row_and_every_row_a_route(world):
    routes, unguarded = set(), set()
    for route in iter_route_contexts(world.client.app.routes):
        if isinstance(route.original_route, APIRoute):
            routes |= {(method, route.path) for method in route.methods}
        else:
            unguarded.add(route.path or route.original_route.path)
    assert unguarded == {"/assets", "/docs-assets", "/openapi.json"}, "a new door beside the table"
    assert routes == set(MATRIX) == set(ACCESS)


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
@pytest.mark.parametrize("route", list(MATRIX), ids=" ".join)
def test_each_role_may_what_its_row_says_inside_and_outside(world, route, role):
    row = MATRIX[route]
    outside = row.worker_outside if role == "grid_worker" and row.worker_outside else row.outside
    for where, allowed in ((INSIDE, row.inside), (OUTSIDE, outside)):
        answer = row.send(world, where, world.headers[role])
        if role in row.who:
            assert answer.status_code == allowed, (where, answer.text[:300])
            if row.shows is not None:
                assert row.shows(answer) == (where == INSIDE), where
        elif role == "nobody":
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        elif route in HIDDEN_JOB:
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "no_right")


@pytest.mark.parametrize("layer", [layer.name for layer in LAYERS])
def test_every_layer_by_page_tile_and_export_keeps_to_the_area(world, layer):
    """What belongs to an area is hidden in all protocols alike; the shared map is the same for all."""
    headers = world.headers["planner"]
    sizes = {}
    for where in (INSIDE, OUTSIDE):
        page = get(f"/api/layers/{layer}/features?bbox={{box}}&limit=5000")(world, where, headers)
        tile = get(f"/tiles/{layer}/{{tile}}.mvt")(world, where, headers)
        sizes[where] = (
            len(page.json()["features"]),
            sum(map(len, mvt.decode(tile.content).values())),
        )
    if layer in SCOPED_LAYERS:
        assert sizes[OUTSIDE] == (0, 0)
    everything = world.client.get(
        f"/api/exports/{layer}.geojson", headers=bearer(world.store, "planner")
    )
    own = world.client.get(f"/api/exports/{layer}.geojson", headers=headers)
    whole, part = (len(answer.json()["features"]) for answer in (everything, own))
    assert (part < whole) if layer in SCOPED_LAYERS and whole else (part == whole)


def test_figures_of_an_area_do_not_depend_on_who_asks(world):
    """The township's account and the county's get the same stored run, figure by figure."""
    answers = {}
    for codes in ([INSIDE], ["990101"], None):
        headers = bearer(world.store, "analyst", codes)
        job = world.client.post("/api/coverage/runs", json={"division": INSIDE}, headers=headers)
        run = job.json()["run"]
        answers[str(codes)] = world.client.get(f"/api/coverage/runs/{run}", headers=headers).json()
    first, *others = answers.values()
    assert all(other == first for other in others)


def test_files_tiles_and_cards_of_a_run_hold_what_the_run_is_about(world):
    """Whoever asks: the county's planner gets the township's buildings of a township's run."""
    files = {}
    for codes in ([INSIDE], ["990101"]):
        headers = bearer(world.store, "planner", codes)
        url = f"/api/coverage/runs/{world.runs[INSIDE]}"
        run = world.client.get(url, headers=headers).json()
        rows = world.client.get(f"{url}/buildings.csv", headers=headers).text.splitlines()
        assert len(rows) - 1 == run["totals"]["buildings_total"] == run["inputs"]["buildings"]
        files[str(codes)] = rows
        card = world.client.get(
            f"/api/buildings/{BUILDINGS[OUTSIDE]}?run={world.runs[INSIDE]}", headers=headers
        )
        assert card.status_code == 404 or card.json()["coverage"] is None
    assert len(set(map(tuple, files.values()))) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/coverage/runs", {"division": OUTSIDE}, "outside_area"),
        ("GET", "/api/audit", None, "no_right"),
    ],
)
def test_what_somebody_was_refused_is_in_the_audit(world, method, path, body, code):
    name = make_account(world.store, "planner", [INSIDE])
    token = own_account.add_token(world.store, visit(world.store, name), PASSWORD, "t", 1)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert world.client.request(method, path, json=body, headers=headers).status_code == 403
    rows = world.client.get(
        f"/api/audit?actor={name}&action=right.refused", headers=world.headers["auditor"]
    ).json()["rows"]
    assert [(row["object"], row["after"]["code"]) for row in rows] == [(f"{method} {path}", code)]


def test_a_report_names_the_area_it_is_about(world):
    page = world.client.get(
        f"/api/coverage/runs/{world.runs[INSIDE]}/report.html", headers=world.headers["analyst"]
    )
    assert "<h1>服务覆盖报告 · 东街街道 · 社区服务站</h1>" in page.text
    assert page.headers["content-security-policy"].startswith("sandbox")


def test_an_account_list_and_the_audit_keep_to_the_area(world):
    inner, outer = (make_account(world.store, "analyst", [where]) for where in (INSIDE, OUTSIDE))
    listed = world.client.get(
        "/api/accounts?limit=1000", headers=world.headers["security_administrator"]
    )
    names = {item["name"] for item in listed.json()["accounts"]}
    assert inner in names
    assert outer not in names
    auditor = world.headers["auditor"]
    rows = world.client.get(f"/api/audit?actor={inner}", headers=auditor).json()["rows"]
    assert rows
    assert world.client.get(f"/api/audit?actor={outer}", headers=auditor).json()["rows"] == []


def test_a_job_without_an_owner_is_not_there(world):
    answer = world.client.get(f"/api/jobs/{uuid.uuid4()}", headers=world.headers["planner"])
    assert answer.status_code == 404


COMMANDS: dict[tuple[str, ...], frozenset[str]] = {
    ("account", "enrol", COMMUNITIES[INSIDE]): SECURITY,
    ("account", "devices", "{target}"): SECURITY,
    ("import", "stations", "{file}", "--dry-run"): frozenset({"planner", "system_administrator"}),
    ("export", "stations", "--out", "{out}"): ANALYSTS,
    ("layers",): READERS,
    ("locate", "117.313", "28.603"): READERS,
    ("grid", "card", BUILDINGS[INSIDE][:12] + "001"): READERS,
    ("grid", "codes", SMALL_GRID, "--out", "{out}"): ANALYSTS,
    ("coverage", "run"): ANALYSTS,
    ("whatif", "--no-capacities"): ANALYSTS,
    ("site", "--add", "1", "--most", "3"): ANALYSTS,
    ("coverage", "buildings", "--run", "{run}", "--out", "{out}"): ANALYSTS,
    ("coverage", "area", "--run", "{run}", "--out", "{out}"): ANALYSTS,
    ("coverage", "places", "--run", "{run}"): ANALYSTS,
    ("coverage", "curves", "--run", "{run}"): ANALYSTS,
    ("report", "--run", "{run}", "--out", "{out}"): ANALYSTS,
    ("why", BUILDINGS[INSIDE], "--division", INSIDE): ANALYSTS,
    ("event", "list"): EVENT_READERS,
    ("event", "show", "{event}"): EVENT_READERS,
    ("event", "step", "{event}", "register"): PLANNERS,
    ("event", "export", "--out", "{workbook}"): ANALYSTS,
    ("event", "rules", "{categories}", "--division", INSIDE): OPERATOR,
    (
        "campaign",
        "add",
        "查",
        "--owner",
        "所",
        "--deadline",
        "{tomorrow}",
        "--item",
        "一",
        "--division",
        INSIDE,
    ): PLANNERS,
    ("campaign", "edit", "{campaign}", "--note", "{name}"): PLANNERS,
    ("campaign", "close", "{campaign}", "done"): PLANNERS,
    ("campaign", "reopen", "{campaign}", "--reason", "查漏"): PLANNERS,
    ("campaign", "list"): EVENT_READERS,
    ("campaign", "progress", "{campaign}"): EVENT_READERS,
    ("account", "list"): SECURITY,
    ("account", "add", "{name}", "--role", "analyst", "--division", INSIDE): SECURITY,
    ("account", "disable", "{target}"): SECURITY,
    ("account", "enable", "{target}"): SECURITY,
    ("account", "reset", "{target}"): SECURITY,
    ("audit", "export", "--out", "{out}"): AUDITOR,
    ("audit", "prune", "--before", "2020-01-01"): frozenset(),
    ("posting", "list"): PLAN_READERS,
    ("posting", "who", GRIDS[INSIDE], "--on", "2026-05-03"): PLAN_READERS,
    ("posting", "posts"): READERS,
    ("posting", "assign", GRIDS[INSIDE], "--name", "{name}", "--post", "网格员"): PLANNERS,
    ("posting", "end", "{posting}"): PLANNERS,
    ("posting", "hand-over", "{posting}", "--name", "{name}"): PLANNERS,
    (
        "posting",
        "substitute",
        "{posting}",
        "--name",
        "{name}",
        "--from",
        "2026-02-01",
        "--to",
        "2026-02-05",
    ): PLANNERS,
    ("posting", "import", "{workers}", "--dry-run"): PLANNERS,
    ("standards", "--rules", "kaili", "--json"): ANALYSTS,
    ("rules", "list"): READERS,
    ("rules", "show", "kaili"): READERS,
    ("rules", "import", "{rules}", "--division", INSIDE): OPERATOR,
    ("cells", "make", INSIDE): frozenset(),
    ("divide", COMMUNITIES[INSIDE]): PLANNERS,
    ("plan", "list"): PLAN_READERS,
    ("plan", "check", "{plan}"): PLAN_READERS,
    ("plan", "step", "{draft}", "consultation"): PLANNERS,
    ("plan", "review", "{in_review}", "returned"): REVIEWERS,
    ("plan", "rebase", "{plan}", "--preview"): PLANNERS,
    ("plan", "import", "{drawn}", "--division", COMMUNITIES[INSIDE]): PLANNERS,
    ("plan", "publish", "{approved}", "--effective", "{tomorrow}"): PLANNERS,
    ("plan", "take-back", "{approved}"): PLANNERS,
}
"""Commands with --as; pruning asks for the whole store and cells for a whole county, which no
township's account has."""


def test_every_command_that_acts_for_an_account_has_a_row():
    found = set()

    def walk(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, child in action.choices.items():
                    walk(child, (*words, name))
        if parser.get_default("right") is not None:
            found.add(words)

    walk(cli.build_parser(), ())
    assert found == {words[: depth(words)] for words in COMMANDS}


def depth(words: tuple[str, ...]) -> int:
    return (
        2
        if words[0]
        in {
            "coverage",
            "account",
            "audit",
            "cells",
            "plan",
            "posting",
            "rules",
            "event",
            "campaign",
            "grid",
        }
        else 1
    )


def approved_plan(world: World) -> int:
    """Return a divided plan that a reviewer has approved."""
    planner = world.store.acting(actor(world.store, "planner", [INSIDE]))
    with planner.session() as session:
        plan = branch_plan(session, world.plans[INSIDE], "approved")
    with world.store.session() as session:
        take_step(session, plan, "review")
        take_step(session, plan, "approved", number="1")
    return plan


def drawn_grid(world: World, path: Path) -> Path:
    """Write a file with one grid as large as the community."""
    with world.store.session() as session:
        found = session.execute(
            text("SELECT ST_AsBinary(geom) FROM division_version WHERE code = :code"),
            {"code": COMMUNITIES[INSIDE]},
        ).scalar_one()
    shape = json.loads(shapely.to_geojson(shapely.from_wkb(bytes(found))))
    feature = {
        "type": "Feature", "geometry": shape, "properties": {"code": f"{COMMUNITIES[INSIDE]}001"},
    }  # fmt: skip
    content = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("role", ROLES)
def test_each_command_does_for_a_role_what_its_row_says(world, role, tmp_path, monkeypatch, capsys):
    ledger = tmp_path / "stations.csv"
    ledger.write_text("code,name,lon,lat\nNEW1,甲,117.3128,28.6056\n", encoding="utf-8")
    workers = tmp_path / "workers.csv"
    workers.write_text(f"姓名,网格\n甲,{GRIDS[INSIDE]}\n", encoding="utf-8")
    name = make_account(world.store, role, [INSIDE])
    monkeypatch.setenv("WANGGE_HOME", str(world.cache.folder.parent))
    monkeypatch.setenv("WANGGE_EVENTS", "on")
    monkeypatch.setenv("WANGGE_CAMPAIGNS", "on")
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(world.store))
    if role == "grid_worker":
        with world.store.session("owner") as session:  # the same worker as the account of the table
            session.execute(text("UPDATE account SET worker_id = NULL"))
        give_post(world.store, world.spots[INSIDE].grid)
    drawn, approved = drawn_grid(world, tmp_path / "drawn.geojson"), approved_plan(world)
    tomorrow = in_days(world.store, 1)
    for words, who in COMMANDS.items():
        filled = [
            word.format(
                file=ledger, out=tmp_path / f"out.{'html' if words[0] == 'report' else 'csv'}",
                run=world.runs[INSIDE], name=f"new-{next(_numbers)}",
                target=world.account(INSIDE) if "{target}" in word else "",
                plan=world.plans[INSIDE], approved=approved,
                draft=world.plan(INSIDE) if "{draft}" in word else "",
                in_review=world.plan(INSIDE, "review") if "{in_review}" in word else "",
                drawn=drawn, tomorrow=tomorrow, rules=FOLDER / "lease.toml", workers=workers,
                event=world.event(INSIDE) if "{event}" in word else "",
                workbook=tmp_path / "events.xlsx", campaign=world.campaigns[INSIDE]["id"],
                categories=EVENT_RULES / "categories.toml",
                posting=world.posting(INSIDE) if "{posting}" in word else "",
            )
            for word in words
        ]  # fmt: skip
        capsys.readouterr()
        status = cli.main([*filled, "--as", name])
        said = capsys.readouterr()
        assert (status == 0) == (role in who), (words, said.err[-300:])


@pytest.mark.parametrize(
    ("kind", "table", "code", "named"),
    [
        ("buildings", "code,lon,lat\n{theirs},117.3128,28.6056\n", "taken", None),
        ("buildings", "code,lon,lat\nNEW1,117.2651,28.6009\n", "outside_area", 2),
        ("households", "building,resident\n{ours},5\n{theirs},7\n", "outside_area", "{theirs}"),
        ("workers", "name,grid\n甲,990101102001001\n", "outside_area", 2),
    ],
)  # fmt: skip
def test_imports_of_what_lies_elsewhere_are_refused_with_the_row(
    world, tmp_path, kind, table, code, named
):
    codes = {"ours": BUILDINGS[INSIDE], "theirs": BUILDINGS[OUTSIDE]}
    ledger = tmp_path / f"{kind}.csv"
    ledger.write_text(table.format(**codes), encoding="utf-8")
    planner = world.store.acting(actor(world.store, "planner", [INSIDE]))
    with pytest.raises(WanggeError) as caught, planner.session() as session:
        import_file(session, kind, ledger)
    assert caught.value.code == code
    if isinstance(named, int):
        assert [fault.row for fault in caught.value.faults] == [named]
    elif named is not None:
        assert named.format(**codes) in caught.value.faults[0].reason
    elif code == "taken":
        assert BUILDINGS[OUTSIDE] not in caught.value.message


def test_a_grid_of_another_township_is_refused_with_its_row(world, tmp_path):
    ring = [[117.264, 28.6], [117.266, 28.6], [117.266, 28.601], [117.264, 28.6]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"code": "990101102001099"}, "geometry": shape}
    path = tmp_path / "grids.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    planner = world.store.acting(actor(world.store, "planner", [INSIDE]))
    with pytest.raises(WanggeError) as caught, planner.session() as session:
        import_file(session, "grids", path)
    assert (caught.value.code, caught.value.faults[0].row) == ("outside_area", 1)


def test_a_file_with_rows_outside_the_area_is_refused_whole_with_each_row(world, tmp_path):
    ledger = Path(tmp_path / "stations.csv")
    ledger.write_text(
        "code,name,lon,lat\nIN1,甲,117.3128,28.6056\nOUT1,乙,117.2651,28.6009\nOUT2,丙,100.0,30.0\n",
        encoding="utf-8",
    )
    planner = world.store.acting(actor(world.store, "planner", [INSIDE]))
    with pytest.raises(WanggeError) as caught, planner.session() as session:
        import_file(session, "stations", ledger)
    assert caught.value.code == "outside_area"
    assert [fault.row for fault in caught.value.faults] == [3, 4]
