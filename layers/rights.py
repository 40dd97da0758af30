"""Who may do what: roles, their rights, and who is acting.

Rights decide what an account may do at all; its area decides where, and is enforced by the
database's row-level security on every read and write.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass, replace
from enum import StrEnum

from gis.errors import WanggeError


class Right(StrEnum):
    """What a route or command asks for."""

    READ = "read"
    """Layers, search, cards, tiles of one's area."""
    COMPUTE = "compute"
    """Ask questions whose answers are stored."""
    EXPORT = "export"
    """Take files out; each is logged."""
    IMPORT = "import"
    """Bring data in."""
    PLANS = "plans"
    """See plans that are not in force yet."""
    PLAN = "plan"
    """Draw boundaries, take plans through their steps, publish."""
    POSTINGS = "postings"
    """Say who holds which post in which grid, and who stands in."""
    REVIEW = "review"
    """Approve plans, or return them."""
    RULES = "rules"
    """Add versions of rule sets."""
    EVENTS = "events"
    """See events and campaigns of one's area, or of one's own grids."""
    REPORT = "report"
    """Send what was seen or done on the spot: reports, ticks on a list, steps of one's own grid's events."""
    CHECK = "check"
    """Propose households of buildings that one counted."""
    HANDLE = "handle"
    """Dispatch, handle, verify and merge events; make campaigns."""
    ACCOUNTS = "accounts"
    AUDIT = "audit"
    OPERATE = "operate"
    """Metrics, everybody's jobs, pruning what is past its time."""


RIGHTS: dict[str, frozenset[Right]] = {
    "planner": frozenset({
        Right.READ, Right.COMPUTE, Right.EXPORT, Right.IMPORT, Right.PLANS, Right.PLAN,
        Right.EVENTS, Right.REPORT, Right.HANDLE, Right.POSTINGS,
    }),
    "reviewer": frozenset({Right.READ, Right.COMPUTE, Right.EXPORT, Right.PLANS, Right.REVIEW, Right.EVENTS}),
    "analyst": frozenset({Right.READ, Right.COMPUTE, Right.EXPORT, Right.PLANS, Right.EVENTS}),
    "grid_worker": frozenset({Right.READ, Right.EVENTS, Right.REPORT, Right.CHECK}),
    "system_administrator": frozenset({Right.READ, Right.IMPORT, Right.OPERATE, Right.PLANS, Right.RULES}),
    "security_administrator": frozenset({Right.ACCOUNTS}),
    "auditor": frozenset({Right.AUDIT}),
    # Not accounts: the machine's own administrator at the command line, who sees no audit either.
    "local": frozenset(Right) - {Right.AUDIT},
    "door": frozenset(),
    "keeper": frozenset(),
}  # fmt: skip


class RightsError(WanggeError):
    """Somebody asked for what they may not do (`no_right`) or not there (`outside_area`)."""


@dataclass(frozen=True)
class Actor:
    """Who acts in a transaction, and where."""

    name: str
    """Of the account; `os:USER` at the command line; empty before anybody signed in."""
    role: str
    account: int | None = None
    area: frozenset[int] | None = frozenset()
    """Division ids it reaches, with all below them; None is the whole store."""
    roots: tuple[int, ...] | None = ()
    """Division ids it was given; None is the whole store."""
    address: str | None = None
    """Where the request came from."""

    def may(self, right: Right) -> bool:
        """Say whether the role has a right."""
        return right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Refuse (`no_right`) what the role has no right to."""
        if not self.may(right):
            raise RightsError("no_right", f"the role {self.role} has no right to {right}")

    @property
    def area_setting(self) -> str:
        """The area as the database's policies read it: `*`, or an array of division ids."""
        if self.area is None:
            return "*"
        return "{" + ",".join(map(str, sorted(self.area))) + "}"

    @property
    def settings(self) -> dict[str, str]:
        """What the database's policies read of who acts."""
        account = "" if self.account is None else str(self.account)
        return {
            "role": self.role,
            "area": self.area_setting,
            "actor": self.name,
            "account": account,
        }

    def within(self, area: frozenset[int] | None) -> Actor:
        """Return the same actor with another area, for reading the inputs of a computation."""
        return replace(self, area=area)


NOBODY = Actor("", "door")
"""Whoever stands at the door: sees accounts to prove them, and nothing else."""
KEEPER = Actor("keeper", "keeper", area=None, roots=None)
"""The server's own housekeeping."""


def local_administrator() -> Actor:
    """Return the actor of the command line: whoever may run it owns the machine."""
    return Actor(f"os:{getpass.getuser()}", "local", area=None, roots=None)
