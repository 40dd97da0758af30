"""The phone page under a name the browser does not trust: no https, so no position and nothing kept."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import json, sys
from playwright.sync_api import sync_playwright
program, flags, address, link = json.loads(sys.argv[1])
port = address.rsplit(':', 1)[1]
flags = [*flags, '--host-resolver-rules=MAP grid.test 127.0.0.1']
said = {'faults': []}
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=program, args=flags)
    page = browser.new_context(viewport={'width': 390, 'height': 844}).new_page()
    page.on('pageerror', lambda error: said['faults'].append(str(error)))
    page.goto(f'http://grid.test:{port}/m#enter={link}')
    page.wait_for_selector('.answer-none .plain')
    page.wait_for_selector('.limits')
    said['answer'] = page.inner_text('.answer')
    said['limits'] = page.inner_text('.limits')
    page.wait_for_timeout(500)
    page.click('.answer-none .plain')
    page.mouse.click(150, 500)
    page.wait_for_selector('.answer:not(.answer-none)')
    said['after_tap'] = page.inner_text('.answer')
    browser.close()
print(json.dumps(said))
"""


def visit(program: str, flags: list[str], address: str, link: str) -> dict[str, Any]:
    """Open the page in a browser of its own and return what it says before and after a tap on the map."""
    given = json.dumps([program, flags, address, link])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, given],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
