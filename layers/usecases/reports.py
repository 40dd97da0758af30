"""A run as one HTML file with a folium map: opens anywhere, asks no address on the network."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import UnavailableError
from layers.categories import STATION_CATEGORIES
from layers.db import Database
from layers.features import Box, feature_page
from layers.inputs import InputCache
from layers.registry import layer as find_layer
from layers.usecases.coverage import as_document, get_run
from layers.usecases.exports import log_export
from layers.usecases.overview import credits_of, store_facts
from layers.usecases.report_words import WORDS
from layers.usecases.results import run_area, run_classes

DENSITY = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
"""YlGnBu, five classes (ColorBrewer): told apart with deuteranopia."""
MAIN_CLASSES = frozenset({"trunk", "primary", "secondary", "tertiary"})
MINOR_CLASSES = frozenset({"unclassified", "residential", "living_street", "pedestrian"})
MAX_FEATURES = 10_000
"""Most features of one background layer in a report; the file says when there were more."""
STYLE = """
body{margin:0;font:14px/20px system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1f2933;
background:#fff}.page{max-width:1120px;margin:0 auto;padding:24px}h1{font-size:24px;line-height:32px;margin:0 0 4px}
h2{font-size:16px;margin:32px 0 8px}.muted{color:#5c6b78}.figures{display:flex;gap:16px;margin:20px 0;flex-wrap:wrap}
.figure{border:1px solid #e3e7eb;border-radius:8px;padding:12px 16px;min-width:180px;flex:1}
.figure b{display:block;font-size:24px;line-height:32px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 8px;border-bottom:1px solid #e3e7eb;text-align:right;white-space:nowrap}
th{color:#5c6b78;font-weight:500}td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){text-align:left}
.scroll{overflow-x:auto}.map{height:560px;border:1px solid #e3e7eb;border-radius:8px;overflow:hidden}
.map>div{height:100%}.legend{display:flex;gap:16px;flex-wrap:wrap;margin:8px 0;font-size:12px;line-height:16px}
.legend i{display:inline-block;width:16px;height:12px;margin-right:6px;border-radius:2px;vertical-align:-1px}
.leaflet-container{background:#f6f5f1;font:inherit}@media print{.map{height:420px}}
"""


class _PlainMap(folium.Map):
    """A folium map whose scripts and styles stand in the page itself."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 folium's own class attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _MetricScale(MacroElement):
    """A scale bar without miles."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});{% endmacro %}"
    )


def html_report(
    database: Database,
    cache: InputCache,
    run_id: str,
    lang: str,
    assets: Path,
    credits_: Sequence[str] = (),
) -> str:
    """Return the report of a run; equal runs give equal bytes.

    Parameters
    ----------
    assets
        Folder with `leaflet.js` and `leaflet.css`, which are written into the page.
    credits_
        Attribution and map review number (审图号), printed under the map.

    Raises
    ------
    NotFoundError
        `unknown_run`.
    UnavailableError
        `missing_assets` when the page has not been built.
    """
    script, style = assets / "leaflet.js", assets / "leaflet.css"
    if not (script.exists() and style.exists()):
        raise UnavailableError("missing_assets", "the page is not built; run: make setup")
    with database.session("server") as session:
        run = as_document(get_run(session, run_id))
        sample = store_facts(session)["sample"]
        areas = _area_names(session, run["parameters"]["division"])
        credits_ = [*credits_of(session), *credits_]
        shapes = _shapes(session)
        classes = run_classes(session, run_id, "grids", "households_per_km2", "natural", 5)
        if not classes["breaks"]:
            classes = run_classes(
                session, run_id, "communities", "households_per_km2", "natural", 5
            )
    area = json.loads(run_area(database, cache, run_id))
    words = WORDS[lang]
    figure = _map(run, shapes, area, classes, words)
    head = (
        f"<style>{style.read_text(encoding='utf-8')}{STYLE}</style>"
        f"<script>{script.read_text(encoding='utf-8')}</script>"
    )
    # Icons are drawn as circles: the style sheet's own pictures would be outside addresses.
    head = head.replace("url(images/", "url(data:,").replace(
        "//# sourceMappingURL=leaflet.js.map", ""
    )
    figure.render()  # every element now writes itself into the figure's header, body and script
    head += "".join(child.render() for child in figure.header._children.values())  # noqa: SLF001
    page = _page(run, figure, head, classes, words, lang, credits_, areas, sample=sample)
    with database.session("server") as session:
        log_export(session, "export.report", run_id, "html", io.BytesIO(page.encode()), None)
    return page


def _area_names(session: Session, codes: str | None) -> list[str]:
    """Return the names of the divisions a run is about, in the order of their codes."""
    if codes is None:
        return []
    return list(
        session.execute(
            text(
                "SELECT DISTINCT ON (code) name FROM division_version WHERE code = ANY(:codes) "
                "ORDER BY code, valid_from DESC"
            ),
            {"codes": codes.split(",")},
        ).scalars()
    )


def _shapes(session: Session) -> dict[str, Any]:
    names = ("land_cover", "streets", "divisions", "grids", "stations")
    return {
        name: feature_page(session, find_layer(name), Box(-180, -90, 180, 90), MAX_FEATURES, 0)
        for name in names
    }


def _colour(value: float | None, breaks: list[float]) -> str:
    if value is None or not breaks:
        return "#d9d9d9"
    number = next((n for n, limit in enumerate(breaks) if value <= limit), len(breaks) - 1)
    return DENSITY[number]


def _only(collection: dict[str, Any], keep: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [item for item in collection["features"] if keep(item["properties"])],
    }


def _map(
    run: dict[str, Any],
    shapes: dict[str, Any],
    area: dict[str, Any],
    classes: dict[str, Any],
    words: dict[str, str],
) -> Figure:
    view = _PlainMap(tiles=None, prefer_canvas=True, attributionControl=False)
    view.add_child(_MetricScale())  # type: ignore[no-untyped-call]
    for kind, fill in (("green", "#e3ebda"), ("water", "#cfe0e8")):
        _add(view, _only(shapes["land_cover"], lambda p, kind=kind: p["class"] == kind), fill=fill)
    for names, colour, weight in ((MINOR_CLASSES, "#e2ddd2", 1), (MAIN_CLASSES, "#cfc8b8", 2.5)):
        _add(
            view,
            _only(shapes["streets"], lambda p, names=names: p["class"] in names),
            line=colour, weight=weight,
        )  # fmt: skip
    scope = classes["scope"]
    rows = {row["code"]: row for row in run[scope]}
    polygons = shapes["grids"] if scope == "grids" else shapes["divisions"]
    for item in _only(polygons, lambda p: p["code"] in rows)["features"]:
        row = rows[item["properties"]["code"]]
        item["properties"] = {
            "label": _label(row, words),
            "fill": _colour(row["households_per_km2"], classes["breaks"]),
        }
        _add(view, {"type": "FeatureCollection", "features": [item]},
             fill=item["properties"]["fill"], line="#40505c", weight=1.2, opacity=0.55,
             tooltip=item["properties"]["label"])  # fmt: skip
    _add(
        view,
        _only(shapes["divisions"], lambda p: p["level"] == "community"),
        line="#1f2933", weight=2,
    )  # fmt: skip
    dissolved = _only(area, lambda p: p["kind"] == "dissolved")
    _add(view, dissolved, fill="#35978f", line="#01665e", weight=2, opacity=0.12)
    for station in run["stations"]:
        folium.CircleMarker(
            [station["lat"], station["lon"]],
            radius=6, color="#ffffff", weight=2, fill=True, fill_color="#0b6e99", fill_opacity=1,
            tooltip=html.escape(station["name"] or station["code"]),
        ).add_to(view)  # fmt: skip
    box = _bounds(run, shapes, area)
    if box:
        view.fit_bounds([[box[1], box[0]], [box[3], box[2]]])
    figure = cast("Figure", view.get_root())
    _name_elements(figure)
    return figure


def _add(
    view: folium.Map,
    collection: dict[str, Any],
    fill: str | None = None,
    line: str | None = None,
    weight: float = 1,
    opacity: float = 1,
    tooltip: str | None = None,
) -> None:
    if not collection["features"]:
        return
    style = {
        "stroke": line is not None,
        "color": line or "#000000",
        "weight": weight,
        "fill": fill is not None,
        "fillColor": fill or "#000000",
        "fillOpacity": opacity,
    }
    bare = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": item["geometry"], "properties": {}}
            for item in collection["features"]
            if item["geometry"]
        ],
    }
    folium.GeoJson(
        bare,
        style_function=lambda _feature: style,
        embed=True,
        tooltip=tooltip,
        interactive=bool(tooltip),
    ).add_to(view)


def _name_elements(figure: Figure) -> None:
    """Number all elements in order: branca names them at random, and equal runs must be equal."""
    count = 0

    def visit(element: Element | MacroElement) -> None:
        nonlocal count
        element._id = f"{count:06d}"  # noqa: SLF001 branca offers no other way
        count += 1
        for child in element._children.values():  # noqa: SLF001
            visit(child)

    visit(figure)


def _bounds(
    run: dict[str, Any], shapes: dict[str, Any], area: dict[str, Any]
) -> list[float] | None:
    points: list[tuple[float, float]] = [(row["lon"], row["lat"]) for row in run["stations"]]
    for collection in (_only(shapes["divisions"], lambda p: p["level"] == "county"), area):
        for item in collection["features"]:
            for polygon in item["geometry"]["coordinates"]:
                points += [(lon, lat) for lon, lat in polygon[0]]
    if not points:
        return None
    lon, lat = zip(*points, strict=True)
    return [min(lon), min(lat), max(lon), max(lat)]


def _label(row: dict[str, Any], words: dict[str, str]) -> str:
    rate = "–" if row["rate_walk"] is None else f"{row['rate_walk']:.1%}"
    dense = row["households_per_km2"]
    return (
        f"<b>{html.escape(row['name'] or row['code'])}</b><br>{row['code']}<br>"
        f"{words['households']} {row['households']:,} · "
        f"{'–' if dense is None else f'{dense:,.0f}'} {words['per_km2']}<br>{words['rate']} {rate}"
    )


def _page(
    run: dict[str, Any],
    figure: Figure,
    head: str,
    classes: dict[str, Any],
    words: dict[str, str],
    lang: str,
    credits_: Sequence[str],
    areas: Sequence[str],
    *,
    sample: bool,
) -> str:
    parameters, totals, inputs = run["parameters"], run["totals"], run["inputs"]
    basis = words[parameters["basis"]]
    dates = f"{inputs['households_from'] or '–'} – {inputs['households_to'] or '–'}"
    map_name = next(iter(figure._children.values())).get_name()  # noqa: SLF001
    body = "".join(child.render() for child in figure.html._children.values())  # noqa: SLF001
    script = "\n".join(child.render() for child in figure.script._children.values())  # noqa: SLF001
    labels = STATION_CATEGORIES.get(parameters["category"], (parameters["category"],) * 2)
    title = html.escape(" · ".join((words["title"], *areas, labels[lang == "en"])))
    figures = "".join(
        f"<div class=figure><span class=muted>{label}</span><b>{value:,}</b>"
        f"<span class=muted>{_share(value, totals['households'])} {words['of']} {totals['households']:,}</span></div>"
        for label, value in (
            (words["within_walk"].format(**parameters), totals["within_walk"]),
            (words["within_radius"].format(**parameters), totals["within_radius"]),
            (words["missing"].format(**parameters), totals["out_of_reach"] + totals["unreachable"]),
        )
    )
    notice = f"<p><b>{words['sample']}</b></p>" if sample else ""
    return (
        f"<!doctype html><html lang={lang}><head><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{title}</title>{head}"
        f"</head><body><div class=page><h1>{title}</h1>"
        f"<p class=muted>{words['basis']} {basis} · {words['as_of']} {dates} · "
        f"{words['speed'].format(**parameters)} · {words['run']} {run['run']}</p>{notice}"
        f"<div class=figures>{figures}</div>"
        f"<div class=map id=holder-{map_name}>{body}</div>{_legend(classes, words)}"
        f"{_table(run['grids'], words['grids'], words, run['ungridded'])}"
        f"{_table(run['communities'], words['communities'], words, run['outside_communities'])}"
        f"<p class=muted>{words['sources']} {html.escape('；'.join(inputs['households_source']) or '–')} · "
        f"{words['network']} {html.escape((inputs['network'] or {}).get('name', '–'))} · {words['hash']} "
        f"{inputs['hash']}</p><p class=muted>{html.escape(' · '.join(credits_))}</p></div>"
        f"<script>{script}</script></body></html>\n"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _legend(classes: dict[str, Any], words: dict[str, str]) -> str:
    low = classes["minimum"] or 0
    items = []
    for number, high in enumerate(classes["breaks"]):
        items.append(
            f"<span><i style='background:{DENSITY[number]}'></i>{low:,.0f}–{high:,.0f}</span>"
        )
        low = high
    return (
        f"<div class=legend><span class=muted>{words['density']}</span>{''.join(items)}"
        f"<span><i style='background:#35978f;opacity:.5'></i>{words['area']}</span>"
        f"<span><i style='background:#0b6e99;border-radius:50%;width:12px'></i>{words['stations']}</span></div>"
    )


def _table(
    rows: list[dict[str, Any]], title: str, words: dict[str, str], rest: dict[str, Any]
) -> str:
    if not rows:
        return ""
    names = ("households", "within_walk", "out_of_reach", "unreachable", "no_network", "unplaced")
    heads = "".join(f"<th>{words[f'column_{name}']}</th>" for name in (*names, "rate", "density"))

    def line(code: str, name: str, row: dict[str, Any]) -> str:
        cells = "".join(f"<td>{row[key]:,}</td>" for key in names)
        dense = row["households_per_km2"]
        return (
            f"<tr><td>{code}</td><td>{html.escape(name)}</td>{cells}"
            f"<td>{_share(row['within_walk'], row['households'])}</td>"
            f"<td>{'–' if dense is None else f'{dense:,.0f}'}</td></tr>"
        )

    lines = "".join(line(row["code"], row["name"] or "", row) for row in rows)
    lines += line("–", words["outside"], rest)
    return (
        f"<h2>{title}</h2><div class=scroll><table><thead><tr><th>{words['code']}</th>"
        f"<th>{words['name']}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
