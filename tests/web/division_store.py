"""A plan server in memory over generated cells, answering the page's calls in place of the real one.

The cells are a jittered lattice, so that sizes and numbers are free: the real store is far smaller than what
the page has to bear.
"""

from __future__ import annotations

import json
import math
import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

SCALE = 10_000_000
AT = "2026-09-01T08:00:00+08:00"
WORKERS = [
    {
        "worker": 11,
        "name": "示例网格员甲",
        "work_phone": "0000-0000011",
        "grids": ["990101001001001"],
    },
    {"worker": 12, "name": "示例网格员乙", "work_phone": "0000-0000012", "grids": []},
]
AREAS = [
    {"areas": "layer:estates", "number": 9},
    {"areas": "layer:office_areas:police", "number": 2},
]
CLASSES = [
    {"name": "", "weight": 0, "main": False},
    {"name": "primary", "weight": 0.7, "main": True},
    {"name": "residential", "weight": 0.2, "main": False},
]


def lattice(
    columns: int, rows: int, *, west: float, north: float, step_m: float = 60, seed: int = 1
) -> dict[str, Any]:
    """Return the payload of `columns` x `rows` irregular cells, row by row from the north-west.

    Every fifth row and seventh column is a street. Corners and the middles of sides are jittered.
    """
    dice = random.Random(seed)
    lat_step = step_m / 111_320 * SCALE
    lon_step = lat_step / math.cos(math.radians(north))
    origin = (round(west * SCALE), round(north * SCALE))
    corner = {
        (c, r): (
            round((c + dice.uniform(-0.28, 0.28)) * lon_step),
            round(-(r + dice.uniform(-0.28, 0.28)) * lat_step),
        )
        for r in range(rows + 1)
        for c in range(columns + 1)
    }
    points: list[int] = []
    sizes: list[int] = []
    left: list[int] = []
    right: list[int] = []
    length: list[float] = []
    barrier: list[int] = []
    arcs: dict[tuple[int, int, str], int] = {}

    def cell(c: int, r: int) -> int:
        return r * columns + c if 0 <= c < columns and 0 <= r < rows else -1

    def add(key: tuple[int, int, str], end: tuple[int, int], sides: tuple[int, int]) -> None:
        (x0, y0), (x1, y1) = corner[key[:2]], corner[end]
        bend = (
            (x0 + x1) / 2 + dice.uniform(-0.1, 0.1) * lon_step,
            (y0 + y1) / 2 + dice.uniform(-0.1, 0.1) * lat_step,
        )
        middle = (round(bend[0]), round(bend[1]))
        points.extend(
            [x0, y0, middle[0] - x0, middle[1] - y0, x1 - middle[0], y1 - middle[1]]
        )  # fmt: skip
        sizes.append(3)
        left.append(sides[0])
        right.append(sides[1])
        length.append(
            round(math.hypot((x1 - x0) / lon_step * step_m, (y1 - y0) / lat_step * step_m), 3)
        )
        street = key[1] % 5 == 0 if key[2] == "h" else key[0] % 7 == 0
        barrier.append(1 if street else 2 if sum(key[:2]) % 3 == 0 else 0)
        arcs[key] = len(sizes) - 1

    for r in range(rows + 1):
        for c in range(columns):
            add((c, r, "h"), (c + 1, r), (cell(c, r - 1), cell(c, r)))
    for c in range(columns + 1):
        for r in range(rows):
            add((c, r, "v"), (c, r + 1), (cell(c, r), cell(c - 1, r)))
    count = columns * rows
    places = [(i % columns, i // columns) for i in range(count)]
    resident = [0 if dice.random() < 0.12 else dice.randrange(8, 70) for _ in places]
    rings = [
        [[arcs[c, r, "v"], arcs[c, r + 1, "h"], ~arcs[c + 1, r, "v"], ~arcs[c, r, "h"]]]
        for c, r in places
    ]
    return {
        "set": 1,
        "version": "1.0",
        "division": {"code": "", "name": ""},
        "scale": SCALE,
        "origin": origin,
        "arcs": {
            "points": points,
            "sizes": sizes,
            "left": left,
            "right": right,
            "length_m": length,
            "barrier": barrier,
        },
        "barrier_classes": CLASSES,
        "cells": {
            "id": [101 + i for i in range(count)],
            "rings": rings,
            "area_m2": [step_m**2] * count,
            "lon": [(origin[0] + (c + 0.5) * lon_step) / SCALE for c, _ in places],
            "lat": [(origin[1] - (r + 0.5) * lat_step) / SCALE for _, r in places],
            "registered": [round(n * 0.8) for n in resident],
            "resident": resident,
            "planned": [0] * count,
            "buildings": [1 + n // 20 for n in resident],
            "land_use": [0 if n else 3 for n in resident],
            "estate": [(c // 2 + 1000 * (r // 2)) % 97 if (c + r) % 5 < 2 else -1 for c, r in places],
            "group": [-1] * count,
            "community": [0] * count,
        },
        "land_uses": ["homes", "water", "green", "other"],
        "estates": [{"code": f"E{i}", "name": f"小区{i}"} for i in range(97)],
        "groups": [],
        "communities": [{"code": "", "name": ""}],
    }  # fmt: skip


def blocks(columns: int, rows: int, wide: int, high: int) -> list[int]:
    """Return a part number per cell: rectangles of `wide` x `high` cells."""
    per_row = math.ceil(columns / wide)
    return [
        1 + (i % columns) // wide + per_row * ((i // columns) // high)
        for i in range(columns * rows)
    ]


def part(no: int, **given: Any) -> dict[str, Any]:
    """Return a part as the server describes it."""
    return {
        "no": no, "name": None, "kind": "general", "level": None, "parent": None, "locked": False,
        "note": None, "lead": None, "reason": None, "confirmed": False, "origin": None, **given,
    }  # fmt: skip


class PlanServer:
    """One plan of one division, edited over the page's own calls."""

    def __init__(self, division: dict[str, Any], cells: dict[str, Any], parts: list[int]) -> None:
        self.division = {"code": division["code"], "name": division["name"], "level": "community"}
        cells["division"] = {"code": division["code"], "name": division["name"]}
        cells["communities"] = [{"code": division["code"], "name": division["name"]}]
        self.cells = json.dumps(cells)
        self.ids: list[int] = cells["cells"]["id"]
        self.resident: dict[int, int] = dict(zip(self.ids, cells["cells"]["resident"], strict=True))
        self.part = {cell: no for cell, no in zip(self.ids, parts, strict=True) if no}
        self.grids = {no: part(no) for no in sorted({no for no in parts if no})}
        self.last = max(self.grids, default=0)
        self.revision = 3
        self.state = "draft"
        self.edits: list[dict[str, Any]] = []
        self.undone: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.papers: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self.suggestion: dict[str, Any] | None = None
        self.cell_set: dict[str, Any] | None = {
            "set": 1, "generation": 1, "made_at": AT, "stale": False, "reasons": [], "cells": len(self.ids),
        }  # fmt: skip
        self.drift: list[dict[str, Any]] = []
        self.compared: list[str] = []
        self.has_plan = True
        self.away = False
        self.refuse: dict[str, Any] | None = None
        self.allowed = ["edit", "consultation", "notice", "review", "branch", "withdrawn"]

    def attach(self, page: Any) -> None:
        """Answer the page's calls about plans from here."""
        page.route("**/api/plans**", self.answer)
        page.route("**/api/plans/**", self.answer)
        page.route("**/api/cell-sets", self.answer)

    def row(self) -> dict[str, Any]:
        """Return the plan as a list shows it."""
        return {
            "plan": 7, "name": "2026 秋季调整", "division": self.division, "part_level": "grid", "state": self.state,
            "revision": self.revision, "parts": len(self.grids), "updated_at": AT, "updated_by": "demo-planner",
            "effective_on": None, "stale": False,
        }  # fmt: skip

    def plan(self) -> dict[str, Any]:
        """Return the whole plan."""
        cells = sorted(self.part)
        return {
            **self.row(),
            "basis_default": "resident", "community_kind": "urban", "version": "1.0", "stale_reasons": [],
            "band": {
                "min": 500, "max": 800, "rule": "grid_households", "year": 2021,
                "summary": {"zh": "每个网格 500–800 户", "en": "500–800 households"},
                "source": {"zh": "某市网格划分标准", "en": "a city's standard"},
                "place": {"zh": "陕西某市", "en": "a city in Shaanxi"},
            },
            "grids": list(self.grids.values()),
            "assignment": {"cell": cells, "part": [self.part[cell] for cell in cells]},
            **self.turns(), "steps": self.steps, "papers": self.papers, "allowed": self.allowed,
            "codes": {}, "history": [],
        }  # fmt: skip

    def turns(self) -> dict[str, Any]:
        """Return what undo and redo would do."""

        def last(of: list[dict[str, Any]]) -> Any:
            return {"label": of[-1]["label"], "at": AT, "actor": "demo-planner"} if of else None

        return {
            "undo": last([e for e in self.edits if e["actor"] == "demo-planner"]),
            "redo": last(self.undone),
        }

    def households(self, no: int) -> int:
        """Return the resident households of a part."""
        return sum(self.resident[cell] for cell, at in self.part.items() if at == no)

    def answer(self, route: Any) -> None:
        """Answer one call."""
        request = route.request
        if self.away:
            route.abort()
            return
        path = urlsplit(request.url)
        body = request.post_data_json if request.method in {"POST", "PATCH"} else None
        rest = path.path.removeprefix("/api/plans").strip("/").split("/")
        status, text = self.respond(request.method, rest, parse_qs(path.query), body)
        kind = "application/problem+json" if status >= 400 else "application/json"
        route.fulfill(status=status, content_type=kind, body=text)

    def respond(self, method: str, rest: list[str], query: Any, body: Any) -> tuple[int, str]:
        """Return status and body of a call."""
        what = rest[1] if len(rest) > 1 else ""
        if rest == [""] and method == "GET":
            plans = [self.row()] if self.has_plan else []
            return 200, json.dumps(
                {"plans": plans, "cell_set": self.cell_set, "drift": self.drift, "areas": AREAS}
            )
        if rest == [""]:
            self.has_plan = True
            return 200, json.dumps(self.plan())
        if what == "cells":
            return 200, self.cells
        if what == "edits" and method == "GET":
            after = int(query["after"][0])
            edits = [e for e in self.log if e["revision"] > after]
            head = {"revision": self.revision, "version": "1.0", "state": self.state}
            return 200, json.dumps({**head, **self.turns(), "edits": edits})
        if what == "edits":
            return self.edit(body)
        if what in {"undo", "redo"}:
            return self.turn(what)
        if what == "suggest":
            return 200, json.dumps(self.suggestion)
        if what == "check":
            levels = [finding["level"] for finding in self.findings]
            head = {
                "errors": levels.count("error"),
                "warnings": levels.count("warning"),
                "advice": levels.count("advice"),
            }
            return 200, json.dumps({**head, "findings": self.findings})
        if what == "steps":
            self.state = {"returned": "draft"}.get(body["to"], body["to"])
            self.steps.append({"state": body["to"], "at": AT, "actor": "demo-planner", "date": body.get("date"),
                               "number": body.get("number"), "note": body.get("note"),
                               "notice_from": body.get("notice_from"), "notice_to": body.get("notice_to")})  # fmt: skip
            return 200, json.dumps(self.plan())
        if what == "workers":
            return 200, json.dumps({"workers": WORKERS})
        if what == "compare":
            self.compared.append(query["with"][0])
            return 200, json.dumps(self.comparison())
        return 200, json.dumps(self.plan())

    def comparison(self) -> dict[str, Any]:
        """Return a matrix of this plan against itself, one household moved per part."""
        nos = list(self.grids)[:12]
        matrix = [
            [self.households(a) if a == b else 17 * (abs(i - j) == 1) for j, b in enumerate(nos)]
            for i, a in enumerate(nos)
        ]
        return {
            "left": {"name": "2026 秋季调整"}, "right": {"name": "现行网格"}, "basis": "resident",
            "rows": [{"no": no, "name": None} for no in nos],
            "columns": [{"key": str(no), "name": f"现行 {no:03}"} for no in nos],
            "matrix": matrix, "moved": {"households": 34, "buildings": 3, "cells": 2}, "unmatched_households": 0,
            "changes": [{"from": "现行 001", "to": "第 2 网格", "households": 17, "buildings": 2,
                         "workers_from": ["示例网格员甲"], "workers_to": ["示例网格员乙"]}],
        }  # fmt: skip

    def edit(self, body: dict[str, Any]) -> tuple[int, str]:
        """Store an edit, or refuse it as told."""
        if self.refuse is not None:
            refusal, self.refuse = self.refuse, None
            return 409, json.dumps({"title": "x", "status": 409, "detail": "-", **refusal})
        fresh = sorted(
            {int(no) for no in body["cells"] if int(no) < 0}
            | {g["no"] for g in body["grids"] if g["no"] < 0},
            reverse=True,
        )
        numbers = {no: self.last + 1 + i for i, no in enumerate(fresh)}
        self.last += len(fresh)
        moved = {
            cell: numbers.get(int(no), int(no)) for no, ids in body["cells"].items() for cell in ids
        }
        touched = {no: part(no) for no in numbers.values()}
        for change in body["grids"]:
            no = numbers.get(change["no"], change["no"])
            touched[no] = {**(touched.get(no) or self.grids[no]), **change, "no": no}
        entry = self.store("demo-planner", body["label"], moved, touched, body["removed"])
        self.undone.clear()
        named = {str(no): given for no, given in numbers.items()}
        answer = {"revision": self.revision, "version": "1.0", "numbers": named}
        return 200, json.dumps({**answer, "edit": entry, **self.turns()})

    def store(
        self, actor: str, label: str, moved: dict[int, int], touched: dict[int, Any], removed: list[int]
    ) -> dict[str, Any]:  # fmt: skip
        """Make a change and remember how to take it back."""
        self.revision += 1
        entry = {
            "revision": self.revision, "actor": actor, "at": AT, "label": label,
            "cells": {"cell": list(moved), "part": list(moved.values())},
            "grids": list(touched.values()), "removed": removed,
        }  # fmt: skip
        before = {
            "label": label, "actor": actor, "cells": {cell: self.part.get(cell, 0) for cell in moved},
            "parts": {no: self.grids.get(no) for no in [*touched, *removed]},
        }  # fmt: skip
        self.put(moved, {**touched, **dict.fromkeys(removed)})
        self.log.append(entry)
        self.edits.append(before)
        return entry

    def put(self, cells: dict[int, int], parts: dict[int, Any]) -> None:
        """Make cells and parts what is given."""
        for no, item in parts.items():
            if item is None:
                self.grids.pop(no, None)
            else:
                self.grids[no] = item
        for cell, no in cells.items():
            if no:
                self.part[cell] = no
            else:
                self.part.pop(cell, None)

    def turn(self, which: str) -> tuple[int, str]:
        """Take back the newest change of one's own, or make it again."""
        pile = self.edits if which == "undo" else self.undone
        if not pile:
            problem = {"title": "x", "status": 409, "detail": "-", "code": f"nothing_to_{which}"}
            return 409, json.dumps(problem)
        item = pile.pop()
        now = {
            **item, "cells": {cell: self.part.get(cell, 0) for cell in item["cells"]},
            "parts": {no: self.grids.get(no) for no in item["parts"]},
        }  # fmt: skip
        self.put(item["cells"], item["parts"])
        (self.undone if which == "undo" else self.edits).append(now)
        self.revision += 1
        entry = {
            "revision": self.revision, "actor": "demo-planner", "at": AT, "label": item["label"],
            "cells": {"cell": list(item["cells"]), "part": list(item["cells"].values())},
            "grids": [g for g in item["parts"].values() if g is not None],
            "removed": [no for no, g in item["parts"].items() if g is None],
        }  # fmt: skip
        self.log.append(entry)
        answer = {"revision": self.revision, "version": "1.0", "numbers": {}, "edit": entry}
        return 200, json.dumps({**answer, **self.turns()})

    def somebody_paints(self, cells: list[int], no: int) -> None:
        """Change cells as another planner would."""
        self.store("li.gh", "paint", dict.fromkeys(cells, no), {}, [])
