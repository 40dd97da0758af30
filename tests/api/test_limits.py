"""Large bodies, floods and foreign host names are turned away before the application reads them."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI, Request

from api.errors import add_error_handlers
from api.limits import SIGN_IN, BodyLimit, Buckets, HostCheck, RateLimit, Stricter
from tests.loops import run as in_a_loop

HTTP = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}


async def echo(_scope, receive, send):
    """Answer with the number of bytes that arrived."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(app, *, body=(b"",), headers=(), **scope):
    """Return status, headers and body of an answer."""
    parts = list(body)
    messages = []

    async def receive():
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        messages.append(message)

    in_a_loop(app({**HTTP, "headers": list(headers), **scope}, receive, send))
    started = [item for item in messages if item["type"] == "http.response.start"]
    assert len(started) == 1
    found = {name.decode(): value.decode() for name, value in started[0]["headers"]}
    return started[0]["status"], found, b"".join(item.get("body", b"") for item in messages)


def code_of(answer):
    status, headers, body = answer
    document = json.loads(body)
    assert headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    return status, document["code"]


def test_a_body_of_exactly_the_limit_passes():
    app = BodyLimit(echo, most=10)
    assert ask(app, body=[b"12345", b"67890"], headers=[(b"content-length", b"10")])[2] == b"10"


def test_an_announced_body_over_the_limit_is_refused_unread():
    async def never(*_):
        raise AssertionError("the application was asked")

    for length in (b"11", b"9" * 5000):
        answer = ask(BodyLimit(never, most=10), headers=[(b"content-length", length)])
        assert code_of(answer) == (413, "too_large")


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"4")], [(b"content-length", b"x")]])
def test_a_streamed_body_over_the_limit_is_refused(headers):
    answer = ask(BodyLimit(echo, most=10), body=[b"123456", b"789012", b"3"], headers=headers)
    assert code_of(answer) == (413, "too_large")


def test_the_default_limit_is_one_mebibyte():
    assert ask(BodyLimit(echo), body=[b"x" * 2**20])[0] == 200
    assert ask(BodyLimit(echo), body=[b"x" * 2**20, b"x"])[0] == 413


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_framework_cannot_hide_the_reason(wrapped):
    app = FastAPI()
    add_error_handlers(app)
    if wrapped:

        @app.middleware("http")
        async def pass_on(request, call_next):
            return await call_next(request)

    @app.post("/")
    def document(_body: dict[str, str]) -> None:
        pass

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    for path in ("/", "/raw"):
        answer = ask(
            BodyLimit(app, most=10),
            body=[b'{"a": "', b"123456", b'"}'],
            headers=[(b"content-type", b"application/json")],
            path=path,
        )
        assert code_of(answer) == (413, "too_large")


def test_an_answer_under_way_is_not_broken_into():
    async def early(_scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"end"})

    assert ask(BodyLimit(early, most=1), body=[b"1", b"2"])[::2] == (200, b"end")


