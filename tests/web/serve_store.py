"""Serve a store as a process of its own, which can be killed."""

from __future__ import annotations

import multiprocessing
import time
import urllib.request
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.error import URLError

import uvicorn
from sqlalchemy import make_url

from api.app import create_app
from api.settings import Settings
from layers.db import Database
from tests.slow import answering

PROCESSES = multiprocessing.get_context("forkserver")
"""Each begins as a copy of one that has imported the service and done nothing with it."""
PROCESSES.set_forkserver_preload([__name__])


class Killable:
    """The service over a store in a process that the test may kill."""

    def __init__(self, store: Database, home: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._arguments = (port, home, store.url.render_as_string(hide_password=False))
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = PROCESSES.Process(target=serve, args=self._arguments, daemon=True)
        self._process.start()
        for _ in range(1200):
            try:
                with urllib.request.urlopen(f"{self.address}/api/health", timeout=5):  # noqa: S310 our own
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("the service does not answer")

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.join(timeout=30)
            self._process.close()
            self._process = None


def serve(port: int, home: Path, url: str) -> None:
    """Serve until killed."""
    database = Database(make_url(url), login_is_role=True)
    settings = Settings(
        home=home, port=port, phone=True, events=True, campaigns=True,
        requests_per_second=1e5, sign_ins_per_minute=1e5,
    )  # fmt: skip
    uvicorn.run(answering(create_app(settings, database)), port=port, log_level="error")
