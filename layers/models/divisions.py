"""Divisions as dated versions of identities, and what lies inside a community."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from layers.models.base import Base, geometry

LEVELS = ("province", "city", "county", "township", "community")
COMMUNITY_KINDS = ("urban", "market_town", "resettlement", "large_resettlement", "rural")


def no_overlap(identity: str) -> ExcludeConstraint:
    """Return the constraint that two versions of one identity never hold on the same day."""
    return ExcludeConstraint(
        (identity, "="),
        (func.daterange(text("valid_from"), text("valid_to")), "&&"),
        name=f"{identity}_one_version_a_day",
        using="gist",
    )


class Division(Base):
    """A county, township or community as an identity; what it looks like is in its versions."""

    __tablename__ = "division"
    __table_args__ = (CheckConstraint(f"level IN {LEVELS}", name="level"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]
    versions: Mapped[list[DivisionVersion]] = relationship(
        back_populates="division", foreign_keys="DivisionVersion.division_id"
    )


class DivisionVersion(Base):
    """A division from `valid_from` up to, not including, `valid_to` (open when null)."""

    __tablename__ = "division_version"
    __table_args__ = (
        no_overlap("division_id"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        Index("ix_division_version_code", "code"),
        Index(
            "uq_division_version_code_open",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("division.id"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str | None]
    population: Mapped[int | None]
    metric_crs: Mapped[str | None]
    """Counties only: the 3-degree zone everything in it is measured in, fixed at first import."""
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None]
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"), nullable=False)
    division: Mapped[Division] = relationship(back_populates="versions", foreign_keys=[division_id])


class Estate(Base):
    """A walled or named compound (小区)."""

    __tablename__ = "estate"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    community: Mapped[str | None]
    gated: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"))
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""


class OfficeArea(Base):
    """An area another office keeps: a police district, a managed estate, a party branch's patch."""

    __tablename__ = "office_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    category: Mapped[str]
    """`police`, `property`, `party_branch`, or the ledger's own word."""
    office: Mapped[str | None]
    """The station, company or branch that answers for it."""
    dataset: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"))
    division_id: Mapped[int | None]
    """Deepest division its middle lies in today: who may change it. Everybody signed in sees it."""


class VillagerGroup(Base):
    """A villager group (村民小组): a point where nobody has drawn its land."""

    __tablename__ = "villager_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    community: Mapped[str | None]
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"))
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""
