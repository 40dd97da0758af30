"""Connections for questions that are asked often: one reading statement in one exchange with the database.

A session sends BEGIN, who acts, its statements and COMMIT one after the other and awaits each answer; that is most of
the time of a small question. Here who acts and the statement go out together, in libpq's pipeline: the server takes
what stands before one synchronisation as one transaction, so that the settings hold for the statement and no longer.
Should they ever be apart, the policies see nobody and show nothing.

Statements are prepared once a connection and planned once for all values: planning such a question takes five times as
long as answering it. The connections cannot write.
"""

from __future__ import annotations

import asyncio
import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from gis.errors import RefusedInputError
from layers.rights import Actor

OPTIONS = "-c default_transaction_read_only=on -c plan_cache_mode=force_generic_plan"
MOST = 6
"""Connections at once; a small question keeps one for a fraction of a millisecond."""
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
ENTER = (
    "SELECT set_config('wangge.role', :role, true), set_config('wangge.area', :area, true), "
    "set_config('wangge.actor', :actor, true), set_config('wangge.account', :account, true)"
)
"""Says for the rest of a transaction who acts and where."""
ENTER_ON = f"{ENTER}, set_config('wangge.as_of', :as_of, true)"
BAD_VALUE = "a value cannot be stored or looked up"
Question = tuple[str, Mapping[str, Any]]
"""A statement with `:name` parameters and their values."""
FETCHED = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


@lru_cache(maxsize=256)
def numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement with `:name` parameters as `$1`, `$2`, … and their names in that order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return PARAMETER.sub(number, statement).encode(), tuple(names)


def sent(value: Any) -> bytes | None:
    """Return a parameter as PostgreSQL reads it in text; its type is what the statement makes of it.

    Raises
    ------
    psycopg.DataError
        For a text with a NUL, which the protocol would cut there.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    coded = (repr(float(value)) if isinstance(value, float) else str(value)).encode()
    if b"\0" in coded:
        raise psycopg.DataError("a text has a NUL")
    return coded


class _Reader:
    """One connection, always in pipeline mode."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._raw = connection.pgconn
        self._raw.enter_pipeline_mode()
        self._prepared: dict[str, bytes] = {}

    async def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Send questions as one transaction and return the rows of the last."""
        coded = [
            (text, [sent(values[name]) for name in numbered(text)[1]]) for text, values in questions
        ]
        fresh: dict[str, bytes] = {}
        for text, values in coded:
            name = self._prepared.get(text) or fresh.get(text)
            if name is None:
                name = fresh[text] = b"q%d" % (len(self._prepared) + len(fresh))
                self._raw.send_prepare(name, numbered(text)[0])
            self._raw.send_query_prepared(name, values)
        self._raw.pipeline_sync()
        results = await self._results()
        failed = next((each for each in results if each.status not in FETCHED), None)
        if failed is not None:
            if fresh:  # some of them are prepared now, some are not
                await self.close()
            raise psycopg.errors.error_from_result(failed, encoding="utf-8")
        self._prepared.update(fresh)
        return self._rows(results[-1])

    async def _results(self) -> list[Any]:
        """Return the results of all that was sent, when they are there."""
        raw = self._raw
        found: list[Any] = []
        loop = asyncio.get_running_loop()
        while True:
            more = raw.flush()
            while not raw.is_busy():
                result = raw.get_result()
                if result is None:  # the end of one statement
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return found
                found.append(result)
            await _ready(loop, raw.socket, bool(more))
            raw.consume_input()

    def _rows(self, result: Any) -> list[Any]:
        decode = Transformer(self._connection)
        decode.set_pgresult(result)
        names = tuple(result.fname(n).decode() for n in range(result.nfields))
        return decode.load_rows(0, result.ntuples, _row_of(names))

    @property
    def closed(self) -> bool:
        return self._connection.closed

    async def close(self) -> None:
        await self._connection.close()


async def _ready(loop: asyncio.AbstractEventLoop, socket: int, more: bool) -> None:
    """Wait until a socket has something to read, or takes `more` that was not sent yet."""
    ready = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(socket, wake)
    if more:
        loop.add_writer(socket, wake)
    try:
        await ready
    finally:
        loop.remove_reader(socket)
        if more:
            loop.remove_writer(socket)


@lru_cache(maxsize=256)
def _row_of(names: tuple[str, ...]) -> Any:
    make: Any = namedtuple
    return make("Row", names)._make


class Readers:
    """The reading connections of one event loop to one address."""

    def __init__(self, keywords: Mapping[str, Any], most: int = MOST) -> None:
        self._keywords = keywords
        self._free: list[_Reader] = []
        self._places = asyncio.Semaphore(most)

    async def read(
        self,
        actor: Actor,
        statement: str,
        parameters: Mapping[str, Any],
        day: date | None = None,
    ) -> list[Any]:
        """Return the rows of one statement as the server's role sees them for who acts.

        Parameters
        ----------
        statement
            SQL with `:name` parameters. It is kept prepared: it must be one of a few.
        day
            The day that dated versions are read on; None is today.

        Raises
        ------
        RefusedInputError
            `bad_value` for a parameter that is no value of its column.
        """
        who = {**actor.settings, "as_of": "" if day is None else day.isoformat()}
        try:
            return await self._asked(((ENTER_ON, who), (statement, parameters)))
        except (psycopg.DataError, UnicodeEncodeError) as error:
            raise RefusedInputError("bad_value", BAD_VALUE) from error

    async def _asked(self, questions: Sequence[Question]) -> list[Any]:
        async with self._places:
            try:
                return await self._ask(
                    self._free.pop() if self._free else await self._new(), questions
                )
            except psycopg.OperationalError:
                # The server ended connections that were idle, at a restart say; asking changes nothing, so that it
                # may be done again.
                await self.close()
                return await self._ask(await self._new(), questions)

    async def _new(self) -> _Reader:
        return _Reader(await psycopg.AsyncConnection.connect(**self._keywords, autocommit=True))

    async def _ask(self, reader: _Reader, questions: Sequence[Question]) -> list[Any]:
        whole = False
        try:
            rows = await reader.ask(questions)
            whole = True
        except (psycopg.Error, UnicodeEncodeError) as error:
            # What is refused leaves a connection that waits for the next question.
            whole = not isinstance(error, psycopg.OperationalError)
            raise
        finally:
            # An exchange that was broken off leaves answers on the way that are nobody else's.
            if whole and not reader.closed:
                self._free.append(reader)
            else:
                await reader.close()
        return rows

    async def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        while self._free:
            await self._free.pop().close()
