"""Bringing data in and taking it out: import, export, layers, sample."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from api.commands.command import Context, add_command, pairs
from gis.errors import NotFoundError, RefusedInputError
from layers.rights import Right

KINDS = (
    "streets",
    "divisions",
    "estates",
    "villager_groups",
    "office_areas",
    "buildings",
    "households",
    "addresses",
    "stations",
    "assets",
    "organisations",
    "grids",
    "workers",
)
OSM_PARTS = ("streets", "barriers", "buildings", "water", "green")
# Said again here so that the command starts without loading readers; tests compare both.


def add_to(commands: Any) -> None:
    """Add the commands to the parser."""
    from layers.registry import LAYERS

    bring = add_command(
        commands,
        "import",
        _import,
        Right.IMPORT,
        "read a file into the store; refused input stores nothing",
    )
    bring.add_argument("kind", choices=KINDS)
    bring.add_argument("file", type=Path)
    bring.add_argument(
        "--crs", help="EPSG:4490, EPSG:4548 …, gcj02 or bd09; beats what the file says"
    )
    bring.add_argument("--encoding", help="of text: utf-8, gb18030 …; found out if left out")
    bring.add_argument("--layer", help="layer of a file with several")
    bring.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="which column holds a field",
    )
    bring.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="one value for all rows"
    )
    bring.add_argument(
        "--with",
        dest="with_",
        default=",".join(OSM_PARTS),
        metavar="PARTS",
        help="of an OSM file: %(default)s",
    )
    bring.add_argument("--dataset", help="name the rows are kept under (default: the file's)")
    bring.add_argument("--source", help="where the data come from")
    bring.add_argument("--replace", action="store_true", help="remove what this file no longer has")
    bring.add_argument(
        "--repair", action="store_true", help="repair invalid polygons, with a note for each"
    )
    bring.add_argument("--allow-outside-china", action="store_true")
    bring.add_argument("--dry-run", action="store_true", help="check everything, store nothing")
    bring.add_argument(
        "--marked",
        type=Path,
        metavar="FILE.xlsx",
        help="of a refused table: write it again with what is wrong marked in its cells",
    )

    leave = add_command(
        commands, "export", _export, Right.EXPORT, "write a layer as .geojson, .csv or .gpkg"
    )
    leave.add_argument("layer", choices=[item.name for item in LAYERS])
    leave.add_argument("--out", type=Path, required=True)

    add_command(commands, "layers", _layers, Right.READ, "list the layers and how much they hold")
    sample = add_command(commands, "sample", _sample, None, "load the synthetic sample county")
    sample.add_argument(
        "--if-empty", action="store_true", help="do nothing when the store holds data"
    )


def _import(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.imports import ImportOptions, import_file

    if not args.file.exists():
        raise NotFoundError("no_such_file", f"there is no file {args.file}")
    options = ImportOptions(
        crs=args.crs,
        encoding=args.encoding,
        layer=args.layer,
        allow_outside_china=args.allow_outside_china,
        repair=args.repair,
        fields=pairs(args.field, "--field"),
        constants=pairs(args.set, "--set"),
        parts=tuple(args.with_.split(",")),
        dataset=args.dataset,
        source=args.source,
        replace=args.replace,
        dry_run=args.dry_run,
    )
    if args.marked is not None and args.marked.suffix.lower() != ".xlsx":
        raise RefusedInputError("bad_parameter", "--marked names an .xlsx")
    try:
        with given.database.session("server") as session:
            return import_file(session, args.kind, args.file, options, given.progress)
    except RefusedInputError as refused:
        if args.marked is None or not _mark(args, refused):
            raise
        told = f"{refused}; what is wrong is marked in {args.marked}"
        raise RefusedInputError(refused.code, told, refused.faults) from refused


def _mark(args: argparse.Namespace, refused: RefusedInputError) -> bool:
    """Write a refused table again with what is wrong marked; say whether there was anything to mark."""
    from layers.files import written_whole
    from layers.io.records import ReadOptions
    from layers.io.sniff import TABLE_CONTENTS, require_content
    from layers.usecases.error_workbook import Mark, error_workbook

    marks = [Mark(f.row, f.field, f.reason) for f in refused.faults if f.row is not None]
    if not marks or require_content(args.file) not in TABLE_CONTENTS:
        return False
    options = ReadOptions(encoding=args.encoding, layer=args.layer)
    content = error_workbook(args.file, args.kind, marks, options)
    with written_whole(args.marked) as fresh:
        fresh.write_bytes(content)
    return True


def _export(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.registry import layer
    from layers.usecases.exports import export_layer

    return export_layer(given.database, layer(args.layer), args.out, given.progress)


def _layers(_args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.features import counts
    from layers.registry import LAYERS

    with given.database.session("server") as session:
        numbers = counts(session)
    return {
        "layers": [
            {
                "name": item.name,
                "zh": item.zh,
                "fields": list(item.fields),
                "count": numbers[item.name],
            }
            for item in LAYERS
        ]
    }


def _sample(args: argparse.Namespace, given: Context) -> dict[str, Any]:
    from layers.usecases.sample import load_sample

    return load_sample(given.database, given.progress, only_if_empty=args.if_empty)
