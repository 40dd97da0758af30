"""The same work by several tools, side by side: tools alternate, so noise meets all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], Any]
LONGEST_S = 20.0
"""A tool that has used this much time in one comparison is not run again."""


@dataclass
class Tool:
    """One way to do a piece of work."""

    name: str
    version: str
    work: Work
    note: str = ""
    prepared_s: float | None = None
    """What it needs once per network, not part of the time."""


@dataclass
class Row:
    """One line of the table and of the JSON list; ours is tool `wangge`."""

    work: str
    tool: str
    version: str
    median_s: float | None
    runs: int
    false_covered: float | None = None
    false_uncovered: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the line as it is written to JSON."""
        return asdict(self)


def compare(work: str, tools: Sequence[Tool], runs: int) -> tuple[list[Row], dict[str, Any]]:
    """Run every tool once unmeasured, then alternate; return rows and each tool's last answer.

    A tool that fails is a row without a time and with the reason.
    """
    times: dict[str, list[float]] = {tool.name: [] for tool in tools}
    answers: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for run in range(runs + 1):
        for tool in tools:
            if tool.name in failed or sum(times[tool.name]) > LONGEST_S:
                continue
            started = time.perf_counter()
            try:
                answers[tool.name] = tool.work()
            except Exception as error:  # noqa: BLE001 whatever a peer raises becomes its note
                failed[tool.name] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
                continue
            taken = time.perf_counter() - started
            if run > 0 or taken > LONGEST_S / 2:
                times[tool.name].append(taken)
    rows = []
    for tool in tools:
        kept = times[tool.name] if tool.name not in failed else []
        notes = [failed.get(tool.name, ""), tool.note]
        if tool.prepared_s is not None:
            notes.append(f"prepared once in {tool.prepared_s:.2f} s")
        rows.append(
            Row(
                work, tool.name, tool.version, statistics.median(kept) if kept else None,
                len(kept), note="; ".join(note for note in notes if note),
            )
        )  # fmt: skip
    return rows, answers


def left_out(work: str, tool: str, reason: str) -> Row:
    """Return the row of a tool that is not here."""
    return Row(work, tool, "", None, 0, note=f"left out: {reason}")


def table(rows: Sequence[Row]) -> str:
    """Return rows as text, each work with its ratios to ours."""
    lines = []
    for work in dict.fromkeys(row.work for row in rows):
        mine = [row for row in rows if row.work == work]
        ours = next((row.median_s for row in mine if row.tool == "wangge" and row.median_s), None)
        lines += ["", work]
        lines.append(
            f"  {'tool':<30}{'median':>11}{'runs':>6}{'wangge/tool':>12}  wrong in/out  note"
        )
        for row in mine:
            ratio = f"{ours / row.median_s:.2f}" if ours and row.median_s else ""
            wrong = ""
            if row.false_covered is not None and row.false_uncovered is not None:
                wrong = f"{row.false_covered:.2%} {row.false_uncovered:.2%}"
            name = f"{row.tool} {row.version}".strip()
            lines.append(
                f"  {name[:29]:<30}{_seconds(row.median_s):>11}{row.runs:>6}{ratio:>12}"
                f"  {wrong:<13} {row.note}"
            )
    return "\n".join(lines)


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    if value < 0.001:
        return f"{value * 1e6:.1f} µs"
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"
