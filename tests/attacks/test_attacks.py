"""Requests no page would send: SQL in every field, guessed ids, foreign hosts, rights that went away."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.db import Database
from layers.inputs import InputCache
from layers.jobs import THREADS, JobRunner, job_document
from layers.question import Question
from layers.registry import LAYERS
from layers.rights import Right
from layers.rules import built_in
from layers.usecases import own_account, sign_in
from layers.usecases.accounts import AccountDraft, change_account
from layers.usecases.cells import make_cell_set
from layers.usecases.coverage import run_coverage
from tests import mvt
from tests.accounts import PASSWORD, actor, bearer, make_account, visit
from tests.attacks.conftest import COUNTY, OURS, THEIRS
from tests.layers.plans import all_cells, divided
from tests.mvt import tile_of

PLACES = {OURS: (117.3006, 28.6164), THEIRS: (117.2651, 28.6009)}
COMMUNITY, OTHER = "990101001001", "990101102001"
"""One of either township; the plans that requests are about."""
SLOW_S = 7.0
LONG = bool(os.environ.get("TEST_LONG"))
QUOTES = ("'; DROP TABLE building; --", "'||pg_sleep(8)||'")
"""What breaks out of a text of a statement and is heard or waited for; every place meets one at least."""
FAMILIES = {
    "always true": ("' OR 1=1 --", "' OR '1'='1"),
    "statements": ("1; SELECT pg_sleep(8)", ") UNION SELECT password_hash FROM credential --"),
    "escapes": ("\\", "’ OR ‘1’=‘1"),
    "lists": ("*", "{1,2,3}"),
    "bytes": ("\x00", "%00", "\ud800"),
    "placeholders": ("$$", "$1", ":actor", "%(name)s %s", "{{7*7}}"),
    "paths": ("../../../../etc/passwd",),
    "lengths": ("网" * 3000, "A" * 20_000),
}
"""Of which every request meets one each at least, at one place or another."""
PAYLOADS = (*QUOTES, *(payload for family in FAMILIES.values() for payload in family))
CHANGED = {
    "account", "account_division", "audit", "campaign", "campaign_change", "campaign_item", "campaign_mark",
    "coverage_building", "coverage_field", "coverage_run", "credential", "device", "event", "event_step",
    "export", "household_check", "job", "link", "login_session", "plan", "plan_cell", "plan_edit",
    "plan_grid", "plan_paper", "plan_step", "post", "posting", "worker", "rule_set", "scenario",
    "sign_in_attempt", "token",
}  # fmt: skip
"""Tables that requests are meant to write to; nothing else may change by a row."""


@pytest.fixture(scope="module")
def plans(target) -> dict[str, int]:
    """Return a divided plan of a community of each township, over cells made for them."""
    make_cell_set(target.store, COUNTY)
    return {OURS: divided(target.store, COMMUNITY), THEIRS: divided(target.store, OTHER)}


def counts(target) -> dict[str, int]:
    names = target.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND relname <> 'spatial_ref_sys'"
    )
    return {name: target.value(f'SELECT count(*) FROM "{name}"') for (name,) in names}


@pytest.fixture(scope="module")
def foreign(target) -> set[str]:
    """Return every code and address that only the other townships have."""
    statement = """
        SELECT code FROM building WHERE NOT {own} UNION SELECT text FROM address WHERE NOT {own}
        UNION SELECT code FROM estate WHERE NOT {own} UNION SELECT code FROM villager_group WHERE NOT {own}
        EXCEPT (SELECT code FROM building WHERE {own} UNION SELECT text FROM address WHERE {own})
    """.format(own="coalesce(division_id = ANY(:area), false)")
    found = {
        row[0] for row in target.sql(statement, area=sorted(target.actors[OURS].area)) if row[0]
    }
    assert len(found) > 1000
    return found


def texts(answer: Any) -> Iterator[str]:
    """Yield every text in an answer, whatever its form."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind.endswith("json"):
        yield from _strings(answer.json())
    elif kind == "application/vnd.mapbox-vector-tile":
        yield from _strings(mvt.decode(answer.content))
    elif kind == "text/csv":
        for row in csv.reader(io.StringIO(answer.text)):
            yield from row
    else:
        yield from (code.decode() for code in re.findall(rb"\d{12}B\d+", answer.content))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def plain(target, who: str, plan: int) -> dict[str, Any]:
    """Return a harmless value of every parameter."""
    x, y = tile_of(*PLACES[OURS], 15)
    return {
        "run_id": target.runs[OURS], "job_id": target.jobs[OURS], "layer": "buildings",
        "z": 15, "x": x, "y": y, "code": "990101001003B0001", "run": target.runs[OURS],
        "ending": "csv", "token_id": 999_999, "name": who, "q": "东", "limit": 10, "offset": 0,
        "bbox": "117.29,28.61,117.31,28.62", "lang": "zh", "scope": "grids", "figure": "households",
        "scheme": "natural", "k": 5, "from": "2026-01-01", "to": "2027-01-01", "actor": "x",
        "action": "session.login", "before": 10, "plan": plan, "paper": 1, "after": 0, "scenario": 1,
        "division": COMMUNITY, "basis": "resident", "with": "published", "as_of": "2026-11-24",
        "rules": "kaili", "on": "2026-11-24", "rule_set": "kaili", "version": 1,
        "lon": 117.3, "lat": 28.6, "accuracy_m": 5, "crs": "wgs84", "device": 999_999,
        "check": "00000000-0000-4000-8000-000000000000",
        "event": EVENT, "step": EVENT, "n": 0, "state": "open", "category": "litter", "level": "grid",
        "overdue": "true", "border": "true", "grid": f"{COMMUNITY}001", "mine": "false", "own_grids": "false",
        "campaign": 1, "posting": 999_999, "worker": 999_999, "many": 5,
    }  # fmt: skip


