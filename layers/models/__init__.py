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
from layers.models.cells import (
    LAND_USES,
    Cell,
    CellBorder,
    CellBuilding,
    CellSet,
    DivisionLineage,
)
from layers.models.divisions import (
    COMMUNITY_KINDS,
    LEVELS,
    Division,
    DivisionVersion,
    Estate,
    OfficeArea,
    VillagerGroup,
)
from layers.models.elements import Asset, Organisation
from layers.models.grids import Grid, GridVersion, Posting, Worker
from layers.models.places import BASES, Address, Building, HouseholdCount, Station
from layers.models.plans import (
    LINEAGE_KINDS,
    PART_LEVELS,
    STATES,
    GridLineage,
    Plan,
    PlanCell,
    PlanEdit,
    PlanGrid,
    PlanPaper,
    PlanStep,
)
from layers.models.rules import RuleSetVersion
from layers.models.runs import (
    CoverageBuilding,
    CoverageField,
    CoverageRun,
    Job,
    LayerRevision,
    Store,
)
from layers.models.scenarios import SCENARIO_STATES, KeptScenario
from layers.models.search import SearchEntry
from layers.models.streets import Barrier, Gate, LandCover, Network, StreetEdge

__all__ = [
    "BASES",
    "COMMUNITY_KINDS",
    "LAND_USES",
    "LEVELS",
    "LINEAGE_KINDS",
    "PART_LEVELS",
    "ROLES",
    "SCENARIO_STATES",
    "SRID",
    "STATES",
    "Account",
    "AccountDivision",
    "Address",
    "Asset",
    "Audit",
    "AuditForward",
    "AuditSent",
    "Barrier",
    "Base",
    "Building",
    "Cell",
    "CellBorder",
    "CellBuilding",
    "CellSet",
    "CoverageBuilding",
    "CoverageField",
    "CoverageRun",
    "Credential",
    "Division",
    "DivisionLineage",
    "DivisionVersion",
    "Estate",
    "Export",
    "Gate",
    "Grid",
    "GridLineage",
    "GridVersion",
    "HouseholdCount",
    "Job",
    "KeptScenario",
    "LandCover",
    "LayerRevision",
    "Link",
    "LoginSession",
    "Network",
    "OfficeArea",
    "Organisation",
    "Plan",
    "PlanCell",
    "PlanEdit",
    "PlanGrid",
    "PlanPaper",
    "PlanStep",
    "Posting",
    "RuleSetVersion",
    "SearchEntry",
    "SignInAttempt",
    "Station",
    "Store",
    "StreetEdge",
    "Token",
    "VillagerGroup",
    "Worker",
]
