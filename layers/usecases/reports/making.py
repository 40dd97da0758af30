"""One report of one run in one form, logged as it leaves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.errors import RefusedInputError
from layers.db import Database
from layers.inputs import InputCache
from layers.usecases.exports import log_export
from layers.usecases.reports.content import gather

ENDINGS = ("html", "docx", "xlsx")


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    run_id: str
    ending: str
    """`html`, `docx` or `xlsx`."""
    lang: str = "zh"
    rules: str | None = None
    """Rule set the communities are held against."""
    template: Path | None = None
    """An office's own workbook."""


def make_report(
    database: Database,
    cache: InputCache,
    order: Order,
    assets: Path,
    credits_: Sequence[str] = (),
) -> bytes:
    """Return the report of a run; equal runs and orders give equal bytes.

    Parameters
    ----------
    assets
        Folder with `leaflet.js` and `leaflet.css`, which are written into a page.
    credits_
        Attribution and map review number (审图号), printed under every map.

    Raises
    ------
    NotFoundError
        `unknown_run`, `unknown_rules`, `no_such_file`.
    RefusedInputError
        `unknown_format`, `bad_template`.
    UnavailableError
        `missing_assets` when the page has not been built.
    """
    if order.ending not in ENDINGS or (order.template is not None and order.ending != "xlsx"):
        reason = f"write to a file ending in {', '.join('.' + ending for ending in ENDINGS)}"
        if order.template is not None:
            reason = "a template makes an .xlsx file"
        raise RefusedInputError("unknown_format", reason)
    content = gather(database, cache, order.run_id, order.rules, credits_)
    # Each form is imported when it is asked for: together they load for a second.
    if order.ending == "html":
        from layers.usecases.reports.page import html_report

        made = html_report(content, order.lang, assets).encode()
    elif order.ending == "docx":
        from layers.usecases.reports.letter import docx_report

        made = docx_report(content, order.lang)
    elif order.template is not None:
        from layers.usecases.reports.template import filled_template

        made = filled_template(content, order.lang, order.template)
    else:
        from layers.usecases.reports.workbook import xlsx_report

        made = xlsx_report(content, order.lang)
    with database.session("server") as session:
        log_export(session, "export.report", order.run_id, order.ending, io.BytesIO(made), None)
    return made
