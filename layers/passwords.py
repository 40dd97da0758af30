"""Passwords: hashed with argon2, held against the rules, never logged."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from gis.errors import Fault, RefusedInputError

MIN_LENGTH = 10
MAX_LENGTH = 200
"""Longer ones only cost time to hash."""
KINDS = 3
"""Of small letters, capitals, digits and everything else."""
REMEMBERED = 5
"""Former passwords that are not taken again."""
COMMON = frozenset(
    {
        *(
            "password",
            "passw",
            "passwd",
            "admin",
            "administrator",
            "root",
            "user",
            "guest",
            "welcome",
        ),
        *("qwerty", "qwertyuiop", "asdfgh", "zxcvbn", "letmein", "iloveyou", "abc", "abcd", "test"),
        *("woaini", "wangge", "mima", "guanliyuan", "shequ", "changeme", "default"),
    }
)
"""Words that remain when digits and signs are taken away from the passwords tried first."""
_hasher = PasswordHash((Argon2Hasher(),))
_working = threading.Semaphore(2)
"""Each hash takes 64 MiB and a core for a moment: a flood of sign-ins must not take them all."""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password with its salt and parameters."""
    with _working:
        return _hasher.hash(password)


_nobodys = hash_password("no account has this one")


def matches(password: str, hash_: str | None) -> bool:
    """Say whether a password fits a hash; without one it takes as long and is False."""
    if len(password) > MAX_LENGTH:
        return False
    with _working:
        try:
            fits = _hasher.verify(password, hash_ or _nobodys)
        except UnknownHashError:
            return False
    return fits and hash_ is not None


def faults_of(password: str, name: str, former: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with a new password, as codes; empty when it may be taken."""
    lower = password.lower()
    kinds = sum(
        bool(re.search(pattern, password))
        for pattern in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
    )
    found = []
    if len(password) < MIN_LENGTH:
        found.append("too_short")
    if len(password) > MAX_LENGTH:
        return [*found, "too_long"]
    if kinds < KINDS:
        found.append("too_few_kinds")
    if len(name) >= 3 and name.lower() in lower:
        found.append("contains_name")
    if re.sub(r"[^a-z]", "", lower) in COMMON or len(set(lower)) < 5:
        found.append("too_common")
    if not found and any(matches(password, hash_) for hash_ in former[:REMEMBERED]):
        found.append("used_before")
    return found


def require_good(password: str, name: str, former: Sequence[str] = (), field: str = "new") -> None:
    """Refuse (`weak_password`) a password that breaks a rule, naming every rule it breaks."""
    found = faults_of(password, name, former)
    if found:
        raise RefusedInputError(
            "weak_password",
            "the password breaks the rules: " + ", ".join(found),
            [Fault(field=field, reason=reason) for reason in found],
        )
