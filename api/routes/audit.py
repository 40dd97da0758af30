"""The audit, for the auditor alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.deps import StoreDep
from api.files import send_file
from api.schemas.accounts import AuditPage
from layers.usecases.audit import AuditFilter, search_audit, write_audit

router = APIRouter(prefix="/api/audit", tags=["audit"])
Text = Annotated[str | None, Query(max_length=100)]


@dataclass
class Asked:
    """The filter as query parameters."""

    from_: Annotated[date | None, Query(alias="from")] = None
    to: date | None = None
    actor: Text = None
    action: Text = None
    q: Text = None

    def filter(self) -> AuditFilter:
        """Return the filter of the use case."""
        return AuditFilter(self.from_, self.to, self.actor, self.action, self.q)


AskedDep = Annotated[Asked, Depends()]


@router.get("")
def audit(
    asked: AskedDep,
    store: StoreDep,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """Return who did what, newest first."""
    return AuditPage.model_validate(search_audit(store, asked.filter(), before, limit))


@router.get("/export.{ending}", response_class=Response)
def export(ending: Literal["csv", "xlsx"], asked: AskedDep, store: StoreDep) -> Response:
    """Return the rows found as a file; that is recorded too."""
    return send_file(f"audit.{ending}", lambda target: write_audit(store, asked.filter(), target))
