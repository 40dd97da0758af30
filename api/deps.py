"""What handlers are given: the store, the cache, the job runner, the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.settings import Settings
from layers.db import Database, Session
from layers.inputs import InputCache
from layers.jobs import JobRunner


@dataclass(frozen=True)
class Services:
    """The parts of a running server, made at start-up."""

    settings: Settings
    database: Database
    cache: InputCache
    jobs: JobRunner


def services(request: Request) -> Services:
    """Return the parts of this server."""
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services)]


def session(parts: ServicesDep) -> Iterator[Session]:
    """Yield a session of the server's role for the length of a request."""
    with parts.database.session("server") as opened:
        yield opened


SessionDep = Annotated[Session, Depends(session)]
