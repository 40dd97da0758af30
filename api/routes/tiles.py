"""Vector tiles of registry layers."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from api.deps import SessionDep
from layers import features
from layers.registry import layer as find_layer

router = APIRouter(tags=["tiles"])
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
MVT: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


def tile_response(content: bytes, entity_tag: str | None = None) -> Response:
    """Return a tile; browsers may keep it but must ask whether it is still true."""
    headers = {"Cache-Control": "private, no-cache"}
    if entity_tag:
        headers["ETag"] = entity_tag
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", response_class=Response, responses=MVT)
def tile(
    layer: str,
    z: int,
    x: int,
    y: int,
    request: Request,
    session: SessionDep,
    as_of: date | None = None,
) -> Response:
    """Return a vector tile of a layer, 304 when the browser's copy is still true.

    Divisions and grids are those of the day `as_of`, today if left out.
    """
    found = find_layer(layer)
    features.look_at(session, as_of)
    tag = features.entity_tag(session, found)
    features.check_tile(z, x, y)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return tile_response(features.tile(session, found, z, x, y), tag)
