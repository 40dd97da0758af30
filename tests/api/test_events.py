"""What phones send about events, over HTTP: every bad input, the same twice, many at once, another account."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import time
import uuid
import zlib
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from api.app import create_app
from api.settings import Settings, read_settings
from gis.errors import RefusedInputError
from layers.rights import local_administrator
from layers.usecases import own_account
from layers.usecases.accounts import AccountDraft, change_account
from layers.usecases.events.photos import LONGEST_PX
from tests.accounts import PASSWORD, bearer, visit
from tests.api.conftest import BASE
from tests.conftest import fresh_copy
from tests.layers.field import COMMUNITY, TOWNSHIP, body, now, picture, spots, worker_account

LIMIT_MB = 12


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_events_api") as copy:
        yield copy


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="module")
def client(store, folder):
    settings = Settings(
        home=folder, requests_per_second=1e5, sign_ins_per_minute=1e5, events=True, campaigns=True
    )
    with TestClient(
        create_app(settings, store), base_url=BASE, raise_server_exceptions=False
    ) as found:
        yield found


@pytest.fixture(scope="module")
def places(store):
    return spots(store)


def token(store, name):
    made = own_account.add_token(store, visit(store, name), PASSWORD, "t", 1)["token"]
    return {"Authorization": f"Bearer {made}"}


@pytest.fixture(scope="module")
def phone(store, places):
    """Return the headers of a worker of the first two grids, with the account's name."""
    name = worker_account(store, [places[0].grid, places[1].grid])
    return {**token(store, name), "X-Wangge-Account": name}


@pytest.fixture(scope="module")
def desk(store):
    return bearer(store, "planner", [TOWNSHIP])


def send(client, phone, places, **more):
    return client.post(
        "/api/events", json={**body(places[0].lon, places[0].lat), **more}, headers=phone
    )


def put(client, phone, event, content, n=0, kind="image/jpeg"):
    headers = {**phone, "Content-Type": kind}
    return client.put(f"/api/events/{event}/photos/{n}", content=content, headers=headers)


def count(store, table="event"):
    with store.session("owner") as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def code(answer):
    return answer.status_code, answer.json()["code"]


# Reports


