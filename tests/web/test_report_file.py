"""The report as a file on a desk without any network."""

from __future__ import annotations

import pytest

from api.settings import report_assets
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.coverage import run_coverage
from layers.usecases.reports import Order, make_report


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_offline_with_map_charts_and_tables(chromium, sample_store, tmp_path, lang):
    cache = InputCache(tmp_path / "home")
    run = run_coverage(sample_store, cache, Question(division="990101001"))["run"]
    path = tmp_path / "report.html"
    path.write_bytes(make_report(sample_store, cache, Order(run, "html", lang), report_assets()))
    context = chromium.new_context(offline=True, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    faults, asked = [], []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector(".leaflet-container canvas")
    page.wait_for_function("document.querySelectorAll('.chart svg').length >= 4")
    assert page.locator("table tbody tr").count() > 40
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults == []
    assert asked == [path.as_uri()]
    context.close()
