"""Valhalla beside us: its Python module where it loads, else the programs of the same wheel.

The wheel's module needs Python 3.12. Its programs need no Python: they build the tiles and answer
over a loopback connection, which adds the transport to every polygon; the note says how much.
"""

from __future__ import annotations

import http.client
import importlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tests.bench.place import MINUTES, SPEED_KMH

INSTALL_S, TILES_S, START_S = 300, 600, 30
PACKAGE = "pyvalhalla"


@dataclass
class Valhalla:
    """Tiles of the town and something that answers isochrone requests."""

    version: str
    seconds: float
    """What building the tiles took."""
    note: str
    actor: Any = None
    connection: http.client.HTTPConnection | None = None
    body: dict[str, Any] = field(default_factory=lambda: {
        "costing": "pedestrian",
        "costing_options": {"pedestrian": {"walking_speed": SPEED_KMH}},
        "contours": [{"time": MINUTES}],
        "polygons": True,
    })  # fmt: skip

    def isochrones(self, lonlat: np.ndarray) -> np.ndarray:
        """Return one lon/lat polygon per station."""
        return np.array([
            _polygon(self._ask("isochrone", {**self.body, "locations": [{"lon": lon, "lat": lat}]}))
            for lon, lat in lonlat.tolist()
        ])  # fmt: skip

    def _ask(self, action: str, body: dict[str, Any]) -> Any:
        if self.actor is not None:
            return json.loads(getattr(self.actor, action)(json.dumps(body)))
        assert self.connection is not None
        self.connection.request(
            "POST", f"/{action}", json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(content.decode()[:200])
        return json.loads(content)

    def transport_s(self) -> float:
        """Return what an empty question takes: connection and words, no map."""
        times = []
        for _ in range(50):
            started = time.perf_counter()
            self._ask("status", {})
            times.append(time.perf_counter() - started)
        return float(np.median(times))


def _polygon(answer: Any) -> Any:
    rings = answer["features"][0]["geometry"]
    if rings["type"] == "LineString":
        return shapely.Polygon(rings["coordinates"])
    return shapely.from_geojson(json.dumps(rings))


@contextmanager
def open_valhalla(osm: Path, folder: Path) -> Iterator[Valhalla | str]:
    """Yield Valhalla on the town's tiles, or the reason why it is left out."""
    with suppress(ImportError):
        module = importlib.import_module("valhalla")
        if hasattr(module, "Actor"):
            yield from _by_module(module, osm, folder)
            return
    package = _fetch(folder / "wheel")
    if isinstance(package, str):
        yield package
        return
    service = None
    try:
        opened, service = _by_programs(package, osm, folder)
        yield opened
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        yield f"its programs do not run here ({error})"
    finally:
        if service is not None:
            service.kill()  # it has nothing to keep, and takes its time when asked
            service.wait()


def _fetch(target: Path) -> Path | str:
    """Install the newest wheel into a folder of its own, for its programs."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    command = [uv] if uv else [sys.executable, "-m"]
    command += ["pip", "install", "--quiet", "--target", str(target), "--python-version", "3.12",
                "--only-binary", ":all:", "--no-deps", PACKAGE]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=INSTALL_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its wheel could not be fetched ({type(error).__name__})"
    if done.returncode != 0 or not (target / "valhalla" / "bin" / "valhalla_service").exists():
        return "its wheel does not install here (Python 3.12 or newer, glibc 2.28)"
    return target


def _configuration(script: Path, folder: Path, *options: str) -> Path:
    """Write a configuration with the wheel's own script."""
    tiles = folder / "tiles"
    tiles.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [sys.executable, str(script), "--mjolnir-tile-dir", str(tiles), "--mjolnir-concurrency",
         "2", *options],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    path = folder / "valhalla.json"
    content = json.loads(made.stdout)
    content["mjolnir"].pop("tile_extract", None)
    content["mjolnir"]["logging"] = {"type": ""}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _by_programs(
    package: Path, osm: Path, folder: Path
) -> tuple[Valhalla, subprocess.Popen[bytes]]:
    programs = package / "valhalla" / "bin"
    for program in programs.iterdir():
        program.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = _configuration(
        package / "valhalla" / "valhalla_build_config.py", folder,
        "--httpd-service-listen", f"tcp://127.0.0.1:{port}",
    )  # fmt: skip
    seconds = _build(programs / "valhalla_build_tiles", configuration, osm)
    service = subprocess.Popen(
        [programs / "valhalla_service", configuration, "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(START_S * 10):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    metadata = next(package.glob(f"{PACKAGE}-*.dist-info"))
    opened = Valhalla(PathDistribution(metadata).version, seconds, "")
    opened.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    opened.note = f"over loopback, of which transport 100 × {opened.transport_s() * 1000:.2f} ms"
    return opened, service


def _by_module(module: Any, osm: Path, folder: Path) -> Iterator[Valhalla | str]:
    location = Path(str(module.__file__)).parent
    try:
        configuration = _configuration(location / "valhalla_build_config.py", folder)
        seconds = _build(location / "bin" / "valhalla_build_tiles", configuration, osm)
    except (OSError, subprocess.SubprocessError) as error:
        yield f"its tiles could not be built ({error})"
        return
    yield Valhalla(module.__version__, seconds, "in process", module.Actor(str(configuration)))


def _build(program: Path, configuration: Path, osm: Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        [program, "-c", configuration, osm],
        check=True, capture_output=True, timeout=TILES_S,
    )  # fmt: skip
    return time.perf_counter() - started
