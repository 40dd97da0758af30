"""Settings: environment variables `WANGGE_…`, read once and handed on."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from api.headers import map_hosts_of
from gis.errors import RefusedInputError
from layers.embedded import default_home
from layers.syslog import SyslogTarget
from layers.usecases.sessions import SignInRules

WEB_DIST = Path(__file__).parent.parent / "web" / "dist"
REPORT_ASSETS = (
    WEB_DIST / "report",
    WEB_DIST.parent / "node_modules" / "leaflet" / "dist",
)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 named, not listened on


def report_assets() -> Path:
    """Return the folder with the map library that reports carry inside them."""
    return next((folder for folder in REPORT_ASSETS if folder.is_dir()), REPORT_ASSETS[0])


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations."""

    home: Path
    """`WANGGE_HOME`: cluster, cache and uploads."""
    database_url: str | None = None
    """`WANGGE_DATABASE_URL`: an existing PostGIS instead of the private cluster."""
    host: str = "127.0.0.1"
    """`WANGGE_HOST`: address the server listens on."""
    port: int = 8000
    """`WANGGE_PORT`"""
    address: str | None = None
    """`WANGGE_ADDRESS`: under which browsers reach the server, for links and to refuse other names."""
    proxies: tuple[str, ...] = ()
    """`WANGGE_PROXIES`: gateways whose word on client address and TLS is taken."""
    sign_in: SignInRules = field(default_factory=SignInRules)
    """`WANGGE_IDLE_MINUTES`, `WANGGE_PASSWORD_DAYS`, and whether demo accounts may enter."""
    tls: bool = False
    """Whether this server itself speaks HTTPS (`wangge serve --tls`)."""
    names: tuple[str, ...] = ()
    """Names of its certificate: browsers reach it by these."""
    requests_per_second: float = 100
    """`WANGGE_REQUESTS_PER_SECOND`: of one client, in the long run."""
    sign_ins_per_minute: float = 20
    """`WANGGE_SIGN_INS_PER_MINUTE`: of one client; an office behind one address needs more."""
    syslog: str | None = None
    """`WANGGE_SYSLOG`: where the audit is forwarded to."""
    base_map: str | None = None
    """`WANGGE_BASE_MAP`: tiles drawn under our own map."""
    map_review_number: str | None = None
    """`WANGGE_MAP_REVIEW_NUMBER`: 审图号 shown on every map."""
    attribution: tuple[str, ...] = ()
    """`WANGGE_ATTRIBUTION`: sources to name on the map, separated by `;`."""
    grid_code_pattern: str = "{community}{seq:03d}"
    """`WANGGE_GRID_CODE_PATTERN`: how a grid's code is made of its community's and a number."""
    supervision_phone: str | None = None
    """`WANGGE_SUPERVISION_PHONE`: 监督电话 on the public page."""
    events: bool = False
    """`WANGGE_EVENTS`: whether events are reported and handled here."""
    campaigns: bool = False
    """`WANGGE_CAMPAIGNS`: whether inspection campaigns are run here."""
    phone: bool = False
    """`WANGGE_PHONE`: whether grid workers may sign in on the phone page."""
    photo_mb: int = 12
    """`WANGGE_PHOTO_MB`: most megabytes of a photo as it is sent."""

    @property
    def features(self) -> dict[str, bool]:
        """What is switched on, as pages are told."""
        return {"events": self.events, "campaigns": self.campaigns, "phone": self.phone}

    @property
    def photo_folder(self) -> Path:
        """Where photos lie."""
        return self.home / "photos"

    @property
    def credits(self) -> tuple[str, ...]:
        """What every map has to name."""
        number = self.map_review_number
        return (*self.attribution, *((f"审图号 {number}",) if number else ()))

    @property
    def map_hosts(self) -> tuple[str, ...]:
        """The addresses besides our own that a page may load map tiles from."""
        return map_hosts_of(self.base_map) if self.base_map else ()

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the server: it listens here, and no gateway leads to it."""
        own = self.address is None or urlsplit(self.address).hostname in LOOPBACK_NAMES
        return self.host in LOOPBACK_NAMES and own and not self.proxies

    @property
    def own_address(self) -> str:
        """Where browsers find the server, as far as is known."""
        host = self.names[0] if self.names else self.host
        if host in EVERY_ADDRESS:
            host = socket.gethostname()
        host = f"[{host}]" if ":" in host else host
        return self.address or f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def host_names(self) -> frozenset[str] | None:
        """Names a request may address the server by; None for any."""
        own = {urlsplit(self.address).hostname or ""} if self.address else set()
        own |= set(self.names)
        return LOOPBACK_NAMES | own if self.host in LOOPBACK_NAMES or own else None


VARIABLES = {
    "WANGGE_HOME": "folder of the private database, caches and uploads",
    "WANGGE_DATABASE_URL": "use this PostGIS instead of the private one",
    "WANGGE_HOST": "address the server listens on",
    "WANGGE_PORT": "port the server listens on",
    "WANGGE_ADDRESS": "address browsers reach the server by, https://…",
    "WANGGE_PROXIES": "gateways whose X-Forwarded headers count, separated by ,",
    "WANGGE_IDLE_MINUTES": "minutes without a request after which a session ends",
    "WANGGE_PASSWORD_DAYS": "days after which a password has to be changed, 0 never",
    "WANGGE_REQUESTS_PER_SECOND": "requests a second allowed to one client",
    "WANGGE_SIGN_INS_PER_MINUTE": "passwords, links and codes one client may try a minute",
    "WANGGE_SYSLOG": "forward the audit, udp://, tcp:// or unix://",
    "WANGGE_BASE_MAP": "tiles under the map, https://…/{z}/{x}/{y}",
    "WANGGE_MAP_REVIEW_NUMBER": "审图号 shown on every map",
    "WANGGE_ATTRIBUTION": "map sources to name, separated by ;",
    "WANGGE_GRID_CODE_PATTERN": "how a grid's code is made",
    "WANGGE_SUPERVISION_PHONE": "telephone for complaints on the public page",
    "WANGGE_EVENTS": "`on`: events are reported and handled here",
    "WANGGE_CAMPAIGNS": "`on`: inspection campaigns are run here",
    "WANGGE_PHONE": "`on`: grid workers may sign in on the phone page",
    "WANGGE_PHOTO_MB": "most megabytes of a photo as it is sent",
}
"""Every setting there is; the README's table is compared with it."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises
    ------
    RefusedInputError
        `bad_setting` for an unknown `WANGGE_…` variable or a value that cannot be used.
    """
    given = os.environ if environment is None else environment
    unknown = sorted(name for name in given if name.startswith("WANGGE_") and name not in VARIABLES)
    if unknown:
        raise RefusedInputError("bad_setting", f"unknown settings: {', '.join(unknown)}")
    syslog = given.get("WANGGE_SYSLOG") or None
    if syslog:
        SyslogTarget.parse(syslog)
    base_map = given.get("WANGGE_BASE_MAP") or None
    if base_map:
        map_hosts_of(base_map)
    return Settings(
        home=Path(given["WANGGE_HOME"]) if given.get("WANGGE_HOME") else default_home(),
        database_url=given.get("WANGGE_DATABASE_URL") or None,
        host=given.get("WANGGE_HOST", "127.0.0.1"),
        port=_number(given, "WANGGE_PORT", 8000, 1, 65535),
        address=_address(given.get("WANGGE_ADDRESS")),
        proxies=_proxies(given.get("WANGGE_PROXIES", "")),
        sign_in=SignInRules(
            idle_s=60 * _number(given, "WANGGE_IDLE_MINUTES", 30, 1, 1440),
            password_days=_number(given, "WANGGE_PASSWORD_DAYS", 90, 0, 3650),
        ),
        requests_per_second=_number(given, "WANGGE_REQUESTS_PER_SECOND", 100, 1, 100_000),
        sign_ins_per_minute=_number(given, "WANGGE_SIGN_INS_PER_MINUTE", 20, 1, 100_000),
        syslog=syslog,
        base_map=base_map,
        map_review_number=given.get("WANGGE_MAP_REVIEW_NUMBER") or None,
        attribution=_parts(given.get("WANGGE_ATTRIBUTION", ""), ";"),
        grid_code_pattern=_pattern(given.get("WANGGE_GRID_CODE_PATTERN")),
        supervision_phone=given.get("WANGGE_SUPERVISION_PHONE") or None,
        events=_switch(given, "WANGGE_EVENTS"),
        campaigns=_switch(given, "WANGGE_CAMPAIGNS"),
        phone=_switch(given, "WANGGE_PHONE"),
        photo_mb=_number(given, "WANGGE_PHOTO_MB", 12, 1, 64),
    )


def _pattern(value: str | None) -> str:
    if not value:
        return Settings.grid_code_pattern
    from gis.codes import CodePattern

    return CodePattern(value).text


def _parts(value: str, separator: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(separator) if item.strip())


def _switch(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "off").strip().lower() or "off"
    if value not in {"on", "off"}:
        raise RefusedInputError("bad_setting", f"{name} is on or off, not {value!r}")
    return value == "on"


def _number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise RefusedInputError("bad_setting", f"{name} must be {least} to {most}, not {value!r}")
    return int(value)


def _address(value: str | None) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    plain = not (parts.query or parts.fragment or parts.username or parts.path.strip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise RefusedInputError(
            "bad_setting", f"WANGGE_ADDRESS must be like https://grid.county.gov.cn, not {value!r}"
        )
    return value.rstrip("/")


def _proxies(value: str) -> tuple[str, ...]:
    found = _parts(value, ",")
    for item in found:
        try:
            ip_address(item)
        except ValueError:
            raise RefusedInputError(
                "bad_setting", f"WANGGE_PROXIES are network addresses, not {item!r}"
            ) from None
    return found
