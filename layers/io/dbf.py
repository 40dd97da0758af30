"""The dBASE table beside a Shapefile, read byte by byte.

GDAL trusts a missing or wrong .cpg, stops at a character that the field width has cut in two, and
turns long numeric codes into floats; so the table is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import Fault, RefusedInputError
from layers.io.encoding import (
    GUESSES,
    decode_cut,
    encoding_of_fields,
    known_encoding,
    require_encoding,
    undecodable,
)
from layers.io.records import ObjectArray

HEADER_BYTES = 32
FIELD_BYTES = 32
LANGUAGE_BYTE = 29
LANGUAGE_DRIVERS = {0x4D: "gb18030", 0x4F: "big5", 0x78: "big5", 0x7A: "gb18030", 0x13: "cp932"}
"""The language byte says Chinese or Japanese; tried after UTF-8, since writers copy it blindly."""
TRUE_LETTERS, FALSE_LETTERS = frozenset(b"YyTt"), frozenset(b"NnFf")


@dataclass(frozen=True)
class Field:
    """A column of the table: its undecoded name, dBASE type letter and place in a record."""

    name: bytes
    kind: str
    start: int
    width: int


@dataclass(frozen=True)
class Table:
    """The raw table: n records of bytes, deleted ones included."""

    fields: list[Field]
    records: npt.NDArray[np.uint8]
    language: int

    def column(self, field: Field) -> npt.NDArray[np.bytes_]:
        """Return the n values of a column as bytes."""
        part = self.records[:, field.start : field.start + field.width]
        return np.ascontiguousarray(part).view(f"S{field.width}").ravel()

    def texts(self) -> list[bytes]:
        """Return the distinct names and text values that are not plain ASCII."""
        found = {field.name for field in self.fields}
        for field in self.fields:
            if field.kind == "C" and field.width and len(self.records):
                found.update(value.rstrip(b" ") for value in np.unique(self.column(field)).tolist())
        return sorted(text for text in found if not text.isascii())


def read_table(path: Path) -> Table:
    """Return the table of a .dbf file.

    Raises
    ------
    RefusedInputError
        `unreadable_file` when it is shorter than it says.
    """
    raw = path.read_bytes()
    if len(raw) < HEADER_BYTES:
        raise damaged(path.name, "the attribute table (.dbf) is cut off")
    count, header, width = struct.unpack("<IHH", raw[4:12])
    if width == 0 or len(raw) < header + count * width:
        raise damaged(path.name, "the attribute table (.dbf) is cut off")
    fields: list[Field] = []
    start = 1  # the deletion mark
    for at in range(HEADER_BYTES, header - 1, FIELD_BYTES):
        if raw[at : at + 1] == b"\r":
            break
        name = raw[at : at + 11].split(b"\0")[0]
        fields.append(Field(name, chr(raw[at + 11]), start, raw[at + 16]))
        start += raw[at + 16]
    if start > width:
        raise damaged(path.name, "the attribute table (.dbf) contradicts itself")
    records = np.frombuffer(raw, dtype=np.uint8, count=count * width, offset=header)
    return Table(fields, records.reshape(count, width), raw[LANGUAGE_BYTE])


def table_encoding(table: Table, cpg: Path | None, said: str | None, file: str) -> tuple[str, str]:
    """Return the encoding of a table and how it is known.

    Raises
    ------
    RefusedInputError
        `unknown_encoding` when the text fits nothing.
    """
    texts = table.texts()
    if said:
        encoding = require_encoding(said, file)
        if encoding_of_fields(texts, [encoding]) is None:
            raise undecodable(file, [encoding])
        return encoding, "as you said"
    declared = cpg.read_text(encoding="ascii", errors="replace").strip() if cpg else ""
    found = known_encoding(declared) if declared else None
    if found and encoding_of_fields(texts, [found]):
        return found, f"by the .cpg file: {declared}"
    hint = LANGUAGE_DRIVERS.get(table.language)
    candidates = [GUESSES[0], *([hint] if hint else []), *GUESSES[1:]]
    guess = encoding_of_fields(texts, candidates)
    if guess is None:
        raise undecodable(file, candidates)
    if declared:
        return guess, f"the .cpg file says {declared}, which does not fit the text"
    return guess, "found out from the text" if texts else "all text is ASCII"


def table_columns(table: Table, encoding: str, records: Any) -> dict[str, ObjectArray]:
    """Return the columns of the chosen record numbers; equal names are numbered.

    Whole numbers stay exact however long, dates become ISO text, blanks None.
    """
    columns: dict[str, ObjectArray] = {}
    for field in table.fields:
        name = plain = decode_cut(field.name, encoding)
        copies = 0
        while name in columns:
            copies += 1
            name = f"{plain}_{copies}"
        values = np.full(len(records), None, dtype=object)
        convert = _converter(field.kind, encoding)
        if convert is not None and field.width:
            known: dict[bytes, Any] = {}
            for i, raw in enumerate(table.column(field)[records].tolist()):
                if raw not in known:
                    known[raw] = convert(raw)
                values[i] = known[raw]
        columns[name] = values
    return columns


def _converter(kind: str, encoding: str) -> Callable[[bytes], Any] | None:
    """Return how a value of a dBASE type is read; None for types without content here."""

    def text(raw: bytes) -> str | None:
        return decode_cut(raw.rstrip(b" "), encoding).strip() or None

    def number(raw: bytes) -> int | float | str | None:
        stripped = raw.strip(b" \0").decode("ascii", "replace")
        if not stripped or set(stripped) == {"*"}:  # overflow is written as stars
            return None
        try:
            return int(stripped) if stripped.lstrip("+-").isdigit() else float(stripped)
        except ValueError:
            return stripped

    def day(raw: bytes) -> str | None:
        stripped = raw.strip(b" \0").decode("ascii", "replace")
        if not stripped.strip("0"):
            return None
        return f"{stripped[:4]}-{stripped[4:6]}-{stripped[6:]}"

    def truth(raw: bytes) -> bool | None:
        if raw[:1] and raw[0] in TRUE_LETTERS:
            return True
        return False if raw[:1] and raw[0] in FALSE_LETTERS else None

    return {"C": text, "N": number, "F": number, "D": day, "L": truth}.get(kind)


def damaged(file: str, reason: str) -> RefusedInputError:
    """Return the refusal of a file that is cut off or damaged."""
    return RefusedInputError(
        "unreadable_file", f"{file}: {reason}", [Fault(file=file, reason=reason)]
    )
