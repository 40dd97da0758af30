"""Rule sets: thresholds as data with place, year and source, never constants of the product."""

from layers.rules.bands import DEFAULT_KIND, band_of, citation, community_rule, grid_rule
from layers.rules.files import built_in, built_in_names, read_rule_file, read_rule_set
from layers.rules.rule import Rule
from layers.rules.schema import RuleSet

__all__ = [
    "DEFAULT_KIND",
    "Rule",
    "RuleSet",
    "band_of",
    "built_in",
    "built_in_names",
    "citation",
    "community_rule",
    "grid_rule",
    "read_rule_file",
    "read_rule_set",
]
