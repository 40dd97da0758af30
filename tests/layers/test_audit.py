"""The audit: written with the act, read by the auditor alone, forwarded, kept."""

from __future__ import annotations

import csv
import gc
import json
import socket
import threading
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from api.schemas.accounts import AuditPage
from gis.errors import RefusedInputError
from layers.audit import ACTIONS, record
from layers.db import Database
from layers.housekeeping import Housekeeper, forget_sent, forward_audit, tidy
from layers.registry import layer
from layers.rights import local_administrator
from layers.syslog import Sender, SyslogTarget
from layers.usecases import audit
from layers.usecases.audit import AuditFilter, prune_audit, search_audit, write_audit
from layers.usecases.exports import export_layer
from layers.usecases.imports import import_file
from layers.usecases.sessions import SignInRules
from tests.accounts import actor


def auditor_of(store: Database) -> Database:
    return store.acting(replace(local_administrator(), role="auditor"))


def write(store: Database, object_: str, action: str = "account.add") -> None:
    with store.session() as session:
        record(session, action, object_, after={"n": 1})


def test_an_act_that_is_undone_leaves_no_row(empty_store):
    def fail() -> None:
        with empty_store.session() as session:
            record(session, "account.add", "never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert search_audit(auditor_of(empty_store), AuditFilter())["rows"] == []


def test_rows_are_found_by_day_actor_action_and_text_and_go_on_below(empty_store):
    for number in range(5):
        write(empty_store, f"object-{number}%")
    write(empty_store, "other", "account.reset")
    auditor = auditor_of(empty_store)
    found = search_audit(auditor, AuditFilter(q="OBJECT-"), limit=2)
    AuditPage.model_validate(found)
    assert [row["object"] for row in found["rows"]] == ["object-4%", "object-3%"]
    more = search_audit(auditor, AuditFilter(q="object-"), before=found["next"], limit=10)
    assert [row["object"] for row in more["rows"]] == ["object-2%", "object-1%", "object-0%"]
    assert more["next"] is None
    assert len(search_audit(auditor, AuditFilter(q="%"))["rows"]) == 5  # no wildcard
    assert len(search_audit(auditor, AuditFilter(action="account.reset"))["rows"]) == 1
    me = local_administrator().name
    assert len(search_audit(auditor, AuditFilter(actor=me))["rows"]) == 6
    assert search_audit(auditor, AuditFilter(actor="nobody"))["rows"] == []
    assert search_audit(auditor, AuditFilter(to=date(2020, 1, 1)))["rows"] == []
    with empty_store.session() as session:
        today = session.execute(text("SELECT current_date")).scalar_one()
    assert len(search_audit(auditor, AuditFilter(from_=today, to=today))["rows"]) == 6
    with pytest.raises(RefusedInputError):
        search_audit(auditor, AuditFilter(from_=date(2026, 2, 1), to=date(2026, 1, 1)))


def test_the_audit_taken_out_is_recorded_and_runs_no_formula(empty_store, tmp_path):
    write(empty_store, '=HYPERLINK("http://x","y")')
    auditor = auditor_of(empty_store)
    assert write_audit(auditor, AuditFilter(), tmp_path / "a.csv") == 1
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0]["object"].startswith("'=HYPERLINK")
    assert json.loads(rows[0]["after"]) == {"n": 1}
    assert write_audit(auditor, AuditFilter(action="export.audit"), tmp_path / "a.xlsx") == 1
    write_audit(auditor, AuditFilter(), tmp_path / "b.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx").active
    assert sheet["G2"].data_type == "s"
    taken = search_audit(auditor, AuditFilter(action="export.audit"))["rows"]
    assert [row["object"] for row in taken] == ["xlsx", "xlsx", "csv"]
    assert taken[1]["after"] == {"action": "export.audit", "rows": 1}


