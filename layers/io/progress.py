"""How far long work has come: the callback every reader and use case takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, str], None]
"""Called with percent (0 to 100, never falling) and the step in one short sentence."""


def silent(percent: int, step: str) -> None:
    """Report to nobody."""


def part(progress: Progress, start: int, end: int) -> Progress:
    """Return a callback whose 0 to 100 is `start` to `end` of `progress`."""

    def report(percent: int, step: str) -> None:
        progress(start + (end - start) * percent // 100, step)

    return report