EVENT = "00000000-0000-4000-8000-0000000000aa"
"""Reported by the first request to that route, and tried upon by those after it."""
MOMENT = "2026-11-28T10:00:00+08:00"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/events"): {
        "id": EVENT, "category": "litter", "lon": PLACES[OURS][0], "lat": PLACES[OURS][1], "placed": "tap",
        "building": "x", "text": "文", "reported_at": MOMENT, "phone_now": MOMENT,
    },
    ("post", "/api/events/{event}/steps"): {
        "action": "register", "note": "文", "grid": f"{COMMUNITY}001", "id": EVENT, "at": MOMENT,
        "phone_now": MOMENT, "photos": 1,
    },
    ("post", "/api/events/{event}/move"): {
        "lon": PLACES[OURS][0], "lat": PLACES[OURS][1], "note": "文",
    },
    ("post", "/api/events/{event}/merge"): {
        "into": "00000000-0000-4000-8000-0000000000bb", "note": "文",
    },
    ("put", "/api/events/{event}/photos/{n}"): {},
    ("put", "/api/events/{event}/steps/{step}/photos/{n}"): {},
    ("post", "/api/campaigns"): {
        "name": "查", "owner": "所", "deadline": "2030-01-01", "items": ["一"], "divisions": [OURS], "grids": [],
    },
    ("patch", "/api/campaigns/{campaign}"): {
        "name": "查", "owner": "所", "note": "文", "deadline": "2030-01-01", "items": [{"text": "一"}],
        "divisions": [OURS], "reason": "文",
    },
    ("post", "/api/campaigns/{campaign}/close"): {"ending": "done", "reason": "文"},
    ("post", "/api/campaigns/{campaign}/reopen"): {"reason": "文"},
    ("post", "/api/campaign-marks"): {
        "id": EVENT, "item": 1, "grid": f"{COMMUNITY}001", "done": True, "note": "文", "at": MOMENT,
        "phone_now": MOMENT,
    },
    ("post", "/api/session"): {"name": "nobody-here", "password": "x", "code": "1"},
    ("post", "/api/session/demo"): {"name": "demo-planner"},
    ("post", "/api/session/link"): {"token": "x", "password": "Langes-Pferd-7"},
    ("post", "/api/session/link/check"): {"token": "x"},
    ("post", "/api/session/password"): {"old": "x", "new": "Langes-Pferd-7"},
    ("post", "/api/session/second-factor"): {"password": "x"},
    ("put", "/api/session/second-factor"): {"code": "123456"},
    ("delete", "/api/session/second-factor"): {"password": "x"},
    ("post", "/api/session/tokens"): {"name": "t", "password": PASSWORD},
    ("post", "/api/session/device"): {"link": "x", "name": "甲", "keep": "cookie"},
    ("post", "/api/household-checks"): {
        "id": "00000000-0000-4000-8000-000000000001", "building": "990101001003B0001",
        "counted_on": "2026-11-01", "resident": 3, "note": "甲",
    },
    ("post", "/api/household-checks/{check}/decision"): {"accept": False, "reason": "甲"},
    ("post", "/api/coverage/runs"): {
        "minutes": 15, "category": "service_station", "basis": "resident", "division": OURS,
    },
    ("post", "/api/rules"): {
        "division": OURS, "valid_from": "2026-01-01", "content": built_in("lease").document(),
    },
    ("post", "/api/posts"): {
        "name": "河长", "zh": "河长", "en": "river chief", "responsible": False, "division": OURS,
    },
    ("post", "/api/workers"): {"name": "甲", "work_phone": "0", "division": OURS},
    ("patch", "/api/workers/{worker}"): {"name": "甲", "work_phone": "0"},
    ("post", "/api/postings"): {
        "name": "甲", "work_phone": "0", "grids": ["990101001001001"], "post": "河长",
        "valid_from": "2026-01-01", "valid_to": "2026-02-01",
    },
    ("post", "/api/postings/ledger"): {"file": "甲.csv", "content": "5aeT5ZCNCg=="},
    ("post", "/api/postings/ledger/marked"): {
        "file": "甲.csv", "content": "5aeT5ZCNCg==", "title": "退",
        "marks": [{"row": 2, "field": "name", "reason": "改"}],
    },
    ("post", "/api/postings/{posting}/end"): {"on": "2026-01-01"},
    ("post", "/api/postings/{posting}/hand-over"): {
        "name": "甲", "work_phone": "0", "on": "2026-01-01",
    },
    ("post", "/api/postings/{posting}/substitutes"): {
        "name": "甲", "work_phone": "0", "valid_from": "2026-01-01", "valid_to": "2026-02-01",
    },
    ("post", "/api/whatif"): {"changes": [{"op": "close", "station": "S001"}]},
    ("post", "/api/siting"): {
        "name": "甲", "add": 1, "most": 2, "must": ["corner:1"], "forbidden": [],
        "places": [{"code": "corner:1", "lon": 117.31, "lat": 28.6}],
    },
    ("post", "/api/scenarios"): {
        "name": "甲", "note": "乙", "changes": [{"op": "put", "lon": 117.3, "lat": 28.6, "name": "丙"}],
    },
    ("post", "/api/scenarios/{scenario}/decision"): {"state": "adopted", "note": "甲"},
    ("post", "/api/accounts"): {
        "name": "a1", "display_name": "甲", "role": "analyst", "divisions": [OURS],
    },
    ("patch", "/api/accounts/{name}"): {
        "display_name": "乙", "role": "analyst", "divisions": [OURS],
    },
    ("post", "/api/plans"): {"division": COMMUNITY, "name": "甲", "source": "empty"},
    ("post", "/api/cell-sets"): {"division": OURS},
    ("post", "/api/plans/{plan}/edits"): {
        "revision": 1, "label": "name", "removed": [], "grids": [{"no": 1, "name": "甲"}],
    },
    ("post", "/api/plans/{plan}/undo"): {"revision": 1},
    ("post", "/api/plans/{plan}/redo"): {"revision": 1},
    ("post", "/api/plans/{plan}/cuts"): {"revision": 1, "line": [[117.0, 28.0], [117.01, 28.0]]},
    ("post", "/api/plans/{plan}/suggest"): {
        "method": "redivide", "scope": "all", "basis": "resident", "also": ["buildings"],
    },
    ("post", "/api/plans/{plan}/branch"): {"name": "乙"},
    ("post", "/api/plans/{plan}/steps"): {"to": "draft", "number": "1", "note": "改"},
    ("post", "/api/plans/{plan}/review"): {"to": "returned", "number": "1", "note": "改"},
    ("post", "/api/plans/{plan}/papers"): {
        "kind": "objection", "number": "1", "title": "题", "date": "2026-11-24", "text": "文", "answer": "答",
    },
    ("patch", "/api/plans/{plan}/papers/{paper}"): {"answer": "答"},
    ("post", "/api/plans/{plan}/publish"): {"effective_on": "2030-01-01"},
    ("post", "/api/plans/{plan}/take-back"): {"note": "改"},
    ("post", "/api/plans/{plan}/rebase"): {"preview": True},
}  # fmt: skip
WITHOUT_BODY = {
    ("delete", "/api/session"), ("post", "/api/session/second-factor"),
    ("delete", "/api/session/tokens/{token_id}"), ("delete", "/api/jobs/{job_id}"),
    ("post", "/api/accounts/{name}/reset"),
}  # fmt: skip
BEFORE = {"/api/plans/{plan}/steps": "consultation", "/api/plans/{plan}/review": "review"}
"""The state a plan is put into before each request that would move it on."""
OPERATIONS = 60
"""So many are in the document at least."""


