"""What is turned away before any of our code reads it: large bodies, floods, foreign host names."""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

MEBIBYTE = 1024 * 1024
MOST_CLIENTS = 10_000
"""Buckets kept at once, a few megabytes; beyond, the one unused for longest is forgotten."""
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^][:@/\s]+)(:[0-9]*)?")


@dataclass(frozen=True)
class Larger:
    """Another limit of size for one kind of request, with the code it is refused by."""

    method: str
    path: re.Pattern[str]
    most: int
    code: str

    def covers(self, scope: Scope) -> bool:
        """Tell whether the limit is about this request."""
        return scope["method"] == self.method and bool(self.path.fullmatch(scope["path"]))


class BodyLimit:
    """Answer 413 `too_large` to a body of more than `most` bytes, announced or streamed."""

    def __init__(self, app: ASGIApp, most: int = MEBIBYTE, larger: Sequence[Larger] = ()) -> None:
        self._app = app
        self._most = most
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what arrives."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule = next((item for item in self._larger if item.covers(scope)), None)
        most, code = (rule.most, rule.code) if rule else (self._most, "too_large")
        detail = f"the body of a request may have at most {most} bytes"
        refusal = problem(413, code, detail)
        if any(length > most for length in _announced(scope)):
            await refusal(scope, receive, send)
            return
        counted = _CountedBody(receive, send, most)
        try:
            await self._app(scope, counted.receive, counted.send)
        except ClientDisconnect:
            if not counted.exceeded:
                raise
        if counted.exceeded and not counted.answered:
            await refusal(scope, receive, send)


PHOTO_PATH = re.compile(r"/api/events/[^/]+/(steps/[^/]+/)?photos/[^/]+")


def photo_limit(megabytes: int) -> Larger:
    """Return the limit of the one route that takes pictures."""
    return Larger("PUT", PHOTO_PATH, megabytes * MEBIBYTE, "photo_too_large")


def _announced(scope: Scope) -> list[int]:
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    # Python refuses to read numbers of thousands of digits; 18 are more than any limit.
    return [int(value[:18]) for value in values if value.isdigit()]


class _CountedBody:
    """The two ends of one request: past the limit the application sees its client gone.

    What it then says of a broken request is held back, so that the client hears the true reason.
    """

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._left = most
        self.exceeded = False
        self.answered = False

    async def receive(self) -> Message:
        if self.exceeded:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self.exceeded = self._left < 0
        return {"type": "http.disconnect"} if self.exceeded else message

    async def send(self, message: Message) -> None:
        if self.exceeded and not self.answered:
            return
        self.answered = True
        await self._send(message)


def client_address(scope: Scope) -> str:
    """Return the address a request came from; nothing for a local socket."""
    client = scope.get("client")
    return client[0] if client else ""


@dataclass(frozen=True)
class Stricter:
    """A lower limit for some paths, beside the general one."""

    prefix: str
    per_second: float
    burst: int
    methods: frozenset[str] = frozenset()
    """Of these methods only; empty means all."""

    def covers(self, scope: Scope) -> bool:
        """Tell whether the limit is about this request."""
        method_fits = not self.methods or scope["method"] in self.methods
        return method_fits and scope["path"].startswith(self.prefix)


def sign_in_limit(per_minute: float) -> Stricter:
    """Return the limit of the routes where passwords, links and codes are tried."""
    return Stricter("/api/session", per_minute / 60, max(1, int(per_minute)), frozenset({"POST"}))


SIGN_IN = sign_in_limit(20)


class Buckets:
    """Token buckets by client: `burst` requests at once, `per_second` in the long run."""

    def __init__(self, per_second: float, burst: int, most: int = MOST_CLIENTS) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate above 0 and a burst of at least 1")
        self._per_second = per_second
        self._burst = burst
        self._most = most
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Take a token at the moment `now` (seconds) and return 0, or the seconds until there is one."""
        tokens, since = self._kept.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._per_second)
        granted = tokens >= 1
        self._kept[key] = (tokens - 1 if granted else tokens, now)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return 0.0 if granted else (1 - tokens) / self._per_second

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._kept)


class RateLimit:
    """Answer 429 `too_many_requests` with Retry-After to a client that asks too often."""

    def __init__(
        self,
        app: ASGIApp,
        per_second: float,
        burst: int,
        key: Callable[[Scope], str] = client_address,
        *,
        stricter: Sequence[Stricter] = (SIGN_IN,),
        clock: Callable[[], float] = time.monotonic,
        most_clients: int = MOST_CLIENTS,
    ) -> None:
        self._app = app
        self._key = key
        self._clock = clock
        self._general = Buckets(per_second, burst, most_clients)
        self._stricter = [
            (rule, Buckets(rule.per_second, rule.burst, most_clients)) for rule in stricter
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when every bucket it draws from has a token."""
        wait_s = self._wait_s(scope) if scope["type"] == "http" else 0.0
        if wait_s <= 0:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait_s)
        answer = problem(429, "too_many_requests", f"too many requests; again in {seconds} s")
        answer.headers["Retry-After"] = str(seconds)
        await answer(scope, receive, send)

    def _wait_s(self, scope: Scope) -> float:
        key, now = self._key(scope), self._clock()
        # The general bucket first: what a stricter one refuses has been asked all the same.
        wait_s = self._general.wait_s(key, now)
        for rule, buckets in self._stricter:
            if wait_s <= 0 and rule.covers(scope):
                wait_s = buckets.wait_s(key, now)
        return wait_s


class HostCheck:
    """Answer 421 `wrong_host` to a request for a name that is not this server's.

    A page of a stranger can point its own name at this address (DNS rebinding) and then read
    what it likes; its requests carry that name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(map(_plain_host, hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its Host is one of the names."""
        kind = scope["type"]
        if self._hosts is None or kind not in {"http", "websocket"} or self._ours(scope):
            await self._app(scope, receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            # The names are not told: whoever asks may be the stranger's page.
            detail = "this server does not answer to the host name of the request"
            await problem(421, "wrong_host", detail)(scope, receive, send)

    def _ours(self, scope: Scope) -> bool:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        match = HOST.fullmatch(given[0].lower()) if len(given) == 1 else None
        return match is not None and _plain_host(match[1]) in (self._hosts or ())


@lru_cache(maxsize=256)
def _plain_host(host: str) -> str:
    """Return a name or address in one spelling, without brackets and the root's dot."""
    bare = host.lower().removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare
