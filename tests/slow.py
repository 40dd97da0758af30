"""A slow machine and a slow network, made on purpose by `TEST_SLOW=1`: tests that do not wait for what they need fail.

Answers come late, each by another time, and Chromium's pages get a fraction of a core.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

SLOW = os.environ.get("TEST_SLOW") == "1"
MOST_LATE_S = 0.4
FRACTION = 2
"""Pages take this many times as long."""


def answering(app: Any) -> Any:
    """Return an ASGI app whose answers come late, if the run is a slow one."""
    if not SLOW:
        return app

    async def late(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(random.uniform(0, MOST_LATE_S) * random.random())
        await app(scope, receive, send)

    return late


def throttled(browser: Browser) -> Browser:
    """Return a browser whose pages are slow, if the run is a slow one."""
    if not SLOW:
        return browser
    made: Callable[..., BrowserContext] = browser.new_context

    def slow_context(**options: Any) -> BrowserContext:
        context = made(**options)
        open_page = context.new_page

        def slow_page() -> Page:
            page = open_page()
            page.context.new_cdp_session(page).send(
                "Emulation.setCPUThrottlingRate", {"rate": FRACTION}
            )
            return page

        context.new_page = slow_page  # type: ignore[method-assign]
        return context

    browser.new_context = slow_context  # type: ignore[method-assign]
    return browser
