"""What a rule set may say: its head with place, year and source, categories of its own, its rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from layers.rules.kinds import AnyRule
from layers.rules.rule import Category, Id, Line, Mark, Rule, Strict, Text


class OwnCategory(Strict):
    """A category of stations that only this place has."""

    id: Category
    zh: Line
    en: Line


class Head(Strict):
    """Place, year and source: what a number needs to be believed."""

    id: Id
    place_zh: Line
    place_en: Line
    year: Annotated[int, Field(ge=1949, le=2100)] | None = None
    """Missing where the source does not state it."""
    source_zh: Line
    source_en: Line
    quotation_zh: Text = ""
    """The source's own words; empty where only the source is known."""
    summary_zh: Line
    summary_en: Line
    marks: tuple[Mark, ...] = Field(min_length=1)

    @field_validator("marks", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class RuleSet(Strict):
    """A rule set: its head, categories of its own, its rules."""

    set: Head
    category: tuple[OwnCategory, ...] = ()
    rule: tuple[AnyRule, ...] = ()

    def for_kind(self, column: str, community_kind: str) -> Rule | None:
        """Return the one rule of a column for a kind of community, None where none applies."""
        for rule in self.rule:
            if rule.column == column and community_kind in rule.community_kinds:
                return rule
        return None

    @property
    def columns(self) -> list[str]:
        """What it judges, in the order of its rules."""
        return list(dict.fromkeys(rule.column for rule in self.rule))

    def document(self) -> dict[str, object]:
        """Return the set as it is written and stored; what is left out stays left out."""
        found: dict[str, object] = self.model_dump(mode="json", exclude_unset=True)
        return found
