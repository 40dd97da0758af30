"""Serving, HTTPS certificates, and what has to be installed before."""

from __future__ import annotations

import argparse
import shutil
import sys
from ctypes.util import find_library
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from platform import freedesktop_os_release
from typing import Any

from api.commands.command import Context, add_command
from api.settings import read_settings

CJK_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc"),
)


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    server = add_command(commands, "serve", _serve, None, "serve the page and its interfaces")
    server.add_argument("--host", help="default: WANGGE_HOST or 127.0.0.1")
    server.add_argument("--port", type=int, help="default: WANGGE_PORT or 8000")
    server.add_argument(
        "--sample",
        action="store_true",
        help="load the sample county into an empty store; its demo accounts enter without password",
    )
    server.add_argument("--tls", action="store_true", help="HTTPS, with what `tls init` made")

    tls = commands.add_parser("tls", help="HTTPS without a gateway")
    parts = tls.add_subparsers(dest="part", required=True, metavar="PART")
    init = add_command(
        parts, "init", _tls_init, None, "make a local authority and the server's certificate"
    )
    init.add_argument("names", nargs="*", metavar="NAME", help="host names and addresses")
    init.add_argument(
        "--new-authority", action="store_true", help="to be installed again everywhere"
    )

    ready = commands.add_parser(
        "setup", help="install missing system packages (PostgreSQL with PostGIS)"
    )
    ready.add_argument(
        "--tests", action="store_true", help="also the browser and fonts of the tests"
    )
    ready.set_defaults(handler=None, right=None)


def _serve(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from api.serve import serve
    from api.tls import served_names

    settings = replace(
        given.settings,
        host=args.host or given.settings.host,
        port=args.port or given.settings.port,
        tls=args.tls,
        names=served_names(given.settings.home) if args.tls else (),
    )
    if args.sample:
        from layers.usecases.accounts import add_demo_accounts
        from layers.usecases.sample import load_sample

        load_sample(given.database, given.progress, only_if_empty=True)
        add_demo_accounts(given.database)
        given.progress.close()
        # Entered without a password, so never from another machine.
        if settings.is_local:
            settings = replace(settings, sign_in=replace(settings.sign_in, demo=True))
        else:
            sys.stderr.write(
                "demo accounts are closed: more than this machine can reach the server\n"
            )
    serve(settings, given.database)
    return {"served": True}


def _tls_init(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from api.tls import init_tls
    from layers.audit import record

    made = init_tls(
        given.settings.home,
        args.names,
        new_authority=args.new_authority,
        today=datetime.now(UTC).astimezone(),
    )
    with given.database.session() as session:
        noted = ("names", "expires_on", "authority_sha256", "created_authority")
        record(session, "tls.init", after={name: made[name] for name in noted})
    return made


def setup(args: argparse.Namespace) -> dict[str, Any]:
    """Install the system packages that are missing; runs before any database exists."""
    from layers.embedded import find_binaries, install

    wanted = []
    if find_binaries() is None and not read_settings().database_url:
        wanted += ["postgresql", "postgresql-postgis"]
    if args.tests:
        # The shell is Chromium without its windows, which tests open hundreds of; only Debian has it by itself.
        debian = freedesktop_os_release().get("ID") == "debian"
        browser = "chromium-headless-shell" if debian else "chromium"
        wanted += [] if shutil.which(browser) else [browser]
        wanted += [] if any(map(Path.exists, CJK_FONTS)) else ["fonts-noto-cjk"]
        # The browser driver's own Node needs it; a bare Debian has it not.
        wanted += [] if find_library("atomic") else ["libatomic1"]
    if wanted:
        sys.stderr.write(f"installing {', '.join(wanted)}\n")
        install(wanted)
    return {"installed": wanted}
