"""Progress of a command on standard error: one line that moves on a terminal, a few lines in a log."""

from __future__ import annotations

import sys
import time
from typing import TextIO

LOG_EVERY_S = 2.0


class Reporter:
    """A progress callback that writes to a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._last = 0.0
        self._percent = -1

    def __call__(self, percent: int, step: str) -> None:
        """Show percent and step; a log gets a line every two seconds and at the end."""
        if self._moving:
            self._stream.write(f"\r\x1b[K{percent:3d} % {step}")
            self._stream.flush()
        elif time.monotonic() - self._last >= LOG_EVERY_S or (percent >= 100 > self._percent):
            self._last = time.monotonic()
            self._stream.write(f"{percent:3d} % {step}\n")
            self._stream.flush()
        self._percent = percent

    def close(self) -> None:
        """End the moving line."""
        if self._moving and self._percent >= 0:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
