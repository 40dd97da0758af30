"""Drift: where published grids and today's cells no longer agree, because streets or buildings moved.

Published grids stay as they are; this says where drawing them anew would move a border.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.registry import effective

LEAST_M2 = 5.0
"""Less than this between a border and the cells beside it is no drift."""


def drift(session: Session, community: int, set_id: int) -> list[dict[str, Any]]:
    """Return the grids of a community whose border runs through today's cells.

    Each with the area that lies in cells of another grid, the households of the cells concerned, and a
    place to look at.
    """
    rows = session.execute(
        text(
            f"""
            WITH grids AS (
                SELECT v.code, v.name, v.geom FROM grid_version v JOIN grid g ON g.id = v.grid_id
                WHERE g.community_id = :community AND {effective("v")}
                  AND NOT EXISTS (SELECT FROM grid_version w WHERE w.parent_id = v.grid_id AND {effective("w")})
            ), cut AS (
                SELECT g.code, g.name, c.id, ST_Area(ST_Intersection(g.geom, c.geom)::geography) AS area,
                       ST_PointOnSurface(ST_Intersection(g.geom, c.geom)) AS place
                FROM grids g JOIN cell c ON c.set_id = :set AND c.cut_at IS NULL
                  AND c.division_id = :community AND c.geom && g.geom
                  AND ST_Intersects(g.geom, c.geom) AND NOT ST_CoveredBy(c.geom, g.geom)
                  AND NOT ST_Intersects(g.geom, ST_PointOnSurface(c.geom))
            )
            SELECT code, name, round(sum(area)::numeric, 1)::float AS area_m2, count(*) AS cells,
                   (SELECT coalesce(sum(h.resident), 0)::integer FROM cell_building b CROSS JOIN LATERAL (
                        SELECT resident FROM household_count WHERE building_id = b.building_id
                        AND counted_on <= as_of_day() ORDER BY counted_on DESC, source DESC LIMIT 1) h
                    WHERE b.cell_id = ANY(array_agg(cut.id))) AS households,
                   ST_X((array_agg(place ORDER BY area DESC))[1]) AS lon,
                   ST_Y((array_agg(place ORDER BY area DESC))[1]) AS lat
            FROM cut WHERE area > :least GROUP BY code, name ORDER BY area_m2 DESC, code
            """
        ),
        {"community": community, "set": set_id, "least": LEAST_M2},
    ).mappings()
    return [dict(row) for row in rows]
