"""Choosing sites: streets one can draw, published optima, and why some questions have no answer.

The street of most tests has homes A-E and sites at the same places, 100 m apart:

    A---B---C---D---E
    9   1   1   1   4   households
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from gis.siting import Effort, Question, Reach, Siting, choose_sites
from gis.siting.alike import alike_as_one
from gis.siting.capacity import Flow
from tests.conftest import shared
from tests.siting_cases import pmed, random_coverage, read_optima

A, B, C, D, E = range(5)
QUICK = (1, 2, 4, 5, 7, 8, 9, 10, 13)
"""Instances that take less than a second each."""


def at(*sites: int) -> np.ndarray:
    return np.array(sites, dtype=np.int64)


def street(objective: str, limit: int | None = 100, **rules: object) -> Question:
    place = np.arange(5) * 100
    distance = np.abs(place[:, None] - place)
    weight = np.array([9, 1, 1, 1, 4])
    return Question(Reach.from_matrix(distance, limit), weight, objective, **rules)


def codes(question: Question) -> list[str]:
    return [reason.code for reason in choose_sites(question).reasons]


def test_one_station_goes_where_most_households_are_in_reach():
    answer = choose_sites(street("max-coverage", choose=1))
    assert answer.chosen in {(A,), (B,)} or answer.objective == 11
    assert answer.objective == answer.bound == 11
    assert answer.chosen == (B,)


def test_a_second_station_adds_what_the_first_did_not_reach():
    answer = choose_sites(street("max-coverage", choose=2))
    assert answer.objective == answer.served == 16
    assert answer.chosen == (B, D)
    assert [(step.site, step.gain, step.value) for step in answer.curve] == [
        (B, 11, 11),
        (D, 5, 16),
    ]


def test_sites_that_add_nothing_are_still_chosen_and_the_curve_says_so():
    answer = choose_sites(street("max-coverage", choose=4))
    assert len(answer.chosen) == 4
    assert [step.gain for step in answer.curve][2:] == [0, 0]


def test_existing_stations_serve_first_and_do_not_count():
    answer = choose_sites(street("max-coverage", choose=1, existing=at(B)))
    assert answer.chosen in {(D,), (E,)}
    assert answer.objective == 16
    assert answer.curve[0].gain == 5
    assert answer.assignment.load(5)[B] == 11


def test_must_have_sites_are_chosen_and_forbidden_ones_are_not():
    answer = choose_sites(street("max-coverage", choose=2, must=at(C), forbidden=at(A, B)))
    assert answer.chosen[0] == C
    assert answer.objective == 3 + 4
    assert answer.proved


def test_a_must_have_site_that_exists_is_just_open():
    answer = choose_sites(street("max-coverage", choose=1, must=at(B), existing=at(B)))
    assert answer.objective == 16


def test_the_fewest_stations_for_everybody_and_for_a_share():
    assert choose_sites(street("min-stations")).objective == 2
    answer = choose_sites(street("min-stations", target=Fraction(11, 16)))
    assert answer.objective == answer.bound == 1
    assert (
        choose_sites(street("min-stations", target=Fraction(11, 16) + Fraction(1, 99))).objective
        == 2
    )


def test_no_station_is_needed_where_the_existing_ones_do():
    answer = choose_sites(street("min-stations", existing=at(B, D)))
    assert (answer.chosen, answer.objective, answer.bound) == ((), 0, 0)


def test_the_median_is_nearest_to_the_households():
    answer = choose_sites(street("p-median", None, choose=1))
    assert answer.chosen == (A,)
    assert answer.objective == 100 + 200 + 300 + 4 * 400
    assert answer.curve[0].gain is None
    answer = choose_sites(street("p-median", None, choose=2))
    assert answer.chosen == (A, E)
    assert [step.gain for step in answer.curve] == [None, 1800]


def test_full_stations_turn_households_away_and_more_room_serves_them():
    capacity = np.full(5, 6)
    answer = choose_sites(street("max-coverage", choose=2, capacity=capacity))
    assert answer.objective == answer.bound == 12
    assert answer.assignment.load(5).max() == 6
    assert choose_sites(street("max-coverage", choose=2, capacity=capacity * 2)).objective == 16


def test_households_move_on_to_another_station_of_theirs_when_one_is_full():
    # Home 0 may go to both sites, home 1 only to the nearer of home 0, and comes later.
    reach = Reach.from_matrix(np.array([[1, 5], [2, -1]]))
    question = Question(reach, np.array([3, 3]), "max-coverage", 2, capacity=np.array([3, 3]))
    rows = choose_sites(question).assignment
    assert list(zip(rows.demand, rows.site, rows.weight, strict=True)) == [(0, 1, 3), (1, 0, 3)]


def test_capacities_that_never_bind_change_nothing():
    free = choose_sites(street("p-median", None, choose=2))
    roomy = choose_sites(street("p-median", None, choose=2, capacity=np.full(5, 16)))
    assert (free.chosen, free.objective) == (roomy.chosen, roomy.objective)


def test_of_equally_near_stations_the_first_serves():
    answer = choose_sites(street("max-coverage", choose=2, must=at(B, D)))
    rows = answer.assignment
    assert rows.site[list(rows.demand).index(C)] == B


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        (street("max-coverage", choose=6), "choose_too_many", "5 may be chosen of 5"),
        (street("max-coverage", choose=5, existing=at(A)), "choose_too_many", "at most 4"),
        (street("max-coverage", choose=0), "choose_too_few", "1 or more"),
        (street("max-coverage"), "choose_too_few", "1 or more"),
        (street("max-coverage", choose=1, must=at(A, B)), "must_exceeds_choose", "2 or more"),
        (street("max-coverage", choose=1, must=at(A), forbidden=at(A)), "must_and_forbidden", "one"),
        (street("p-median", choose=1, existing=at(A), forbidden=at(A)), "existing_and_forbidden", "one"),
        (street("min-stations", target=Fraction(101, 100)), "bad_target", "101"),
        (street("min-stations", target=Fraction(0)), "bad_target", "0"),
        (street("min-stations", forbidden=at(D, E)), "target_out_of_reach", "12 of 16 (75.0000%)"),
        (street("min-stations", capacity=np.full(5, 2)), "capacity_short", "10 of 16 (62.5000%)"),
        (street("p-median", choose=2, forbidden=at(D, E)), "demand_out_of_reach", "4 households"),
        (street("p-median", choose=1), "choose_too_few_to_reach_all", "more sites"),
        (street("p-median", None, choose=2, capacity=np.full(5, 7)), "capacity_short", "2 too few"),
        (street("p-median", choose=2, capacity=np.array([2, 9, 2, 9, 9])), "capacity_out_of_place", "room"),
    ],
)  # fmt: skip
def test_a_question_without_an_answer_says_what_would_help(question, code, words):
    answer = choose_sites(question)
    assert [reason.code for reason in answer.reasons] == [code]
    assert words in answer.reasons[0].text
    assert not answer.feasible
    assert answer.chosen == ()
    assert answer.gap is None


def test_several_reasons_are_told_at_once():
    question = street("max-coverage", choose=9, must=at(A, B), forbidden=at(A))
    assert codes(question) == ["must_and_forbidden", "choose_too_many"]


def test_demands_out_of_reach_are_named():
    answer = choose_sites(street("p-median", choose=2, forbidden=at(D, E)))
    assert answer.reasons[0].demands == (E,)


def test_no_household_anywhere_is_no_question():
    question = replace(street("max-coverage", choose=1), weight=np.zeros(5, dtype=np.int64))
    assert codes(question) == ["no_weight"]


def test_sums_too_large_for_exact_figures_are_refused():
    question = street("p-median", None, choose=1)
    assert codes(replace(question, weight=question.weight * 10**13)) == ["too_large"]


@pytest.mark.parametrize("number", QUICK)
def test_published_optima_are_found_and_proved(number):
    check_pmed(number)


@pytest.mark.long
@pytest.mark.parametrize("number", sorted(set(range(1, 21)) - set(QUICK)))
def test_all_published_optima_are_found_and_proved(number):
    check_pmed(number)


def check_pmed(number: int) -> None:
    path = shared(f"orlib-pmed/pmed{number}.txt")
    answer = choose_sites(pmed(path))
    assert answer.objective == read_optima(path.parent)[f"pmed{number}"]
    assert answer.proved
    assert answer.reproducible
    assert answer.curve[-1].value == answer.objective


def test_ten_thousand_demands_are_within_one_percent_of_the_bound():
    question = random_coverage(0)
    assert 33 <= len(question.reach.site) / 10_000 <= 37
    answer = choose_sites(question)
    assert len(answer.chosen) == 20
    assert answer.gap <= 0.01
    assert answer.served == answer.objective
    assert answer.reproducible


def test_the_same_question_gives_the_same_answer():
    question = random_coverage(3, 1500, 200, 12, 8)
    one, two = choose_sites(question), choose_sites(question)
    assert (one.chosen, one.bound, one.iterations) == (two.chosen, two.bound, two.iterations)
    assert one.curve == two.curve


def test_work_that_is_cut_short_still_bounds_what_more_work_finds():
    question = random_coverage(5, 1500, 200, 12, 8)
    lazy = choose_sites(replace(question, effort=Effort(steps=50, kicks=0, entries=0)))
    full = choose_sites(question)
    assert lazy.objective <= full.objective <= full.bound <= lazy.bound
    assert lazy.gap > full.gap
    assert lazy.reproducible


def full_town(demands: int, sites: int, choose: int, slack: float, limit: int) -> Question:
    """Return a p-median of random points whose sites hold hardly more than everybody."""
    rng = np.random.default_rng(7)
    homes, places = rng.random((demands, 2)) * 1000, rng.random((sites, 2)) * 1000
    away = homes[:, None] - places[None]
    distance = np.rint(np.hypot(away[..., 0], away[..., 1])).astype(np.int64)
    weight = rng.integers(1, 50, demands)
    capacity = np.full(sites, int(weight.sum() / choose * slack))
    return Question(
        Reach.from_matrix(distance, limit), weight, "p-median", choose, capacity=capacity
    )


def test_a_large_median_with_capacities_is_searched_and_says_its_gap():
    question = full_town(400, 80, 9, 1.2, 2000)
    assert len(question.reach.site) * 3 > question.effort.entries
    seen: list[int] = []
    answer = choose_sites(question, lambda percent, _: seen.append(percent))
    assert seen == sorted(seen)
    assert len(answer.chosen) == 9
    assert answer.assignment.served(400).tolist() == question.weight.tolist()
    assert (answer.assignment.load(80) <= question.capacity).all()
    assert 0 <= answer.gap <= 0.1
    cost = (answer.assignment.weight * distances(question, answer)).sum()
    assert cost == answer.objective >= answer.bound
    again = choose_sites(question)
    assert (again.chosen, again.objective, again.bound) == (
        answer.chosen, answer.objective, answer.bound,
    )  # fmt: skip


def distances(question: Question, answer: Siting) -> np.ndarray:
    """Return the distance of every row of an assignment."""
    known = {
        (i, j): d
        for i, j, d in zip(
            question.reach.demand.tolist(), question.reach.site.tolist(),
            question.reach.distance.tolist(), strict=True,
        )
    }  # fmt: skip
    rows = zip(answer.assignment.demand.tolist(), answer.assignment.site.tolist(), strict=True)
    return np.array([known[row] for row in rows])


def test_the_search_of_a_large_median_is_bounded_by_the_exact_answer():
    question = full_town(120, 30, 5, 1.1, 2000)
    exact = choose_sites(question)
    searched = choose_sites(replace(question, effort=Effort(entries=0)))
    assert exact.proved
    assert searched.bound <= exact.objective <= searched.objective
    assert searched.objective <= 1.1 * exact.objective


def test_a_median_too_large_to_share_households_out_says_what_helps(monkeypatch):
    monkeypatch.setattr("gis.siting.capacitated.MOST_OPEN", 100)
    answer = choose_sites(replace(full_town(120, 30, 5, 1.1, 2000), effort=Effort(entries=0)))
    (reason,) = answer.reasons
    assert reason.code == "too_many_pairs"
    assert "600 pairs" in reason.text
    assert "smaller area" in reason.text


def test_a_large_median_whose_sites_have_no_room_in_place_is_not_found():
    question = full_town(120, 30, 5, 1.1, 2000)
    near = np.flatnonzero(question.reach.distance <= 300)
    reach = Reach.from_pairs(
        question.reach.demand[near], question.reach.site[near].astype(np.int64),
        question.reach.distance[near], demands=120, sites=30,
    )  # fmt: skip
    lost = np.setdiff1d(np.arange(120), reach.demand)
    weight = question.weight.copy()
    weight[lost] = 0
    asked = replace(question, reach=reach, weight=weight)
    answer = choose_sites(replace(asked, effort=Effort(entries=0)))
    assert [reason.code for reason in answer.reasons] == ["not_found"]


class StoppedError(Exception):
    """Raised by a progress callback to end the work."""


@pytest.mark.parametrize("step", ["searching sites", "raising the bound", "branch and bound"])
@pytest.mark.parametrize("looks", [0, 10**9])
def test_progress_is_told_and_may_end_the_work(step, looks):
    def stop(_percent: int, name: str) -> None:
        if name == step:
            raise StoppedError

    with pytest.raises(StoppedError):
        choose_sites(hard(Effort(looks=looks)), stop)


def test_work_on_full_stations_may_be_ended_too():
    def stop(_percent: int, name: str) -> None:
        if name == "branch and bound":
            raise StoppedError

    with pytest.raises(StoppedError):
        choose_sites(street("p-median", None, choose=2, capacity=np.full(5, 9)), stop)


def test_progress_never_falls():
    seen: list[int] = []
    choose_sites(hard(), lambda percent, _: seen.append(percent))
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] <= 100


def test_branching_of_our_own_and_of_highs_prove_the_same():
    ours, theirs = choose_sites(hard()), choose_sites(hard(Effort(looks=0)))
    assert ours.proved
    assert theirs.proved
    assert ours.objective == theirs.objective
    assert ours.nodes > 0
    assert theirs.nodes > 0


def test_a_clock_that_stops_the_work_is_owned_up_to():
    answer = choose_sites(hard(Effort(looks=0, seconds=1e-6)))
    assert not answer.reproducible
    assert answer.objective <= answer.bound


def hard(effort: Effort | None = None) -> Question:
    """Return a question that bounds alone do not settle."""
    return replace(random_coverage(3, 600, 100, 15, 6), effort=effort or Effort())


@pytest.mark.parametrize("seed", range(20))
def test_demands_with_the_same_sites_count_as_one(seed):
    """What can be served is the same, whichever sites are open and wherever they are full."""
    draw = np.random.default_rng(seed)
    sets = draw.random((6, 5)) < 0.5
    rows = sets[draw.integers(6, size=40)]
    reach = Reach.from_mask(rows, draw.integers(0, 900, rows.shape))
    question = Question(
        reach, draw.integers(0, 30, 40), "max-coverage", choose=2, existing=np.array([0]),
        forbidden=np.array([4]), capacity=draw.integers(0, 120, 5),
    )  # fmt: skip
    one = alike_as_one(question)
    assert one.total == question.total
    assert one.reach.demands <= 2**4
    many, few = (Flow(q.reach, q.weight, question.capacity) for q in (question, one))
    for number in range(2**4):
        opened = np.array([number >> bit & 1 for bit in range(5)], dtype=bool)
        assert many.served(opened) == few.served(opened)
    answer = choose_sites(question)
    load = np.bincount(answer.assignment.site, answer.assignment.weight, minlength=5)
    assert (load <= question.capacity).all()
    best = max(
        many.served(question.open | np.isin(np.arange(5), pair))
        for pair in itertools.combinations((1, 2, 3), 2)
    )
    assert (answer.objective, load.sum()) == (best, best)