def test_the_audit_as_a_workbook_holds_whatever_was_typed(empty_store, tmp_path):
    write(empty_store, "a\uffff\ufffe\x01b")
    write_audit(auditor_of(empty_store), AuditFilter(), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet["G2"].value == "ab"


def test_a_workbook_that_breaks_off_leaves_nothing_open(empty_store, tmp_path, monkeypatch):
    """What its streams say when they are let go would be a warning, and warnings are errors here."""
    monkeypatch.setattr(audit, "EXCEL_ROWS", 1)
    for _ in range(3):
        write(empty_store, "x")
    with pytest.raises(RefusedInputError) as caught:
        write_audit(auditor_of(empty_store), AuditFilter(), tmp_path / "a.xlsx")
    assert caught.value.code == "too_many_rows"
    del caught
    gc.collect()


def test_nobody_but_the_auditor_reads_it(empty_store):
    write(empty_store, "x")
    for role in ("local", "system_administrator", "security_administrator", "planner"):
        other = empty_store.acting(replace(local_administrator(), role=role))
        assert search_audit(other, AuditFilter())["rows"] == []


def test_the_last_six_months_stay_whoever_asks(empty_store):
    engine = create_engine(empty_store.url_for("owner"))
    with engine.begin() as connection:
        for days in (10, 182, 184, 400):
            connection.execute(
                text(
                    "INSERT INTO audit (at, actor, action) "
                    "VALUES (now() - make_interval(days => :days), '', 'import')"
                ),
                {"days": days},
            )
    assert prune_audit(empty_store, date(2100, 1, 1)) == 2
    assert prune_audit(empty_store, date(2100, 1, 1)) == 0
    for statement in (
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'somebody else'",
        "TRUNCATE audit",
    ):
        with pytest.raises(DBAPIError, match="the audit is not changed"), engine.begin() as owner:
            owner.execute(text(statement))
    engine.dispose()
    rows = search_audit(auditor_of(empty_store), AuditFilter())["rows"]
    assert [row["action"] for row in rows] == ["audit.prune", "audit.prune", "import", "import"]


def test_an_import_says_what_it_changed_and_from_which_file(empty_store, tmp_path):
    ledger = tmp_path / "stations.csv"
    ledger.write_text("code,name,lon,lat\nS1,甲,117.3,28.6\n", encoding="utf-8")
    with empty_store.session() as session:
        import_file(session, "stations", ledger)
    row = search_audit(auditor_of(empty_store), AuditFilter(action="import"))["rows"][0]
    assert row["object"] == "stations stations"
    assert row["before"]["revisions"].get("stations", 0) + 1 == row["after"]["revision"]
    assert (row["after"]["added"], len(row["after"]["sha256"])) == (1, 64)


def test_every_export_is_logged_with_its_hash(sample_store, tmp_path):
    import hashlib

    planner = sample_store.acting(actor(sample_store, "planner", ["990101001"]))
    export_layer(planner, layer("stations"), tmp_path / "s.csv")
    digest = hashlib.sha256((tmp_path / "s.csv").read_bytes()).hexdigest()
    with planner.session() as session:
        logged = session.execute(text("SELECT object, format, sha256, bytes FROM export")).all()
    assert logged == [("stations", "csv", digest, (tmp_path / "s.csv").stat().st_size)]
    row = search_audit(auditor_of(sample_store), AuditFilter(actor=planner.actor.name))["rows"][0]
    assert (row["action"], row["after"]["sha256"]) == ("export.layer", digest)


class LogServer:
    """A syslog server over TCP that keeps what it is sent."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.received = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                while block := connection.recv(65536):
                    self.received += block

    def close(self) -> None:
        """Stop listening; a thread that waits in accept would keep the socket open."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(timeout=10)

    def objects(self, wanted: int) -> list[str]:
        """Return the objects of the messages received, once there are enough."""
        import time

        deadline = time.monotonic() + 10
        while self.received.count(b'"object"') < wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        text_ = self.received.decode()
        return [part.split('"')[1] for part in text_.split('"object": ')[1:]] or [
            part.split('"')[1] for part in text_.split('"object":')[1:]
        ]


def test_each_row_is_forwarded_once_and_none_is_lost_behind_a_long_transaction(empty_store):
    log = LogServer()
    with Sender(SyslogTarget.parse(log.address), "host") as sender:
        with empty_store.session() as slow:
            record(slow, "account.add", "slow")  # takes its number first, and stays open
            write(empty_store, "quick")
            assert forward_audit(empty_store, sender) == 1
        write(empty_store, "later")
        assert forward_audit(empty_store, sender) == 2
        assert forward_audit(empty_store, sender) == 0
        forget_sent(empty_store)
        assert forward_audit(empty_store, sender) == 0
    assert log.objects(3) == ["quick", "slow", "later"]
    log.close()


def test_a_log_server_that_is_away_gets_everything_when_it_is_back(empty_store):
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    write(empty_store, "kept")
    keeper = Housekeeper(empty_store, SignInRules(), f"tcp://127.0.0.1:{port}")
    with pytest.raises(OSError, match="refused"):
        keeper._forward()
    log = LogServer(port)
    keeper._forward()
    assert log.objects(1) == ["kept"]
    keeper.start()
    keeper.close()
    log.close()


def test_what_is_over_is_forgotten(empty_store):
    engine = create_engine(empty_store.url_for("owner"))
    with engine.begin() as owner:
        for statement in (
            "INSERT INTO account (id, name, role) VALUES (900, 'old', 'planner')",
            """INSERT INTO login_session (hash, account_id, csrf, seen_at)
            VALUES ('a', 900, 'x', now() - interval '1 day'), ('b', 900, 'x', now())""",
            """INSERT INTO link VALUES ('c', 900, now(), now() - interval '1 minute'),
            ('d', 900, now(), now() + interval '1 minute')""",
            "INSERT INTO sign_in_attempt VALUES ('e', 3, now() - interval '2 days'), ('f', 3, now())",
        ):
            owner.execute(text(statement))
    tidy(empty_store, SignInRules())
    with engine.begin() as owner:
        left = [
            owner.execute(text(f"SELECT {column} FROM {table}")).scalars().all()
            for table, column in (
                ("login_session", "hash"),
                ("link", "hash"),
                ("sign_in_attempt", "name"),
            )
        ]
    engine.dispose()
    assert left == [["b"], ["d"], ["f"]]


def test_only_known_acts_are_recorded(empty_store):
    with empty_store.session() as session, pytest.raises(ValueError, match="not in the list"):
        record(session, "account.explode")
    assert len(set(ACTIONS)) == len(ACTIONS)
