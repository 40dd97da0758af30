"""What else a grid has: assets (部件) and organisations (单位), as points with categories from ledgers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry


class Asset(Base):
    """A thing in public space (部件): a lamp, a manhole cover, a hydrant."""

    __tablename__ = "asset"
    __table_args__ = (
        CheckConstraint("state IN ('in_order', 'damaged', 'missing', 'disused')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    category: Mapped[str]
    """One of `ASSET_CATEGORIES`, or the ledger's own word."""
    state: Mapped[str | None]
    """Null where the ledger does not say."""
    dataset: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""


class Organisation(Base):
    """An enterprise, shop, public body or party organisation; nothing of the persons in it."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    category: Mapped[str]
    """One of `ORGANISATION_CATEGORIES`, or the ledger's own word."""
    work_phone: Mapped[str | None]
    """Of the organisation."""
    dataset: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""
