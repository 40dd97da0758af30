"""Long work with progress and cancel, visible to every process through the table `job`.

Progress is written on a connection of its own, so it is seen while the work's transaction is open.
A job keeps who asked for it; the account's rights are looked at again when the work begins.
Work runs in threads of the process that took it (docs/decisions/0005); a job whose process died
loses its heartbeat and is shown as failed, and asking again starts it anew.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, WanggeError
from layers.actors import load_actor
from layers.audit import record
from layers.db import Database, actor_of
from layers.io.progress import Progress
from layers.rights import Right

HEARTBEAT_S = 300
REPORT_EVERY_S = 0.1
THREADS = 2
Work = Callable[[Database, Progress], str]
log = structlog.get_logger()


class CancelledError(WanggeError):
    """Somebody asked to stop; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("cancelled", "cancelled; nothing was stored")


def stop_when(ended: threading.Event) -> Progress:
    """Return a progress callback that stops the work at its next step once something has ended."""

    def look(_percent: int, _step: str) -> None:
        if ended.is_set():
            raise CancelledError

    return look


class JobRunner:
    """Runs work in a few threads and keeps its row up to date."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")

    def submit(
        self,
        database: Database,
        kind: str,
        parameters: Mapping[str, Any],
        right: Right,
        work: Work,
    ) -> dict[str, Any]:
        """Queue work for the store's actor and return the job.

        Parameters
        ----------
        work
            Takes the store with the rights as they are when it begins, and a progress callback;
            returns a run's id.
        """
        job = uuid.uuid4()
        with database.session() as session:
            actor = actor_of(session)
            session.execute(
                text(
                    "INSERT INTO job (id, kind, parameters, account_id, actor, divisions) "
                    "VALUES (:id, :kind, :parameters, :account, :actor, :divisions)"
                ),
                {
                    "id": job,
                    "kind": kind,
                    "parameters": json.dumps(dict(parameters)),
                    "account": actor.account,
                    "actor": actor.name,
                    "divisions": None if actor.roots is None else list(actor.roots),
                },
            )
        self._pool.submit(self._run, database, job, right, work)
        return job_document(database, str(job))

    def close(self) -> None:
        """Wait for running work and take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, database: Database, job: uuid.UUID, right: Right, work: Work) -> None:
        write = partial(_update, database, job)
        try:
            if not write(state="running", percent=0, step=""):
                return
            run = work(_with_rights_now(database, right), _reporter(write))
        except CancelledError:
            write(state="cancelled")
        except WanggeError as error:
            write(state="failed", error=json.dumps(error.as_dict(), ensure_ascii=False))
        except Exception:
            log.exception("job failed", job=str(job))
            unknown = {"code": "internal_error", "message": "an unexpected error", "faults": []}
            write(state="failed", error=json.dumps(unknown))
        else:
            write(state="done", percent=100, run_id=run)


def _with_rights_now(database: Database, right: Right) -> Database:
    """Return the store for the same account with its rights as they are now, or refuse."""
    actor = database.actor
    if actor is not None and actor.account is not None:
        with database.session() as session:
            actor = load_actor(session, actor.account, actor.address)
        actor.require(right)
        return database.acting(actor)
    return database


def _reporter(write: Callable[..., bool]) -> Progress:
    last = 0.0

    def report(percent: int, step: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < REPORT_EVERY_S:
            return
        last = now
        if not write(percent=percent, step=step):
            raise CancelledError

    return report


def _update(database: Database, job: uuid.UUID, **values: Any) -> bool:
    """Write values and the heartbeat; False when the job was cancelled."""
    settings = ", ".join(f"{name} = :{name}" for name in values)
    with database.session() as session:
        row = session.execute(
            text(
                f"UPDATE job SET {settings}, heartbeat_at = now() "
                "WHERE id = :id AND state IN ('queued', 'running') RETURNING cancel_asked"
            ),
            {"id": job, **values},
        ).one_or_none()
    return row is not None and not row.cancel_asked


def job_document(database: Database, job_id: str) -> dict[str, Any]:
    """Return a job's state; one's own, of administrators everybody's.

    Raises
    ------
    NotFoundError
        `unknown_job`.
    """
    with database.session() as session:
        return _document(session, job_id)


def cancel_job(database: Database, job_id: str) -> dict[str, Any]:
    """Ask a job to stop at its next step and return its state."""
    with database.session() as session:
        _document(session, job_id)
        asked = session.execute(
            text(
                "UPDATE job SET cancel_asked = true, "
                "state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END "
                "WHERE id = :id AND state IN ('queued', 'running') RETURNING id"
            ),
            {"id": job_id},
        ).one_or_none()
        if asked is not None:
            record(session, "job.cancel", job_id)
        return _document(session, job_id)


def _document(session: Session, job_id: str) -> dict[str, Any]:
    try:
        number = uuid.UUID(job_id)
    except ValueError:
        number = None
    row = number and session.execute(
        text(
            "SELECT id::text, kind, percent, step, run_id AS run, error, "
            "CASE WHEN state IN ('queued', 'running') "
            f"AND heartbeat_at < now() - interval '{HEARTBEAT_S} seconds' THEN 'failed' ELSE state END "
            "AS state FROM job WHERE id = :id"
        ),
        {"id": number},
    ).mappings().one_or_none()  # fmt: skip
    if not row:
        raise NotFoundError("unknown_job", f"there is no job {job_id!r}")
    document = dict(row)
    if document["state"] == "failed" and document["error"] is None:
        document["error"] = {
            "code": "job_lost",
            "message": "the work was interrupted; ask again",
            "faults": [],
        }
    return document
