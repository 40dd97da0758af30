"""What the search box finds: one row per named thing, rebuilt when its layer changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry


class SearchEntry(Base):
    """A name, address or code with where it is; `initials` are those of its pinyin."""

    __tablename__ = "search_entry"
    __table_args__ = (
        Index(
            "ix_search_entry_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
        Index(
            "ix_search_entry_initials", "initials", postgresql_ops={"initials": "text_pattern_ops"}
        ),
        Index("ix_search_entry_pinyin", "pinyin", postgresql_ops={"pinyin": "text_pattern_ops"}),
        Index("ix_search_entry_code", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    detail: Mapped[str]
    initials: Mapped[str]
    pinyin: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"), nullable=False)
    """The thing's own point, or the rectangle around it."""
    division_id: Mapped[int | None]
    """Of things that not everybody sees; null elsewhere."""
