"""Long work with progress and cancel, visible to every process through the table `job`.

Progress is written on a connection of its own, so it is seen while the work's transaction is open.
Work runs in threads of the process that took it (docs/decisions/0005); a job whose process died
loses its heartbeat and is shown as failed, and asking again starts it anew.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, WanggeError
from layers.db import Database
from layers.io.progress import Progress

HEARTBEAT_S = 300
REPORT_EVERY_S = 0.1
THREADS = 2
log = structlog.get_logger()


class CancelledError(WanggeError):
    """Somebody asked to stop; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("cancelled", "cancelled; nothing was stored")


class JobRunner:
    """Runs work in a few threads and keeps its row up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")

    def submit(
        self, kind: str, parameters: Mapping[str, Any], work: Callable[[Progress], str]
    ) -> dict[str, Any]:
        """Queue `work`, which takes a progress callback and returns a run's id; return the job."""
        job = uuid.uuid4()
        with self._database.session() as session:
            session.execute(
                text("INSERT INTO job (id, kind, parameters) VALUES (:id, :kind, :parameters)"),
                {"id": job, "kind": kind, "parameters": json.dumps(dict(parameters))},
            )
        self._pool.submit(self._run, job, work)
        return self.get(str(job))

    def get(self, job_id: str) -> dict[str, Any]:
        """Return a job's state.

        Raises
        ------
        NotFoundError
            `unknown_job`.
        """
        with self._database.session() as session:
            return _document(session, job_id)

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop at its next step and return its state."""
        with self._database.session() as session:
            _document(session, job_id)
            session.execute(
                text(
                    "UPDATE job SET cancel_asked = true, "
                    "state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END "
                    "WHERE id = :id AND state IN ('queued', 'running')"
                ),
                {"id": job_id},
            )
            return _document(session, job_id)

    def close(self) -> None:
        """Wait for running work and take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: uuid.UUID, work: Callable[[Progress], str]) -> None:
        try:
            if not self._update(job, state="running", percent=0, step=""):
                return
            run = work(self._reporter(job))
        except CancelledError:
            self._update(job, state="cancelled")
        except WanggeError as error:
            self._update(job, state="failed", error=json.dumps(error.as_dict(), ensure_ascii=False))
        except Exception:
            log.exception("job failed", job=str(job))
            unknown = {"code": "internal_error", "message": "an unexpected error", "faults": []}
            self._update(job, state="failed", error=json.dumps(unknown))
        else:
            self._update(job, state="done", percent=100, run_id=run)

    def _reporter(self, job: uuid.UUID) -> Progress:
        last = 0.0

        def report(percent: int, step: str) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < REPORT_EVERY_S:
                return
            last = now
            if not self._update(job, percent=percent, step=step):
                raise CancelledError

        return report

    def _update(self, job: uuid.UUID, **values: Any) -> bool:
        """Write values and the heartbeat; False when the job was cancelled."""
        settings = ", ".join(f"{name} = :{name}" for name in values)
        with self._database.session() as session:
            row = session.execute(
                text(
                    f"UPDATE job SET {settings}, heartbeat_at = now() "
                    "WHERE id = :id AND state IN ('queued', 'running') RETURNING cancel_asked"
                ),
                {"id": job, **values},
            ).one_or_none()
        return row is not None and not row.cancel_asked


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
