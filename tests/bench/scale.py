"""One million buildings on 16 towns' streets: imports, the first question, and questions after it.

Every step is a process of its own, as a person would type it, so that its memory is its own too.

python -m tests.bench.scale [FILE.osm.pbf]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from layers.db import open_database
from layers.version import VERSION
from tests.bench.copies import BUILDINGS, write_copies
from tests.bench.place import MALTA, Place, load_place
from tests.bench.timing import Row

STEP_S = 3600
SAMPLE_S = 0.2
WARM_TARGET_S, STORED_TARGET_S, MEMORY_TARGET_GB, WHATIF_TARGET_S = 1.5, 15.0, 4.0, 0.7


@dataclass
class Step:
    """What one command did."""

    seconds: float
    peak_gb: float
    """Largest resident memory of the command itself."""
    server_gb: float
    """Largest memory of the database's processes together, shared pages counted once."""
    reports: int
    """Lines of progress."""
    answer: dict[str, Any]


def measure_scale(place: Place) -> list[Row]:
    """Import a million buildings and ask about them; print each step as it ends."""
    rows: list[Row] = []

    def add(work: str, seconds: float, note: str, runs: int = 1) -> None:
        rows.append(Row(f"scale: {work}", "wangge", VERSION, seconds, runs, note=note))
        sys.stdout.write(f"  {work:<58}{seconds:>9.2f} s  {note}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="wangge-scale-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the server runs as somebody else
        started = time.perf_counter()
        paths = write_copies(place, folder)
        sys.stdout.write(f"\nscale: files made in {time.perf_counter() - started:.0f} s\n")
        home = folder / "home"
        peaks = []
        with open_database(home):  # keeps the server up between the commands
            for kind, path in paths.items():
                step = _wangge(home, "import", kind, str(path), "--allow-outside-china")
                peaks.append(step)
                detail = step.answer.get("network") or {}
                what = (
                    f"{detail['nodes']:,} nodes, {detail['edges']:,} edges"
                    if detail
                    else f"{step.answer['read']:,} read"
                )
                add(f"import of {kind}", step.seconds, f"{what}; {_memory(step)}")
            cold = _wangge(home, "coverage", "run")
            peaks.append(cold)
            totals = cold.answer["totals"]
            add(
                f"first question, cold, {totals['buildings_total']:,} buildings, "
                f"{len(cold.answer['grids']):,} grids",
                cold.seconds,
                _memory(cold),
            )
            again = _wangge(home, "coverage", "run")
            add("the same question in a new process (stored run)", again.seconds, _memory(again))
            warm = _run(home, [sys.executable, "-m", "tests.bench.questions"])
            peaks.append(warm)
            for item in warm.answer["steps"]:
                add(item["work"], item["seconds"], item["note"], item["runs"])
            add("all warm questions, the process", warm.seconds, _memory(warm))
    assert totals["buildings_total"] == BUILDINGS
    figures = warm.answer["figures"]
    sys.stdout.write("\n")
    _verdict(rows, "search, buildings, sums per grid", figures["warm_s"], WARM_TARGET_S, "s")
    for word, seconds in figures["whatif_s"].items():
        what = f"what if: a station moved, capacities {word}"
        _verdict(rows, what, seconds, WHATIF_TARGET_S, "s")
    _verdict(rows, "with everything stored", figures["stored_s"], STORED_TARGET_S, "s")
    highest = max(step.peak_gb for step in peaks)
    _verdict(rows, "peak memory of any command", highest, MEMORY_TARGET_GB, "GB")
    return rows


def _verdict(rows: list[Row], what: str, value: float, most: float, unit: str) -> None:
    word = "reached" if value <= most else "MISSED"
    text = f"{what}: {value:.2f} {unit}, target {most:g} {unit}: {word}"
    seconds = value if unit == "s" else None
    rows.append(Row("scale: targets", "wangge", VERSION, seconds, 1, note=text))
    sys.stdout.write(f"  {text}\n")


def _memory(step: Step) -> str:
    return (
        f"peak {step.peak_gb:.2f} GB, database {step.server_gb:.2f} GB, "
        f"{step.reports} lines of progress"
    )


def _wangge(home: Path, *arguments: str) -> Step:
    return _run(home, [sys.executable, "-m", "api.cli", *arguments, "--json"])


def _run(home: Path, command: list[str]) -> Step:
    """Run a command on the store and watch its memory and the database's."""
    environment = {**os.environ, "WANGGE_HOME": str(home)}
    environment.pop("WANGGE_DATABASE_URL", None)
    started = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        watch = _Watch(process.pid, home)
        watch.start()
        output, _ = process.communicate(timeout=STEP_S)
        seconds = time.perf_counter() - started
        watch.stop()
        said.seek(0)
        messages = said.read()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {output[-400:]} {messages[-800:]}")
    reports = sum(1 for line in messages.replace("\r", "\n").splitlines() if line.strip())
    return Step(
        seconds, watch.peak / 1e9, watch.server_peak / 1e9, reports,
        json.loads(output.strip().splitlines()[-1]),
    )  # fmt: skip


class _Watch(threading.Thread):
    """Samples memory until stopped."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._data = str(home)
        self._ended = threading.Event()
        self.peak = 0
        self.server_peak = 0

    def run(self) -> None:
        """Sample; a process that ends in between is no fault."""
        turn = 0
        while not self._ended.wait(SAMPLE_S):
            try:
                self.peak = max(self.peak, self._process.memory_info().rss)
            except psutil.Error:
                return
            if turn % 10 == 0:
                self.server_peak = max(self.server_peak, self._server())
            turn += 1

    def _server(self) -> int:
        total = 0
        for process in psutil.process_iter(["name", "cmdline", "ppid"]):
            if process.info["name"] == "postgres" and self._ours(process):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
        return total

    def _ours(self, process: psutil.Process) -> bool:
        try:
            line = " ".join(process.cmdline()) + " ".join(psutil.Process(process.ppid()).cmdline())
        except psutil.Error:
            return False
        return self._data in line

    def stop(self) -> None:
        """End the sampling."""
        self._ended.set()
        self.join()


if __name__ == "__main__":
    measure_scale(load_place(Path(sys.argv[1]) if len(sys.argv) > 1 else MALTA))
