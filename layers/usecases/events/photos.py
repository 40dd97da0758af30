"""Photos of events: whatever a phone sends becomes a plain JPEG without anything but what is to be seen.

Kept under the SHA-256 of its content in a folder of the home, the row written last; equal pictures are one file.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.db import actor_of
from layers.files import written_whole
from layers.rights import Right, RightsError
from layers.usecases.events.history import keep_step
from layers.usecases.events.reading import find_event

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_PX = 1600
QUALITY = 82
MOST_PIXELS = 60_000_000
"""Of a picture as it comes; the best phones make 50 million, a bomb claims thousands of millions."""
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
SUFFIX = ".jpg"


class PhotoKindError(RefusedInputError):
    """What was sent is no picture that can be read (`photo_kind`)."""


class PhotoTooLargeError(RefusedInputError):
    """More bytes or pixels than a picture may have (`photo_too_large`, `photo_pixels`)."""


@dataclass(frozen=True)
class Picture:
    """A photo as it is kept."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes) -> Picture:
    """Return a picture upright, at most 1600 pixels long, as JPEG without any metadata.

    Raises
    ------
    PhotoKindError
        `photo_kind` for everything but JPEG, PNG and WebP, whatever it is called.
    PhotoTooLargeError
        `photo_pixels`.
    """
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise PhotoKindError(
            "photo_kind",
            "this is a HEIC or AVIF picture, which is not taken: send JPEG (on an iPhone: Settings, Camera, "
            "Formats, Most Compatible; the page sends JPEG by itself)",
        )
    try:
        plain = _upright(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, PhotoTooLargeError):
        raise PhotoTooLargeError(
            "photo_pixels", f"a picture has at most {MOST_PIXELS // 1_000_000} million pixels"
        ) from None
    except Exception as error:  # what decoders raise for broken files is a long list
        raise PhotoKindError(
            "photo_kind", "this cannot be read as a JPEG, PNG or WebP picture"
        ) from error
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=QUALITY)
    return Picture(target.getvalue(), plain.width, plain.height)


def _upright(content: bytes) -> Any:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise PhotoTooLargeError("photo_pixels", "too many pixels")
        # A JPEG is decoded at a fraction of its size where that is enough: seconds and memory.
        picture.draft("RGB", (LONGEST_PX, LONGEST_PX))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
        return _on_white(upright)


def _on_white(picture: Any) -> Any:
    """Return the picture in plain colours; what is transparent becomes white. Nothing but pixels is taken over."""
    if "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA"}:
        above = picture.convert("RGBA")
        fresh = Image.new("RGB", picture.size, "white")
        fresh.paste(above, mask=above.getchannel("A"))
        return fresh
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture.convert("RGB"))
    return fresh


@dataclass(frozen=True)
class _Album:
    """What photos belong to: a report, or a step."""

    table: str
    column: str
    id: UUID
    announced: int

    def received(self, session: Session, n: int) -> str | None:
        """Return the SHA-256 of what came as photo `n`, None before it has come."""
        found: str | None = session.execute(
            text(f"SELECT received_sha256 FROM {self.table} WHERE {self.column} = :id AND n = :n"),
            {"id": self.id, "n": n},
        ).scalar_one_or_none()
        return found

    def file(self, session: Session, folder: Path, n: int) -> tuple[Path, str]:
        """Return the file of photo `n` and its SHA-256."""
        name = session.execute(
            text(f"SELECT sha256 FROM {self.table} WHERE {self.column} = :id AND n = :n"),
            {"id": self.id, "n": n},
        ).scalar_one_or_none()
        if name is None or not path_of(folder, name).is_file():
            raise NotFoundError("unknown_photo", f"photo {n} has not come")
        return path_of(folder, name), name

    def missing(self, session: Session) -> list[int]:
        """Return the numbers that were announced and have not come."""
        come = set(
            session.execute(
                text(f"SELECT n FROM {self.table} WHERE {self.column} = :id"), {"id": self.id}
            ).scalars()
        )
        return [n for n in range(self.announced) if n not in come]

    def keep(self, session: Session, folder: Path, n: int, content: bytes) -> str | None:
        """Keep photo `n` and return the name of its file; None where the same bytes came before."""
        received = hashlib.sha256(content).hexdigest()
        if self._known(session, n, received):
            return None
        if not 0 <= n < self.announced:
            raise RefusedInputError(
                "not_announced", f"{self.announced} photos were announced, numbered from 0"
            )
        picture = redraw(content)
        name = store_file(folder, picture.content)
        fresh = session.execute(
            text(
                f"INSERT INTO {self.table} ({self.column}, n, received_sha256, sha256, bytes, width, height) "
                "VALUES (:id, :n, :received, :sha, :bytes, :width, :height) ON CONFLICT DO NOTHING RETURNING n"
            ),
            {
                "id": self.id,
                "n": n,
                "received": received,
                "sha": name,
                "bytes": len(picture.content),
                "width": picture.width,
                "height": picture.height,
            },
        ).scalar_one_or_none()
        if fresh is None:
            self._known(session, n, received)
            return None
        return name

    def _known(self, session: Session, n: int, received: str) -> bool:
        before = self.received(session, n)
        if before is not None and before != received:
            raise ConflictError("photo_taken", f"photo {n} is another picture")
        return before is not None


