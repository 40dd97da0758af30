"""Pictures to be scanned (QR codes)."""

from __future__ import annotations

import io

import segno


def picture_of(words: str) -> str:
    """Return the SVG of a QR code that says `words`."""
    picture = io.BytesIO()
    segno.make(words, error="m").save(picture, kind="svg", scale=4, border=2, xmldecl=False)
    return picture.getvalue().decode()
