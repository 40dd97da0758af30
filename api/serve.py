"""Running the web service."""

from __future__ import annotations

import logging
import socket
import sys

import uvicorn

from api.app import create_app
from api.routes.accounts import link_address
from api.settings import Settings
from api.tls import tls_files
from gis.errors import UnavailableError
from layers.db import Database
from layers.usecases.accounts import first_administrator


def serve(settings: Settings, database: Database) -> None:
    """Serve until interrupted; while nobody can let others in, print a link for the first who will.

    Raises
    ------
    UnavailableError
        `port_taken` when something else listens there; `no_certificate`, `certificate_expired`.
    """
    files = tls_files(settings.home) if settings.tls else None
    _require_free(settings.host, settings.port)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    sys.stderr.write(f"Wangge 网格: {settings.own_address}\n")
    if files is not None and files.warn_days_left is not None:
        sys.stderr.write(f"the certificate ends in {files.warn_days_left} days: wangge tls init\n")
    if files is None and not settings.is_local and not settings.proxies:
        sys.stderr.write("passwords travel readable: use --tls, or a gateway (WANGGE_PROXIES)\n")
    link = first_administrator(database)
    if link is not None:
        sys.stderr.write(
            "the security administrator chooses a password here, once, within 72 hours:\n"
            f"  {link_address(settings.own_address, link)}\n"
        )
    sys.stderr.flush()
    config = uvicorn.Config(
        create_app(settings, database),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the service looks at them itself, for the gateways named
        ssl_certfile=str(files.cert) if files else None,
        ssl_keyfile=str(files.key) if files else None,
    )
    uvicorn.Server(config).run()


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                "port_taken", f"{host}:{port} is not free ({error}); set WANGGE_PORT"
            ) from error