def test_a_report_is_answered_as_the_contract_says(client, phone, places):
    given = body(
        places[0].lon, places[0].lat, text="<script>alert(1)</script>", photos=2, queue_no=1
    )
    first = client.post("/api/events", json=given, headers=phone)
    assert first.status_code == 201, first.text
    said = first.json()
    assert said["id"] == given["id"]
    assert said["text"] == "<script>alert(1)</script>"
    assert (said["state"], said["grid"]["code"], said["photos_missing"]) == (
        "reported", places[0].code, [0, 1],
    )  # fmt: skip
    for name in ("number", "candidates", "community", "handler", "duplicates", "next_step"):
        assert name in said
    again = client.post(
        "/api/events", json={**given, "phone_now": now().isoformat()}, headers=phone
    )
    assert (again.status_code, again.json()) == (200, said)
    other = client.post("/api/events", json={**given, "text": "other"}, headers=phone)
    assert code(other) == (409, "id_taken")
    mine = client.get("/api/events?mine=true", headers=phone).json()["events"]
    assert [item["id"] for item in mine if item["id"] == given["id"]] == [given["id"]]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"lon": None, "lat": None}, (422, "no_position")),
        ({"category": "unheard_of"}, (422, "unknown_category")),
        ({"lon": None, "lat": None, "building": "none", "placed": "qr"}, (422, "unknown_building")),
        ({"lon": 0, "lat": 0}, (422, "outside_divisions")),
        ({"lon": 200}, (422, "bad_parameter")),
        ({"accuracy_m": -1}, (422, "bad_parameter")),
        ({"placed": "somehow"}, (422, "bad_parameter")),
        ({"photos": 7}, (422, "bad_parameter")),
        ({"text": "字" * 1001}, (422, "bad_parameter")),
        ({"text": "a\x00b"}, (422, "bad_value")),
        ({"id": "1"}, (422, "bad_parameter")),
        ({"reported_at": "2026-11-28T10:00:00"}, (422, "bad_parameter")),
        ({"reported_at": "0001-01-01T00:00:00Z"}, (422, "bad_time")),
        ({"phone_now": "9999-12-31T23:59:59Z"}, (422, "bad_time")),
        ({"track": []}, (422, "bad_parameter")),
        ({"queue_no": 2**40}, (422, "bad_parameter")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_taken_is_refused_with_its_code_and_leaves_nothing(
    client, store, phone, places, more, expected
):
    before = count(store)
    answer = send(client, phone, places, **more)
    assert code(answer) == expected, answer.text
    assert count(store) == before


def test_a_clock_two_days_wrong_is_corrected_and_noted(client, phone, places):
    wrong = now() - timedelta(days=2)
    said = send(
        client, phone, places, phone_now=wrong.isoformat(),
        reported_at=(wrong - timedelta(minutes=10)).isoformat(),
    ).json()  # fmt: skip
    assert said["clock_error_s"] == pytest.approx(-2 * 86400, abs=30)
    assert said["reported_at"][:10] == (now() - timedelta(minutes=10)).isoformat()[:10]


BURST = 500 if os.environ.get("TEST_LONG") else 150
"""What the phones of a county send in one go when a network is back; a share of it in the short suite."""


def test_a_burst_of_reports_is_all_taken_in_order_and_the_same_again_is_the_same(
    client, store, phone, places
):
    before = count(store)
    batch = [
        body(places[0].lon, places[0].lat, queue_no=n, text=f"第{n}条", category="parking")
        for n in range(BURST)
    ]
    answers = [client.post("/api/events", json=given, headers=phone) for given in batch]
    assert {answer.status_code for answer in answers} == {201}
    numbers = [answer.json()["number"] for answer in answers]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == BURST
    again = [client.post("/api/events", json=given, headers=phone) for given in batch[::10]]
    assert {answer.status_code for answer in again} == {200}
    assert [answer.json()["number"] for answer in again] == numbers[::10]
    assert count(store) == before + BURST


@pytest.mark.parametrize("asked", ["category", "grid"])
def test_a_filter_that_names_what_never_was_is_refused(client, phone, places, asked):
    known = {"category": "parking", "grid": places[0].code}[asked]
    assert client.get("/api/events", params={asked: known}, headers=phone).status_code == 200
    refused = client.get("/api/events", params={asked: "nosuch"}, headers=phone)
    assert code(refused) == (404, f"unknown_{asked}")


CROWD = 500 if os.environ.get("TEST_LONG") else 120
"""Reports on their way at one moment: many more than threads and connections."""


def test_a_crowd_of_phones_at_one_moment_is_served_and_holds_up_nobody(
    client, store, phone, places
):
    before = count(store)
    batch = [
        body(places[0].lon, places[0].lat, queue_no=n, text=f"同时第{n}条", category="parking")
        for n in range(CROWD)
    ]

    async def crowd() -> tuple[list[int], int, float]:
        door = httpx2.ASGITransport(client.app)
        async with httpx2.AsyncClient(transport=door, base_url=BASE, timeout=300) as many:
            sent = [
                asyncio.create_task(many.post("/api/events", json=given, headers=phone))
                for given in batch
            ]
            begun = time.monotonic()
            await asyncio.sleep(0.05)
            other = await many.get("/api/events?limit=1", headers=phone)
            waited = time.monotonic() - begun
            return [(await each).status_code for each in sent], other.status_code, waited

    statuses, other, waited = client.portal.call(crowd)
    assert set(statuses) == {201}
    assert (other, count(store)) == (200, before + CROWD)
    # A deadlock lasts until waiting for a connection ends, after 30 s.
    assert waited < 25


def test_the_usual_limit_of_requests_lets_five_hundred_reports_through(
    store, folder, phone, places
):
    """A phone that was offline for a week sends what it kept in one go."""
    with TestClient(create_app(Settings(home=folder, events=True), store), base_url=BASE) as usual:
        answers = [
            usual.post("/api/events", json={}, headers=phone).status_code for _ in range(500)
        ]
    assert 429 not in answers


def test_the_same_sent_by_two_connections_at_once_is_one(client, store, phone, places):
    from concurrent.futures import ThreadPoolExecutor

    given = body(places[0].lon, places[0].lat, text="twice")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.post("/api/events", json=given, headers=phone), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["number"] for answer in answers}) == 1


def test_another_account_s_queue_is_refused_everywhere_and_nothing_is_stored(
    client, store, phone, desk, places
):
    other = {**phone, "X-Wangge-Account": "somebody-else"}
    event = send(client, phone, places, photos=1).json()["id"]
    before = {table: count(store, table) for table in ("event", "event_photo", "campaign_mark")}
    mark = {
        "id": str(uuid.uuid4()), "item": 1, "grid": places[0].code, "done": True,
        "at": now().isoformat(), "phone_now": now().isoformat(),
    }  # fmt: skip
    assert code(send(client, other, places)) == (409, "other_account")
    assert code(put(client, other, event, picture())) == (409, "other_account")
    assert code(client.post("/api/campaign-marks", json=mark, headers=other)) == (
        409,
        "other_account",
    )
    # Before anything else is looked at: what another account wrote is not even judged.
    assert code(client.post("/api/events", json={}, headers=other)) == (409, "other_account")
    assert {table: count(store, table) for table in before} == before
    plain = {name: value for name, value in phone.items() if name != "X-Wangge-Account"}
    assert send(client, plain, places).status_code == 201


def test_a_lost_phone_whose_account_is_disabled_sends_nothing_more(client, store, places):
    name = worker_account(store, [places[0].grid])
    lost = token(store, name)
    assert send(client, lost, places).status_code == 201
    change_account(store.acting(local_administrator()), name, AccountDraft(disabled=True))
    before = count(store)
    assert send(client, lost, places).status_code == 401
    assert count(store) == before


