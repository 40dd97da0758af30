"""Grid codes: a pattern, the first numbering of a community, and numbers that are never used twice.

Codes are text everywhere. The default is the community's 12-digit division code and a 3-digit
sequence (DB11, DB6101/T 3185-2024); a longer sequence is another pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gis.crs import FloatArray
from gis.errors import ConflictError, RefusedInputError

DEFAULT_PATTERN = "{community}{seq:03d}"
ROWS_PER_COMMUNITY = 4
"""Bands from north to south in which a first numbering goes from west to east."""


@dataclass(frozen=True)
class CodePattern:
    """How a grid's code is made of its community's code and a running number."""

    text: str = DEFAULT_PATTERN

    def __post_init__(self) -> None:
        parts = re.fullmatch(r"\{community\}[0-9A-Z-]*\{seq:0([1-9])d\}", self.text)
        if parts is None:
            raise RefusedInputError(
                "bad_pattern", f"a code pattern looks like {DEFAULT_PATTERN}, not {self.text!r}"
            )

    @property
    def digits(self) -> int:
        """Digits of the running number."""
        return int(self.text[self.text.rindex(":0") + 2 : -2])

    def code(self, community: str, number: int) -> str:
        """Return the code of a number.

        Raises
        ------
        ConflictError
            `codes_used_up` when the number needs more digits than the pattern has.
        """
        if number >= 10**self.digits:
            raise ConflictError(
                "codes_used_up", f"{self.text} has no code left for {community}; widen the pattern"
            )
        return self.text.format(community=community, seq=number)

    def number(self, community: str, code: str) -> int | None:
        """Return the running number in a code of a community, None for codes made otherwise."""
        head = self.text[: self.text.index("{seq")].format(community=community)
        tail = code[len(head) :]
        fits = code.startswith(head) and len(tail) == self.digits and tail.isascii()
        return int(tail) if fits and tail.isdigit() else None


def first_order(xy: FloatArray) -> list[int]:
    """Return rows in the order of a first numbering: from north to south, west to east in each band.

    Parameters
    ----------
    xy
        (n, 2) a point of each grid, metres or degrees.
    """
    if len(xy) == 0:
        return []
    north, south = float(xy[:, 1].max()), float(xy[:, 1].min())
    height = (north - south) / ROWS_PER_COMMUNITY or 1.0
    band = np.minimum(((north - xy[:, 1]) / height).astype(np.int64), ROWS_PER_COMMUNITY - 1)
    return [int(row) for row in np.lexsort((-xy[:, 1], xy[:, 0], band))]


def next_codes(
    pattern: CodePattern, community: str, used: Iterable[str], xy: FloatArray
) -> Sequence[str]:
    """Return a new code for each of n grids, after every number that was ever used.

    Parameters
    ----------
    used
        Every code this community ever gave, in force, retired or reserved.
    xy
        (n, 2) a point of each grid: the order of numbering.
    """
    numbers = [pattern.number(community, code) for code in used]
    last = max((number for number in numbers if number is not None), default=0)
    codes = [""] * len(xy)
    for place, row in enumerate(first_order(xy), start=1):
        codes[row] = pattern.code(community, last + place)
    return codes
