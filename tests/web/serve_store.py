"""Serve a store as a process of its own, which can be killed: `python -m tests.web.serve_store PORT HOME URL`."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import uvicorn
from sqlalchemy import make_url

from api.app import create_app
from api.settings import Settings
from layers.db import Database


class Killable:
    """The service over a store in a process that the test may kill."""

    def __init__(self, store: Database, home: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        url = store.url.render_as_string(hide_password=False)
        self._command = [sys.executable, "-m", "tests.web.serve_store", str(port), str(home), url]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command)
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.address}/api/health", timeout=5):  # noqa: S310 our own
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the service does not answer")

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None


def main() -> None:
    """Serve until killed."""
    port, home, url = sys.argv[1:]
    database = Database(make_url(url), login_is_role=True)
    settings = Settings(
        home=Path(home), port=int(port), phone=True, events=True, campaigns=True,
        requests_per_second=1e5, sign_ins_per_minute=1e5,
    )  # fmt: skip
    uvicorn.run(create_app(settings, database), port=int(port), log_level="error")


if __name__ == "__main__":
    main()
