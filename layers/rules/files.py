"""Reading rule sets: every fault of a file is collected, and raised once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gis.errors import Fault, NotFoundError, RefusedInputError
from layers.categories import STATION_CATEGORIES
from layers.rules.kinds import AnyRule, GridBand, Stations
from layers.rules.rule import Rule
from layers.rules.schema import Head, OwnCategory, RuleSet

FOLDER = Path(__file__).parent.parent.parent / "data" / "rules"
MAX_BYTES = 1_000_000
_RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)


def read_rule_set(document: Mapping[str, Any], file: str | None = None) -> RuleSet:
    """Return a rule set from the tables of a file.

    Raises
    ------
    RefusedInputError
        `invalid_rules` with every fault: unknown fields and categories, negative or impossible values,
        classes that overlap or leave a gap, two rules for one thing. `row` counts rules from 1.
    """
    faults = [
        Fault(file, None, name, "unknown table; a rule set has set, category and rule")
        for name in sorted(set(document) - {"set", "category", "rule"})
    ]
    head = _parsed(TypeAdapter(Head), document.get("set", {}), file, None, "set", faults)
    categories = [
        _parsed(TypeAdapter(OwnCategory), item, file, None, f"category.{number}", faults)
        for number, item in _listed(document, "category", file, faults)
    ]
    rules: list[tuple[int, AnyRule]] = []
    for number, item in _listed(document, "rule", file, faults):
        rule = _parsed(_RULE, item, file, number, None, faults)
        if rule is not None:
            faults += [Fault(file, number, name, reason) for name, reason in rule.faults()]
            rules.append((number, rule))
    own = [item for item in categories if item is not None]
    faults += [Fault(file, row, name, why) for row, name, why in _between(rules, own)]
    if faults or head is None:
        raise _refusal(file, faults)
    return RuleSet(
        **{"set": head} | ({"category": tuple(own)} if own else {}),
        rule=tuple(rule for _, rule in rules),
    )


def read_rule_file(path: Path) -> RuleSet:
    """Return the rule set of a TOML file.

    Raises
    ------
    RefusedInputError
        `unreadable_file`, `invalid_rules`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RefusedInputError("unreadable_file", f"{path.name} is no rule set: too large")
        content = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RefusedInputError(
            "unreadable_file", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        ) from error
    return read_rule_set(document, path.name)


def built_in_names() -> list[str]:
    """Return the names of the sets that come with the product."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def built_in(name: str) -> RuleSet:
    """Return a set that comes with the product.

    Raises
    ------
    NotFoundError
        `unknown_rules`, naming the known ones.
    """
    if name not in built_in_names():
        known = ", ".join(built_in_names())
        raise NotFoundError("unknown_rules", f"there is no rule set {name!r}; sets are {known}")
    return read_rule_file(FOLDER / f"{name}.toml")


def _listed(
    document: Mapping[str, Any], name: str, file: str | None, faults: list[Fault]
) -> list[tuple[int, Any]]:
    found = document.get(name, [])
    if not isinstance(found, Sequence) or isinstance(found, str):
        faults.append(Fault(file, None, name, f"write it as [[{name}]]"))
        return []
    return list(enumerate(found, start=1))


def _parsed(
    kind: TypeAdapter[Any], value: Any, file: str | None, row: int | None, under: str | None,
    faults: list[Fault],
) -> Any:  # fmt: skip
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            # Places in lists count from 1, as rules do.
            place = [str(part + 1) if isinstance(part, int) else part for part in item["loc"]]
            if kind is _RULE and not item["type"].startswith("union_tag"):
                place = place[1:]  # the tag of the union, which the user never wrote
            if item["type"].startswith("union_tag"):
                place = ["kind"]
            name = ".".join([*([under] if under else []), *place])
            faults.append(Fault(file, row, name or None, str(item["msg"])))
        return None


def _between(
    rules: Sequence[tuple[int, AnyRule]], own: Sequence[OwnCategory]
) -> list[tuple[int, str, str]]:
    """Return what is wrong between rules: two of one name or for one thing, levels mixed up."""
    found: list[tuple[int, str, str]] = []
    known = {*STATION_CATEGORIES, *(item.id for item in own)}
    for number, rule in rules:
        named = getattr(rule, "categories", None) or (getattr(rule, "category", None),)
        for item in named:
            if item is not None and item not in known:
                reason = f"unknown category {item}; known are {', '.join(sorted(known))}"
                found.append(
                    (number, "categories" if isinstance(rule, Stations) else "category", reason)
                )
    for (first, one), (second, other) in combinations(rules, 2):
        if one.id == other.id:
            found.append((second, "id", f"rule {first} is called {one.id} too"))
        both = [kind for kind in one.community_kinds if kind in other.community_kinds]
        if not both:
            continue
        if one.column == other.column and _meet(one, other):
            reason = (
                f"overlap: rule {first} ({one.id}) judges {one.column} of {', '.join(both)} already"
            )
            found.append((second, "community_kinds", reason))
        elif isinstance(one, Stations) and isinstance(other, Stations):
            twice = sorted(set(one.categories) & set(other.categories))
            if twice:
                reason = f"{', '.join(twice)} stands at another level in rule {first}; levels do not replace each other"
                found.append((second, "categories", reason))
    return found


def _meet(one: Rule, other: Rule) -> bool:
    """Say whether two rules of one column may meet in one thing: bands of other grid kinds do not."""
    if isinstance(one, GridBand) and isinstance(other, GridBand):
        return bool(set(one.grid_kinds) & set(other.grid_kinds))
    return True


def _refusal(file: str | None, faults: list[Fault]) -> RefusedInputError:
    every = sorted(faults, key=lambda item: (item.row or 0, item.field or "", item.reason))
    first = every[0]
    where = f"rule {first.row}, {first.field}" if first.row else str(first.field)
    more = f" and {len(every) - 1} more" if len(every) > 1 else ""
    named = f"{file}: " if file else ""
    return RefusedInputError("invalid_rules", f"{named}{where}: {first.reason}{more}", every)
