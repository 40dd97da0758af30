"""Running the web service."""

from __future__ import annotations

import logging
import socket
import sys

import uvicorn

from api.app import create_app
from api.settings import Settings
from gis.errors import UnavailableError
from layers.db import Database


def serve(settings: Settings, database: Database, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises
    ------
    UnavailableError
        `port_taken` when something else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                "port_taken", f"{host}:{port} is not free ({error}); set WANGGE_PORT"
            ) from error
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    sys.stderr.write(f"Wangge 网格: http://{host}:{port}\n")
    sys.stderr.flush()
    config = uvicorn.Config(
        create_app(settings, database), host=host, port=port, log_level="warning", access_log=False
    )
    uvicorn.Server(config).run()