def test_nothing_of_it_is_there_while_it_is_switched_off(store, folder, phone, desk, places):
    with TestClient(create_app(Settings(home=folder), store), base_url=BASE) as off:
        for method, path in (
            ("GET", "/api/event-categories"), ("GET", "/api/events"), ("GET", f"/api/events/{uuid.uuid4()}"),
            ("GET", "/api/campaigns"), ("GET", "/api/campaigns/mine"),
        ):  # fmt: skip
            assert code(off.request(method, path, headers=phone)) == (404, "not_switched_on"), path
        assert code(send(off, phone, places)) == (404, "not_switched_on")
        assert code(put(off, phone, uuid.uuid4(), picture())) == (404, "not_switched_on")
        shown = {"events": False, "campaigns": False, "phone": False}
        assert off.get("/api/overview", headers=desk).json()["features"] == shown
        assert off.get("/api/session").json()["features"] == shown


def test_settings_switch_each_on_by_itself():
    found = read_settings({"WANGGE_EVENTS": "on", "WANGGE_PHOTO_MB": "3"})
    assert found.features == {"events": True, "campaigns": False, "phone": False}
    assert found.photo_mb == 3
    with pytest.raises(RefusedInputError):
        read_settings({"WANGGE_EVENTS": "yes"})


# Photos


@pytest.fixture
def event(client, phone, places):
    return send(client, phone, places, photos=6).json()["id"]


