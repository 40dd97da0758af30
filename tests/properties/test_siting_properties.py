"""What must hold of every choice of sites, judged against looking at all of them.

With `TEST_LONG` the full counts run, else a seeded sample.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from gis.siting import OBJECTIVES, Effort, Question, Reach, choose_sites
from tests.siting_cases import best_of_all, judged, opened_by, small_question

LONG = bool(os.environ.get("TEST_LONG"))
SMALL = 3000 if LONG else 200
MIDDLE = 400 if LONG else 12
GROWN = 1000 if LONG else 100


@pytest.mark.parametrize("capacities", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_small_questions_agree_with_looking_at_every_choice(objective, capacities):
    answered = 0
    for seed in range(SMALL):
        question, distance = small_question(seed, objective, capacities=capacities)
        best = best_of_all(question, distance)
        answer = choose_sites(question)
        assert answer.objective == best, seed
        assert answer.feasible == (not answer.reasons), seed
        if best is None:
            assert all(reason.text for reason in answer.reasons), seed
            continue
        answered += 1
        assert answer.proved, seed
        assert answer.gap == 0, seed
        require_sense(question, distance, answer)
    assert 0.2 * SMALL < answered < SMALL


def require_sense(question: Question, distance: np.ndarray, answer) -> None:
    """Check rules, assignment and curve of an answer."""
    chosen = set(answer.chosen)
    assert list(answer.chosen) == sorted(chosen)
    assert set(np.flatnonzero(question.needed).tolist()) <= chosen
    assert chosen <= set(np.flatnonzero(question.candidates).tolist())
    if question.objective != "min-stations":
        assert len(chosen) == question.choose
    opened = opened_by(question, answer.chosen)
    served, cost = judged(question, distance, opened)
    rows = answer.assignment
    assert answer.served == served
    assert (rows.weight > 0).all()
    assert opened[rows.site].all()
    assert (distance[rows.demand, rows.site] >= 0).all()
    assert (rows.served(len(question.weight)) <= question.weight).all()
    if question.capacity is not None:
        assert (rows.load(question.reach.sites) <= question.capacity).all()
    if question.objective == "p-median":
        assert int((distance[rows.demand, rows.site] * rows.weight).sum()) == cost
    if answer.curve:
        assert {step.site for step in answer.curve} == chosen
        assert answer.curve[-1].value == (cost if question.objective == "p-median" else served)


def town(seed: int, objective: str) -> tuple[Question, np.ndarray]:
    """Return 40 homes and 12 sites, one of them open and one a must."""
    rng = np.random.default_rng(seed)
    homes, places = rng.integers(0, 100, (40, 2)), rng.integers(0, 100, (12, 2))
    distance = np.abs(homes[:, None] - places[None]).sum(axis=2)
    if objective != "p-median":
        distance[distance > 35] = -1
    question = Question(
        Reach.from_matrix(distance), rng.integers(0, 50, 40), objective, 4,
        existing=np.array([seed % 12]), must=np.array([(seed + 1) % 12]),
    )  # fmt: skip
    return question, distance


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_larger_questions_agree_with_every_choice_of_four(objective):
    for seed in range(MIDDLE):
        question, distance = town(seed, objective)
        answer = choose_sites(question)
        assert answer.objective == best_of_all(question, distance), seed
        if answer.feasible:
            assert answer.proved, seed
            require_sense(question, distance, answer)


def test_more_sites_reach_and_capacity_never_serve_less():
    for seed in range(GROWN):
        question, distance = small_question(seed, "max-coverage", capacities=seed % 2 == 0)
        base = choose_sites(question)
        if not base.feasible:
            continue
        grown = [
            replace(question, reach=Reach.from_matrix(np.where(distance < 0, 3, distance))),
            replace(question, must=question.must[:0], forbidden=question.forbidden[:0]),
        ]
        if question.choose < question.candidates.sum():
            grown.append(replace(question, choose=question.choose + 1))
        if question.capacity is not None:
            grown.append(replace(question, capacity=question.capacity + 2))
            grown.append(replace(question, capacity=None))
        for other in grown:
            assert choose_sites(other).served >= base.served, seed


@pytest.mark.parametrize(
    ("objective", "full"),
    [("max-coverage", False), ("max-coverage", True), ("p-median", False), ("p-median", True)],
)
def test_bounds_hold_when_there_is_hardly_any_effort(objective, full):
    lazy = Effort(steps=2, kicks=0, entries=0, nodes=0)
    unproved = 0
    for seed in range(MIDDLE):
        question, distance = town(seed, objective)
        if full:
            # Of the median a quarter more than everybody: all of them need a place.
            room = 150 if objective == "max-coverage" else question.total * 5 // 16
            question = replace(question, capacity=np.full(12, room))
        best = best_of_all(question, distance) if not full or seed < 3 else None
        answer = choose_sites(replace(question, effort=lazy))
        better = choose_sites(question)
        low, high = sorted((answer.objective, answer.bound))
        assert low <= better.objective <= high, seed
        assert best is None or better.objective == best, seed
        unproved += not answer.proved
    assert unproved
