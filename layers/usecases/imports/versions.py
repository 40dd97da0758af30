"""Dated versions: a changed thing closes its old version on the day the new one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.db import copy_rows
from layers.usecases.imports.skeleton import refuse
from layers.usecases.imports.upsert import Counts


@dataclass
class Draft:
    """One row of a file on its way to become a version."""

    row: int
    code: str
    values: dict[str, Any]
    """Column of the version table -> value; `geom` as hexadecimal EWKB."""
    valid_from: date | None
    identity: dict[str, Any] = field(default_factory=dict)
    """Column of the identity table -> value, for things not seen before."""
    identity_id: int = 0


@dataclass(frozen=True)
class _Known:
    """The newest version of a code."""

    id: int
    identity_id: int
    valid_from: date
    valid_to: date | None
    values: dict[str, Any]


class VersionTable:
    """An identity table and its version table, e.g. `grid` and `grid_version`."""

    def __init__(self, identity: str, columns: Sequence[str]) -> None:
        self.identity = identity
        self.table = f"{identity}_version"
        self.link = f"{identity}_id"
        self.columns = tuple(columns)
        """Columns that make two versions differ, besides code and dates."""

    def known(self, session: Session, codes: Sequence[str]) -> dict[str, _Known]:
        """Return the newest version of each known code."""
        selected = ", ".join(
            "upper(encode(ST_AsEWKB(geom), 'hex')) AS geom" if name == "geom" else name
            for name in self.columns
        )
        found = session.execute(
            text(
                f"SELECT DISTINCT ON (code) id, {self.link} AS identity_id, code, valid_from, "
                f"valid_to, {selected} FROM {self.table} WHERE code = ANY(:codes) "
                "ORDER BY code, valid_from DESC"
            ),
            {"codes": list(codes)},
        ).mappings()
        return {
            row["code"]: _Known(
                row["id"],
                row["identity_id"],
                row["valid_from"],
                row["valid_to"],
                {name: row[name] for name in self.columns},
            )
            for row in found
        }

    def identify(self, session: Session, drafts: Sequence[Draft]) -> dict[str, _Known]:
        """Give every draft its identity, new ones where a code was never seen."""
        known = self.known(session, [draft.code for draft in drafts])
        fresh = [draft for draft in drafts if draft.code not in known]
        ids = session.execute(
            text(
                "SELECT nextval(pg_get_serial_sequence(:table, 'id')) "
                "FROM generate_series(1, :count)"
            ),
            {"table": self.identity, "count": len(fresh)},
        ).scalars()
        for draft, number in zip(fresh, ids.all(), strict=True):
            draft.identity_id = int(number)
        for draft in drafts:
            if draft.code in known:
                draft.identity_id = known[draft.code].identity_id
        return known

    def add_identities(
        self, session: Session, drafts: Sequence[Draft], known: dict[str, _Known]
    ) -> None:
        """Write the identities of drafts never seen before."""
        fresh = [draft for draft in drafts if draft.code not in known]
        if fresh:
            names = tuple(fresh[0].identity)
            copy_rows(
                session,
                self.identity,
                ("id", *names),
                ((draft.identity_id, *draft.identity.values()) for draft in fresh),
            )

    def store(
        self,
        session: Session,
        file: str,
        drafts: Sequence[Draft],
        known: dict[str, _Known],
        today: date,
    ) -> Counts:
        """Write versions for the drafts that differ from what is in force.

        Raises
        ------
        RefusedInputError
            `older_version` for rows that would change the past.
        """
        self._require_order(file, drafts, known, today)
        changed = [draft for draft in drafts if self._differs(draft, known.get(draft.code))]
        same_day: list[Draft] = []
        new: list[Draft] = []
        closing: list[dict[str, Any]] = []
        for draft in changed:
            old = known.get(draft.code)
            day = draft.valid_from or today
            if old is not None and old.valid_to is None and old.valid_from == day:
                same_day.append(draft)
                continue
            if old is not None and old.valid_to is None:
                closing.append({"id": old.id, "day": day})
            new.append(draft)
        if closing:
            session.execute(
                text(f"UPDATE {self.table} SET valid_to = :day WHERE id = :id"),
                closing,
            )
        for draft in same_day:
            self._rewrite(session, known[draft.code].id, draft)
        copy_rows(
            session,
            self.table,
            (self.link, "code", "valid_from", *self.columns),
            (
                (
                    *(draft.identity_id, draft.code, draft.valid_from or today),
                    *(draft.values[name] for name in self.columns),
                )
                for draft in new
            ),
        )
        added = sum(1 for draft in new if draft.code not in known)
        return Counts(added, len(changed) - added, len(drafts) - len(changed), 0)

    def close_others(self, session: Session, codes: Sequence[str], day: date, where: str) -> int:
        """End on `day` what is in force, fulfils `where` and is not among the codes.

        A version that began on that day never was: it goes.
        """
        condition = f"valid_to IS NULL AND NOT (code = ANY(:codes)) AND {where}"
        parameters = {"codes": list(codes), "day": day}
        gone: Any = session.execute(
            text(f"DELETE FROM {self.table} WHERE valid_from >= :day AND {condition}"),
            parameters,
        )
        closed: Any = session.execute(
            text(f"UPDATE {self.table} SET valid_to = :day WHERE {condition}"),
            parameters,
        )
        return int(gone.rowcount) + int(closed.rowcount)

    def _differs(self, draft: Draft, old: _Known | None) -> bool:
        if old is None or old.valid_to is not None:
            return True
        return any(draft.values[name] != old.values[name] for name in self.columns)

    def _rewrite(self, session: Session, version_id: int, draft: Draft) -> None:
        sets = ", ".join(
            "geom = ST_GeomFromEWKB(decode(:geom, 'hex'))"
            if name == "geom"
            else f"{name} = :{name}"
            for name in self.columns
        )
        session.execute(
            text(f"UPDATE {self.table} SET {sets} WHERE id = :id"),
            {**{name: draft.values[name] for name in self.columns}, "id": version_id},
        )

    def _require_order(
        self, file: str, drafts: Sequence[Draft], known: dict[str, _Known], today: date
    ) -> None:
        faults = []
        for draft in drafts:
            old = known.get(draft.code)
            if old is None or not self._differs(draft, old):
                continue
            limit = old.valid_to or old.valid_from
            if (draft.valid_from or today) < limit:
                reason = f"{draft.code} has a version of {limit} already; the past stays as it was"
                faults.append(Fault(file, draft.row, "valid_from", reason))
        if faults:
            first = f"{file}: row {faults[0].row}: {faults[0].reason}"
            raise refuse("older_version", first, faults)
