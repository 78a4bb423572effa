"""The report of a screen: one HTML file with its numbers and the viewer, which loads nothing."""

from __future__ import annotations

import json
import os
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.files import write_text
from hybridcell._core.html_page import HtmlPage
from hybridcell.therapy.screen.report.contents import report_data

if TYPE_CHECKING:
    from hybridcell.therapy.screen.combination_screen import CombinationScreen

_SCRIPTS = ("numbers", "heat_map", "axes", "dose_surface", "curves", "pairs", "page", "triples")


def report_page(screen: CombinationScreen, *, title: str | None = None) -> HtmlPage:
    """Return the page of a screen as text; see `CombinationScreen.to_html`."""
    title = f"Drug pairs and {screen.readout}" if title is None else title
    data = json.dumps(report_data(screen, title), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # "<" would end the script where a name has "</script>" in it
    data = data.replace("<", "\\u003c")
    scripts = "".join(f"<script>\n{_part(f'{name}.js')}</script>\n" for name in _SCRIPTS)
    return HtmlPage(
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        # nothing is loaded from anywhere, whatever stands in a name
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_part('page.css')}</style></head>\n"
        f"<body>\n{_part('page.html')}"
        f'<script type="application/json" id="screen-data">{data}</script>\n{scripts}</body></html>\n'
    )


def write_report(
    screen: CombinationScreen, path: str | os.PathLike[str], *, title: str | None = None
) -> Path:
    """Write the page of a screen, wholly or not at all, and return the path."""
    return write_text(path, report_page(screen, title=title))


@cache
def _part(name: str) -> str:
    return files("hybridcell.therapy.screen.report").joinpath(name).read_text(encoding="utf-8")
