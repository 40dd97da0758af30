"""What handlers are given: who asks, the store as that account sees it, cache, jobs, settings.

What only looks something up is a coroutine: FastAPI would send a plain function to a thread and back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from fastapi import Depends, Header, Request
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.requests import ClientDisconnect

from api.access import AdmitDep, client_of
from api.settings import Settings
from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.db import POOL_SIZE, Database, Session
from layers.inputs import InputCache
from layers.jobs import JobRunner
from layers.reading import Readers
from layers.usecases.sessions import SignInError, Visit

SESSIONS = POOL_SIZE * 3 // 4
"""Requests that keep a connection at once; those that open one for themselves have the rest."""


@dataclass(frozen=True)
class Services:
    """The parts of a running server, made at start-up."""

    settings: Settings
    database: Database
    """Without an actor: what is read through it belongs to nobody's area."""
    readers: Readers
    """For the door, and for small questions that are asked often."""
    cache: InputCache
    jobs: JobRunner
    sessions: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(SESSIONS))
    """Turns at a session."""


async def services(request: Request) -> Services:
    """Return the parts of this server."""
    found: Services = request.app.state.services
    return found


async def address(request: Request) -> str | None:
    """Return the network address a request came from."""
    return client_of(request)


async def visitor(visit: AdmitDep) -> Visit:
    """Return who is signed in."""
    if visit is None:
        raise SignInError("not_signed_in", "sign in first")
    return visit


ServicesDep = Annotated[Services, Depends(services)]
AddressDep = Annotated[str | None, Depends(address)]
VisitDep = Annotated[Visit, Depends(visitor)]


async def store(visit: VisitDep, parts: ServicesDep) -> Database:
    """Return the store as the account that asks may see it."""
    return parts.database.acting(visit.actor)


StoreDep = Annotated[Database, Depends(store)]


async def session(opened: StoreDep, parts: ServicesDep) -> AsyncIterator[Session]:
    """Yield a session of the server's role and the account's area for the length of a request.

    Whoever has a connection needs a thread more than once: if others waited for a connection in threads, a crowd
    would hold all threads and all connections, and nobody could go on. So they wait here for their turn, in none.
    """
    async with parts.sessions, contextmanager_in_threadpool(opened.session("server")) as found:
        yield found


SessionDep = Annotated[Session, Depends(session, scope="function")]
"""Committed before the answer is sent: what is answered as stored is stored, whatever happens then."""


def same_account(
    visit: VisitDep,
    account: Annotated[str | None, Header(alias="X-Wangge-Account", max_length=200)] = None,
) -> None:
    """Refuse what a phone kept for another account than the one that is signed in; nothing is stored.

    Raises
    ------
    ConflictError
        `other_account`.
    """
    if account is not None and account.strip().lower() != visit.actor.name:
        raise ConflictError(
            "other_account", "this was written by another account; sign in as that one to send it"
        )


def events_on(parts: ServicesDep) -> None:
    """Refuse (`not_switched_on`) where events are not switched on."""
    _require_on(parts.settings.events, "WANGGE_EVENTS")


def campaigns_on(parts: ServicesDep) -> None:
    """Refuse (`not_switched_on`) where campaigns are not switched on."""
    _require_on(parts.settings.campaigns, "WANGGE_CAMPAIGNS")


def _require_on(switched_on: bool, name: str) -> None:
    if not switched_on:
        raise NotFoundError("not_switched_on", f"this is not switched on here ({name}=on)")


async def raw_body(request: Request) -> bytes:
    """Return the body as it came; how large it may be is decided at the door.

    Raises
    ------
    RefusedInputError
        `bad_value` when the sender went away.
    """
    try:
        return await request.body()
    except ClientDisconnect:
        raise RefusedInputError("bad_value", "the body did not come whole") from None


SameAccountDep = Depends(same_account)
EventsOnDep = Depends(events_on)
CampaignsOnDep = Depends(campaigns_on)
RawBodyDep = Annotated[bytes, Depends(raw_body)]