def role_for(path: str) -> str:
    if path.startswith("/api/accounts"):
        return "security_administrator"
    if path.startswith("/api/rules"):
        return "system_administrator"
    if path.endswith("/review"):
        return "reviewer"
    if path == "/api/household-checks":
        return "grid_worker"
    return "auditor" if path.startswith("/api/audit") else "planner"


def filled(path: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", _quoted(value))
    return path


def _quoted(value: Any) -> str:
    return quote(str(value).encode(errors="surrogatepass"), safe="")


def send(service, method: str, path: str, known, query, body, headers) -> Any:
    asked = filled(path, known)
    if query:
        asked += "?" + "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
    content = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if content else {}
    return service.request(method.upper(), asked, content=content, headers={**headers, **kind})


def chosen(operation: tuple[str, str], number: int, places: int) -> list[str]:
    """Return a place's payloads in the short suite: a quote, and one of each of its families.

    The places of a request take turns with the families, from one that the request's own seed chooses, so
    that every request meets all of them.
    """
    lot = random.Random("\n".join(operation))
    names = lot.sample(list(FAMILIES), len(FAMILIES))
    share = -(-len(names) // places)
    lot = random.Random("\n".join((*operation, str(number))))
    return [
        lot.choice(QUOTES),
        *(
            lot.choice(FAMILIES[names[(number * share + turn) % len(names)]])
            for turn in range(share)
        ),
    ]


def places_of(operation: tuple[str, str], described: dict[str, Any]) -> list[tuple[str, str]]:
    """Return where a request takes words from whoever sends it."""
    places = [
        (p["in"], p["name"])
        for kind in ("path", "query")
        for p in described.get("parameters", ())
        if p["in"] == kind
    ]
    body = BODIES.get(operation, {})
    return places + [
        ("body", name) for name, value in body.items() if isinstance(value, str | list)
    ]


def attempts(operation: tuple[str, str], described: dict[str, Any], known: dict[str, Any]):
    """Yield (known, query, body) with one payload in one place; first the harmless request."""
    places = places_of(operation, described)
    asked = {name: known[name] for where, name in places if where == "query"}
    body = BODIES.get(operation)
    yield known, asked, body
    for number, (where, name) in enumerate(places):
        for payload in PAYLOADS if LONG else chosen(operation, number, len(places)):
            if where == "path":
                yield {**known, name: payload}, asked, body
            elif where == "query":
                yield known, {**asked, name: payload}, body
            else:
                listed = isinstance(body[name], list)
                yield known, asked, {**body, name: [payload] if listed else payload}
    yield known, {**asked, "'; DROP TABLE building; --": "1"}, body


def operations_of(service) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, described)
        for path, methods in service.app.openapi()["paths"].items()
        for method, described in methods.items()
    ]


