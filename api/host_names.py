"""Names under which devices call this server: DNS names and IP addresses, checked once."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from gis.errors import Fault, RefusedInputError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TOO_WIDE = frozenset(
    ("cn", "com", "net", "org", "gov", "edu", "com.cn", "net.cn", "org.cn", "gov.cn", "edu.cn")
) | {"ac.cn", "local", "lan", "internal"}
"""A name also permits everything under it; these would make the authority good for half a country."""
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOSTS_FILE = Path("/etc/hosts")

Name = str | IPv4Address | IPv6Address
"""A DNS name in lower case, or an address."""


def default_names() -> tuple[str, ...]:
    """Return the names of this machine that can be known without asking the network."""
    host = socket.gethostname().lower()
    found = [*LOOPBACK, host, *_full_names(host), *_outgoing_addresses()]
    return tuple(dict.fromkeys(name for name in found if _parsed(name) is not None))


def _full_names(host: str) -> Iterable[str]:
    # Not socket.getfqdn(): where no name server answers it hangs for many seconds.
    try:
        text = HOSTS_FILE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        words = line.partition("#")[0].lower().split()[1:]
        yield from (word for word in words if host in words and word.startswith(f"{host}."))


def _outgoing_addresses() -> Iterable[str]:
    # Connecting a datagram socket sends nothing; it only asks which own address would be used.
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                yield probe.getsockname()[0]
        except OSError:
            continue


def _parsed(text: str) -> Name | None:
    """Return the name as certificates hold it, or None where it is none."""
    lowered = text.strip().lower().removesuffix(".")
    try:
        address = ip_address(lowered)
    except ValueError:
        labels = lowered.split(".")
        syntax = len(lowered) <= 253 and all(map(LABEL.fullmatch, labels))
        # A last label of digits is an address that was mistyped.
        fits = syntax and not labels[-1].isdigit() and lowered not in TOO_WIDE
        return lowered if fits else None
    zoned = isinstance(address, IPv6Address) and address.scope_id is not None
    return None if zoned or address.is_unspecified or address.is_multicast else address


def checked_names(names: Sequence[str]) -> tuple[Name, ...]:
    """Return the names in one spelling, each once, in the order given.

    Raises
    ------
    RefusedInputError
        `bad_name` with a fault for each that is none.
    """
    parsed = {name: _parsed(name) for name in names}
    bad = [name for name, value in parsed.items() if value is None]
    if bad:
        reason = "neither a host name of letters, digits and hyphens nor an IP address, or too wide"
        raise RefusedInputError(
            "bad_name",
            f"not names of a server: {', '.join(map(repr, bad))}",
            [Fault(field=name, reason=reason) for name in bad],
        )
    return tuple(dict.fromkeys(value for value in parsed.values() if value is not None))
