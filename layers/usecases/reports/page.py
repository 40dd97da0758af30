"""A run as one HTML file with a folium map: opens anywhere, asks no address on the network."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from gis.errors import UnavailableError
from layers.usecases.reports.charts import svg
from layers.usecases.reports.colours import density_colour, legend_of
from layers.usecases.reports.compose import compose
from layers.usecases.reports.content import Content
from layers.usecases.reports.parts import Report, Section, Table, share, shown
from layers.usecases.reports.picture_map import MAIN_CLASSES, MINOR_CLASSES

STYLE = """
body{margin:0;font:14px/20px system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1f2933;
background:#fff}.page{max-width:1120px;margin:0 auto;padding:24px}h1{font-size:24px;line-height:32px;margin:0 0 4px}
h2{font-size:16px;margin:32px 0 8px}.muted{color:#5c6b78}.figures{display:flex;gap:16px;margin:20px 0;flex-wrap:wrap}
.figure{border:1px solid #e3e7eb;border-radius:8px;padding:12px 16px;min-width:180px;flex:1}
.figure b{display:block;font-size:24px;line-height:32px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 8px;border-bottom:1px solid #e3e7eb;text-align:right;white-space:nowrap}
th{color:#5c6b78;font-weight:500}.text,.code{text-align:left}
.scroll{overflow-x:auto}.map{height:560px;border:1px solid #e3e7eb;border-radius:8px;overflow:hidden}
.map>div{height:100%}.legend{display:flex;gap:16px;flex-wrap:wrap;margin:8px 0;font-size:12px;line-height:16px}
.legend i{display:inline-block;width:16px;height:12px;margin-right:6px;border-radius:2px;vertical-align:-1px}
.chart{margin:16px 0}.chart svg{width:100%;max-width:820px;height:auto;display:block}.chart p,.note{margin:4px 0}
td.text{text-align:left;white-space:normal;min-width:96px}p{max-width:820px}
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


def html_report(content: Content, lang: str, assets: Path) -> str:
    """Return the report as a page; equal contents give equal bytes.

    Parameters
    ----------
    assets
        Folder with `leaflet.js` and `leaflet.css`, which are written into the page.

    Raises
    ------
    UnavailableError
        `missing_assets` when the page has not been built.
    """
    script, style = assets / "leaflet.js", assets / "leaflet.css"
    if not (script.exists() and style.exists()):
        raise UnavailableError("missing_assets", "the page is not built; run: make setup")
    report = compose(content, lang)
    figure = _map(content, report.words)
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
    return _page(content, report, figure, head)


def _only(collection: dict[str, Any], keep: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [item for item in collection["features"] if keep(item["properties"])],
    }


def _map(content: Content, words: Mapping[str, str]) -> Figure:
    run, shapes, area, classes = content.run, content.shapes, content.area, content.classes
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
            "fill": density_colour(row, classes),
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
    box = content.bounds
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


def _label(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    rate = "–" if row["rate_walk"] is None else f"{row['rate_walk']:.1%}"
    dense = row["households_per_km2"]
    return (
        f"<b>{html.escape(row['name'] or row['code'])}</b><br>{row['code']}<br>"
        f"{words['households']} {row['households']:,} · "
        f"{'–' if dense is None else f'{dense:,.0f}'} {words['per_km2']}<br>{words['rate']} {rate}"
    )


def _page(content: Content, report: Report, figure: Figure, head: str) -> str:
    words, run = report.words, content.run
    parameters, totals = run["parameters"], run["totals"]
    map_name = next(iter(figure._children.values())).get_name()  # noqa: SLF001
    body = "".join(child.render() for child in figure.html._children.values())  # noqa: SLF001
    script = "\n".join(child.render() for child in figure.script._children.values())  # noqa: SLF001
    title = html.escape(report.title)
    figures = "".join(
        f"<div class=figure><span class=muted>{label}</span><b>{value:,}</b><span class=muted>"
        f"{shown(share(value, totals['households']), 'share')} {words['of']} {totals['households']:,}</span></div>"
        for label, value in (
            (words["within_walk"].format(**parameters), totals["within_walk"]),
            (words["within_radius"].format(**parameters), totals["within_radius"]),
            (words["missing"].format(**parameters), totals["out_of_reach"] + totals["unreachable"]),
        )
    )
    notice = f"<p><b>{html.escape(report.notice)}</b></p>" if report.notice else ""
    closing = "".join(f"<p class=muted>{html.escape(line)}</p>" for line in report.closing)
    return (
        f"<!doctype html><html lang={report.lang}><head><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{title}</title>{head}"
        f"</head><body><div class=page><h1>{title}</h1>"
        f"<p class=muted>{html.escape(report.subtitle)}</p>{notice}<div class=figures>{figures}</div>"
        f"<div class=map id=holder-{map_name}>{body}</div>{_legend(content, words)}"
        f"{_section(report.overview)}{''.join(_section(part) for part in report.printed)}"
        f"{closing}</div><script>{script}</script></body></html>\n"
    )


def _section(section: Section) -> str:
    charts = "".join(
        f"<div class=chart><b>{html.escape(item.title)}</b> <span class=muted>{html.escape(item.chart.y_title)}</span>"
        f"{svg(item.chart)}<p class=muted>{html.escape(item.note)}</p></div>"
        for item in section.figures
    )
    return (
        f"<h2>{html.escape(section.heading)}</h2>"
        + "".join(f"<p>{html.escape(words_)}</p>" for words_ in section.paragraphs)
        + charts
        + "".join(_table(table) for table in section.shown_tables)
    )


def _legend(content: Content, words: Mapping[str, str]) -> str:
    items = "".join(
        f"<span><i style='background:{colour}'></i>{label}</span>"
        for colour, label in legend_of(content.classes)
    )
    return (
        f"<div class=legend><span class=muted>{words['density']}</span>{items}"
        f"<span><i style='background:#35978f;opacity:.5'></i>{words['area']}</span>"
        f"<span><i style='background:#0b6e99;border-radius:50%;width:12px'></i>{words['stations']}</span></div>"
    )


def _table(table: Table) -> str:
    heads = "".join(
        f"<th class={column.kind}>{html.escape(column.label)}</th>" for column in table.columns
    )
    lines = "".join(
        "<tr>"
        + "".join(
            f"<td class={column.kind}>{html.escape(shown(value, column.kind))}</td>"
            for column, value in zip(table.columns, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    note = f"<p class='muted note'>{html.escape(table.note)}</p>" if table.note else ""
    return f"<div class=scroll><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>{note}"