def test_the_short_suite_sends_every_family_to_every_request_and_leaves_no_payload_out(service):
    sent: set[str] = set()
    for method, path, described in operations_of(service):
        places = places_of((method, path), described)
        shares = [chosen((method, path), number, len(places)) for number in range(len(places))]
        assert all(set(share) & set(QUOTES) for share in shares), (method, path)
        met = {payload for share in shares for payload in share}
        assert not places or all(met & set(family) for family in FAMILIES.values()), (method, path)
        sent |= met
    assert sent == set(PAYLOADS)


def test_sql_in_any_parameter_finds_nothing_changes_nothing_and_waits_for_nothing(
    target, service, scripts, foreign, plans, monkeypatch
):
    more = {
        role: bearer(target.store, role, [OURS])
        for role in ("reviewer", "system_administrator", "grid_worker")
    }
    scripts = {**scripts, **more}
    # Hashing takes its time on purpose, and sees no SQL; without it this is many seconds faster.
    monkeypatch.setattr(sign_in, "matches", lambda password, hash_: False)
    operations = operations_of(service)
    assert len(operations) >= OPERATIONS
    bodied = {(m, p) for m, p, described in operations if "requestBody" in described}
    assert bodied == set(BODIES), "a body without harmless values here"
    before = counts(target)
    victim = make_account(target.store, "analyst", [OURS])
    known = plain(target, victim, plans[OURS])
    theirs = plan_rows(target, plans[THEIRS])
    sent = 0
    for method, path, described in operations:
        headers = scripts[role_for(path)]
        known = {**known, "code": "990101001003B0001"}
        if "public" in path or "grids" in path:
            known["code"] = COMMUNITY if "public" in path else f"{COMMUNITY}001"
        first = True
        for values, query, body in attempts((method, path), described, known):
            if "session" in path:
                target.sql("DELETE FROM sign_in_attempt")
                target.sql("DELETE FROM token WHERE name <> 'test'")
            if path in BEFORE:
                target.sql(
                    "UPDATE plan SET state = :state WHERE id = :plan",
                    state=BEFORE[path], plan=plans[OURS],
                )  # fmt: skip
            given = body
            if path == "/api/accounts" and method == "post" and body["name"] == "a1":
                given = {**body, "name": f"sql-{sent}"}
            begin = time.perf_counter()
            answer = send(service, method, path, values, query, given, headers)
            took = time.perf_counter() - begin
            sent += 1
            place = (method, path, values if values is not known else query, body)
            assert answer.status_code < 500, (place, answer.text[:300])
            assert first or took < SLOW_S, (place, took)
            leaked = foreign.intersection(texts(answer))
            assert not leaked, (place, leaked)
            first = False
    assert sent > (6000 if LONG else 1000)
    assert plan_rows(target, plans[THEIRS]) == theirs
    after = counts(target)
    assert set(before) == set(after)
    assert {name: n for name, n in after.items() if name not in CHANGED} == {
        name: n for name, n in before.items() if name not in CHANGED
    }


