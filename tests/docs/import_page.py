"""Writes docs/import.md from the tables of fields: `python -m tests.docs.import_page > docs/import.md`."""

from __future__ import annotations

import sys

from layers.io.fields import KINDS, Field

HEAD = """# Importing files

`wangge import KIND FILE [options]` reads one file in one transaction. Refused input stores nothing; the answer names file,
row, field and reason of every fault. `--dry-run` checks everything and stores nothing. `--marked FILE.xlsx` writes a refused table
again as a workbook: every wrong cell coloured, with its reason as a comment and beside the row; mended there, it is imported like the ledger it was.

| format | endings | notes |
|---|---|---|
| OpenStreetMap (streets only) | .osm .osm.gz .osm.bz2 .osm.pbf | `--with streets,barriers,buildings,water,green` chooses what is kept; buildings can be read from it alone with `import buildings` |
| Shapefile | .shp .zip | text as its .cpg says, else UTF-8, else GB18030; `--encoding` beats all |
| GeoPackage, GeoJSON, TopoJSON | .gpkg .geojson .json .topojson | `--layer` chooses one of several layers |
| tables | .csv .txt .xlsx | a title above the header, merged cells, 合计 rows, full-width digits and 无 for empty are understood; codes are text |

**Coordinates.** `--crs` beats what the file says: `EPSG:4490`, `EPSG:4549` …, `gcj02` (AMap, Tencent) or `bd09` (Baidu). A Shapefile
without .prj is refused until `--crs` is given; so are metres that call themselves degrees, and places outside China unless
`--allow-outside-china`. Everything is stored as lon/lat.

**Columns** are found by the names below, in any case; `--field NAME=COLUMN` names one by hand, `--set NAME=VALUE` gives all rows
one value.

**Again.** Rows with a known code are updated, equal content changes nothing. `--replace` removes what an earlier import of the
same dataset brought and this file no longer has. Divisions, grids and counts are dated: a new version closes the old one, nothing
is deleted. Ledger rows that match no building are kept as *unplaced* and counted beside every total.

`--repair` mends self-crossing polygons with a note for each; without it they are refused.
"""


def row_of(item: Field) -> str:
    """Return a field as a row of a table."""
    allowed = ", ".join(f"`{word}`" for word in item.choices) if item.choices else item.type
    need = "yes" if item.required else ""
    return f"| `{item.name}` | {need} | {allowed} | {'、'.join(item.synonyms)} |"


def page() -> str:
    """Return the page's text."""
    parts = [HEAD]
    for kind in KINDS.values():
        shapes = " or ".join(kind.shapes) if kind.shapes else "none"
        parts.append(
            f"## {kind.name}\n\nGeometry: {shapes}.\n\n| field | required | holds | also called |\n|---|---|---|---|"
        )
        parts.append("\n".join(row_of(item) for item in kind.fields) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
