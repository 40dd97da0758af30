"""Which encoding a text was written in: said, found, or refused; never guessed silently."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence

from gis.errors import Fault, RefusedInputError

GUESSES = ("utf-8", "gb18030")
"""Strict UTF-8 hardly ever accepts GB text by chance; GB18030 accepts nearly all East Asian text,
so it comes last and is reported with a preview."""

ALIASES = {
    "ansi": "gb18030",
    "ansi 936": "gb18030",
    "936": "gb18030",
    "cp936": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "950": "big5",
    "932": "cp932",
    "949": "cp949",
    "65001": "utf-8",
    "big-5": "big5",
    "8859-1": "iso-8859-1",
    "88591": "iso-8859-1",
}
"""Names found in .cpg files and given by users. GB2312 and GBK are read as their superset."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PREVIEW_TEXTS = 3


def known_encoding(name: str) -> str | None:
    """Return Python's name of an encoding as users and .cpg files write it, None if unknown."""
    cleaned = name.strip().lower().replace("_", "-")
    try:
        return codecs.lookup(ALIASES.get(cleaned, cleaned)).name
    except LookupError:
        return None


def require_encoding(name: str, file: str) -> str:
    """Return the Python name of an encoding the user asked for.

    Raises
    ------
    RefusedInputError
        `unknown_encoding`.
    """
    found = known_encoding(name)
    if found is None:
        reason = f"there is no encoding called {name!r}; try utf-8, gb18030 or big5"
        raise RefusedInputError("unknown_encoding", reason, [Fault(file=file, reason=reason)])
    return found


def decode_cut(raw: bytes, encoding: str) -> str:
    """Decode a field of fixed width, dropping a character that the width has cut in two.

    Raises
    ------
    UnicodeDecodeError
        When the bytes before the end do not fit the encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    return decoder.decode(raw, final=False)


def encoding_of_fields(values: Sequence[bytes], candidates: Iterable[str]) -> str | None:
    """Return the first candidate that decodes every value, None when none does."""
    for candidate in candidates:
        try:
            for value in values:
                decode_cut(value, candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return None


def decode_text(raw: bytes, encoding: str | None, file: str) -> tuple[str, str]:
    """Return a whole text file decoded, and the encoding it was in.

    Raises
    ------
    RefusedInputError
        `unknown_encoding` when it fits neither what was said nor UTF-8 nor GB18030.
    """
    if encoding:
        candidates: tuple[str, ...] = (require_encoding(encoding, file),)
        if candidates == ("utf-8",):
            candidates = ("utf-8-sig",)
    else:
        marked = next((name for mark, name in BYTE_ORDER_MARKS if raw.startswith(mark)), None)
        candidates = (marked,) if marked else GUESSES
    for candidate in candidates:
        try:
            return raw.decode(candidate), candidate.removesuffix("-sig")
        except UnicodeDecodeError as error:
            last = error
    raise undecodable(file, candidates, f"byte {last.start}")


def undecodable(file: str, candidates: Iterable[str], place: str = "") -> RefusedInputError:
    """Return the refusal of a text that fits none of the encodings tried."""
    tried = " or ".join(candidates)
    at = f" (at {place})" if place else ""
    reason = f"the text is not {tried}{at}; name its encoding with --encoding"
    return RefusedInputError(
        "unknown_encoding", f"{file}: {reason}", [Fault(file=file, reason=reason)]
    )


def encoding_note(encoding: str, how: str, texts: Iterable[str]) -> str:
    """Return the note that says which encoding was used, why, and what the text looks like."""
    chosen: list[str] = []
    for text in texts:
        if text and not text.isascii() and text not in chosen:
            chosen.append(text)
        if len(chosen) == PREVIEW_TEXTS:
            break
    preview = f", e.g. {'、'.join(chosen)}" if chosen else ""
    return f"text read as {encoding} ({how}){preview}"
