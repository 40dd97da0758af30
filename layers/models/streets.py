"""Walk networks as versions, and the lines and areas imported beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry


class Network(Base):
    """One version of the walk network made from one dataset; superseded versions are kept."""

    __tablename__ = "network"
    __table_args__ = (
        Index(
            "uq_network_name_current",
            "name",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    content_hash: Mapped[str]
    """Of nodes, edges, lengths and barriers: equal input gives an equal hash anywhere."""
    metric_crs: Mapped[str]
    nodes: Mapped[int]
    edges: Mapped[int]
    source: Mapped[str]
    notes: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    imported_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StreetEdge(Base):
    """A walkable edge between two nodes of its network, drawn once for both directions."""

    __tablename__ = "street_edge"
    __table_args__ = (
        CheckConstraint("direction IN ('both', 'forward', 'backward')", name="direction"),
    )

    network_id: Mapped[int] = mapped_column(
        ForeignKey("network.id", ondelete="CASCADE"), primary_key=True
    )
    no: Mapped[int] = mapped_column(primary_key=True)
    from_node: Mapped[int]
    to_node: Mapped[int]
    street_class: Mapped[str]
    name: Mapped[str | None]
    length_mm: Mapped[int]
    direction: Mapped[str] = mapped_column(server_default="both")
    private: Mapped[bool] = mapped_column(server_default="false")
    bridge: Mapped[bool] = mapped_column(server_default="false")
    tunnel: Mapped[bool] = mapped_column(server_default="false")
    source_ref: Mapped[int | None] = mapped_column(BigInteger)
    """The way's number in the source."""
    geom: Mapped[Any] = mapped_column(geometry("LINESTRING"), nullable=False)


class Gate(Base):
    """A gate on a street node; a closed one lets nobody pass."""

    __tablename__ = "gate"

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    node: Mapped[int | None]
    """Node number in its network; null where no street passes."""
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="gate")
    open: Mapped[bool] = mapped_column(server_default="true")
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)


class Barrier(Base):
    """A line nobody walks across (river, railway, wall …), bound to a network version."""

    __tablename__ = "barrier"

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    barrier_class: Mapped[str]
    name: Mapped[str | None]
    geom: Mapped[Any] = mapped_column(geometry("LINESTRING"), nullable=False)


class LandCover(Base):
    """Water and green areas: the quiet part of the base map, and barriers where they are water."""

    __tablename__ = "land_cover"

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    cover_class: Mapped[str]
    name: Mapped[str | None]
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"), nullable=False)
