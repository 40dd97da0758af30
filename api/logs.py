"""Logs go to standard error, a line each, and hold no secrets."""

from __future__ import annotations

import sys
from typing import Any

import structlog
from structlog.typing import EventDict

SECRET_WORDS = ("password", "token", "secret", "cookie", "csrf", "authorization", "code_")


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace what stands under a name that speaks of a secret."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = "…"
    return event


def configure_logs() -> None:
    """Send structlog's lines to standard error; standard output belongs to the command's answer."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            hide_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
