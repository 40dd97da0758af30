"""Where private clusters of tests lie; `python -m tests.folder` prints it for `make test`."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
MEMORY_ROOM = 8 * 2**30
"""Bytes that must be free there, and in memory, for private clusters to lie in it."""


def roomy() -> Path:
    """Return the folder for private clusters: in memory where that is large, else the usual one.

    Making and dropping hundreds of stores costs a disk's file system more than PostgreSQL itself.
    """
    try:
        found = dict(
            line.split(":", 1) for line in Path("/proc/meminfo").read_text("ascii").splitlines()
        )
        free = min(
            shutil.disk_usage(MEMORY).free, 1024 * int(found["MemAvailable"].removesuffix("kB"))
        )
    except (OSError, KeyError):  # another kind of system
        free = 0
    return (
        MEMORY
        if free >= MEMORY_ROOM and os.access(MEMORY, os.W_OK)
        else Path(tempfile.gettempdir())
    )


if __name__ == "__main__":
    print(roomy())  # noqa: T201
