"""The catalogue of posts: what comes with the product, and what a county calls otherwise or adds.

Postings, ledgers and rule sets keep the name of a post; the words shown for it, its place in lists and
whether its holder answers for the grid are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.areas import ids_of, reaches
from layers.audit import record
from layers.db import actor_of, touch
from layers.registry import effective
from layers.rights import Right, RightsError

POSTS = f"""
    SELECT k.id, k.division_id, k.name, k.code, k.zh, k.en, k.responsible, k.ordinal, v.code AS division
    FROM post k LEFT JOIN division_version v ON v.division_id = k.division_id AND {effective("v")}
    ORDER BY k.ordinal, k.name COLLATE "C"
"""
COUNTY_OF = f"""
    SELECT c.division_id, t.parent_id FROM division_version c
    JOIN division_version t ON t.division_id = c.parent_id AND {effective("t")}
    WHERE {effective("c")}
"""
LAST = 1000
"""The place in lists of a post that no row names."""
MOST_CHARACTERS = 30


@dataclass(frozen=True)
class PostDraft:
    """A post as somebody adds it or renames it."""

    name: str
    zh: str
    en: str
    responsible: bool
    ordinal: int = LAST // 2
    division: str | None = None
    """Code of the county it is of; None for everywhere."""


class PostBook:
    """The posts as they are called in each community."""

    def __init__(self, session: Session) -> None:
        self._rows = session.execute(text(POSTS)).all()
        self._county: dict[int, int] = {}
        if any(row.division_id is not None for row in self._rows):
            pairs = session.execute(text(COUNTY_OF)).all()
            self._county = {int(row.division_id): row.parent_id for row in pairs}

    def at(self, community: int | None) -> dict[str, Any]:
        """Return name -> row of the posts of a community, a county's own before those of everywhere."""
        county = self._county.get(community or 0)
        usual = {row.name: row for row in self._rows if row.division_id is None}
        if county is None:
            return usual
        return usual | {row.name: row for row in self._rows if row.division_id == county}

    def word(self, community: int | None, name: str) -> dict[str, Any]:
        """Return how a post is shown in a community; of one no row names, the name itself."""
        row = self.at(community).get(name)
        if row is None:
            return {"name": name, "zh": name, "en": name, "responsible": True, "ordinal": LAST}
        return {
            "name": name, "zh": row.zh, "en": row.en, "responsible": row.responsible, "ordinal": row.ordinal,
        }  # fmt: skip

    def name_of(self, community: int | None, word: str) -> str:
        """Return the name behind a word somebody wrote: name, code or shown word; else the word."""
        known = self.at(community)
        if word in known:
            return word
        found = (row.name for row in known.values() if word in (row.zh, row.code, row.en))
        return str(next(found, word))


def list_posts(session: Session) -> dict[str, Any]:
    """Return every post in the order of lists; `division` names the county whose own it is."""
    return {"posts": [_document(row) for row in session.execute(text(POSTS))]}


def _document(row: Any) -> dict[str, Any]:
    names = ("name", "code", "zh", "en", "responsible", "ordinal", "division")
    return {name: getattr(row, name) for name in names}


def set_post(session: Session, draft: PostDraft) -> dict[str, Any]:
    """Add a post, or say how a known one is shown and whether it answers; postings stay as they are.

    Raises
    ------
    RefusedInputError
        `bad_post` with every fault, `not_a_county`.
    NotFoundError
        `unknown_division`.
    RightsError
        `no_right`, `outside_area`: what holds everywhere is for accounts of the whole store.
    """
    actor = actor_of(session)
    actor.require(Right.POSTINGS)
    words = {name: getattr(draft, name).strip() for name in ("name", "zh", "en")}
    faults = list(_faults(words, draft.ordinal))
    if faults:
        raise RefusedInputError("bad_post", f"{faults[0].field}: {faults[0].reason}", faults)
    number = None
    if draft.division is not None:
        number = ids_of(session, [draft.division])[draft.division]
        level = "SELECT level FROM division WHERE id = :id"
        if session.execute(text(level), {"id": number}).scalar_one() != "county":
            raise RefusedInputError("not_a_county", "posts are a county's own, or of everywhere")
    if not reaches(actor, number):
        raise RightsError("outside_area", "those posts lie outside the area of this account")
    given = {
        **words,
        "division": number,
        "responsible": draft.responsible,
        "ordinal": draft.ordinal,
    }
    before = session.execute(
        text(
            "SELECT zh, en, responsible, ordinal FROM post WHERE name = :name "
            "AND division_id IS NOT DISTINCT FROM :division"
        ),
        given,
    ).mappings().one_or_none()  # fmt: skip
    session.execute(
        text(
            "INSERT INTO post (division_id, name, code, zh, en, responsible, ordinal) VALUES (:division, "
            "CAST(:name AS varchar), (SELECT min(k.code) FROM post k WHERE k.name = CAST(:name AS varchar)), "
            ":zh, :en, :responsible, :ordinal) "
            "ON CONFLICT (division_id, name) DO UPDATE SET zh = excluded.zh, en = excluded.en, "
            "responsible = excluded.responsible, ordinal = excluded.ordinal"
        ),
        given,
    )
    after = {name: given[name] for name in ("zh", "en", "responsible", "ordinal")}
    object_ = f"{draft.division or '*'}/{words['name']}"
    record(
        session,
        "post.change",
        object_,
        before=None if before is None else dict(before),
        after=after,
    )
    touch(session, "workers")
    rows = session.execute(text(POSTS)).all()
    return next(
        _document(row) for row in rows if (row.division_id, row.name) == (number, words["name"])
    )


def _faults(words: dict[str, str], ordinal: int) -> Iterable[Fault]:
    for name, value in words.items():
        if not 0 < len(value) <= MOST_CHARACTERS:
            yield Fault(field=name, reason=f"1 to {MOST_CHARACTERS} characters")
        elif not value.isprintable():
            yield Fault(field=name, reason="one line of printable characters")
    if not 0 <= ordinal <= LAST:
        yield Fault(field="ordinal", reason=f"from 0 to {LAST}")
