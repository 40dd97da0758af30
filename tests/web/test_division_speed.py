"""Painting with 20,000 cells and 1,000 grids: how soon the picture follows the hand."""

from __future__ import annotations

import sys

import pytest

from tests.web.division_store import PlanServer, blocks, lattice

COLUMNS, ROWS = 142, 141
WIDE, HIGH = 4, 5
MEDIAN_MS = 20
P99_MS = 60
FIRST_VIEW_S = 3.0
TIMES_EMPTY = 3
TIMES_EMPTY_RARELY = 5
"""On a quiet machine an empty canvas needs 7 ms and 20 ms (p99): a third of what is allowed. Where others
compute at the same time, three times what the empty canvas needs in the same run is allowed instead."""

MEASURE = """([points]) => new Promise((resolve) => {
  const map = document.querySelector('.map');
  const box = map.getBoundingClientRect();
  const out = [];
  let i = 0;
  const fire = (type, at) => map.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, composed: true, pointerId: 1, pointerType: 'mouse', isPrimary: true,
    button: 0, buttons: 1, clientX: box.left + at[0], clientY: box.top + at[1],
  }));
  const channel = new MessageChannel();
  fire('pointerdown', points[0]);
  const step = () => {
    if (i === points.length) { fire('pointerup', points[i - 1]); resolve(out); return; }
    const begun = performance.now();
    fire('pointermove', points[i++]);
    requestAnimationFrame(() => {
      channel.port1.onmessage = () => {
        out.push([performance.now() - begun, document.querySelector('.live-bars')?.innerText ?? '']);
        setTimeout(step, 12);
      };
      channel.port2.postMessage(0);
    });
  };
  setTimeout(step, 50);
})"""
"""Move the pointer, wait for the frame that follows and for its painting, note the time; one move per frame."""

FIRST_VIEW = """() => {
  const mock = performance.getEntriesByType('resource').find((entry) => entry.name.endsWith('/cells'));
  const carried = mock.responseEnd - mock.startTime;
  return [(performance.now() - carried) / 1000, carried / 1000];
}"""
"""Seconds since the navigation began, without those in which the test's own stand-in carried megabytes of cells."""

EMPTY = """(n) => new Promise((resolve) => {
  const canvas = document.createElement('canvas');
  canvas.width = 900; canvas.height = 700;
  canvas.style.cssText = 'position:fixed;left:0;top:0;opacity:.01;pointer-events:none';
  document.body.appendChild(canvas);
  const pen = canvas.getContext('2d');
  const out = [];
  const channel = new MessageChannel();
  const step = () => {
    if (out.length === n) { canvas.remove(); resolve(out); return; }
    const begun = performance.now();
    pen.fillRect(out.length % 800, 10, 4, 4);
    requestAnimationFrame(() => {
      channel.port1.onmessage = () => { out.push(performance.now() - begun); setTimeout(step, 12); };
      channel.port2.postMessage(0);
    });
  };
  step();
})"""
"""The same with nothing to do: what this machine needs from an event to a frame."""


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.fixture
def big(open_desk):
    window = open_desk(reduced_motion="no-preference")
    county = window.page.request.get(window.address + "/api/overview").json()
    community = next(d for d in county["divisions"] if d["level"] == "community")
    west, _, _, north = county["extent"]
    cells = lattice(COLUMNS, ROWS, west=west, north=north)
    parts = blocks(COLUMNS, ROWS, WIDE, HIGH)
    server = PlanServer(community, cells, parts)
    server.attach(window.page)
    return window, server


def test_a_painted_cell_and_its_figures_are_on_the_screen_by_the_next_frame(big, capsys):
    window, server = big
    assert len(server.ids) >= 20_000
    assert len(server.grids) >= 1_000
    window.page.goto(f"{window.address}/#panel=division&plan=7")
    window.page.wait_for_selector(".part-row .band-fill")
    window.until("document.querySelectorAll('.leaflet-cells-pane canvas').length === 1")
    first, carried = window.page.evaluate(FIRST_VIEW)
    window.page.wait_for_load_state("networkidle")
    window.keep("division-big")
    window.page.get_by_role("button", name="涂绘").click()
    window.page.keyboard.press("5")
    box = window.page.locator(".map").bounding_box()
    # Back and forth over the middle of the map: nearly every move enters another cell of another grid.
    points = [
        [200 + (i * 7) % (int(box["width"]) - 420), 150 + (i // 90) * 37 + (i % 2) * 3]
        for i in range(420)
    ]
    calm = window.page.evaluate(EMPTY, 60)
    taken = window.page.evaluate(MEASURE, [points])
    times = [row[0] for row in taken]
    median, p99 = quantile(times, 0.5), quantile(times, 0.99)
    calm += window.page.evaluate(EMPTY, 60)
    most_median = max(MEDIAN_MS, TIMES_EMPTY * quantile(calm, 0.5))
    most_p99 = max(P99_MS, TIMES_EMPTY_RARELY * quantile(calm, 0.99))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(server.ids)} cells, {len(server.grids)} grids: first view {first:.2f} s (and "
            f"{carried:.2f} s for the mock), event to frame median {median:.1f} ms, p99 {p99:.1f} ms, "
            f"most {max(times):.1f} ms over {len(times)} moves; an empty canvas: median "
            f"{quantile(calm, 0.5):.1f} ms, p99 {quantile(calm, 0.99):.1f} ms\n"
        )
    texts = {row[1] for row in taken}
    assert len(texts) > 150, "the bars have to move with the strokes"
    assert median <= most_median
    assert p99 <= most_p99
    assert first <= FIRST_VIEW_S * most_median / MEDIAN_MS
    window.until("document.querySelector('.sync').textContent.includes('已保存')")
