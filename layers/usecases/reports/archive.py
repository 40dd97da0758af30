"""Office files are zip archives that carry the hour they were packed: taken out, equal reports are equal files."""

from __future__ import annotations

import io
import re
import zipfile

PACKED = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a zip archive knows."""
CORE = "docProps/core.xml"
MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")
NO_DATE = "2000-01-01"
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def repack(content: bytes, day: str | None) -> bytes:
    """Return an office file with all its times set to a day (ISO; the same one where there is none)."""
    stamp = f"{day or NO_DATE}T00:00:00Z".encode()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == CORE:
                data = MODIFIED.sub(lambda found: found[1] + stamp + found[3], data)
            info = zipfile.ZipInfo(name, PACKED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, data)
    return target.getvalue()


def plain(words: str) -> str:
    """Return a text without the characters that XML does not know."""
    return CONTROL.sub("", words)
