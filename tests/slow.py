"""A slow network, made on purpose by `TEST_SLOW=1`: answers come late, each by another time.

Browser tests that do not wait for what they need fail then, and not only on a machine that happens to be busy.
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

SLOW = os.environ.get("TEST_SLOW") == "1"
MOST_LATE_S = 0.4


def answering(app: Any) -> Any:
    """Return an ASGI app whose answers come late, if the run is a slow one."""
    if not SLOW:
        return app

    async def late(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(random.uniform(0, MOST_LATE_S))
        await app(scope, receive, send)

    return late
