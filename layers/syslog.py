"""Sending audit rows to a log server, which the administrators of this machine cannot change.

Messages follow RFC 5424. On TCP each is preceded by its length (RFC 6587), so that no text in a
row can begin another message; UDP and local sockets carry one message a datagram.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import urlsplit

from gis.errors import RefusedInputError

FACILITY_AUDIT = 13
NOTICE, INFO = 5, 6
DEFAULT_PORTS = {"udp": 514, "tcp": 601}
MAX_DATAGRAM = 8192
"""Bytes of one datagram; receivers commonly cut there (rsyslog's maxMessageSize is 8 KiB)."""
TIMEOUT_S = 5.0
MAX_UNIX_PATH = 107
HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
KEPT = ("id", "at", "actor", "role", "address", "action", "object", "outcome")
"""Fields of a row that a shortened message still has."""
MAX_KEPT = 200
"""Characters of a kept field; names are far shorter."""
BOM = "\ufeff"
HIDDEN = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb]"
)
"""Ends of lines that JSON lets stand, marks that turn or hide text, halves of characters."""


@dataclass(frozen=True)
class SyslogTarget:
    """Where messages go."""

    kind: Literal["udp", "tcp", "unix"]
    host: str = ""
    """Name or address of the log server; empty for a local socket."""
    port: int = 0
    path: str = ""
    """Local socket; empty for a log server."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the target of `udp://10.0.0.5:514`, `tcp://[::1]:601` or `unix:///dev/log`.

        Without a port it is 514 for udp, 601 for tcp.

        Raises
        ------
        RefusedInputError
            `bad_setting`
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _bad(text) from error
        if re.search(r"[\s\x00-\x1f\x7f?#@]", text):
            raise _bad(text)
        if parts.scheme == "unix":
            fits = 1 < len(parts.path.encode()) <= MAX_UNIX_PATH
            if parts.netloc or not fits or not PurePosixPath(parts.path).is_absolute():
                raise _bad(text)
            return cls("unix", path=parts.path)
        if not _is_host(host) or port == 0 or parts.path:
            raise _bad(text)
        if parts.scheme == "udp":
            return cls("udp", host, port or DEFAULT_PORTS["udp"])
        if parts.scheme == "tcp":
            return cls("tcp", host, port or DEFAULT_PORTS["tcp"])
        raise _bad(text)

    def __str__(self) -> str:
        """Return the target as `parse` reads it."""
        if self.kind == "unix":
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}"


def _is_host(text: str) -> bool:
    if HOST.fullmatch(text):
        return True
    with suppress(ValueError):
        return ":" in text and bool(ip_address(text))
    return False


def _bad(text: str) -> RefusedInputError:
    return RefusedInputError(
        "bad_setting",
        f"a log server is udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH, not {text!r}",
    )


def format_5424(
    row: Mapping[str, Any], host: str, app: str = "wangge", most: int | None = None
) -> bytes:
    """Return an audit row as one message of RFC 5424, without framing.

    Refused acts are notices, all others are informational.

    Parameters
    ----------
    row
        `at` (with a time zone), `action`, `outcome` and whatever else there is, all JSON.
    host
        Name of this machine.
    most
        Bytes that the message may have; a longer one keeps who did what when, says
        `"truncated": true` and its full `bytes`, and begins the `rest`.
    """
    severity = NOTICE if row.get("outcome") == "refused" else INFO
    head = " ".join(
        (
            f"<{FACILITY_AUDIT * 8 + severity}>1",
            _time(row.get("at")),
            _word(host, 255),
            _word(app, 48),
            "-",
            _word(str(row.get("action") or ""), 32),
            "-",
            BOM,
        )
    )
    message = (head + _json(row)).encode()
    if most is None or len(message) <= most:
        return message
    return _shortened(row, head, len(message), most)


def _shortened(row: Mapping[str, Any], head: str, full: int, most: int) -> bytes:
    """Return the longest shortened message of at most `most` bytes, cut between two characters."""
    kept = {name: _clipped(row[name]) for name in KEPT if name in row}
    rest = _json({name: value for name, value in row.items() if name not in KEPT})

    def cut(length: int) -> bytes:
        short = {**kept, "truncated": True, "bytes": full, "rest": rest[:length]}
        return (head + _json(short)).encode()

    fits, too_long = 0, min(len(rest), most) + 1
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if len(cut(middle)) <= most:
            fits = middle
        else:
            too_long = middle
    return cut(fits)


def _clipped(value: Any) -> Any:
    return value[:MAX_KEPT] if isinstance(value, str) else value


def _time(at: Any) -> str:
    """Return the moment as RFC 3339 with microseconds, `-` where the row has none."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.isoformat(timespec="microseconds")
    return "-"


def _word(text: str, most: int) -> str:
    """Return a header field: visible ASCII without spaces, `-` for nothing."""
    return re.sub(r"[^!-~]", "?", text)[:most] or "-"


def _json(row: Mapping[str, Any]) -> str:
    text = json.dumps(
        dict(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
    )
    return HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Sender:
    """One connection to a log server, opened by the first row and again after a failure.

    Not to be shared between threads.
    """

    def __init__(
        self, target: SyslogTarget, host: str, app: str = "wangge", timeout_s: float = TIMEOUT_S
    ) -> None:
        self._target = target
        self._host = host
        self._app = app
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def send(self, row: Mapping[str, Any]) -> None:
        """Send an audit row.

        Raises
        ------
        OSError
            When it could not be handed over; the next call connects anew, so send the same row
            again. On TCP a row may then arrive twice; on UDP none is ever known to have arrived.
        """
        if self._target.kind == "tcp":
            message = format_5424(row, self._host, self._app)
            message = b"%d %b" % (len(message), message)
        else:
            message = format_5424(row, self._host, self._app, MAX_DATAGRAM)
        if self._socket is not None and self._left(self._socket):
            self.close()
        try:
            if self._socket is None:
                self._socket = self._connected()
            self._socket.sendall(message)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; a later `send` opens it again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _left(self, opened: socket.socket) -> bool:
        """Tell whether the log server closed its end: the first write after that would be lost."""
        if self._target.kind != "tcp":
            return False
        opened.settimeout(0)
        try:
            while opened.recv(4096):
                continue  # log servers have nothing to say; what they say is dropped
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            opened.settimeout(self._timeout_s)
        return True

    def _connected(self) -> socket.socket:
        target = self._target
        if target.kind == "tcp":
            return socket.create_connection((target.host, target.port), self._timeout_s)
        family, address = socket.AF_UNIX, cast("Any", target.path)
        if target.kind == "udp":
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
            family, address = found[0][0], found[0][4]
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.settimeout(self._timeout_s)
            opened.connect(address)
        except OSError:
            opened.close()
            raise
        return opened
