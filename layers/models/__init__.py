"""The tables of the store, one module per room of the data."""

from layers.models.base import SRID, Base
from layers.models.divisions import (
    COMMUNITY_KINDS,
    LEVELS,
    Division,
    DivisionVersion,
    Estate,
    VillagerGroup,
)
from layers.models.grids import Grid, GridVersion, Posting, Worker
from layers.models.places import BASES, Address, Building, HouseholdCount, Station
from layers.models.runs import (
    CoverageBuilding,
    CoverageField,
    CoverageRun,
    Job,
    LayerRevision,
    Store,
)
from layers.models.search import SearchEntry
from layers.models.streets import Barrier, Gate, LandCover, Network, StreetEdge

__all__ = [
    "BASES",
    "COMMUNITY_KINDS",
    "LEVELS",
    "SRID",
    "Address",
    "Barrier",
    "Base",
    "Building",
    "CoverageBuilding",
    "CoverageField",
    "CoverageRun",
    "Division",
    "DivisionVersion",
    "Estate",
    "Gate",
    "Grid",
    "GridVersion",
    "HouseholdCount",
    "Job",
    "LandCover",
    "LayerRevision",
    "Network",
    "Posting",
    "SearchEntry",
    "Station",
    "Store",
    "StreetEdge",
    "VillagerGroup",
    "Worker",
]
