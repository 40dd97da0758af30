"""The private PostgreSQL cluster: made, started, shared and stopped without an administrator.

Every process that uses the cluster holds a shared lock on one file of the home; the process that
can turn its lock into an exclusive one was the last user and stops the server. Locks die with
their process, so a killed process leaves at most a running server, which the next user adopts.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gis.errors import UnavailableError

ROLES = ("wangge_owner", "wangge_server", "wangge_compute", "wangge_reader")
SUPERUSER = "postgres"
DATABASE = "wangge"
INSTALL_COMMAND = "apt-get install -y postgresql postgresql-postgis"
MAX_SOCKET_DIR = 80
"""Unix socket paths end at 107 bytes, and PostgreSQL adds `/.s.PGSQL.5432.lock`."""

SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 100
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_completion_target = 0.9
random_page_cost = 1.1
jit = off
timezone = 'Asia/Shanghai'
log_timezone = 'Asia/Shanghai'
logging_collector = off
"""


def default_home() -> Path:
    """Return the home used when `WANGGE_HOME` is not set: reachable by the server's own user."""
    if os.geteuid() == 0:
        return Path("/var/lib/wangge")
    return Path.home() / ".local" / "share" / "wangge"


def find_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs that have PostGIS, or None."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
        reverse=True,
    )
    for program in folders:
        version = program.parts[-3]
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return program.parent
    on_path = shutil.which("pg_config")
    if on_path:
        bindir, sharedir = (
            subprocess.run(
                [on_path, option], capture_output=True, text=True, check=True
            ).stdout.strip()
            for option in ("--bindir", "--sharedir")
        )
        if (Path(bindir) / "postgres").exists() and (
            Path(sharedir) / "extension" / "postgis.control"
        ).exists():
            return Path(bindir)
    return None


def install(packages: Sequence[str]) -> None:
    """Install Debian packages as root or through sudo.

    Raises
    ------
    UnavailableError
        Where that is not possible; the message is the one command that would do it.
    """
    command = f"apt-get install -y {' '.join(packages)}"
    sudo: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise UnavailableError("missing_packages", f"run as root: {command}")
        sudo = ["sudo"]
    if not shutil.which("apt-get"):
        raise UnavailableError(
            "missing_packages",
            f"install with this system's own package manager: {' '.join(packages)}",
        )
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    # Debian would make and start a cluster of its own; ours is private and the only one.
    no_main = Path("/etc/postgresql-common/createcluster.d")
    steps = [[*sudo, *environment, "apt-get", "update", "-qq"]]
    if any(name.startswith("postgresql") for name in packages) and not no_main.exists():
        steps += [
            [*sudo, *environment, "apt-get", "install", "-y", "-qq", "postgresql-common"],
            [*sudo, "mkdir", "-p", str(no_main)],
            [*sudo, "sh", "-c", f"echo create_main_cluster=false > {no_main}/wangge.conf"],
        ]
    steps.append([*sudo, *environment, "apt-get", "install", "-y", "-qq", *packages])
    for step in steps:
        done = subprocess.run(step, stdout=sys.stderr, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise UnavailableError(
                "missing_packages",
                f"could not install {', '.join(packages)}; run as root: {command}",
            )


@dataclass
class Cluster:
    """A private cluster under one home; use it as a context manager."""

    home: Path
    _lock: IO[str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.absolute()

    @property
    def folder(self) -> Path:
        """Where the cluster lies: in the home, or beside it where the server's user cannot go."""
        if os.geteuid() == 0 and not _reachable(self.home):
            digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
            return default_home() / "clusters" / digest
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def socket_dir(self) -> Path:
        """The folder of the unix socket, short enough for the kernel's limit."""
        inside = self.folder / "run"
        if len(str(inside).encode()) <= MAX_SOCKET_DIR:
            return inside
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"wangge-{digest}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "postgres.log"

    def __enter__(self) -> Cluster:
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # The server's user must be able to pass through the home, not to read it.
            self.home.chmod(self.home.stat().st_mode | 0o011)
        with self._starting():
            if self._lock is None:
                self._lock = (self.home / "cluster.users").open("w")
                fcntl.flock(self._lock, fcntl.LOCK_SH)
            try:
                if not self._running():
                    if not (self.data / "PG_VERSION").exists():
                        self._initialise()
                    self._start()
            except BaseException:
                self._lock.close()
                self._lock = None
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                if self._running():
                    self._server("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
            self._lock.close()
            self._lock = None

    def _starting(self) -> _ExclusiveLock:
        return _ExclusiveLock(self.home / "cluster.start")

    def _binary(self, name: str) -> str:
        folder = find_binaries()
        if folder is None:
            raise UnavailableError(
                "missing_packages",
                f"PostgreSQL with PostGIS is missing; run as root: {INSTALL_COMMAND}",
            )
        return str(folder / name)

    def _server(self, program: str, *arguments: str) -> tuple[int, str]:
        """Run a server program as the unprivileged user when this process is root."""
        command = [self._binary(program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", SUPERUSER, "--", *command]
        # A started server keeps the descriptors it inherits: a pipe here would never close.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
            output.seek(0)
            return done.returncode, output.read()

    def _running(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._server("pg_ctl", "-D", str(self.data), "status")[0] == 0

    def _own(self, *folders: Path) -> None:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(folder, SUPERUSER, SUPERUSER)
            folder.chmod(0o700)

    def _initialise(self) -> None:
        self._binary("initdb")  # refuse before anything is made
        self._own(self.folder)
        code, said = self._server(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "-k"
        )
        if code != 0:
            raise UnavailableError("cluster_failed", f"initdb failed: {said.strip()}")

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            shutil.chown(path, SUPERUSER, SUPERUSER)
        path.chmod(0o600)

    def _configure(self) -> None:
        """Nobody needs a password: the kernel says who is at the other end of the socket."""
        users = sorted(
            {SUPERUSER, "root", getpass.getuser()} & {entry.pw_name for entry in pwd.getpwall()}
        )
        users = sorted({*users, pwd.getpwuid(os.geteuid()).pw_name})
        self._write("pg_hba.conf", "local all all peer map=wangge\n")
        self._write(
            "pg_ident.conf",
            "".join(f"wangge {user} {role}\n" for user in users for role in (SUPERUSER, *ROLES)),
        )
        self._write("postgresql.auto.conf", SETTINGS)

    def _start(self) -> None:
        self._own(self.socket_dir)
        self._configure()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        code, said = self._server(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "120",
            "-o", f"-k {self.socket_dir}", "start",
        )  # fmt: skip
        if code != 0:
            tail = self.log.read_text(errors="replace")[-800:] if self.log.exists() else said
            raise UnavailableError("cluster_failed", f"the private database did not start: {tail}")


class _ExclusiveLock:
    """An exclusive lock on a file for the length of a `with` block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self._file = self.path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _reachable(home: Path) -> bool:
    """Say whether the server's user can pass through every folder above the home."""
    return all(not folder.exists() or folder.stat().st_mode & 0o001 for folder in home.parents)
