"""The one error tree of the house; it knows no HTTP and no exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input, where it stands and why it is refused.

    `row` counts as the user sees it: the first data row of a table is the number a
    spreadsheet shows beside it; features of a geographic file count from 1.
    """

    file: str | None = None
    row: int | None = None
    field: str | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the fault as the contract prints it."""
        return asdict(self)


class WanggeError(Exception):
    """A refusal or failure with a stable code, a sentence, and every fault that was found."""

    def __init__(self, code: str, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = tuple(faults)

    def as_dict(self) -> dict[str, object]:
        """Return the error as the contract prints it."""
        return {
            "code": self.code,
            "message": self.message,
            "faults": [fault.as_dict() for fault in self.faults],
        }


class RefusedInputError(WanggeError):
    """The user's input cannot be used; nothing was stored."""


class NotFoundError(WanggeError):
    """The thing asked for does not exist (or the asker may not know that it does)."""


class ConflictError(WanggeError):
    """The request contradicts the state of the store."""


class UnavailableError(WanggeError):
    """Something the product needs is missing on this machine; the message names the mend."""


class BusyError(UnavailableError):
    """Too much is asked at once; the same works in a moment."""

    retry_s = 5