def keep_photo(
    session: Session, folder: Path, event: UUID, n: int, content: bytes
) -> tuple[bool, list[int]]:
    """Keep photo `n` of one's own report: whether it is new, and the numbers still to come.

    The same bytes again are known.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    RightsError
        `not_own_report`.
    RefusedInputError
        `not_announced`, and what `redraw` refuses.
    ConflictError
        `photo_taken`: this number has another picture.
    """
    actor = actor_of(session)
    actor.require(Right.REPORT)
    row = find_event(session, event)
    if row.reporter_account != actor.account:
        raise RightsError("not_own_report", "photos belong to a report of one's own")
    album = _Album("event_photo", "event_id", event, row.photos)
    name = album.keep(session, folder, n, content)
    if name is not None:
        keep_step(
            session,
            event,
            "photo",
            from_state=row.state,
            to_state=row.state,
            from_level=row.level,
            to_level=row.level,
            details={"n": n, "sha256": name},
        )
    return name is not None, album.missing(session)


def keep_step_photo(
    session: Session, folder: Path, event: UUID, step: UUID, n: int, content: bytes
) -> tuple[bool, list[int]]:
    """Keep photo `n` of a step one took oneself, by its id: whether it is new, and the numbers still to come.

    Raises
    ------
    NotFoundError
        `unknown_event_step`.
    RightsError
        `not_own_step`.
    RefusedInputError, ConflictError
        As `keep_photo`.
    """
    actor = actor_of(session)
    actor.require(Right.REPORT)
    row = _step(session, event, step)
    if row.account_id != actor.account:
        raise RightsError("not_own_step", "photos belong to a step one took oneself")
    album = _Album("event_step_photo", "step", step, row.photos)
    fresh = album.keep(session, folder, n, content) is not None
    return fresh, album.missing(session)


def _step(session: Session, event: UUID, step: UUID) -> Any:
    """Return a step of an event one may see."""
    row = session.execute(
        text("SELECT account_id, photos FROM event_step WHERE event_id = :event AND client_id = :step"),
        {"event": event, "step": step},
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFoundError("unknown_event_step", "there is no such step, or not for this account")
    return row


def store_file(folder: Path, content: bytes) -> str:
    """Write a picture under its SHA-256, unless it lies there already, and return that."""
    name = hashlib.sha256(content).hexdigest()
    target = path_of(folder, name)
    if target.exists():
        return name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with written_whole(target) as fresh:
        fresh.touch(mode=0o600)
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return name


def path_of(folder: Path, name: str) -> Path:
    """Return where the picture of a SHA-256 lies."""
    return folder / name[:2] / f"{name[2:]}{SUFFIX}"


def find_photo(session: Session, folder: Path, event: UUID, n: int) -> tuple[Path, str]:
    """Return the file of a photo of an event one may see, and its SHA-256.

    Raises
    ------
    NotFoundError
        `unknown_event`, `unknown_photo`.
    """
    row = find_event(session, event)
    return _Album("event_photo", "event_id", event, row.photos).file(session, folder, n)


def find_step_photo(
    session: Session, folder: Path, event: UUID, step: UUID, n: int
) -> tuple[Path, str]:
    """Return the file of a photo of a step of an event one may see, and its SHA-256.

    Raises
    ------
    NotFoundError
        `unknown_event_step`, `unknown_photo`.
    """
    row = _step(session, event, step)
    return _Album("event_step_photo", "step", step, row.photos).file(session, folder, n)
