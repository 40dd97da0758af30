"""Pieces: connected faces of one block, one plot, or one building on a border, to be put together to cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.blocks import Blocks, Cuts, face_of_buildings
from gis.borders import Land
from gis.crs import IntArray
from gis.ground import Buildings, Ground, village_groups
from gis.planar import Shapes, components, faces_of, first_holding, inner_borders
from gis.tessellation import Plots, cut_plots

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Homes:
    """Where each of n buildings belongs: in which block, and on whose land where the block is cut."""

    plots: Plots
    group: IntArray
    """(n,) villager group in villages, numbers after the last group for settlements, -1 in towns."""
    block: IntArray
    """(n,) block that the building's cluster belongs to, -1 outside all communities."""
    label: IntArray
    """(n,) whose land it stands on, -1 where the block is not cut."""


@dataclass(frozen=True)
class Pieces:
    """Faces of all lines, and the p pieces they make."""

    faces: Shapes
    community: IntArray
    """(f,) of each face; so is the piece."""
    piece: IntArray
    face_of_building: IntArray
    lead: IntArray
    """(p,) the first face of each piece."""
    estate: IntArray
    """(p,) and so are the land use (0 for homes or other) and whether a building stands on it."""
    cover: IntArray
    lived: BoolArray
    loose: BoolArray
    """(p,) what fell off its land: it goes to a neighbour whatever its size."""


def find_homes(ground: Ground, blocks: Blocks, buildings: Buildings, most: int) -> Homes:
    """Return where buildings belong: blocks with more than `most` households are cut, villages by group."""
    group = village_groups(ground, buildings)
    speaker = buildings.speaker
    inside = buildings.community >= 0
    block = np.where(inside, np.append(blocks.block, -1)[blocks.face_of_building[speaker]], -1)
    homes = np.bincount(block[inside], ground.households[inside], minlength=max(blocks.count, 1))
    village = group >= 0
    full = inside & ~village & (homes[block] > most)
    label = np.where(full, speaker, np.where(village, len(speaker) + group[speaker], -1))
    plots = cut_plots(blocks.polygons(), block, label, buildings.shape)
    return Homes(plots, group, block, np.where(np.isin(block, plots.block), label, -1))


def find_pieces(
    land: Land, cuts: Cuts, blocks: Blocks, homes: Homes, buildings: Buildings
) -> Pieces:
    """Node everything once more from the lines as drawn, and say of each face what it belongs to.

    A face inside a footprint that any line meets belongs to the building's block and plot, so that no border
    passes through; another community's part of the footprint stays with that community.
    """
    lines = np.concatenate((cuts.lines(land), homes.plots.lines))
    crossed = _crossed(lines, buildings)
    faces = faces_of(np.concatenate((lines, shapely.boundary(buildings.outline[crossed]))))
    inner = shapely.point_on_surface(faces)
    community = land.community_of_faces(faces, inner)
    held = community >= 0
    faces, inner, community = faces[held], inner[held], community[held]
    block = _blocks_of(blocks, inner, community)
    label = homes.plots.label_of(block, inner)
    _keep_whole(block, label, inner, community, buildings, homes, crossed)
    lost = np.where(block < 0, np.arange(len(faces)), -1)
    keys = np.column_stack((community, block, label, lost))
    kind = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    borders = inner_borders(faces)
    same = kind[borders.left] == kind[borders.right]
    piece = components(len(faces), np.column_stack((borders.left, borders.right))[same])
    lead = np.unique(piece, return_index=True)[1]
    at = face_of_buildings(faces, community, buildings)
    lived = np.zeros(len(lead), dtype=np.bool_)
    lived[piece[at[at >= 0]]] = True
    first = np.unique(blocks.block, return_index=True)[1]
    estate = np.append(blocks.estate[first], -1)[block[lead]]
    cover = np.append(blocks.cover[first], 0)[block[lead]]
    loose = ~lived & ((label[lead] >= 0) | (block[lead] < 0))
    return Pieces(faces, community, piece, at, lead, estate, cover, lived, loose)


def _crossed(lines: Shapes, buildings: Buildings) -> IntArray:
    """Return the buildings that a line meets, with all that cannot be parted from them."""
    drawn = buildings.drawn
    if len(drawn) == 0 or len(lines) == 0:
        return drawn[:0]
    met = shapely.STRtree(lines).query(buildings.outline[drawn], predicate="intersects")[0]
    clusters = np.unique(buildings.cluster[drawn[met]])
    return drawn[np.isin(buildings.cluster[drawn], clusters)]


def _blocks_of(blocks: Blocks, inner: Shapes, community: IntArray) -> IntArray:
    """Return the block around each point, -1 where a sliver of the noding lies in none of its community."""
    face = first_holding(blocks.faces, inner)
    fits = (face >= 0) & (np.append(blocks.community, -1)[face] == community)
    return np.where(fits, np.append(blocks.block, -1)[face], -1)


def _keep_whole(
    block: IntArray, label: IntArray, inner: Shapes, community: IntArray,
    buildings: Buildings, homes: Homes, crossed: IntArray,
) -> None:  # fmt: skip
    """Give faces inside footprints to the block and label of their cluster in the same community."""
    hit = first_holding(buildings.outline[crossed], inner)
    rows = np.flatnonzero(hit >= 0)
    cluster = buildings.cluster[crossed[hit[rows]]]
    width = int(buildings.community.max(initial=0)) + 2
    known, first = np.unique(buildings.cluster * width + buildings.community + 1, return_index=True)
    wanted = cluster * width + community[rows] + 1
    place = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    own = known[place] == wanted if len(known) else np.zeros(len(rows), dtype=np.bool_)
    building = first[place[own]]
    block[rows[own]] = homes.block[building]
    label[rows[own]] = homes.label[building]
