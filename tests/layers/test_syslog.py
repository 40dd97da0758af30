"""Audit rows reach a log server whole, once per message, whatever they contain."""

from __future__ import annotations

import json
import socket
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gis.errors import RefusedInputError
from layers.syslog import MAX_DATAGRAM, Sender, SyslogTarget, format_5424

AT = datetime(2026, 11, 24, 18, 0, 0, 5000, tzinfo=timezone(timedelta(hours=8)))
ROW = {
    "id": 7,
    "at": AT,
    "actor": "王规划",
    "role": "planner",
    "address": "10.0.0.8",
    "action": "export.layer",
    "object": "buildings",
    "outcome": "done",
    "before": None,
    "after": {"rows": 12},
}
BOM = "\ufeff".encode()


def parts_of(message):
    head, _, text = message.partition(BOM)
    return head.decode("ascii").split(" "), json.loads(text)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("udp://10.0.0.5:514", SyslogTarget("udp", "10.0.0.5", 514)),
        ("udp://log.county.lan", SyslogTarget("udp", "log.county.lan", 514)),
        ("tcp://[::1]:601", SyslogTarget("tcp", "::1", 601)),
        ("tcp://LOG", SyslogTarget("tcp", "log", 601)),
        ("unix:///dev/log", SyslogTarget("unix", path="/dev/log")),
    ],
)
def test_a_target_is_read_and_said_again(text, target):
    assert SyslogTarget.parse(text) == target
    assert SyslogTarget.parse(str(target)) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.5:514",
        "udp://",
        "udp://:514",
        "udp://10.0.0.5:0",
        "udp://10.0.0.5:70000",
        "udp://10.0.0.5:x",
        "udp://10.0.0.5:514/path",
        "udp://user@10.0.0.5",
        "udp://a..b",
        "udp://日志.cn",
        "tcp://[::1",
        "tcp://[10.0.0.5]x",
        "tls://10.0.0.5",
        "http://10.0.0.5",
        "unix://dev/log",
        "unix://",
        "unix:///",
        "unix:///" + "x" * 107,
        "unix:///dev/log?x",
        "udp://10.0.0.5\n",
    ],
)
def test_what_is_no_target_is_refused(text):
    with pytest.raises(RefusedInputError) as refused:
        SyslogTarget.parse(text)
    assert refused.value.code == "bad_setting"


def test_a_row_becomes_one_message_of_rfc_5424():
    head, body = parts_of(format_5424(ROW, "office"))
    assert head == [
        "<110>1",
        "2026-11-24T18:00:00.005000+08:00",
        "office",
        "wangge",
        "-",
        "export.layer",
        "-",
        "",
    ]
    assert body == {**ROW, "at": AT.isoformat()}
    assert list(body) == sorted(body)
    assert "王规划".encode() in format_5424(ROW, "office")


def test_a_refused_act_is_a_notice():
    assert format_5424({**ROW, "outcome": "refused"}, "office").startswith(b"<109>1 ")


def test_equal_rows_give_equal_bytes_whatever_their_order():
    assert format_5424(dict(reversed(ROW.items())), "office") == format_5424(ROW, "office")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (AT.isoformat(), "2026-11-24T18:00:00.005000+08:00"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000000+00:00"),
        ("yesterday", "-"),
        (datetime(2026, 1, 2), "-"),
        (None, "-"),
    ],
)
def test_the_time_is_rfc_3339_or_nothing(at, said):
    assert parts_of(format_5424({**ROW, "at": at}, "office"))[0][1] == said


@pytest.mark.parametrize("sign", list("\n\r\0\x1b\x7f\x85\u2028\u2029\u202e\u200b\ufeff\ud800"))
def test_no_text_can_forge_a_line(sign):
    forged = f"a{sign}<110>1 - - - - - - forged"
    row = {**ROW, "actor": forged, "object": forged, "after": {forged: forged}}
    message = format_5424(row, "office")
    _, _, text = message.partition(BOM)
    assert sign not in text.decode()
    assert json.loads(text)["actor"] == forged
    assert json.loads(text)["after"] == {forged: forged}


def test_the_head_holds_only_visible_ascii():
    message = format_5424({**ROW, "action": "a b\n中" * 20}, "主机 1\n", app="")
    head, _ = parts_of(message)
    assert head[2:] == ["???1?", "-", "-", ("a?b??" * 20)[:32], "-", ""]
    assert parts_of(format_5424({"at": AT}, ""))[0][2:6] == ["-", "wangge", "-", "-"]


