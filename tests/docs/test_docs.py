"""What the documents say is compared, name by name, with what the code does."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from api import cli
from api.commands import data
from api.openapi import document
from api.settings import VARIABLES
from gis.reasons import CODES
from gis.standards import STATES
from layers.distributed import Outcome
from layers.io.fields import COMMUNITY_LEDGER, KINDS
from layers.models import ROLES
from layers.registry import LAYERS
from layers.rights import RIGHTS
from layers.rules import built_in_names
from layers.rules.kinds import RULE_KINDS
from layers.usecases import region
from layers.usecases.coverage_rows import ROW_COUNTS
from layers.usecases.events.flow import FLOW
from layers.usecases.reports.template import SINGLE, TABLES
from layers.usecases.standards.words import FIGURES
from tests.conftest import REPOSITORY
from tests.docs.import_page import page, row_of


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_settings_table_is_the_settings(name):
    assert re.findall(r"^\| `(WANGGE_\w+)` \|", read(name), re.MULTILINE) == list(VARIABLES)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_command_of_the_readme_parses(name):
    commands = re.findall(
        r"^\.venv/bin/wangge (.+?)(?:\s{2,}#.*| > .*)?$", read(name), re.MULTILINE
    )
    assert len(commands) >= 10
    parser = cli.build_parser()
    for command in commands:
        parser.parse_args(command.split("#")[0].split(" > ")[0].split())


def test_the_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.MULTILINE))
    assert targets == {
        "help",
        "setup",
        "run",
        "test",
        "test-long",
        "bench",
        "lint",
        "format",
        "types",
        "clean",
    }
    for target in re.findall(r"`?make ([a-z-]+)", read("README.md")):
        assert target in targets


def test_the_folders_of_the_readme_are_the_folders():
    named = set(re.findall(r"^\| `(\w+)/` \|", read("README.md"), re.MULTILINE))
    tracked = {"gis", "layers", "api", "web", "data", "tests", "docs"}
    assert named == tracked


def test_the_import_page_is_the_import_tables():
    assert read("docs/import.md") == page(), (
        "run: python -m tests.docs.import_page > docs/import.md"
    )
    assert set(KINDS) == set(data.KINDS)


def test_the_figures_page_names_every_figure():
    text = read("docs/figures.md")
    for name in (*ROW_COUNTS, "unplaced", "rate_walk", "households_per_km2", "ungridded"):
        assert f"`{name}`" in text


def test_the_standards_page_names_every_set_kind_field_state_and_column():
    text = read("docs/standards.md")
    fields = {name for kind in RULE_KINDS for name in kind.model_fields} - {"set"}
    for name in (*built_in_names(), *fields, *STATES, *FIGURES):
        assert f"`{name}`" in text, name
    for kind in RULE_KINDS:
        (name,) = get_args(kind.model_fields["kind"].annotation)
        assert f"| `{name}` |" in text, name
    for item in COMMUNITY_LEDGER.fields:
        assert row_of(item) in text, item.name


def test_the_why_page_tells_the_reasons_in_their_order():
    rows = [
        line.split(" | ")[0] for line in read("docs/why.md").splitlines() if line.startswith("| `")
    ]
    assert re.findall(r"`(\w+)`", " ".join(rows)) == list(CODES)


def test_the_regions_page_names_everything_a_county_is_listed_with():
    text = read("docs/regions.md")
    listed = region._row("1", "x", Outcome(None, ValueError(), 1))
    for name in listed.keys() - {"name"}:
        assert f"`{name}`" in text, name


def test_the_events_page_has_the_table_of_steps():
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| `(\w+)` \| (yes)? ?\|$", read("docs/events.md"), re.MULTILINE
    )
    found = [
        (name, tuple(re.findall(r"`(\w+)`", begin)), end, bool(note))
        for name, begin, end, note in rows
    ]
    expected = [
        (step.action, () if step.action == "merge" else step.begin, step.end, step.note)
        for step in FLOW
    ]
    assert found == expected


def test_every_decision_is_numbered_and_titled_once():
    files = sorted((REPOSITORY / "docs/decisions").glob("*.md"))
    for number, path in enumerate(files, start=1):
        assert path.name.startswith(f"{number:04d}-")
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_the_accounts_page_names_every_role_with_its_rights():
    text = read("docs/accounts.md")
    for role in ROLES:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{role}` |"))
        assert row.split(" | ")[2] == ", ".join(sorted(RIGHTS[role]))


def test_every_layer_is_documented():
    text = read("docs/layers.md")
    for layer in LAYERS:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{layer.name}` |"))
        for field in layer.fields:
            assert f"`{field}`" in row, (layer.name, field)


def test_the_screenshot_is_there():
    assert (REPOSITORY / "docs/images/desk.png").stat().st_size > 50_000


def test_the_changelog_has_an_unreleased_part():
    assert "## Unreleased" in read("CHANGELOG.md")


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "README.zh-CN.md",
        "docs/figures.md",
        "docs/import.md",
        "docs/accounts.md",
        "docs/standards.md",
        "docs/regions.md",
        "docs/report.md",
        "docs/tls.md",
        "docs/why.md",
        "docs/events.md",
    ],
)
def test_links_lead_somewhere(name):
    folder = (REPOSITORY / name).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read(name)):
        assert (folder / target).exists(), target


def test_the_pages_types_come_from_this_servers_openapi():
    assert read("web/src/api/openapi.json") == document(), "run: make types"


def test_the_report_page_names_everything_a_template_may_ask_for():
    text = read("docs/report.md")
    for name in SINGLE:
        assert f"`wangge_{name}`" in text, name
    for table in TABLES:
        assert f"| `wangge_{table}` |" in text, table
