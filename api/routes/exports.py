"""Files of one's own area; each export is logged."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from api.deps import StoreDep
from api.files import send_file
from api.routes.coverage import RunId
from layers.registry import layer as find_layer
from layers.usecases.exports import export_layer, export_run

router = APIRouter(tags=["exports"])


@router.get("/api/exports/{layer}.{ending}", response_class=Response)
def layer_file(
    layer: Annotated[str, Path(max_length=40)],
    ending: Literal["geojson", "csv", "gpkg"],
    store: StoreDep,
) -> Response:
    """Return a layer as a file, as far as one may see it."""
    found = find_layer(layer)
    return send_file(f"{found.name}.{ending}", lambda target: export_layer(store, found, target))


@router.get("/api/coverage/runs/{run_id}/buildings.csv", response_class=Response)
def run_file(run_id: RunId, store: StoreDep) -> Response:
    """Return every building's walk in a run, of one's own area."""
    return send_file("buildings.csv", lambda target: export_run(store, run_id, target))
