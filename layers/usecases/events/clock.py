"""Setting a phone's clock right: what it says it is when it sends, against what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gis.errors import RefusedInputError

TOLERATED_S = 60
"""Sending takes a while: a smaller error says nothing about the clock."""
EARLIEST, LATEST = 2000, 2200


@dataclass(frozen=True)
class Corrected:
    """A moment of a phone as it was."""

    at: datetime
    error_s: int
    """How far its clock was ahead, in seconds."""


def correct(at: datetime, phone_now: datetime, now: datetime) -> Corrected:
    """Return a moment a phone wrote down, corrected by what it says it is now.

    What would lie in the future is now.

    Raises
    ------
    RefusedInputError
        `bad_time` for moments without a zone, or of other centuries.
    """
    for moment in (at, phone_now):
        if moment.tzinfo is None or not EARLIEST <= moment.year <= LATEST:
            raise RefusedInputError(
                "bad_time", "times are ISO with their zone, like 2026-11-28T18:00:00+08:00"
            )
    error = phone_now - now
    moved = error if abs(error) > timedelta(seconds=TOLERATED_S) else timedelta()
    return Corrected(min(at - moved, now), round(error.total_seconds()))
