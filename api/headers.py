"""Headers that tell browsers what pages of this server may do, and whose pictures they may show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.errors import RefusedInputError

REPORT_CSP = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Policy of a self-contained report: it runs its own scripts, but asks nobody and owns nothing."""
PERMISSIONS = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()"
FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)
YEAR_S = 31_536_000
NOBODYS = "'none'"
EMBEDDED = "/m"
"""The one page that other platforms may show inside theirs, where the setting names them."""
NOT_KEPT = (b"cache-control", b"no-store")

UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"'`;*<>\\]")
"""Would end a source or a directive of the policy, or permit more than one host."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"([a-z])-([a-z])|([0-9])-([0-9])")
AUTHORITY = re.compile(r"(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>[0-9]{1,5}))?")
"""Not an IPv6 address: the language of the policy has no word for it."""
POSITION = ({"z", "x", "y"}, {"z", "x", "-y"})
"""What a template must place; `{-y}` counts rows from the south."""
LEAFLET_HOSTS = "abc"
"""What `{s}` stands for unless said otherwise."""
PRIVATE_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa")


def csp(map_hosts: Sequence[str], ancestors: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of our pages, which may load tiles of `map_hosts`.

    Parameters
    ----------
    ancestors
        Origins whose pages may show this one inside theirs; nobody's, where none is named.
    """
    tiles = "".join(f" {host}" for host in map_hosts)
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; "
        f"img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; font-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {' '.join(ancestors) or NOBODYS}"
    )


class SecurityHeaders:
    """Add the headers to every answer that has none of its own under the same name.

    Parameters
    ----------
    map_hosts
        Origins of the base map, as `map_hosts_of` returns them.
    tls
        Whether this server itself speaks HTTPS; browsers then stay with it for a year.
    embedders
        Origins of platforms that may show the phone page inside theirs.
    """

    def __init__(
        self, app: ASGIApp, map_hosts: Sequence[str], tls: bool, embedders: Sequence[str] = ()
    ) -> None:
        self._app = app
        more = [("Strict-Transport-Security", f"max-age={YEAR_S}")] if tls else []
        self._headers = _on_the_wire([("Content-Security-Policy", csp(map_hosts)), *FIXED, *more])
        self._embedded = self._headers
        if embedders:
            # The older header knows no list of origins; browsers that know the policy go by that.
            others = [item for item in (*FIXED, *more) if item[0] != "X-Frame-Options"]
            policy = ("Content-Security-Policy", csp(map_hosts, embedders))
            self._embedded = _on_the_wire([policy, *others])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                fitting = self._embedded if scope["path"] == EMBEDDED else self._headers
                headers += [item for item in fitting if item[0] not in own]
                if scope["path"].startswith("/api/") and b"cache-control" not in own:
                    headers.append(NOT_KEPT)
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, completed)


def _on_the_wire(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Encode headers once: they go out with every answer."""
    return [(name.lower().encode(), value.encode()) for name, value in headers]


def embedders_of(value: str) -> tuple[str, ...]:
    """Return the origins of a list such as `https://platform.county.gov.cn`, separated by commas.

    Raises
    ------
    RefusedInputError
        `bad_setting` for anything that is no plain https origin.
    """
    found = tuple(item.strip().rstrip("/").lower() for item in value.split(",") if item.strip())
    for item in found:
        scheme, _, authority = item.partition("://")
        if scheme != "https" or AUTHORITY.fullmatch(authority) is None:
            raise RefusedInputError(
                "bad_setting",
                f"WANGGE_EMBED are origins like https://platform.gov.cn, not {item!r}",
            )
    return found


def map_hosts_of(template: str) -> tuple[str, ...]:
    """Return the origins that a tile address such as `https://t{0-7}.example.cn/{z}/{x}/{y}` asks.

    `{s}` stands for a, b and c; `{a-c}` and `{0-7}` for each letter or digit of the range.

    Raises
    ------
    RefusedInputError
        `bad_base_map` unless the template is https (http for hosts of a private network) and
        places z, x and y, with one host or one range of hosts and nothing a policy could trip over.
    """
    if UNSAFE.search(template):
        raise _bad(template, "it has spaces, quotes, semicolons or a wildcard")
    names = set(PLACEHOLDER.findall(template))
    hosts = [name for name in names if name == "s" or RANGE.fullmatch(name)]
    others = names - set(hosts) - {"r"}
    if others not in POSITION:
        raise _bad(template, "it must place {z}, {x} and {y} and nothing unknown")
    if len(hosts) > 1:
        raise _bad(template, "it has more than one range of hosts")
    try:
        parts = urlsplit(template)
    except ValueError as error:
        raise _bad(template, "it is no address") from error
    placed = f"{{{hosts[0]}}}" if hosts else ""
    variants = _variants(hosts[0]) if placed and placed in parts.netloc else ("",)
    if not variants:
        raise _bad(template, f"{placed} counts backwards")
    netlocs = [parts.netloc.replace(placed, item) if item else parts.netloc for item in variants]
    return tuple(_origin(template, parts, netloc.lower()) for netloc in netlocs)


def _variants(name: str) -> tuple[str, ...]:
    if name == "s":
        return tuple(LEAFLET_HOSTS)
    first, last = name[0], name[-1]
    return tuple(map(chr, range(ord(first), ord(last) + 1)))


def _origin(template: str, parts: SplitResult, netloc: str) -> str:
    match = AUTHORITY.fullmatch(netloc)
    if match is None or not 0 < int(match["port"] or 443) < 65536:
        raise _bad(template, "its host is neither a plain name nor an IPv4 address")
    private = _is_private(template, match["host"])
    if parts.scheme == "https" or (parts.scheme == "http" and private):
        return f"{parts.scheme}://{netloc}"
    raise _bad(template, "it must be https, or http to a host of a private network")


def _is_private(template: str, host: str) -> bool:
    if not host.rpartition(".")[2][0].isdigit():
        return "." not in host or host.endswith(PRIVATE_SUFFIXES)
    try:
        return ip_address(host).is_private
    except ValueError as error:  # 010.1.1.1, 2130706433: browsers make some address of these
        raise _bad(template, "its host is no address") from error


def _bad(template: str, reason: str) -> RefusedInputError:
    shown = template.partition("?")[0]  # what follows holds the office's key
    return RefusedInputError("bad_base_map", f"the base map {shown!r} cannot be used: {reason}")
