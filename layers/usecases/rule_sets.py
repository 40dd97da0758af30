"""Rule sets of divisions: which version held where on which day, and adding a new one.

A division without a set of a name goes by that of the division above it, and the topmost by the one
that comes with the product.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError
from layers.areas import ids_of, reaches
from layers.audit import record
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Right, RightsError
from layers.rules import RuleSet, built_in, built_in_names, read_rule_set

PARENTS = f"""
    SELECT v.division_id AS id, v.parent_id AS parent FROM division_version v WHERE {effective("v")}
"""
HELD = f"""
    SELECT DISTINCT ON (r.division_id, r.name) r.division_id, v.code, v.name AS division_name, r.name,
           r.version, r.valid_from, r.content, r.made_at, r.made_by
    FROM rule_set r LEFT JOIN division_version v ON v.division_id = r.division_id AND {effective("v")}
    WHERE r.valid_from <= coalesce(CAST(:day AS date), current_date)
      AND (CAST(:name AS text) IS NULL OR r.name = :name)
    ORDER BY r.division_id, r.name, r.version DESC
"""


@dataclass(frozen=True)
class HeldRules:
    """A rule set as it holds somewhere."""

    rules: RuleSet
    division: str | None = None
    """Code of the division it was made for; None for one that comes with the product."""
    version: int | None = None
    valid_from: date | None = None

    def document(self) -> dict[str, Any]:
        """Return which version of which set this is."""
        head = self.rules.set
        return {
            "set": head.id,
            "origin": "built_in" if self.version is None else "division",
            "division": self.division,
            "version": self.version,
            "valid_from": self.valid_from and self.valid_from.isoformat(),
            "place": {"zh": head.place_zh, "en": head.place_en},
            "year": head.year,
            "source": {"zh": head.source_zh, "en": head.source_en},
            "quotation": head.quotation_zh or None,
            "summary": {"zh": head.summary_zh, "en": head.summary_en},
            "marks": list(head.marks),
            "rules": len(self.rules.rule),
        }


class RuleBook:
    """The versions of one rule set that hold on a day, by division."""

    def __init__(self, session: Session, name: str, day: date | None = None) -> None:
        rows = session.execute(text(HELD), {"name": name, "day": day}).all()
        self._held = {int(row.division_id): _held(row) for row in rows}
        self._parent: dict[int, int | None] = {}
        if self._held:
            self._parent = {int(row.id): row.parent for row in session.execute(text(PARENTS))}
        self._usual = HeldRules(built_in(name)) if name in built_in_names() else None
        if self._usual is None and not self._held:
            known = ", ".join(sorted({*built_in_names(), *_names(session)}))
            raise NotFoundError("unknown_rules", f"there is no rule set {name!r}; sets are {known}")

    def at(self, division: int | None) -> HeldRules | None:
        """Return the set that holds in a division, None where none does."""
        seen: set[int] = set()
        while division is not None and division not in seen:
            if division in self._held:
                return self._held[division]
            seen.add(division)
            division = self._parent.get(division)
        return self._usual


def _held(row: Any) -> HeldRules:
    return HeldRules(read_rule_set(row.content, row.name), row.code, row.version, row.valid_from)


def _names(session: Session) -> list[str]:
    return list(session.execute(text("SELECT DISTINCT name FROM rule_set")).scalars())


def rules_judging(session: Session, division: int, kind: str) -> RuleSet | None:
    """Return the set by which a division judges a kind of rule: its own, or that of the nearest above.

    Of several sets of one division with such rules the one made last has the say. None where no
    division has one: then the set that comes with the product holds.
    """
    rows = session.execute(
        text(
            f"SELECT h.* FROM ({HELD}) h WHERE h.content->'rule' @> CAST(:rule AS jsonb) "
            "ORDER BY h.made_at, h.name"
        ),
        {"name": None, "day": None, "rule": json.dumps([{"kind": kind}])},
    ).all()
    if not rows:
        return None
    own = {int(row.division_id): row for row in rows}  # the last one wins
    parents = {int(row.id): row.parent for row in session.execute(text(PARENTS))}
    at: int | None = division
    while at is not None and at not in own:
        at = parents.get(at)
    return None if at is None else read_rule_set(own[at].content, own[at].name)


def list_rule_sets(session: Session, division: str | None = None) -> dict[str, Any]:
    """Return the sets that come with the product, and all versions of divisions' own.

    Parameters
    ----------
    division
        Limits the versions to this division.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    """
    number = None if division is None else ids_of(session, [division])[division]
    rows = session.execute(
        text(
            "SELECT r.*, v.code, coalesce(r.id = (SELECT q.id FROM rule_set q WHERE q.name = r.name "
            "AND q.division_id = r.division_id AND q.valid_from <= current_date "
            "ORDER BY q.version DESC LIMIT 1), false) AS holds FROM rule_set r "
            f"LEFT JOIN division_version v ON v.division_id = r.division_id AND {effective('v')} "
            "WHERE CAST(:division AS integer) IS NULL OR r.division_id = :division "
            'ORDER BY r.name COLLATE "C", v.code COLLATE "C", r.version'
        ),
        {"division": number},
    ).all()
    stored = [
        {
            **_held(row).document(),
            "holds": bool(row.holds),
            "made_at": row.made_at.isoformat(timespec="seconds"),
            "made_by": row.made_by,
        }
        for row in rows
    ]
    usual = [HeldRules(built_in(name)).document() for name in built_in_names()]
    return {"built_in": usual, "versions": stored}


def show_rule_set(
    session: Session, name: str, division: str | None = None, day: date | None = None
) -> dict[str, Any]:
    """Return a set with its content as it holds in a division on a day.

    Raises
    ------
    NotFoundError
        `unknown_division`, `unknown_rules`.
    """
    number = None if division is None else ids_of(session, [division])[division]
    held = RuleBook(session, name, day).at(number)
    if held is None:
        raise NotFoundError("unknown_rules", f"no rule set {name!r} holds there on that day")
    return {**held.document(), "content": held.rules.document()}


def add_rule_set(
    session: Session,
    division: str,
    content: Mapping[str, Any],
    valid_from: date | None = None,
    file: str | None = None,
) -> dict[str, Any]:
    """Store a new version of a division's rule set; those before it stay.

    Parameters
    ----------
    valid_from
        The day it begins to hold, today when left out; no earlier than that of the version before it.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    RefusedInputError
        `invalid_rules`, with every fault.
    RightsError
        `no_right`, `outside_area`.
    ConflictError
        `earlier_than_last`, `taken` when somebody added a version a moment ago.
    """
    actor = actor_of(session)
    actor.require(Right.RULES)
    rules = read_rule_set(content, file)
    number = ids_of(session, [division])[division]
    if not reaches(actor, number):
        raise RightsError("outside_area", f"outside the area of this account: {division}")
    today: date = session.execute(text("SELECT current_date")).scalar_one()
    begins = valid_from or today
    name = rules.set.id
    before = session.execute(
        text(
            "SELECT version, valid_from FROM rule_set WHERE division_id = :division AND name = :name "
            "ORDER BY version DESC LIMIT 1"
        ),
        {"division": number, "name": name},
    ).one_or_none()
    if before is not None and begins < before.valid_from:
        reason = (
            f"version {before.version} begins on {before.valid_from}; the next begins no earlier"
        )
        raise ConflictError(
            "earlier_than_last", reason, [Fault(file, field="valid_from", reason=reason)]
        )
    document = rules.document()
    version = session.execute(
        text(
            "INSERT INTO rule_set (division_id, name, valid_from, content, made_by) VALUES "
            "(:division, :name, :begins, CAST(:content AS jsonb), :actor) RETURNING version"
        ),
        {
            "division": number,
            "name": name,
            "begins": begins,
            "content": json.dumps(document, ensure_ascii=False),
            "actor": actor.name,
        },
    ).scalar_one()
    record(
        session,
        "rules.add",
        f"{division}/{name}",
        before=None if before is None else {"version": before.version},
        after={"version": version, "valid_from": begins.isoformat(), "rules": len(rules.rule)},
    )
    return {**HeldRules(rules, division, version, begins).document(), "content": document}