def test_other_scopes_pass_every_limit():
    seen = []

    async def app(scope, _receive, _send):
        seen.append(scope["type"])

    for wrapped in (BodyLimit(app), RateLimit(app, 1, 1), HostCheck(app, {"a"})):
        in_a_loop(wrapped({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"] * 3


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def from_client(app, address="10.0.0.1", **scope):
    return ask(app, client=(address, 4000), **scope)


def test_a_burst_passes_and_then_the_rate_holds():
    clock = Clock()
    app = RateLimit(echo, per_second=2, burst=3, clock=clock)
    assert [from_client(app)[0] for _ in range(4)] == [200, 200, 200, 429]
    clock.now += 0.5
    assert [from_client(app)[0] for _ in range(2)] == [200, 429]
    clock.now += 1000
    assert [from_client(app)[0] for _ in range(4)] == [200, 200, 200, 429]


def test_the_refusal_says_when_to_come_again():
    clock = Clock()
    app = RateLimit(echo, per_second=0.25, burst=1, clock=clock)
    from_client(app)
    clock.now += 1.5
    answer = from_client(app)
    assert code_of(answer) == (429, "too_many_requests")
    assert answer[1]["retry-after"] == "3"
    clock.now += 3
    assert from_client(app)[0] == 200


def test_clients_do_not_share_a_bucket():
    app = RateLimit(echo, per_second=1, burst=1, clock=Clock())
    assert from_client(app, "10.0.0.1")[0] == 200
    assert from_client(app, "10.0.0.2")[0] == 200
    assert from_client(app, "10.0.0.1")[0] == 429
    assert ask(app, client=None)[0] == 200


def test_another_key_can_be_given():
    app = RateLimit(echo, 1, 1, lambda scope: scope["path"], clock=Clock())
    assert [from_client(app, path=path)[0] for path in ("/a", "/b", "/a")] == [200, 200, 429]


def test_signing_in_has_a_stricter_bucket():
    clock = Clock()
    app = RateLimit(echo, per_second=100, burst=1000, clock=clock)
    answers = [from_client(app, path="/api/session")[0] for _ in range(21)]
    assert answers == [200] * 20 + [429]
    assert from_client(app, path="/api/session/link")[0] == 429
    assert from_client(app, path="/api/session", method="GET")[0] == 200
    assert from_client(app, path="/api/layers")[0] == 200
    assert from_client(app, "10.0.0.2", path="/api/session")[0] == 200
    clock.now += 3
    assert from_client(app, path="/api/session")[0] == 200


def test_what_the_stricter_bucket_refuses_counts_in_the_general_one():
    app = RateLimit(echo, 1, 3, stricter=[Stricter("/slow", 1, 1)], clock=Clock())
    assert [from_client(app, path="/slow")[0] for _ in range(3)] == [200, 429, 429]
    assert from_client(app, path="/fast")[0] == 429


def test_the_buckets_are_bounded_and_the_longest_unused_is_forgotten():
    buckets = Buckets(1, 1, most=2)
    assert buckets.wait_s("a", 0) == 0
    assert buckets.wait_s("b", 0) == 0
    assert buckets.wait_s("a", 0) == 1
    assert buckets.wait_s("c", 0) == 0
    assert len(buckets) == 2
    assert buckets.wait_s("a", 0) == 1
    assert buckets.wait_s("b", 0) == 0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_never_fills_is_refused(rate, burst):
    with pytest.raises(ValueError, match="rate above 0"):
        Buckets(rate, burst)


def test_the_sign_in_limit_is_twenty_a_minute():
    assert SIGN_IN.burst == 20
    assert SIGN_IN.per_second * 60 == pytest.approx(20)


HOSTS = {"Grid.example.cn", "127.0.0.1", "[::1]"}


def named(host):
    return ask(HostCheck(echo, HOSTS), headers=[(b"host", host.encode("latin-1"))])


@pytest.mark.parametrize(
    "host",
    [
        "grid.example.cn",
        "GRID.Example.CN:8443",
        "grid.example.cn.",
        "127.0.0.1:8000",
        "[::1]",
        "[::1]:8000",
        "[0:0:0:0:0:0:0:1]:8000",
        "127.0.0.1:",
    ],
)
def test_every_spelling_of_an_own_name_passes(host):
    assert named(host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.cn",
        "grid.example.cn.evil.cn",
        "evil.grid.example.cn",
        "grid.example.cn@evil.cn",
        "evil.cn:127.0.0.1",
        "::1",
        "[::1",
        "[::2]",
        "",
        "grid.example.cn/",
        "grid.example.cn:80:80",
        "127.0.0.1 evil.cn",
        "grid.example.cn\n",
        "ÿ",
    ],
)
def test_any_other_name_is_refused_and_the_own_ones_not_told(host):
    answer = named(host)
    assert code_of(answer) == (421, "wrong_host")
    assert b"grid" not in answer[2]


def test_no_host_or_two_are_refused():
    own = (b"host", b"127.0.0.1")
    assert ask(HostCheck(echo, HOSTS))[0] == 421
    assert ask(HostCheck(echo, HOSTS), headers=[own, own])[0] == 421


def test_without_names_every_host_passes():
    assert ask(HostCheck(echo, None), headers=[(b"host", b"evil.cn")])[0] == 200


def test_a_web_socket_of_a_foreign_name_is_closed():
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "headers": [(b"host", b"evil.cn")]}
    in_a_loop(HostCheck(echo, HOSTS)(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
