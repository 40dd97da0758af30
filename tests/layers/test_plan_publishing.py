"""Publishing: versions on a day, codes that are never used twice, lineage, postings, taking back."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError, RefusedInputError
from layers.features import feature_page
from layers.registry import layer
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.publishing import publish, take_back
from layers.usecases.plans.steps import take_step
from tests.conftest import fresh_copy
from tests.layers.plans import (
    COMMUNITY,
    OTHER,
    age,
    all_cells,
    approve,
    cells_of,
    divided,
    document,
    edit,
    empty,
    give_leads,
    in_days,
)


@pytest.fixture
def store(cluster, planned_store, request):
    """Return a copy of the planned county that may be published into."""
    planned_store.dispose()
    name = f"wangge_test_pub_{abs(hash(request.node.nodeid)) % 10**8}"
    with fresh_copy(planned_store, name) as copy:
        yield copy


def ready(store, code=COMMUNITY):
    plan = divided(store, code)
    give_leads(store, plan)
    approve(store, plan)
    return plan


def published(store, plan, days=0, **options):
    with store.session() as session:
        return publish(session, plan, in_days(store, days), **options)


def grids(store, code=COMMUNITY, day=None):
    """Return code -> polygon of the grids of a community as the layer shows them on a day."""
    with store.session() as session:
        if day is not None:
            session.execute(
                text("SELECT set_config('wangge.as_of', :day, true)"), {"day": str(day)}
            )
        page = feature_page(session, layer("grids"), None, 10_000, 0)
    return {
        item["properties"]["code"]: shapely.geometry.shape(item["geometry"])
        for item in page["features"]
        if item["properties"]["community"] == code
    }


def test_a_plan_holds_from_its_day_and_the_day_before_is_answered_from_history(store):
    before = set(grids(store))
    plan = ready(store)
    published(store, plan, days=10)
    assert set(grids(store)) == before
    assert set(grids(store, day=in_days(store, 9))) == before
    after = grids(store, day=in_days(store, 10))
    assert set(after) == set(document(store, plan)["codes"].values())
    assert document(store, plan)["state"] == "filed"


def test_grids_of_a_published_plan_tile_their_community_to_the_bit(store):
    published(store, ready(store))
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT ST_AsBinary(v.geom) FROM grid_version v JOIN grid g ON g.id = v.grid_id "
                "JOIN division_version d ON d.division_id = g.community_id AND d.code = :code "
                "WHERE v.valid_from <= current_date AND v.valid_to IS NULL"
            ),
            {"code": COMMUNITY},
        ).scalars()
        shapes = shapely.from_wkb([bytes(row) for row in rows])
        cells = shapely.from_wkb(
            [
                bytes(row)
                for row in session.execute(
                    text("SELECT ST_AsBinary(geom) FROM cell WHERE id = ANY(:ids)"),
                    {"ids": all_cells(store)},
                ).scalars()
            ]
        )
    parts = shapely.get_parts(shapes)
    assert shapely.coverage_is_valid(parts)
    assert shapely.coverage_union_all(parts).equals(shapely.coverage_union_all(cells))


def test_a_published_code_is_never_given_again(store):
    first = published(store, ready(store))["codes"]
    age(store)
    plan = empty(store)
    cells = all_cells(store)
    edit(
        store,
        plan,
        0,
        cells={-1: cells},
        grids=[{"no": -1, "lead": {"name": "岗位"}, "reason": "一格"}],
    )
    approve(store, plan)
    second = published(store, plan)["codes"]
    with store.session() as session:
        ever = session.execute(
            text("SELECT code FROM grid_version GROUP BY 1 HAVING count(DISTINCT grid_id) > 1")
        ).all()  # fmt: skip
    assert ever == []
    assert set(second.values()) <= set(first.values()) or not set(second.values()) & set(
        first.values()
    )


def test_a_split_keeps_the_code_with_the_larger_half_and_gives_the_other_a_new_one(store):
    codes = published(store, ready(store))["codes"]
    age(store)
    with store.session() as session:
        plan = create_plan(session, COMMUNITY, "next", "published")
    now = document(store, plan)
    cut = cells_of(now, 1)
    quarter = cut[: len(cut) // 4]
    new = {"no": -1, "lead": {"name": "新"}, "reason": "试"}
    edit(store, plan, 0, "split", cells={-1: quarter}, grids=[new])
    edit(store, plan, 1, "note", grids=[{"no": g["no"], "reason": "试"} for g in now["grids"]])
    approve(store, plan)
    after = published(store, plan)["codes"]
    assert len(set(after.values())) == len(codes) + 1
    assert set(codes.values()) < set(after.values())
    with store.session() as session:
        kinds = session.execute(
            text("SELECT kind, count(*) FROM grid_lineage WHERE plan_id = :plan GROUP BY 1"), {"plan": plan}
        ).all()  # fmt: skip
    assert dict(kinds)["split"] == 2


def test_errors_stop_publishing_and_nothing_is_written(store):
    plan = divided(store)
    some = cells_of(document(store, plan), 1)
    edit(store, plan, document(store, plan)["revision"], "erase", cells={0: some[:1]})
    approve(store, plan)
    before = grids(store, day=in_days(store, 5))
    with pytest.raises(ConflictError) as error:
        published(store, plan, days=3)
    assert error.value.code == "check_failed"
    assert any(fault.field.startswith("R4") for fault in error.value.faults)
    assert set(grids(store, day=in_days(store, 5))) == set(before)


def test_a_filed_plan_is_taken_back_as_if_it_had_never_been(store):
    before = grids(store, day=in_days(store, 20))
    tables = ("grid", "grid_version", "posting", "worker", "grid_lineage")

    def counts():
        with store.session() as session:
            return [
                session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
                for name in tables
            ]

    old, plan = counts(), ready(store)
    published(store, plan, days=10)
    assert counts() != old
    with store.session() as session:
        take_back(session, plan)
    assert counts() == old
    assert grids(store, day=in_days(store, 20)).keys() == before.keys()
    assert document(store, plan)["state"] == "approved"


def test_taking_back_gives_a_posting_the_end_it_had(store):
    ends = in_days(store, 60)
    with store.session() as session:
        session.execute(text("UPDATE posting SET valid_to = :end"), {"end": ends})
    plan = empty(store)
    whole = {"no": -1, "lead": {"name": "岗位"}, "reason": "一格"}
    edit(store, plan, 0, cells={-1: all_cells(store)}, grids=[whole])
    approve(store, plan)
    published(store, plan, days=10)
    with store.session() as session:
        ended = session.execute(
            text("SELECT count(*) FROM posting WHERE valid_to = current_date + 10")
        ).scalar_one()
        take_back(session, plan)
        found = session.execute(text("SELECT DISTINCT valid_to FROM posting")).scalars().all()
    assert ended > 0
    assert found == [ends]


def test_an_effective_plan_cannot_be_taken_back(store):
    plan = ready(store)
    published(store, plan)
    assert document(store, plan)["state"] == "effective"
    with store.session() as session, pytest.raises(ConflictError) as error:
        take_back(session, plan)
    assert error.value.code == "bad_step"


def test_two_plans_do_not_become_effective_on_one_day(store):
    published(store, ready(store), days=10)
    second = ready(store)
    with pytest.raises(ConflictError) as error:
        published(store, second, days=10)
    assert error.value.code == "same_day"
    with pytest.raises(ConflictError) as error:
        published(store, second, days=5)
    assert error.value.code == "another_filed"


def test_a_past_day_is_refused_where_grids_are_known_and_taken_for_a_first_import(store):
    plan = ready(store)
    with pytest.raises(RefusedInputError) as error:
        published(store, plan, days=-5)
    assert error.value.code == "past_date"
    with pytest.raises(RefusedInputError):
        published(store, plan, days=-5, first_import=True)  # the sample county has grids there
    with store.session() as session:
        session.execute(text("DELETE FROM posting"))
        session.execute(text("DELETE FROM grid_version"))
        session.execute(text("DELETE FROM grid"))
    edit_leads = published(store, ready(store), days=-400, first_import=True)
    assert len(grids(store, day=in_days(store, -399))) == len(edit_leads["codes"])
    assert grids(store, day=in_days(store, -401)) == {}


def test_a_draft_is_not_published_before_it_is_approved(store):
    with pytest.raises(ConflictError) as error:
        published(store, divided(store))
    assert error.value.code == "bad_step"


def test_a_withdrawn_community_is_not_divided(store):
    plan = ready(store, OTHER)
    with store.session() as session:
        session.execute(
            text("UPDATE division_version SET valid_to = current_date WHERE code = :code"), {"code": OTHER}
        )  # fmt: skip
    with pytest.raises(ConflictError) as error:
        published(store, plan)
    assert error.value.code == "withdrawn_division"
    with pytest.raises(ConflictError) as error:
        empty(store, OTHER)
    assert error.value.code == "withdrawn_division"


def test_proposed_leads_are_posted_from_the_day_and_retired_grids_lose_their_workers(store):
    plan = ready(store)
    published(store, plan, days=10)
    with store.session() as session:
        begun = session.execute(
            text("SELECT count(*) FROM posting WHERE valid_from = current_date + 10")
        ).scalar_one()
        orphaned = session.execute(
            text(
                "SELECT count(*) FROM posting p JOIN grid_version v ON v.grid_id = p.grid_id "
                "WHERE v.valid_to = current_date + 10 AND p.valid_to IS NULL AND NOT EXISTS ("
                "SELECT FROM grid_version w WHERE w.grid_id = v.grid_id AND w.valid_to IS NULL)"
            )
        ).scalar_one()
    assert begun == len(document(store, plan)["grids"])
    assert orphaned == 0


def test_a_notice_must_run_its_days_and_objections_be_answered(store):
    from layers.usecases.plans.steps import add_paper, answer_paper

    plan = divided(store)
    with store.session() as session:
        take_step(session, plan, "consultation")
        with pytest.raises(RefusedInputError):
            take_step(session, plan, "notice")
        take_step(
            session, plan, "notice", notice_from=in_days(store, -9), notice_to=in_days(store, 0)
        )
    with store.session() as session, pytest.raises(ConflictError) as error:
        take_step(session, plan, "review")
    assert error.value.code == "notice_open"
    with store.session() as session:
        session.execute(
            text("UPDATE plan SET notice_to = current_date - 1 WHERE id = :plan"), {"plan": plan}
        )
        fields = {"number": None, "title": None, "date": None, "text": "路东也算", "answer": None}
        add_paper(session, plan, "objection", fields)
    with store.session() as session, pytest.raises(ConflictError) as error:
        take_step(session, plan, "review")
    assert error.value.code == "open_objections"
    with store.session() as session:
        answer_paper(session, plan, document(store, plan)["papers"][0]["paper"], "不采纳：以路为界")
        take_step(session, plan, "review")
    assert document(store, plan)["state"] == "review"
