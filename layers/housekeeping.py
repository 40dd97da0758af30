"""What a running server does by itself: forwards the audit, forgets what has expired, follows the date."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import structlog
from sqlalchemy import text

from layers.actors import given_divisions
from layers.areas import areas_due, assign_areas
from layers.audit import record
from layers.db import Database, touch
from layers.rights import KEEPER, NOBODY, local_administrator
from layers.syslog import Sender, SyslogTarget
from layers.usecases.events.following import follow_events
from layers.usecases.plans.publishing_divisions import settle_cells
from layers.usecases.search import reindex
from layers.usecases.sessions import SignInRules

EVERY_S = 60
FORWARD_EVERY_S = 1.0
BATCH = 500
FORWARD_LOCK = 0x77617564
"""Number of the advisory lock that lets one process at a time forward the audit, in order."""
log = structlog.get_logger()


class Housekeeper(threading.Thread):
    """A thread that keeps house until it is closed; its failures are logged and tried again."""

    def __init__(
        self,
        database: Database,
        rules: SignInRules,
        syslog: str | None,
        *,
        events: bool = False,
    ) -> None:
        super().__init__(name="housekeeper", daemon=True)
        self._events = events
        self._database = database
        self._rules = rules
        self._sender = None
        if syslog:
            self._sender = Sender(SyslogTarget.parse(syslog), socket.gethostname())
        self._ended = threading.Event()
        self._warned = False

    def run(self) -> None:
        """Work until closed."""
        due = 0.0
        while not self._ended.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + EVERY_S
                self._try("tidying", lambda: tidy(self._database, self._rules))
                self._try("areas", lambda: follow_date(self._database))
                self._try("sent", lambda: forget_sent(self._database))
                if self._events:
                    self._try("events", lambda: follow_events(self._database))
            if self._sender is not None:
                self._try("syslog", self._forward)
            self._ended.wait(FORWARD_EVERY_S if self._sender else EVERY_S)

    def close(self) -> None:
        """Send what is left and stop."""
        self._ended.set()
        self.join(timeout=10)
        if self._sender is not None:
            self._try("syslog", self._forward)
            self._sender.close()

    def _forward(self) -> None:
        assert self._sender is not None  # noqa: S101 only called with one
        while forward_audit(self._database, self._sender) == BATCH:
            pass
        self._warned = False

    def _try(self, what: str, work: Any) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 the thread outlives whatever fails once
            if not self._warned:  # once per outage, not once a second
                log.warning("housekeeping failed; it is tried again", what=what, error=str(error))
            self._warned = True


def tidy(database: Database, rules: SignInRules) -> None:
    """Forget sessions, links and attempts that are over; a session that ends by itself is recorded."""
    with database.acting(NOBODY).session() as session:
        ended = session.execute(
            text(
                "DELETE FROM login_session s USING account a WHERE a.id = s.account_id AND "
                "(s.seen_at < now() - make_interval(secs => :idle) "
                "OR s.created_at < now() - make_interval(secs => :longest)) RETURNING a.id, a.name"
            ),
            {"idle": rules.idle_s, "longest": rules.longest_s},
        ).all()
        for row in ended:
            record(session, "session.idle", row.name, divisions=given_divisions(session, row.id))
        session.execute(text("DELETE FROM link WHERE expires_at < now()"))
        session.execute(
            text(
                "DELETE FROM sign_in_attempt WHERE coalesce(failed_at, now()) < now() - interval '1 day'"
            )
        )


def follow_date(database: Database) -> tuple[str, ...]:
    """Make divisions of rows, cells and search true when divisions or grids came into force.

    Returns
    -------
    tuple
        The layers in which rows lie in another division now.
    """
    with database.acting(local_administrator()).session() as session:
        if not areas_due(session):
            return ()
        settle_cells(session)
        moved = assign_areas(session)
        if moved:
            touch(session, *moved)
        reindex(session, *{*moved, "divisions", "grids"})
        return moved


def forward_audit(database: Database, sender: Sender) -> int:
    """Send the next rows of the audit to the syslog server and return how many.

    At least once, in the order in which they were committed: what was sent is noted after it was sent.
    """
    with database.acting(KEEPER).session() as session:
        mine = session.execute(
            text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": FORWARD_LOCK}
        ).scalar_one()
        if not mine:
            return 0
        found = session.execute(
            text(
                "SELECT a.id, a.at, a.actor, a.role, a.address, a.action, a.object, a.outcome, "
                "a.before, a.after FROM audit a WHERE a.id > (SELECT sent_id FROM audit_forward) "
                "AND NOT EXISTS (SELECT FROM audit_sent s WHERE s.id = a.id) ORDER BY a.id LIMIT :most"
            ),
            {"most": BATCH},
        )
        rows = [dict(row) for row in found.mappings()]
        for row in rows:
            sender.send(row)
        session.execute(
            text("INSERT INTO audit_sent SELECT unnest(CAST(:ids AS bigint[]))"),
            {"ids": [row["id"] for row in rows]},
        )
        return len(rows)


def forget_sent(database: Database) -> None:
    """Replace the notes of what was sent, a day later, by the number up to which all was."""
    with database.acting(KEEPER).session() as session:
        session.execute(
            text(
                "UPDATE audit_forward SET sent_id = greatest(sent_id, coalesce(("
                "SELECT max(s.id) FROM audit_sent s JOIN audit a ON a.id = s.id "
                "WHERE a.at < now() - interval '1 day'), 0))"
            )
        )
        session.execute(
            text("DELETE FROM audit_sent WHERE id <= (SELECT sent_id FROM audit_forward)")
        )
