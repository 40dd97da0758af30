"""The layer registry over HTTP, what the store holds, and search."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from api.deps import ServicesDep, SessionDep
from api.schemas.layers import Features, Health, LayerInfo, Overview, SearchAnswer
from layers import features
from layers.registry import LAYERS
from layers.registry import layer as find_layer
from layers.usecases import overview, search
from layers.version import VERSION

router = APIRouter(tags=["layers"])


@router.get("/api/health")
def health(parts: ServicesDep) -> Health:
    """Say whether the server and its database answer."""
    with parts.database.session() as session:
        return Health(**overview.health(session), version=VERSION)


@router.get("/api/overview")
def overview_(session: SessionDep, parts: ServicesDep) -> Overview:
    """Return what the page needs to start: extent, divisions, categories, bases, counts."""
    found = overview.overview(session)
    return Overview(
        **{**found, "attribution": [*found["attribution"], *parts.settings.attribution]},
        map_review_number=parts.settings.map_review_number,
        base_map=parts.settings.base_map,
        features=Features(**parts.settings.features),
    )


@router.get("/api/layers")
def layers(session: SessionDep) -> list[LayerInfo]:
    """Return every layer there is, with its fields and how many features it has today."""
    numbers = features.counts(session)
    return [
        LayerInfo(
            name=item.name, zh=item.zh, en=item.en, geometry=item.geometry,
            fields=list(item.fields), min_zoom=item.min_zoom, count=numbers[item.name],
        )
        for item in LAYERS
    ]  # fmt: skip


@router.get("/api/layers/{layer}/features")
def layer_features(
    layer: str,
    request: Request,
    session: SessionDep,
    bbox: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    as_of: date | None = None,
) -> Response:
    """Return a page of a layer as GeoJSON; `numberMatched` says how many there are in all.

    Divisions and grids are those of the day `as_of`, today if left out.
    """
    found = find_layer(layer)
    features.look_at(session, as_of)
    tag = features.entity_tag(session, [found], bbox or "", str(limit), str(offset))
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    box = features.Box.parse(bbox) if bbox else None
    page: dict[str, Any] = features.feature_page(session, found, box, limit, offset)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return JSONResponse(page, media_type="application/geo+json", headers=headers)


@router.get("/api/search")
def search_(
    session: SessionDep,
    q: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
) -> SearchAnswer:
    """Find things by name, address, pinyin initials or code."""
    return SearchAnswer(query=q, results=search.find(session, q, limit))
