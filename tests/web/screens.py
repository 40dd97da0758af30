"""One open window in every size and language, so that a page is opened once however often it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.web.conftest import Desk

SIZES = ((1440, 900), (1366, 768), (390, 844))
LANGUAGES = ("zh", "en")
FOLDED = 1023
"""Up to this width the page opens with its legend folded."""


class Screen(NamedTuple):
    """What a window looks like: its size and the language of the page in it."""

    width: int
    height: int
    language: str

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.language}"


def screens(
    window: Desk,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    languages: tuple[str, ...] = LANGUAGES,
) -> Iterator[Screen]:
    """Show the open page in each size in each language, laid out as it opens there."""
    for language in languages:
        speak(window, language)
        for width, height in sizes:
            resize(window, width, height)
            yield Screen(width, height, language)


def speak(window: Desk, language: str) -> None:
    """Let the page speak a language by its own switch, behind an open dialog, too."""
    if not shown_in(window, language):
        bar = window.page.locator(".header, .cover-bar").first
        bar.locator("button[lang]").evaluate("e => e.click()")
        assert shown_in(window, language), language
    laid_out(window)


def shown_in(window: Desk, language: str) -> bool:
    """Return whether the page speaks a language."""
    return bool(
        window.page.evaluate("lang => document.documentElement.lang.startsWith(lang)", language)
    )


def resize(window: Desk, width: int, height: int) -> None:
    """Give the window a size, with the legend open or folded as it is where the page opens in it."""
    window.page.set_viewport_size({"width": width, "height": height})
    laid_out(window)
    title = window.page.locator(".legend-title")
    if title.count() and (title.get_attribute("aria-expanded") == "true") != (width > FOLDED):
        title.evaluate("e => e.click()")
        laid_out(window)


def laid_out(window: Desk) -> None:
    """Wait until nothing on the page moves any more: no transition runs and three frames are alike."""
    window.page.evaluate(
        """() => new Promise(resolve => {
          let before = '', alike = 0;
          const look = () => {
            const now = [innerWidth, ...[...document.querySelectorAll('body *')].map(e => {
              if (e.closest('.leaflet-pane')) return '';
              const r = e.getBoundingClientRect();
              return [r.x, r.y, r.width, r.height].map(Math.round).join();
            })].join(';');
            const moving = document.getAnimations().some(a =>
              a.playState === 'running' && a.effect?.getComputedTiming().endTime !== Infinity);
            alike = now === before && !moving ? alike + 1 : 0;
            before = now;
            if (alike === 2) resolve(); else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })"""
    )