def plan_rows(target, plan: int) -> list[Any]:
    """Return a plan with its parts and cells, as they are stored."""
    return [
        target.sql(f"SELECT t::text FROM {table} t WHERE {key} = :plan ORDER BY 1", plan=plan)
        for table, key in (("plan", "id"), ("plan_grid", "plan_id"), ("plan_cell", "plan_id"))
    ]


@pytest.mark.parametrize("words", [item for item in PAYLOADS if len(item) <= 200], ids=ascii)
def test_hostile_words_about_a_part_are_kept_as_words_or_refused(
    target, service, scripts, plans, words
):
    """The fields of a part lie too deep in the body for the requests above."""
    own = scripts["planner"]
    body = {"division": COMMUNITY, "source": str(plans[OURS])}
    plan = service.post("/api/plans", json=body, headers=own).json()
    other, cells = plan_rows(target, plans[OURS]), all_cells(target.store, COMMUNITY)
    fields = {"name": words, "note": words, "reason": words, "lead": {"name": words[:60]}}
    change = {"revision": 0, "grids": [{"no": -1, **fields}], "cells": {"-1": cells[:1]}}
    answer = send(service, "post", f"/api/plans/{plan['plan']}/edits", {}, {}, change, own)
    assert answer.status_code in {200, 422}, answer.text
    kept = service.get(f"/api/plans/{plan['plan']}", headers=own).json()["grids"]
    if answer.status_code == 200:
        assert {kept[-1][name] for name in ("name", "note", "reason")} == {words}
        assert kept[-1]["lead"]["name"] == words[:60]
    else:
        assert kept == plan["grids"]
    assert plan_rows(target, plans[OURS]) == other


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer ' OR 1=1 --"},
        {"Authorization": "Bearer " + "é" * 50},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic Og=="},
        {"Cookie": "wangge=' OR 1=1 --"},
        {"Cookie": 'wangge="\\000"; wangge=x; =; ;'},
        {"Cookie": "wangge=" + "A" * 10_000},
        {"If-None-Match": "' OR 1=1 --"},
        {"X-Forwarded-For": "' OR 1=1 --"},
        {"X-CSRF-Token": "é’"},
    ],
    ids=lambda headers: " ".join(f"{k} {v[:20]}" for k, v in headers.items()),
)
def test_no_header_lets_anybody_in_or_breaks_the_service(service, headers):
    raw = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
    for path in ("/api/session", "/api/layers/buildings/features", "/tiles/buildings/1/0/0.mvt"):
        answer = service.get(path, headers=raw)
        assert answer.status_code == (200 if path == "/api/session" else 401)
    assert service.get("/api/session", headers=raw).json()["account"] is None


