"""A client that costs little: many kept-alive connections on one thread, bytes in and bytes out.

A client of Python's library takes more of a core per answer than the server may; on a machine where both run it would
be what is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

HEAD_END = b"\r\n\r\n"


def ask_for(
    host: str,
    port: int,
    headers: dict[str, str],
    paths: Sequence[str],
    clients: int,
    seconds: float,
) -> tuple[float, list[float]]:
    """Ask over HTTP/1.1 for some seconds; return answers a second and each answer's seconds, sorted.

    Every client waits for its answer before it asks again. Anything but 200 ends the run.
    """
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    asked = [
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n".encode() for path in paths
    ]
    return asyncio.run(_many(host, port, asked, clients, seconds))


async def _many(
    host: str, port: int, asked: list[bytes], clients: int, seconds: float
) -> tuple[float, list[float]]:
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    end = begun + seconds
    ends = [
        await loop.create_connection(lambda n=n: _Client(asked[n::clients], end), host, port)
        for n in range(clients)
    ]
    for each in await asyncio.gather(*(client.done for _, client in ends), return_exceptions=True):
        if isinstance(each, BaseException):
            raise each
    took = sorted(second for _, client in ends for second in client.took)
    return len(took) / (time.perf_counter() - begun), took


class _Client(asyncio.Protocol):
    """One connection: ask, wait for the whole answer, ask again."""

    def __init__(self, asked: list[bytes], end: float) -> None:
        self.took: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked, self._end, self._next = asked, end, 0
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        if self._begun > self._end:
            self._transport.close()
            self.done.set_result(None)
            return
        self._transport.write(self._asked[self._next % len(self._asked)])
        self._next += 1

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(HEAD_END)
        if head < 0:
            return
        if not self._got.startswith(b"HTTP/1.1 200"):
            self._fail(self._got.decode("utf-8", "replace"))
            return
        at = self._got.lower().index(b"content-length:", 0, head) + 15
        length = int(self._got[at : self._got.index(b"\r\n", at)])
        if len(self._got) < head + 4 + length:
            return
        self._got = b""
        self.took.append(time.perf_counter() - self._begun)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"the server closed the connection ({exc})"))

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))
        self._transport.close()
