"""The tables of the store, one module per room of the data."""

from layers.models.accounts import (
    ROLES,
    Account,
    AccountDivision,
    Credential,
    Link,
    LoginSession,
    SignInAttempt,
    Token,
)
from layers.models.audit import Audit, AuditForward, AuditSent, Export
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
    "ROLES",
    "SRID",
    "Account",
    "AccountDivision",
    "Address",
    "Audit",
    "AuditForward",
    "AuditSent",
    "Barrier",
    "Base",
    "Building",
    "CoverageBuilding",
    "CoverageField",
    "CoverageRun",
    "Credential",
    "Division",
    "DivisionVersion",
    "Estate",
    "Export",
    "Gate",
    "Grid",
    "GridVersion",
    "HouseholdCount",
    "Job",
    "LandCover",
    "LayerRevision",
    "Link",
    "LoginSession",
    "Network",
    "Posting",
    "SearchEntry",
    "SignInAttempt",
    "Station",
    "Store",
    "StreetEdge",
    "Token",
    "VillagerGroup",
    "Worker",
]