@pytest.mark.parametrize(
    "origin", ["null", "http://[", "http://]", "//", "http://127.0.0.1:1", "https://[::1", "é"]
)
def test_no_origin_breaks_the_service(service, origin):
    headers = {"Origin": origin.encode("latin-1")}
    answer = service.post("/api/session", json={"name": "x", "password": "y"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_guessed_ids_of_the_other_township_are_not_there(target, service, scripts, plans):
    ours = scripts["planner"]
    building = "990101102001B0001"
    run, job = target.runs[THEIRS], target.jobs[THEIRS]
    x, y = tile_of(*PLACES[THEIRS], 15)
    reads = {
        f"/api/buildings/{building}": "unknown_building",
        f"/api/buildings/990101001003B0001?run={run}": "unknown_run",
        f"/api/coverage/runs/{run}": "unknown_run",
        f"/api/coverage/runs/{run}/area": "unknown_run",
        f"/api/coverage/runs/{run}/classes": "unknown_run",
        f"/api/coverage/runs/{run}/places": "unknown_run",
        f"/api/coverage/runs/{run}/curves": "unknown_run",
        f"/api/coverage/runs/{run}/report.html": "unknown_run",
        f"/api/coverage/runs/{run}/buildings.csv": "unknown_run",
        f"/tiles/coverage/{run}/15/{x}/{y}.mvt": "unknown_run",
        f"/api/jobs/{job}": "unknown_job",
        f"/api/plans/{plans[THEIRS]}": "unknown_plan",
        f"/api/plans/{plans[THEIRS]}/cells": "unknown_plan",
        f"/api/plans/{plans[THEIRS]}/edits": "unknown_plan",
        f"/api/plans/{plans[THEIRS]}/check": "unknown_plan",
        f"/api/plans/{plans[THEIRS]}/compare": "unknown_plan",
    }
    for path, code in reads.items():
        answer = service.get(path, headers=ours)
        assert (answer.status_code, answer.json()["code"]) == (404, code), path
    # The owner of these finds every one of them.
    theirs = bearer(target.store, "planner", [THEIRS])
    for path in reads:
        if "990101001003B0001" not in path and "/jobs/" not in path:
            assert service.get(path, headers=theirs).status_code == 200, path


def test_a_job_belongs_to_its_account_even_within_one_township(target, service, scripts):
    job = target.jobs[OURS]  # of another planner of the same township
    for ask in (service.get, service.delete):
        assert ask(f"/api/jobs/{job}", headers=scripts["planner"]).status_code == 404
    assert target.value("SELECT state FROM job WHERE id = CAST(:job AS uuid)", job=job) == "done"


def test_nothing_of_the_other_township_is_in_any_layer(target, service, scripts, foreign):
    ours = scripts["planner"]
    lon, lat = PLACES[THEIRS]
    for layer in (item.name for item in LAYERS):
        near = f"{lon - 0.02},{lat - 0.02},{lon + 0.02},{lat + 0.02}"
        answers = [
            service.get(f"/api/layers/{layer}/features?limit=10000", headers=ours),
            service.get(f"/api/layers/{layer}/features?limit=10000&bbox={near}", headers=ours),
            service.get(f"/api/exports/{layer}.geojson", headers=ours),
            service.get(f"/api/exports/{layer}.csv", headers=ours),
        ]
        answers += [
            service.get(f"/tiles/{layer}/{z}/{'/'.join(map(str, tile_of(lon, lat, z)))}.mvt", headers=ours)
            for z in range(10, 19)
        ]  # fmt: skip
        for answer in answers:
            assert answer.status_code == 200
            assert not foreign.intersection(texts(answer))
    for query in ("990101102", "990101102001B0001", *sorted(foreign)[:20]):
        answer = service.get("/api/search", params={"q": query, "limit": 50}, headers=ours)
        found = {(hit["kind"], hit["code"], hit["name"]) for hit in answer.json()["results"]}
        assert not [hit for hit in found if foreign.intersection(hit)], query


def test_the_other_townships_geopackage_holds_nothing_of_it(service, scripts, foreign, tmp_path):
    import pyogrio

    path = tmp_path / "b.gpkg"
    path.write_bytes(service.get("/api/exports/buildings.gpkg", headers=scripts["planner"]).content)
    codes = set(pyogrio.read_dataframe(path)["code"])
    assert codes
    assert not codes & foreign


def test_accounts_of_the_other_township_are_neither_seen_nor_changed(target, service, scripts):
    security = scripts["security_administrator"]
    theirs = make_account(target.store, "analyst", [THEIRS])
    above = make_account(target.store, "analyst", [COUNTY])
    all_of_it = make_account(target.store, "analyst")
    ours = make_account(target.store, "analyst", [OURS])
    both = make_account(target.store, "analyst", [OURS, THEIRS])
    for name in (theirs, above, all_of_it, both):
        listed = service.get(f"/api/accounts?q={name}", headers=security).json()
        assert name not in {item["name"] for item in listed["accounts"]}
        for change in ({"disabled": True}, {"role": "auditor"}, {"divisions": [OURS]}):
            answer = service.patch(f"/api/accounts/{name}", json=change, headers=security)
            assert answer.status_code == 404
        assert service.post(f"/api/accounts/{name}/reset", headers=security).status_code == 404
    for change in ({"divisions": [THEIRS]}, {"divisions": [COUNTY]}, {"everywhere": True}):
        answer = service.patch(f"/api/accounts/{ours}", json=change, headers=security)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_area")
    untouched = target.sql(
        "SELECT name FROM account WHERE name = ANY(:names) AND NOT disabled AND role = 'analyst'",
        names=[theirs, above, all_of_it, both, ours],
    )
    assert len(untouched) == 5


def test_an_account_cannot_be_left_without_any_division(target):
    """Belonging nowhere is inside everybody's area: every administrator there is could take it over."""
    name = make_account(target.store, "analyst", [THEIRS])
    with pytest.raises(RefusedInputError):
        change_account(target.store, name, AccountDraft(divisions=[]))
    assert visit(target.store, name).actor.roots


def test_an_account_of_the_whole_store_that_is_given_divisions_has_only_those(target):
    """Whoever narrows an account to a township does not leave it everything by leaving a word out."""
    name = make_account(target.store, "planner")
    changed = change_account(target.store, name, AccountDraft(divisions=[OURS]))
    seen = visit(target.store, name).actor
    assert (changed["everywhere"], seen.area is None) == (False, False)


def test_a_question_about_the_other_township_is_refused(target, service, scripts):
    for division in (THEIRS, COUNTY, f"{THEIRS}001"):
        answer = service.post(
            "/api/coverage/runs", json={"division": division}, headers=scripts["planner"]
        )
        assert answer.status_code in {403, 404}, (division, answer.text)
        assert answer.json()["code"] in {"outside_area", "unknown_division"}


def test_a_run_names_nothing_of_the_other_township(target, service, scripts, foreign):
    run = target.runs[OURS]
    for path in ("", "/classes", "/places", "/curves", "/buildings.csv", "/report.html"):
        answer = service.get(f"/api/coverage/runs/{run}{path}", headers=scripts["planner"])
        assert answer.status_code == 200, (path, answer.text[:200])
        assert not foreign.intersection(texts(answer)), path
    document = service.get(f"/api/coverage/runs/{run}", headers=scripts["planner"]).json()
    assert {row["code"][:9] for row in document["communities"]} <= {OURS}
    assert {row["code"][:9] for row in document["grids"]} <= {OURS}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "10.0.0.1", ""]
)
def test_another_host_name_is_answered_by_nobody(service, host):
    """A stranger's page that points its name at this machine reads nothing (DNS rebinding)."""
    for path in ("/api/session", "/", "/openapi.json", "/docs"):
        answer = service.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")


