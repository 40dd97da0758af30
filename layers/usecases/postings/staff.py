"""Full-time workers of each community against the figure of its rule set: so many households for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.registry import effective
from layers.rules.kinds import Staff
from layers.usecases.rule_sets import HeldRules, RuleBook, rules_judging
from layers.usecases.standards.judged import TEN_THOUSAND, plain
from layers.usecases.standards.store import COUNTS

USUAL = "cixi-2009"
"""The set that comes with the product and has such a figure."""
KIND = "urban"
"""A community that does not say of which kind it is, as on the standards board."""
COMMUNITIES = f"""
    SELECT v.division_id, v.code, v.name, v.kind, v.population,
           (SELECT count(*) FROM grid_version x JOIN grid g ON g.id = x.grid_id
            WHERE g.community_id = v.division_id AND {effective("x")}) AS grids
    FROM division_version v JOIN division d ON d.id = v.division_id AND d.level = 'community'
    WHERE {effective("v")} AND (CAST(:ids AS integer[]) IS NULL OR v.division_id = ANY(:ids))
    ORDER BY v.code COLLATE "C"
"""
HOLDERS = f"""
    SELECT g.community_id, p.post, p.worker_id FROM posting p JOIN grid g ON g.id = p.grid_id
    WHERE {effective("p")} AND p.substitute_for IS NULL
"""


@dataclass(frozen=True)
class StaffFound:
    """The verdicts, by which rules, and a warning for each community that is short."""

    document: dict[str, Any]
    communities: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


def staff_of(
    session: Session, ids: Sequence[int] | None, basis: str, rules: str | None
) -> StaffFound:
    """Judge the communities of an area by the rule of kind `staff` that holds in each on the day.

    Raises
    ------
    NotFoundError
        `unknown_rules`.
    """
    communities = session.execute(text(COMMUNITIES), {"ids": ids}).all()
    name = rules or _own(session, communities) or USUAL
    book = RuleBook(session, name, session.execute(text("SELECT as_of_day()")).scalar_one())
    holders: dict[str, dict[int, set[int]]] = {}
    for row in session.execute(text(HOLDERS)):
        holders.setdefault(row.post, {}).setdefault(row.community_id, set()).add(row.worker_id)
    homes: dict[int, int] = {}
    for row in session.execute(text(COUNTS)):
        value = getattr(row, basis)
        if value is not None and row.division is not None:
            homes[row.division] = homes.get(row.division, 0) + int(value)
    sets: list[HeldRules] = []
    found = []
    for row in communities:
        held = book.at(row.division_id)
        rule = None if held is None else held.rules.for_kind("staff", row.kind or KIND)
        if held is not None and not any(held is known for known in sets):
            sets.append(held)
        found.append(_community(row, held, rule, holders, homes.get(row.division_id)))
    warnings: list[dict[str, Any]] = [
        {
            "kind": "staff_short", "grids": [], "community": {"code": item["code"], "name": item["name"]},
            "worker": None, "name": None,
            "values": {key: item["staff"][key] for key in ("numerator", "required", "shortfall")},
        }
        for item in found
        if item["staff"]["state"] == "short"
    ]  # fmt: skip
    return StaffFound({"set": name, "sets": [item.document() for item in sets]}, found, warnings)


def _own(session: Session, communities: Sequence[Any]) -> str | None:
    if not communities:
        return None
    found = rules_judging(session, communities[0].division_id, "staff")
    return None if found is None else found.set.id


def _community(
    row: Any,
    held: HeldRules | None,
    rule: Any,
    holders: dict[str, dict[int, set[int]]],
    households: int | None,
) -> dict[str, Any]:
    return {
        "code": row.code, "name": row.name, "kind": row.kind, "grids": row.grids, "households": households,
        "staff": _verdict(row, held, rule, holders, households),
    }  # fmt: skip


def _verdict(
    row: Any,
    held: HeldRules | None,
    rule: Any,
    holders: dict[str, dict[int, set[int]]],
    households: int | None,
) -> dict[str, Any]:
    """Return numerator (workers), denominator, what is required, by which rule of which set."""
    made: dict[str, Any] = {
        "state": "not_applicable", "numerator": None, "denominator": None, "denominator_unit": None,
        "required": None, "shortfall": None, "households_per_worker": None, "rule": None, "set": None,
        "reason": "no_rule",
    }  # fmt: skip
    if not isinstance(rule, Staff) or held is None:
        return made
    counted = [post for post in rule.posts if post in holders]
    workers: set[int] = set()
    for post in counted:
        workers |= holders[post].get(row.division_id, set())
    by_homes = rule.households_per_worker is not None
    load = households if by_homes else row.population
    scale = rule.households_per_worker or TEN_THOUSAND
    times = 1 if by_homes else rule.workers_per_10000_residents or 0
    number = len(workers) if counted else None
    reason = "no_staff" if number is None else None
    if load is None:
        reason = "no_households" if by_homes else "no_population"
    required = None if load is None else -(-load * times // scale)
    made |= {
        "numerator": number, "denominator": load,
        "denominator_unit": "households" if by_homes else "residents", "required": required,
        "households_per_worker": None if not number or households is None else plain(households, number),
        "rule": {
            "id": rule.id, "posts": list(rule.posts), "households_per_worker": rule.households_per_worker,
            "workers_per_10000_residents": rule.workers_per_10000_residents,
        },
        "set": held.document()["set"], "state": "unknown", "reason": reason,
    }  # fmt: skip
    if number is not None and required is not None:
        made["state"] = "compliant" if number >= required else "short"
        made["shortfall"] = max(0, required - number)
    return made
