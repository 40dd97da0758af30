"""Demands that reach the same sites as one demand: for how many can be served, they are alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gis.siting.costs import Int64Array, Reach
from gis.siting.question import Question


def alike_as_one(question: Question) -> Question:
    """Return the question with demands that reach the same usable sites put together.

    Distances are left out: whoever asks how many are served within reach and capacity gets the same answer.
    Towns have many homes and few sets of stations, so searches and programs become small.
    """
    reach, weight = question.reach, question.weight
    usable = question.open | question.candidates
    keep = usable[reach.site]
    demand, site = reach.demand[keep], reach.site[keep]
    first = np.searchsorted(demand, np.arange(reach.demands + 1))
    kinds: dict[bytes, int] = {}
    sets: list[Int64Array] = []
    sums: list[int] = []
    for number, households in enumerate(weight.tolist()):
        own = site[first[number] : first[number + 1]]
        kind = kinds.setdefault(own.tobytes(), len(kinds))
        if kind == len(sums):
            sets.append(own.astype(np.int64))
            sums.append(0)
        sums[kind] += households
    lengths = np.array([len(each) for each in sets], dtype=np.int64)
    together = Reach(
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.concatenate([*sets, np.empty(0, dtype=np.int64)]).astype(np.int32),
        np.zeros(int(lengths.sum()), dtype=np.int64),
        reach.sites,
    )
    return replace(question, reach=together, weight=np.array(sums, dtype=np.int64))