def test_a_photo_is_kept_once_redrawn_and_without_metadata(client, store, folder, phone, event):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "maker"
    exif[0x8825] = {1: "N", 2: (28.0, 36.0, 0.0)}
    sent = picture("JPEG", (2400, 1200), exif=exif, comment=b"where I live")
    first = put(client, phone, event, sent)
    assert (first.status_code, first.json()) == (201, {"n": 0, "photos_missing": [1, 2, 3, 4, 5]})
    assert put(client, phone, event, sent).status_code == 200
    assert code(put(client, phone, event, picture(size=(10, 10)))) == (409, "photo_taken")
    answer = client.get(f"/api/events/{event}/photos/0", headers=phone)
    assert answer.headers["content-type"] == "image/jpeg"
    assert "private" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert kept.format == "JPEG"
        assert kept.size == (LONGEST_PX // 2, LONGEST_PX)
        assert not dict(kept.getexif())
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(kept.info)
        red, blue = kept.getpixel((400, 100)), kept.getpixel((400, 1500))
    assert red[0] > 200 > red[2]
    assert blue[2] > 200 > blue[0]
    assert b"where I live" not in answer.content
    files = [path for path in (folder / "photos").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".jpg"}
    with store.session("owner") as session:
        names = set(session.execute(text("SELECT sha256 FROM event_photo")).scalars())
    assert {path.parent.name + path.stem for path in files} == names


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_become_jpeg(client, phone, event, kind):
    assert (
        put(client, phone, event, picture(kind, (300, 200)), 1, f"image/{kind.lower()}").status_code
        == 201
    )
    content = client.get(f"/api/events/{event}/photos/1", headers=phone).content
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("JPEG", (300, 200))


def test_what_is_transparent_becomes_white(client, phone, event):
    target = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(target, "PNG")
    assert put(client, phone, event, target.getvalue()).status_code == 201
    content = client.get(f"/api/events/{event}/photos/0", headers=phone).content
    with Image.open(io.BytesIO(content)) as kept:
        assert min(kept.getpixel((10, 10))) > 250


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200


def bomb() -> bytes:
    """Return a PNG of a few hundred bytes that says it has 40,000 × 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEIC, (415, "photo_kind")),
        (b"#!/bin/sh\nrm -rf /\n", (415, "photo_kind")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", (415, "photo_kind")),
        (b"GIF89a" + b"\x00" * 50, (415, "photo_kind")),
        (b"", (415, "photo_kind")),
        (picture()[:4000], (415, "photo_kind")),
        (b"\xff\xd8\xff" + b"\x00" * 500, (415, "photo_kind")),
        (picture("TIFF", (10, 10)), (415, "photo_kind")),
        (bomb(), (413, "photo_pixels")),
        (b"\xff\xd8" + b"0" * (20 * 1024 * 1024), (413, "photo_too_large")),
    ],
    ids=["heic", "script", "svg", "gif", "empty", "cut off", "damaged", "tiff", "bomb", "20 MB"],
)  # fmt: skip
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    client, store, folder, phone, event, content, expected
):
    files = len(list((folder / "photos").rglob("*.*")))
    answer = put(client, phone, event, content)
    assert code(answer) == expected, answer.text
    if content is HEIC:
        assert "HEIC" in answer.json()["detail"]
        assert "JPEG" in answer.json()["detail"]
    assert len(list((folder / "photos").rglob("*.*"))) == files
    missing = client.get(f"/api/events/{event}", headers=phone).json()["photos_missing"]
    assert missing == [0, 1, 2, 3, 4, 5]
    # The right picture may still come under the same number.
    assert put(client, phone, event, picture(size=(30, 20))).status_code == 201


def test_a_script_called_jpg_is_a_script(client, phone, event):
    answer = put(client, phone, event, b"<?php system($_GET['c']); ?>", kind="image/jpeg")
    assert code(answer) == (415, "photo_kind")


def test_only_the_photo_s_own_path_takes_more_than_a_megabyte(client, phone, event):
    large = b"\xff\xd8" + b"0" * (2 * 1024 * 1024)
    assert code(put(client, phone, event, large)) == (415, "photo_kind")  # read, and no picture
    headers = {**phone, "Content-Type": "application/json"}
    for method, path in (("POST", "/api/events"), ("POST", f"/api/events/{event}/photos/0")):
        answer = client.request(method, path, content=large, headers=headers)
        assert code(answer) == (413, "too_large"), path


def test_photos_come_for_one_s_own_reports_as_announced(client, store, phone, desk, places, event):
    few = send(client, phone, places, photos=1).json()["id"]
    assert code(put(client, phone, few, picture(), 1)) == (422, "not_announced")
    assert put(client, phone, few, picture(), 6).status_code == 422
    assert code(put(client, desk, few, picture())) == (403, "not_own_report")
    assert code(put(client, phone, uuid.uuid4(), picture())) == (404, "unknown_event")
    stranger = token(store, worker_account(store, []))
    assert code(put(client, stranger, few, picture())) == (404, "unknown_event")
    put(client, phone, few, picture())
    assert code(client.get(f"/api/events/{few}/photos/0", headers=stranger)) == (
        404,
        "unknown_event",
    )
    assert client.get(f"/api/events/{few}/photos/0", headers=desk).status_code == 200
    assert code(client.get(f"/api/events/{event}/photos/3", headers=phone)) == (
        404,
        "unknown_photo",
    )
    nobody = client.get(f"/api/events/{few}/photos/0")
    assert code(nobody) == (401, "not_signed_in")


# Photos of a step


def take(client, who, event, **more):
    given = {"id": str(uuid.uuid4()), "action": "handle", **more}
    answer = client.post(f"/api/events/{event}/steps", json=given, headers=who)
    return given["id"], answer


def put_on_step(client, who, event, step, content, n=0):
    headers = {**who, "Content-Type": "image/jpeg"}
    path = f"/api/events/{event}/steps/{step}/photos/{n}"
    return client.put(path, content=content, headers=headers)


def test_a_step_has_photos_of_its_own(client, store, phone, desk, places):
    event = send(client, phone, places, photos=1).json()["id"]
    _, answer = take(client, phone, event)
    assert answer.status_code == 200, answer.text
    step, answer = take(client, phone, event, action="feedback", note="已清", photos=2)
    last = answer.json()["history"][-1]
    assert (last["id"], last["action"], last["photos"], last["pictures"]) == (
        step,
        "feedback",
        2,
        [],
    )
    again = {"id": step, "action": "feedback", "note": "已清"}
    assert code(take(client, phone, event, **again, photos=1)[1]) == (409, "id_taken")
    assert take(client, phone, event, **again, photos=2)[1].status_code == 200

    sent = picture(size=(2400, 1200))
    first = put_on_step(client, phone, event, step, sent, 1)
    assert (first.status_code, first.json()) == (201, {"n": 1, "photos_missing": [0]})
    assert put_on_step(client, phone, event, step, sent, 1).status_code == 200
    other = put_on_step(client, phone, event, step, picture(size=(10, 10)), 1)
    assert code(other) == (409, "photo_taken")
    assert code(put_on_step(client, phone, event, step, sent, 2)) == (422, "not_announced")
    assert put_on_step(client, phone, event, step, sent, 6).status_code == 422
    assert code(put_on_step(client, phone, event, step, HEIC)) == (415, "photo_kind")
    large = b"\xff\xd8" + b"0" * (20 * 1024 * 1024)
    assert code(put_on_step(client, phone, event, step, large)) == (413, "photo_too_large")

    seen = client.get(f"/api/events/{event}", headers=desk).json()
    pictures = seen["history"][-1]["pictures"]
    assert [(one["n"], one["width"], one["height"]) for one in pictures] == [
        (1, LONGEST_PX, LONGEST_PX // 2)
    ]
    # The report's own photo has not come by it.
    assert (seen["pictures"], seen["photos_missing"]) == ([], [0])
    path = f"/api/events/{event}/steps/{step}/photos"
    answer = client.get(f"{path}/1", headers=desk)
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert (kept.format, kept.size) == ("JPEG", (LONGEST_PX, LONGEST_PX // 2))
    assert code(client.get(f"{path}/0", headers=desk)) == (404, "unknown_photo")


def test_photos_of_a_step_are_whose_step_it_is(client, store, phone, desk, places):
    event = send(client, phone, places).json()["id"]
    elsewhere = send(client, phone, places).json()["id"]
    step, _ = take(client, phone, event, photos=1)
    assert code(put_on_step(client, desk, event, step, picture())) == (403, "not_own_step")
    absent = (404, "unknown_event_step")
    assert code(put_on_step(client, phone, elsewhere, step, picture())) == absent
    assert code(put_on_step(client, phone, event, uuid.uuid4(), picture())) == absent
    stranger = token(store, worker_account(store, []))
    assert code(put_on_step(client, stranger, event, step, picture())) == absent
    assert put_on_step(client, phone, event, step, picture()).status_code == 201
    path = f"/api/events/{event}/steps/{step}/photos/0"
    assert code(client.get(path, headers=stranger)) == absent
    assert client.get(path, headers=desk).status_code == 200
    assert code(client.get(path)) == (401, "not_signed_in")


def test_photos_of_a_step_need_its_id_and_are_counted(client, phone, desk, places):
    event = send(client, phone, places).json()["id"]
    for who in (phone, desk):
        assert code(take(client, who, event, id=None, photos=1)[1]) == (422, "bad_parameter")
        for wrong in (-1, 7, "x"):
            assert take(client, who, event, photos=wrong)[1].status_code == 422
    # A desk's step has photos as well.
    step, answer = take(client, desk, event, photos=1)
    assert answer.json()["history"][-1]["photos"] == 1
    assert put_on_step(client, desk, event, step, picture()).status_code == 201


# The desk


def test_the_desk_takes_an_event_on_and_exports_the_list(client, phone, desk, places):
    event = send(client, phone, places, text="桌面").json()["id"]
    path = f"/api/events/{event}"
    card = client.get(path, headers=desk).json()
    assert "register" in card["actions"]
    done = client.post(f"{path}/steps", json={"action": "register"}, headers=desk)
    assert done.json()["state"] == "registered"
    assert code(client.post(f"{path}/steps", json={"action": "verify"}, headers=desk)) == (
        409,
        "bad_event_step",
    )
    assert code(client.post(f"{path}/steps", json={"action": "register"}, headers=phone)) == (
        403,
        "no_right",
    )
    moved = client.post(
        f"{path}/move", json={"lon": places[1].lon, "lat": places[1].lat}, headers=desk
    )
    assert moved.json()["grid"]["code"] == places[1].code
    seen = client.get("/api/events?limit=1", headers=desk).json()
    assert len(seen["events"]) == 1
    assert seen["total"] > 1
    book = client.get("/api/events/export.xlsx?state=registered", headers=desk)
    assert book.status_code == 200
    assert book.headers["content-type"].endswith("sheet")


def test_categories_are_two_taps(client, phone):
    rows = client.get("/api/event-categories", headers=phone).json()["categories"]
    groups = list(dict.fromkeys(row["group"] for row in rows))
    assert 4 <= len(groups) <= 9
    assert all(sum(row["group"] == group for row in rows) <= 9 for group in groups)
    assert all(row[name] for row in rows for name in row)


# Campaigns


@pytest.fixture(scope="module")
def campaign(client, desk):
    given = {
        "name": "消防检查", "owner": "应急办", "deadline": (now() + timedelta(days=5)).date().isoformat(),
        "items": ["楼道", "灭火器"], "divisions": [COMMUNITY],
    }  # fmt: skip
    made = client.post("/api/campaigns", json=given, headers=desk)
    assert made.status_code == 201, made.text
    return made.json()


def mark(item, grid, done=True, at=None, **more):
    at = at or now()
    return {
        "id": str(uuid.uuid4()), "item": item, "grid": grid, "done": done, "note": None,
        "at": at.isoformat(), "phone_now": now().isoformat(), **more,
    }  # fmt: skip


def test_a_worker_has_the_lists_of_own_grids_and_ticks_them_once(
    client, phone, desk, places, campaign
):
    lists = client.get("/api/campaigns/mine", headers=phone).json()["campaigns"]
    own = [item for item in lists if item["id"] == campaign["id"]]
    assert [item["grid"] for item in own] == [places[0].code, places[1].code]
    assert [line["text"] for line in own[0]["items"]] == ["楼道", "灭火器"]
    item = own[0]["items"][0]["id"]
    given = mark(item, places[0].code, note="<b>好</b>")
    first = client.post("/api/campaign-marks", json=given, headers=phone)
    assert (first.status_code, first.json()["done"]) == (201, True)
    again = client.post(
        "/api/campaign-marks", json={**given, "phone_now": now().isoformat()}, headers=phone
    )
    assert (again.status_code, again.json()) == (200, first.json())
    assert code(
        client.post("/api/campaign-marks", json={**given, "done": False}, headers=phone)
    ) == (409, "id_taken")
    shown = client.get(f"/api/campaigns/{campaign['id']}", headers=desk).json()
    row = next(grid for grid in shown["grids"] if grid["code"] == places[0].code)
    assert (row["done"], row["items"], row["notes"][0]["note"]) == (1, 2, "<b>好</b>")
    assert shown["marks_total"] == 2 * shown["grids_total"] == 2 * len(shown["grids"])
    assert shown["marks_done"] == sum(grid["done"] for grid in shown["grids"])


def test_the_later_mark_holds_whatever_came_first(client, phone, places, campaign):
    item = campaign["items"][1]["id"]
    moment = now()
    late = mark(item, places[1].code, done=True, at=moment)
    early = mark(item, places[1].code, done=False, at=moment - timedelta(hours=1))
    assert client.post("/api/campaign-marks", json=late, headers=phone).json()["done"]
    answer = client.post("/api/campaign-marks", json=early, headers=phone)
    assert (answer.status_code, answer.json()["done"]) == (201, True)
    undone = mark(item, places[1].code, done=False, at=now())
    assert client.post("/api/campaign-marks", json=undone, headers=phone).json()["done"] is False


def test_marks_that_are_not_one_s_own_are_refused_with_their_code(
    client, store, phone, desk, places, campaign
):
    item = campaign["items"][0]["id"]
    before = count(store, "campaign_mark")
    elsewhere = spots(store, "990101001002")[0].code
    for given, expected in (
        (mark(item, places[2].code), (403, "not_own_grid")),
        (mark(item, elsewhere), (403, "not_own_grid")),
        (mark(2**31 - 1, places[2].code), (403, "not_own_grid")),
        (mark(item, "no-such-grid"), (404, "unknown_grid")),
        (mark(2**31 - 1, places[0].code), (404, "unknown_item")),
        (mark(item, places[0].code, note="字" * 501), (422, "bad_parameter")),
    ):
        assert code(client.post("/api/campaign-marks", json=given, headers=phone)) == expected
    stranger = token(
        store, worker_account(store, [spots(store, "990101102001")[0].grid], ["990101102"])
    )
    # In words, too, the same whether the line exists or not.
    refused, other = (
        client.post("/api/campaign-marks", json=mark(line, places[0].code), headers=stranger)
        for line in (item, 2**31 - 1)
    )
    assert code(refused) == (403, "not_own_grid")
    assert refused.json()["detail"] == other.json()["detail"]
    elsewhere_item = (mark(item, elsewhere), (422, "not_in_campaign"))
    unheard_of = (mark(2**31 - 1, places[2].code), (404, "unknown_item"))
    for given, expected in (elsewhere_item, unheard_of):
        assert code(client.post("/api/campaign-marks", json=given, headers=desk)) == expected
    assert client.get("/api/campaigns/mine", headers=stranger).json() == {"campaigns": []}
    assert count(store, "campaign_mark") == before


def test_a_tick_after_the_post_has_ended_is_refused_for_the_post_not_for_the_line(
    client, store, places, campaign
):
    name = worker_account(store, [places[0].grid])
    headers = {**token(store, name), "X-Wangge-Account": name}
    item = campaign["items"][1]["id"]
    kept = mark(item, places[0].code)
    assert client.post("/api/campaign-marks", json=kept, headers=headers).status_code == 201
    with store.session("owner") as session:
        session.execute(
            text(
                "UPDATE posting SET valid_from = current_date - 9, valid_to = current_date "
                "WHERE worker_id = (SELECT worker_id FROM account WHERE name = :name)"
            ),
            {"name": name},
        )
    assert lists_of(client, headers, campaign["id"]) == []
    before = count(store, "campaign_mark")
    for line in (item, 2**31 - 1):
        late = client.post("/api/campaign-marks", json=mark(line, places[0].code), headers=headers)
        assert code(late) == (403, "not_own_grid")
    # What was taken before is still the same mark.
    assert client.post("/api/campaign-marks", json=kept, headers=headers).status_code == 200
    assert count(store, "campaign_mark") == before


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"deadline": "2020-01-01"}, (422, "past_deadline")),
        ({"items": []}, (422, "bad_parameter")),
        ({"items": ["  "]}, (422, "bad_campaign")),
        ({"name": " "}, (422, "bad_campaign")),
        ({"divisions": []}, (422, "bad_campaign")),
        ({"divisions": ["000000"]}, (404, "unknown_division")),
        ({"divisions": ["990101102"]}, (403, "outside_area")),
        ({"divisions": [], "grids": ["none"]}, (404, "unknown_grid")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_campaigns_that_cannot_be_are_refused(client, store, desk, more, expected):
    before = count(store, "campaign")
    given = {
        "name": "查", "owner": "办", "deadline": (now() + timedelta(days=2)).date().isoformat(),
        "items": ["一"], "divisions": [COMMUNITY], **more,
    }  # fmt: skip
    assert code(client.post("/api/campaigns", json=given, headers=desk)) == expected
    assert count(store, "campaign") == before


def test_a_campaign_for_some_grids_is_for_those_alone(client, desk, phone, places):
    given = {
        "name": "两格", "owner": "办", "deadline": (now() + timedelta(days=2)).date().isoformat(),
        "items": ["一"], "grids": [places[1].code, places[2].code],
    }  # fmt: skip
    made = client.post("/api/campaigns", json=given, headers=desk).json()
    assert [grid["code"] for grid in made["grids"]] == [places[1].code, places[2].code]
    lists = client.get("/api/campaigns/mine", headers=phone).json()["campaigns"]
    assert [item["grid"] for item in lists if item["id"] == made["id"]] == [places[1].code]


def test_a_larger_grid_stands_for_those_nested_in_it(client, store, desk, places):
    nest = "UPDATE grid_version SET parent_id = :parent WHERE grid_id = :grid AND valid_to IS NULL"
    given = {
        "name": "大格", "owner": "办", "deadline": (now() + timedelta(days=2)).date().isoformat(),
        "items": ["一"], "grids": [places[2].code],
    }  # fmt: skip
    try:
        with store.session("owner") as session:
            session.execute(text(nest), {"parent": places[2].grid, "grid": places[1].grid})
        made = client.post("/api/campaigns", json=given, headers=desk).json()
        assert [grid["code"] for grid in made["grids"]] == [places[1].code]
    finally:
        with store.session("owner") as session:
            session.execute(text(nest), {"parent": None, "grid": places[1].grid})


@pytest.fixture
def own(client, desk):
    """Return a fresh campaign of the community, to be changed."""
    given = {
        "name": "春季", "owner": "办", "deadline": (now() + timedelta(days=4)).date().isoformat(),
        "items": ["一", "二", "三"], "divisions": [COMMUNITY], "note": "先看老楼",
    }  # fmt: skip
    return client.post("/api/campaigns", json=given, headers=desk).json()


def lists_of(client, phone, campaign):
    """Return the lists of a campaign as the phone has them."""
    found = client.get("/api/campaigns/mine", headers=phone).json()["campaigns"]
    return [item for item in found if item["id"] == campaign]


def test_a_campaign_is_changed_and_keeps_every_mark(client, store, phone, desk, places, own):
    path, (one, two, three) = f"/api/campaigns/{own['id']}", own["items"]
    for item in (one, two):
        given = mark(item["id"], places[0].code, note="看过")
        assert client.post("/api/campaign-marks", json=given, headers=phone).status_code == 201
    lines = [
        {"text": "四"}, {"id": three["id"], "text": "三"}, {"id": one["id"], "text": "一（更正）"},
    ]  # fmt: skip
    change = {
        "name": "夏季", "note": "", "items": lines, "reason": "换季", "revision": own["revision"],
        "deadline": (now() + timedelta(days=8)).date().isoformat(),
    }  # fmt: skip
    said = client.patch(path, json=change, headers=desk)
    assert said.status_code == 200, said.text
    now_is = said.json()
    assert (now_is["name"], now_is["note"], now_is["owner"]) == ("夏季", None, "办")
    assert [item["text"] for item in now_is["items"]] == ["四", "三", "一（更正）"]
    assert now_is["items"][2]["id"] == one["id"]
    assert [(w["text"], w["done"]) for w in now_is["withdrawn_items"]] == [("二", 1)]
    assert (now_is["marks_done"], now_is["marks_total"]) == (1, 3 * now_is["grids_total"])
    line = now_is["history"][-1]
    assert (line["action"], line["reason"]) == ("edit", "换季")
    assert line["changes"]["items"] == {
        "added": ["四"], "withdrawn": ["二"], "moved": True,
        "reworded": [{"before": "一", "after": "一（更正）"}],
    }  # fmt: skip
    assert line["changes"]["name"] == {"before": "春季", "after": "夏季"}
    shown = lists_of(client, phone, own["id"])[0]["items"]
    assert [(item["text"], item["done"]) for item in shown] == [
        ("四", False), ("三", False), ("一（更正）", True),
    ]  # fmt: skip
    # What was ticked before the line was taken off still comes; later ticks are refused.
    before = now() - timedelta(minutes=30)
    late = mark(two["id"], places[1].code, at=before)
    assert client.post("/api/campaign-marks", json=late, headers=phone).status_code == 201
    after = mark(two["id"], places[1].code)
    assert code(client.post("/api/campaign-marks", json=after, headers=phone)) == (
        409,
        "withdrawn_item",
    )
    assert code(client.patch(path, json=change, headers=desk)) == (409, "campaign_changed")
    back = [
        *({"id": i["id"], "text": i["text"]} for i in now_is["items"]),
        {"id": two["id"], "text": "二"},
    ]
    again = client.patch(path, json={"items": back}, headers=desk).json()
    assert again["items_done"][-1]["done"] == 2
    assert again["history"][-1]["changes"]["items"]["restored"] == ["二"]
    narrow = client.patch(path, json={"grids": [places[1].code]}, headers=desk).json()
    assert ([g["code"] for g in narrow["grids"]], narrow["marks_elsewhere"]) == (
        [places[1].code],
        2,
    )
    assert narrow["history"][-1]["changes"]["places"]["after"] == {"grids": [places[1].code]}
    left = mark(two["id"], places[0].code)
    refused = client.post("/api/campaign-marks", json=left, headers=phone)
    assert code(refused) == (422, "not_in_campaign")
    told = refused.json()["detail"]
    assert f"not for the grid {places[0].code}; its area was changed at " in told
    with store.session("owner") as session:
        kept = session.execute(
            text("SELECT count(*) FROM audit WHERE action = 'campaign.edit' AND object = :id"),
            {"id": str(own["id"])},
        ).scalar_one()
    assert kept == len(narrow["history"]) == 3


def test_a_closed_campaign_leaves_the_phone_and_takes_what_was_written_before(
    client, phone, desk, places, own
):
    path, item = f"/api/campaigns/{own['id']}", own["items"][0]["id"]
    assert lists_of(client, phone, own["id"])
    bare = {"ending": "cancelled"}
    assert code(client.post(f"{path}/close", json=bare, headers=desk)) == (422, "note_needed")
    ended = client.post(f"{path}/close", json={**bare, "reason": "改为普查"}, headers=desk).json()
    assert (ended["closed"]["ending"], ended["closed"]["reason"]) == ("cancelled", "改为普查")
    assert lists_of(client, phone, own["id"]) == []
    before = mark(item, places[0].code, at=now() - timedelta(hours=1))
    for status in (201, 200):
        sent = client.post("/api/campaign-marks", json=before, headers=phone)
        assert (sent.status_code, sent.json()["done"]) == (status, True)
    assert code(
        client.post("/api/campaign-marks", json=mark(item, places[0].code), headers=phone)
    ) == (409, "closed_campaign")
    shown = client.get(path, headers=desk).json()
    assert (shown["marks_done"], shown["marks_after_closing"]) == (1, 1)
    for method, end, given, expected in (
        ("PATCH", "", {"name": "x"}, (409, "closed_campaign")),
        ("POST", "/close", {"ending": "done"}, (409, "closed_campaign")),
        ("POST", "/reopen", {"reason": " "}, (422, "note_needed")),
    ):
        assert code(client.request(method, path + end, json=given, headers=desk)) == expected
    opened = client.post(f"{path}/reopen", json={"reason": "再查"}, headers=desk).json()
    assert (opened["closed"], opened["marks_done"]) == (None, 1)
    assert [line["action"] for line in opened["history"]] == ["close", "reopen"]
    assert lists_of(client, phone, own["id"])
    assert code(client.post(f"{path}/reopen", json={"reason": "x"}, headers=desk)) == (
        409,
        "open_campaign",
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"deadline": "2020-01-01"}, (422, "past_deadline")),
        ({"name": " "}, (422, "bad_campaign")),
        ({"items": []}, (422, "bad_parameter")),
        ({"items": [{"text": " "}]}, (422, "bad_campaign")),
        ({"items": [{"id": 2**31 - 1, "text": "x"}]}, (404, "unknown_item")),
        ({"divisions": ["990101102"]}, (403, "outside_area")),
        ({"divisions": [COMMUNITY], "grids": ["x"]}, (422, "bad_campaign")),
        ({"created_by": "x"}, (422, "bad_parameter")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_changes_that_cannot_be_are_refused_and_leave_nothing(client, desk, own, change, expected):
    path = f"/api/campaigns/{own['id']}"
    assert code(client.patch(path, json=change, headers=desk)) == expected
    assert client.get(path, headers=desk).json() == own


def test_a_step_that_comes_twice_from_a_phone_is_one(client, store, phone, desk, places):
    event = send(client, phone, places).json()["id"]
    listed = client.get("/api/events?own_grids=true&state=open", headers=phone).json()["events"]
    assert next(e["work"] for e in listed if e["id"] == event) == ["handle"]
    path = f"/api/events/{event}/steps"
    given = {"id": str(uuid.uuid4()), "action": "handle", "at": now().isoformat()}
    for _ in range(2):
        sent = client.post(path, json={**given, "phone_now": now().isoformat()}, headers=phone)
        assert (sent.status_code, sent.json()["state"]) == (200, "handling"), sent.text
    assert [s["action"] for s in sent.json()["history"]] == ["report", "handle"]
    assert code(client.post(path, json={**given, "action": "return"}, headers=phone)) == (
        409,
        "id_taken",
    )
    stranger = token(store, worker_account(store, [places[2].grid]))
    assert code(client.post(path, json={"action": "feedback", "note": "x"}, headers=stranger)) == (
        404,
        "unknown_event",
    )
    desk_too = {"id": str(uuid.uuid4()), "action": "feedback", "note": "好"}
    for _ in range(2):
        assert client.post(path, json=desk_too, headers=desk).json()["state"] == "feedback"


def test_what_is_answered_as_stored_is_stored(client, store, phone, places):
    """The row is there for another connection before the answer has left."""
    given = body(places[0].lon, places[0].lat)
    seen = []

    class Watch:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, sender):
            async def watched(message):
                if message["type"] == "http.response.start":
                    with store.session("owner") as session:
                        found = session.execute(
                            text("SELECT count(*) FROM event WHERE id = :id"), {"id": given["id"]}
                        )
                        seen.append(found.scalar_one())
                await sender(message)

            await self.app(scope, receive, watched)

    with TestClient(Watch(client.app), base_url=BASE) as watching:
        assert watching.post("/api/events", json=given, headers=phone).status_code == 201
    assert seen == [1]
