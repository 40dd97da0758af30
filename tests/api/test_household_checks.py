"""Counts of households from phones whose clocks are right, wrong, or not told, over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from layers.usecases import own_account
from layers.usecases.events.working_time import ZONE
from tests.accounts import PASSWORD, visit
from tests.api.conftest import BASE
from tests.conftest import fresh_copy
from tests.layers.field import now, spots, worker_account

BUILDING = "990101001001B0001"
PATH = "/api/household-checks"


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_checks_api") as copy:
        yield copy


@pytest.fixture(scope="module")
def send(store, tmp_path_factory):
    """Return how a worker of the building's community sends a check."""
    settings = Settings(home=tmp_path_factory.mktemp("checks"), phone=True)
    name = worker_account(store, [spot.grid for spot in spots(store)])
    secret = own_account.add_token(store, visit(store, name), PASSWORD, "t", 1)["token"]
    headers = {"Authorization": f"Bearer {secret}", "X-Wangge-Account": name}
    with TestClient(
        create_app(settings, store), base_url=BASE, raise_server_exceptions=False
    ) as client:
        yield lambda given: client.post(PATH, json=given, headers=headers)


def check(error: timedelta | None, made: datetime | None = None) -> dict[str, object]:
    """Return a check of today as a phone with that error sends it; None says nothing of its clock."""
    made = made or now()
    given = {"id": str(uuid.uuid4()), "building": BUILDING, "resident": 4}
    if error is None:
        return {**given, "counted_on": made.date().isoformat()}
    return {
        **given,
        "counted_on": (made + error).date().isoformat(),
        "made_at": (made + error).isoformat(),
        "phone_now": (now() + error).isoformat(),
    }


LATE_YESTERDAY = datetime.combine(now().date() - timedelta(days=1), time(23, 30), ZONE)


@pytest.mark.parametrize(
    ("error", "made"),
    [
        (timedelta(days=2), None),
        (timedelta(days=-2), None),
        (timedelta(hours=1), LATE_YESTERDAY),
        (timedelta(), None),
        (None, None),
    ],
    ids=["two days ahead", "two days behind", "an hour ahead across midnight", "right", "not told"],
)
def test_the_answer_tells_the_true_day_once_and_again(send, error, made):
    given = check(error, made)
    day = (made or now()).date().isoformat()
    first = send(given)
    assert (first.status_code, first.json()["counted_on"]) == (201, day), first.text
    for clock in (now() + (error or timedelta()), now()):
        again = send({**given, "phone_now": clock.isoformat()})
        assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize("error", [None, timedelta(), timedelta(days=2), timedelta(days=-2)])
def test_tomorrow_is_refused_whatever_the_clock_says(send, error):
    given = check(error)
    tomorrow = datetime.fromisoformat(str(given["counted_on"])).date() + timedelta(days=1)
    answer = send({**given, "counted_on": tomorrow.isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_check")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"counted_on": "9999-12-31"}, "bad_check"),
        ({"counted_on": "0001-01-01"}, "bad_check"),
        ({"made_at": "2026-11-28T10:00:00"}, "bad_time"),
        ({"phone_now": "9999-12-31T23:59:59Z"}, "bad_time"),
    ],
    ids=str,
)
def test_days_and_moments_that_are_none_are_refused_with_their_code(send, more, code):
    answer = send({**check(timedelta(days=-2)), **more})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
