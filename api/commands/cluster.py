"""A Dask cluster of this machine, for trying what many machines do."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from typing import Any

from api.commands.command import Context, add_command
from api.progress import Reporter


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    cluster = commands.add_parser("cluster", help="a Dask cluster for trying")
    parts = cluster.add_subparsers(dest="part", required=True, metavar="PART")
    local = add_command(
        parts, "local", _nothing, None, "run a Dask cluster on this machine until interrupted"
    )
    local.add_argument("-n", dest="count", type=int, default=2, help="workers (%(default)s)")
    local.set_defaults(storeless=lambda _: _local)


def _local(args: argparse.Namespace, _progress: Reporter) -> dict[str, Any]:
    from layers.distributed import local_cluster

    # Also where whoever started it had interrupts ignored, as shells do for what runs in the background.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        with local_cluster(args.count) as cluster:
            made = {"scheduler": cluster.scheduler_address, "workers": args.count}
            # At once: whoever started it waits for the address.
            sys.stdout.write(json.dumps(made) + "\n")
            sys.stdout.flush()
            sys.stderr.write("Ctrl-C ends the cluster\n")
            threading.Event().wait()
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    raise AssertionError("nobody wakes the event")


def _nothing(_args: argparse.Namespace, _given: Context) -> dict[str, Any]:
    raise AssertionError("answered without a store")
