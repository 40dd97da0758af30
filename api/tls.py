"""A certificate authority of one's own, and the server certificate it signs: HTTPS without the internet.

An office in a closed network gets no public certificate. The authority made here is installed once
on every device; it is bound to the names it was made for, so that whoever steals its key can pose
as this server and as nobody else.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from api.certificates import (
    KeyPair,
    make_authority,
    make_server,
    names_of,
    permitted_names,
    read_pair,
)
from api.host_names import Name, checked_names, default_names
from gis.errors import Fault, RefusedInputError, UnavailableError

WARN_DAYS = 30
GUIDE = "docs/tls.md"
MEND = "run: wangge tls init"


@dataclass(frozen=True)
class TlsFiles:
    """What the server needs to speak HTTPS."""

    cert: Path
    """PEM of the server certificate, followed by its authority."""
    key: Path
    warn_days_left: int | None
    """Whole days until the certificate expires once they are 30 or fewer, else None."""


def init_tls(
    home: Path, names: Sequence[str], *, new_authority: bool = False, today: datetime
) -> dict[str, Any]:
    """Make or renew the certificates under `home`/tls and return where they lie and how long they hold.

    Parameters
    ----------
    names
        DNS names and IP addresses under which devices call the server. Empty means: those of
        the last certificate, else `default_names()`.
    new_authority
        Replace the authority, which then has to be installed on every device again.
    today
        The present moment; the dates of the answer are days of its time zone.

    Raises
    ------
    RefusedInputError
        `bad_name` with a fault for each name that is none; `name_outside_authority`.
    UnavailableError
        `authority_damaged` or `authority_expired`.
    """
    now = today.astimezone(UTC).replace(microsecond=0)
    folder = home / "tls"
    given = checked_names(names)
    kept = None if new_authority else _authority(folder, now)
    if kept is None:
        wanted = given or checked_names(default_names())
        authority = make_authority(wanted, now)
    else:
        authority = kept
        wanted = given or names_of(folder / "server.crt") or permitted_names(kept.certificate)
        wanted = wanted or checked_names(default_names())
        _refuse_outside(wanted, kept.certificate)
    server = make_server(wanted, authority, now)
    made = {"server.key": server.key_pem(), "server.crt": server.pem() + authority.pem()}
    if kept is None:
        made = {"ca.key": authority.key_pem(), "ca.crt": authority.pem(), **made}
    _write(folder, made)
    return {
        "folder": str(folder),
        "authority": str(folder / "ca.crt"),
        "names": [str(name) for name in wanted],
        "expires_on": _day(server.certificate, today),
        "authority_expires_on": _day(authority.certificate, today),
        "authority_sha256": authority.certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        "created_authority": kept is None,
        "guide": GUIDE,
    }


def tls_files(home: Path, today: datetime | None = None) -> TlsFiles:
    """Return the server's certificate and key at the moment `today` (default: now).

    Raises
    ------
    UnavailableError
        `no_certificate` when there is none or its key does not fit, `certificate_expired`.
    """
    now = datetime.now(UTC) if today is None else today
    cert, key = home / "tls" / "server.crt", home / "tls" / "server.key"
    pair = read_pair(cert, key)
    if pair is None:
        raise UnavailableError(
            "no_certificate", f"there is no usable certificate in {cert}; {MEND}"
        )
    left = pair.certificate.not_valid_after_utc - now.astimezone(UTC)
    if left <= timedelta(0):
        raise UnavailableError("certificate_expired", f"the certificate in {cert} expired; {MEND}")
    return TlsFiles(cert, key, left.days if left.days <= WARN_DAYS else None)


def served_names(home: Path) -> tuple[str, ...]:
    """Return the names of the server's certificate, those that other machines use first."""
    names = sorted(names_of(home / "tls" / "server.crt"), key=_is_loopback)
    return tuple(str(name) for name in names)


def _is_loopback(name: Name) -> bool:
    return (
        name == "localhost" if isinstance(name, str) else bool(getattr(name, "is_loopback", False))
    )


def _refuse_outside(names: Sequence[Name], authority: x509.Certificate) -> None:
    permitted = permitted_names(authority)
    under = tuple(f".{name}" for name in permitted if isinstance(name, str))
    outside = [
        str(name)
        for name in names
        if name not in permitted and not (isinstance(name, str) and name.endswith(under))
    ]
    if outside:
        raise RefusedInputError(
            "name_outside_authority",
            f"the authority was not made for {', '.join(outside)}; --new-authority makes one for "
            "these names, which must be installed again on every device",
            [Fault(field=name, reason="outside the authority's names") for name in outside],
        )


def _authority(folder: Path, now: datetime) -> KeyPair | None:
    """Return the authority that is there, None where none was ever made."""
    cert, key = folder / "ca.crt", folder / "ca.key"
    if not cert.exists() and not key.exists():
        return None
    again = "--new-authority makes another one, which must be installed again on every device"
    found = read_pair(cert, key)
    if found is None:
        raise UnavailableError(
            "authority_damaged",
            f"{cert} and {key} are not both there and of one pair; put them back, or {again}",
        )
    if found.certificate.not_valid_after_utc <= now:
        raise UnavailableError("authority_expired", f"the authority in {cert} expired; {again}")
    return found


def _day(certificate: x509.Certificate, today: datetime) -> str:
    return certificate.not_valid_after_utc.astimezone(today.tzinfo).date().isoformat()


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files aside, then give them their names, so that a full disk changes nothing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as aside:
        for name, content in files.items():
            path = Path(aside) / name
            mode = 0o600 if name.endswith(".key") else 0o644
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name in files:
            (Path(aside) / name).replace(folder / name)