def test_a_body_of_two_mebibytes_is_refused_before_it_is_read(service):
    large = b'{"name": "' + b"a" * (2 * 1024 * 1024) + b'"}'
    announced = service.post("/api/session", content=large)
    pieces = (large[at : at + 65536] for at in range(0, len(large), 65536))
    streamed = service.post("/api/session", content=pieces)
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_pages_and_answers_carry_a_policy_and_the_report_is_fenced_off(target, service, scripts):
    for path in ("/", "/docs", "/api/session", "/api/overview", "/api/nothing"):
        policy = service.get(path, headers=scripts["planner"]).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    path = f"/api/coverage/runs/{target.runs[OURS]}/report.html"
    policy = service.get(path, headers=scripts["planner"]).headers["content-security-policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert "allow-same-origin" not in directives["sandbox"]
    assert directives["default-src"] == ["'none'"]
    assert "connect-src" not in directives


class Held:
    """A job runner all of whose threads are busy until it is let go."""

    def __init__(self, store: Database) -> None:
        self.runner = JobRunner()
        self.gate = threading.Event()
        for _ in range(THREADS):
            self.runner.submit(store, "wait", {}, Right.COMPUTE, lambda *_: self._wait())

    def _wait(self) -> str:
        assert self.gate.wait(60)
        return "waited"

    def let_go(self) -> None:
        self.gate.set()
        self.runner._pool.shutdown(wait=True)


@pytest.mark.parametrize(
    ("draft", "division", "code"),
    [
        (AccountDraft(disabled=True), None, "account_disabled"),
        (AccountDraft(role="grid_worker"), None, "no_right"),
        (AccountDraft(role="auditor"), None, "no_right"),
        (AccountDraft(divisions=[THEIRS]), OURS, "outside_area"),
    ],
    ids=["disabled", "read only", "auditor", "elsewhere"],
)
def test_rights_lost_between_asking_and_starting_are_lost(target, draft, division, code):
    held = Held(target.store)
    try:
        name = make_account(target.store, "planner", [OURS])
        asker = target.store.acting(visit(target.store, name).actor)
        question = Question(minutes=3.25, division=division)
        started = []

        def work(store: Database, progress) -> str:
            started.append(store.actor)
            return str(run_coverage(store, InputCache(target.home), question, progress)["run"])

        job = held.runner.submit(asker, "coverage", {}, Right.COMPUTE, work)
        assert job["state"] == "queued"
        runs = target.value("SELECT count(*) FROM coverage_run")
        change_account(target.store, name, draft)
    finally:
        held.let_go()
    ended = job_document(target.store, job["id"])
    assert (ended["state"], ended["run"]) == ("failed", None)
    assert ended["error"]["code"] == code
    assert target.value("SELECT count(*) FROM coverage_run") == runs
    if code in {"account_disabled", "no_right"}:
        assert started == [], "the work must not even begin"


def test_a_smaller_area_makes_a_smaller_answer_not_the_old_one(target):
    held = Held(target.store)
    try:
        name = make_account(target.store, "planner", [COUNTY])
        asker = target.store.acting(visit(target.store, name).actor)

        def work(store: Database, progress) -> str:
            return str(run_coverage(store, InputCache(target.home), Question(), progress)["run"])

        job = held.runner.submit(asker, "coverage", {}, Right.COMPUTE, work)
        change_account(target.store, name, AccountDraft(divisions=[OURS]))
    finally:
        held.let_go()
    assert job_document(target.store, job["id"])["run"] == target.runs[OURS]


def test_a_smaller_area_or_another_role_counts_with_the_next_request(target, service):
    name = make_account(target.store, "planner", [COUNTY])
    token = own_account.add_token(target.store, visit(target.store, name), PASSWORD, "test", 1)[
        "token"
    ]
    headers = {"Authorization": f"Bearer {token}"}
    theirs = "/api/buildings/990101102001B0001"
    assert service.get(theirs, headers=headers).status_code == 200
    change_account(target.store, name, AccountDraft(divisions=[OURS]))
    assert service.get(theirs, headers=headers).status_code == 404
    change_account(target.store, name, AccountDraft(role="auditor"))
    assert service.get(theirs, headers=headers).status_code == 403


def test_a_role_without_the_right_to_read_sees_no_row_of_its_own_area(target):
    nobody = target.store.acting(actor(target.store, "auditor", [OURS]))
    with nobody.session() as session:
        for table in ("building", "address", "estate", "household_count", "coverage_run", "job"):
            seen = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert seen == 0, table
