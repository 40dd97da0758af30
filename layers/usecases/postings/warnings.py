"""What is wrong with the postings of an area on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.registry import effective

SOON_DAYS = 14
"""A posting that ends within so many days should have a successor."""
ENDS_SOON = f"""
    SELECT p.id FROM posting p JOIN grid g ON g.id = p.grid_id
    WHERE {effective("p")} AND p.substitute_for IS NULL AND p.valid_to <= as_of_day() + {SOON_DAYS}
      AND (CAST(:ids AS integer[]) IS NULL OR g.community_id = ANY(:ids))
      AND EXISTS (SELECT FROM grid_version v WHERE v.grid_id = p.grid_id AND v.valid_from <= p.valid_to
                  AND (v.valid_to IS NULL OR v.valid_to > p.valid_to))
      AND NOT EXISTS (SELECT FROM posting q WHERE q.grid_id = p.grid_id AND q.post = p.post
                      AND q.substitute_for IS NULL AND q.id <> p.id AND q.valid_from <= p.valid_to
                      AND (q.valid_to IS NULL OR q.valid_to > p.valid_to))
"""
"""Nobody else holds the post on the day it ends; a grid that ends that day needs nobody."""
BEYOND = f"""
    SELECT s.id AS posting, s.worker_id AS worker, w.name, v.code, s.valid_from, s.valid_to,
           h.valid_from AS holder_from, h.valid_to AS holder_to
    FROM posting s JOIN posting h ON h.id = s.substitute_for JOIN worker w ON w.id = s.worker_id
    JOIN grid g ON g.id = s.grid_id JOIN grid_version v ON v.grid_id = s.grid_id AND {effective("v")}
    WHERE (s.valid_to IS NULL OR s.valid_to > as_of_day())
      AND NOT daterange(s.valid_from, s.valid_to) <@ daterange(h.valid_from, h.valid_to)
      AND (CAST(:ids AS integer[]) IS NULL OR g.community_id = ANY(:ids))
    ORDER BY v.code COLLATE "C", s.id
"""
"""Left where a division or a ledger ended the holder earlier; on those days nobody stands in."""


def find_warnings(
    session: Session,
    grids: Sequence[Any],
    people: Mapping[int, Sequence[Mapping[str, Any]]],
    many: int,
    ids: Sequence[int] | None,
) -> list[dict[str, Any]]:
    """Return each warning with its kind, the codes of the grids and the persons concerned.

    Kinds are `nobody`, `ends_soon`, `many_grids`, `no_phone`, `beyond_holder`.
    """
    given = {"ids": ids}
    soon = set(session.execute(text(ENDS_SOON), given).scalars())
    code = {row.grid_id: row.code for row in grids}
    found = [
        _warning("nobody", [row.code])
        for row in grids
        if not any(item["post"]["responsible"] for item in people[row.grid_id])
    ]
    found += [
        _warning("ends_soon", [code[grid]], item, valid_to=item["valid_to"], post=item["post"])
        for grid, held in people.items()
        for item in held
        if item["posting"] in soon and item["post"]["responsible"]
    ]
    answers: dict[int, list[str]] = {}
    person: dict[int, Mapping[str, Any]] = {}
    for grid, held in people.items():
        for item in held:
            person[item["worker"]] = item
            if item["post"]["responsible"] and item["holder"] is None:
                answers.setdefault(item["worker"], []).append(code[grid])
    everywhere: dict[int, list[str]] = {}
    for grid, held in people.items():
        for item in held:
            everywhere.setdefault(item["worker"], []).append(code[grid])
    for worker in sorted(person, key=lambda number: (person[number]["name"], number)):
        own = sorted(set(answers.get(worker, [])))
        if len(own) > many:
            found.append(_warning("many_grids", own, person[worker], count=len(own), limit=many))
        if not person[worker]["work_phone"]:
            found.append(_warning("no_phone", sorted(set(everywhere[worker])), person[worker]))
    for row in session.execute(text(BEYOND), given):
        item = {"worker": row.worker, "name": row.name, "posting": row.posting}
        found.append(
            _warning(
                "beyond_holder", [row.code], item, valid_from=row.valid_from, valid_to=row.valid_to,
                holder_from=row.holder_from, holder_to=row.holder_to,
            )
        )  # fmt: skip
    return found


def _warning(
    kind: str, grids: list[str], person: Mapping[str, Any] | None = None, **values: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "grids": grids,
        "community": None,
        "worker": person and person["worker"],
        "name": person and person["name"],
        "values": values,
    }
