"""Where a division is wrong, and which parts lie around: what can be mended on its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from gis.divide.refine import part_sums
from gis.divide.units import Band, Int32Array, Int64Array, Units


def places(units: Units, label: Int32Array, band: Band) -> list[Int64Array]:
    """Return the parts that miss the band or lie in pieces, neighbours together, as sorted numbers.

    Parameters
    ----------
    units
        n units of one island.
    label
        (n,) part of every unit, 0 or more.
    band
        Households of a part.
    """
    used = np.unique(label)
    sums = part_sums(label, units.weight, int(used[-1]) + 1)[used]
    wrong = used[(band.violation(sums) > 0) | np.isin(used, units.apart(label))]
    if not len(wrong):
        return []
    touching = _touching(units, label)[wrong][:, wrong]
    _, cluster = connected_components(touching, directed=False)
    return [np.sort(wrong[cluster == number]) for number in range(int(cluster.max()) + 1)]


def grown(units: Units, label: Int32Array, parts: Int64Array) -> Iterator[Int64Array]:
    """Yield the parts with the neighbours of the first ring, of the second, until nothing is left to add."""
    touching = _touching(units, label)
    region = parts
    while True:
        near = np.unique(np.concatenate((region, touching[region].indices)))
        if len(near) == len(region):
            return
        region = near
        yield region


def _touching(units: Units, label: Int32Array) -> sp.csr_array:
    a, b = label[units.rows()], label[units.near]
    apart = a != b
    size = int(label.max()) + 1
    ones = np.ones(int(apart.sum()), dtype=np.int64)
    return sp.csr_array((ones, (a[apart], b[apart])), shape=(size, size))
