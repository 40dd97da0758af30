"""The card of a grid, on the screen and as the grid's ledger."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from api.deps import ServicesDep, SessionDep, StoreDep
from api.files import send_file
from api.schemas.grids import GridCard
from layers.usecases.building_codes import write_codes
from layers.usecases.grid_card import grid_card
from layers.usecases.grid_ledger import export_card

router = APIRouter(tags=["grids"])
Code = Annotated[str, Path(min_length=1, max_length=64)]


@router.get("/api/grids/{code}/card")
def card(code: Code, session: SessionDep, as_of: date | None = None) -> GridCard:
    """Return the five elements of a grid (人、地、物、事、组织) as counts and points, no person's data."""
    return GridCard(**grid_card(session, code, as_of))


@router.get("/api/grids/{code}/card.xlsx", response_class=Response)
def ledger(
    code: Code, store: StoreDep, as_of: date | None = None, lang: Literal["zh", "en"] = "zh"
) -> Response:
    """Return the grid's ledger: the card, and a sheet with the rows behind every figure."""
    return send_file("grid.xlsx", lambda target: export_card(store, code, target, as_of, lang))


@router.get("/api/grids/{code}/codes.html", response_class=Response)
def codes(code: Code, store: StoreDep, parts: ServicesDep, request: Request) -> Response:
    """Return a page of codes for the buildings of a grid, to be printed and put up; phones scan them as their place."""
    base = parts.settings.address or str(request.base_url)
    return send_file("codes.html", lambda target: write_codes(store, code, target, base))
