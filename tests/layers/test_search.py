"""Search: pinyin, and what has no entry of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.usecases.search import find, initials, pinyin


@pytest.mark.parametrize(
    ("name", "letters", "sound"),
    [
        ("桥西社区", "qxsq", "qiaoxishequ"),
        ("3号楼", "3hl", "3haolou"),
        ("A座", "az", "azuo"),
        ("—", "", ""),
    ],
)
def test_names_have_pinyin_and_initials(name, letters, sound):
    assert (initials(name), pinyin(name)) == (letters, sound)


@pytest.mark.parametrize("query", ["r12X9", "R12X9"])
def test_a_building_without_a_name_is_found_by_its_code(session: Session, query):
    session.execute(
        text(
            "INSERT INTO building (code, dataset, geom) VALUES "
            "('R12X9', 'x', ST_SetSRID(ST_MakePoint(117, 30), 4326))"
        )
    )
    assert [(item["kind"], item["code"]) for item in find(session, query, 5)] == [
        ("building", "R12X9")
    ]
