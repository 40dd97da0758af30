"""Files that are there whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Yield a path to write to; what was written there takes the target's name at the end, or is gone after an error.

    The path lies in the target's folder, has its ending and is nobody else's: of several that write one target at
    once, each leaves a whole file, and the last one's stays.
    """
    fresh = target.with_name(f".{target.stem}.{uuid.uuid4().hex}{target.suffix}")
    try:
        yield fresh
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
