"""Vector tiles of registry layers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.deps import SessionDep
from layers import features
from layers.registry import layer as find_layer

router = APIRouter(tags=["tiles"])
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
MVT: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}
Names = Annotated[
    str, Path(max_length=400, description="One layer, or several separated by commas")
]


def tile_response(content: bytes, entity_tag: str | None = None) -> Response:
    """Return a tile; browsers may keep it but must ask whether it is still true."""
    headers = {"Cache-Control": "private, no-cache"}
    if entity_tag:
        headers["ETag"] = entity_tag
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/tiles/{layers}/{z}/{x}/{y}.mvt", response_class=Response, responses=MVT)
def tile(
    layers: Names,
    z: int,
    x: int,
    y: int,
    request: Request,
    session: SessionDep,
    as_of: date | None = None,
) -> Response:
    """Return a vector tile of one layer or of several, 304 when the browser's copy is still true.

    The names of several layers are separated by commas. Divisions and grids are those of the day `as_of`, today if
    left out.
    """
    found = [find_layer(name) for name in dict.fromkeys(layers.split(","))]
    features.look_at(session, as_of)
    tag = features.entity_tag(session, found)
    features.check_tile(z, x, y)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    # A vector tile is the sum of its layers: one after the other they are one tile.
    return tile_response(b"".join(features.tile(session, item, z, x, y) for item in found), tag)