@pytest.mark.parametrize("filling", ["x", "王", '"', "\n", "𠮷"])
def test_a_long_row_is_shortened_between_two_characters_and_says_so(filling):
    row = {**ROW, "after": {"names": filling * 20_000}}
    full = len(format_5424(row, "office"))
    message = format_5424(row, "office", most=MAX_DATAGRAM)
    assert MAX_DATAGRAM - 16 < len(message) <= MAX_DATAGRAM
    _, body = parts_of(message)
    assert body["truncated"] is True
    assert body["bytes"] == full
    assert body["rest"].startswith('{"after":{"names":"')
    for name in ("id", "actor", "action", "object", "outcome", "address"):
        assert body[name] == ROW[name]
    assert body["at"] == AT.isoformat()


def test_even_absurd_names_do_not_break_the_limit():
    row = {**ROW, **dict.fromkeys(("actor", "address", "role", "object"), "王" * 9000)}
    message = format_5424(row, "office", most=MAX_DATAGRAM)
    assert len(message) <= MAX_DATAGRAM
    assert parts_of(message)[1]["actor"] == "王" * 200


def test_a_row_that_fits_exactly_stays_whole():
    whole = format_5424(ROW, "office")
    assert format_5424(ROW, "office", most=len(whole)) == whole
    assert b"truncated" in format_5424(ROW, "office", most=len(whole) - 1)


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def frame_of(file):
    """Return one octet-counted message."""
    length = b""
    while (sign := file.read(1)) not in {b" ", b""}:
        length += sign
    return file.read(int(length))


def accepted(server):
    connection, _ = server.accept()
    connection.settimeout(10)
    return connection


def target_of(kind, bound):
    return SyslogTarget(kind, *bound.getsockname()[:2])


def test_tcp_messages_are_counted_and_whole(listening):
    big = {**ROW, "after": {"names": "王" * 20_000}}
    with Sender(target_of("tcp", listening), "office") as sender:
        sender.send(ROW)
        sender.send(big)
        with accepted(listening) as connection, connection.makefile("rb") as file:
            assert frame_of(file) == format_5424(ROW, "office")
            assert frame_of(file) == format_5424(big, "office")
            sender.close()
            assert file.read() == b""


@pytest.mark.parametrize("read", [True, False])
def test_a_restarted_log_server_gets_the_next_row(listening, read):
    with Sender(target_of("tcp", listening), "office") as sender:
        sender.send(ROW)
        with accepted(listening) as connection:
            if read:  # an end in good order, else the connection is reset
                connection.recv(65536)
        sender.send({**ROW, "id": 8})
        with accepted(listening) as connection, connection.makefile("rb") as file:
            assert parts_of(frame_of(file))[1]["id"] == 8


def test_an_absent_log_server_is_an_error_and_tried_again():
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        with Sender(target_of("tcp", reserved), "office") as sender:
            for _ in range(2):
                with pytest.raises(OSError, match="refused"):
                    sender.send(ROW)
            reserved.listen()
            reserved.settimeout(10)
            sender.send(ROW)
            with accepted(reserved) as connection, connection.makefile("rb") as file:
                assert frame_of(file) == format_5424(ROW, "office")


def test_a_log_server_that_reads_nothing_is_an_error(listening):
    with Sender(target_of("tcp", listening), "office", timeout_s=0.2) as sender:
        row = {**ROW, "after": {"names": "x" * 30_000_000}}
        with pytest.raises(TimeoutError):
            sender.send(row)


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_udp_carries_one_message_a_datagram(family, host):
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        server.settimeout(10)
        with Sender(target_of("udp", server), "office") as sender:
            sender.send(ROW)
            sender.send({**ROW, "after": {"names": "王" * 20_000}})
            assert server.recv(65536) == format_5424(ROW, "office")
            assert parts_of(server.recv(65536))[1]["truncated"] is True


def test_a_local_socket_that_is_made_anew_is_found_again():
    with tempfile.TemporaryDirectory(prefix="wg-") as folder:
        path = Path(folder) / "log"
        with Sender(SyslogTarget.parse(f"unix://{path}"), "office") as sender:
            with pytest.raises(FileNotFoundError):
                sender.send(ROW)
            for _ in range(2):
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
                    server.bind(str(path))
                    server.settimeout(10)
                    sender.send(ROW)
                    assert server.recv(65536) == format_5424(ROW, "office")
                with pytest.raises(ConnectionError):
                    sender.send(ROW)
                path.unlink()
