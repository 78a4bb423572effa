"""The report of a screen: one HTML file with its numbers and the viewer, which loads nothing."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.files import write_text
from hybridcell._core.html_page import HtmlPage, self_contained
from hybridcell.therapy.screen.report.contents import report_data

if TYPE_CHECKING:
    from hybridcell.therapy.screen.combination_screen import CombinationScreen

_SCRIPTS = ("numbers", "heat_map", "axes", "dose_surface", "curves", "pairs", "page", "triples")


def report_page(screen: CombinationScreen, *, title: str | None = None) -> HtmlPage:
    """Return the page of a screen as text; see `CombinationScreen.to_html`."""
    title = f"Drug pairs and {screen.readout}" if title is None else title
    return self_contained(
        title,
        style=_part("page.css"),
        body=_part("page.html"),
        data=report_data(screen, title),
        data_id="screen-data",
        scripts=[_part(f"{name}.js") for name in _SCRIPTS],
    )


def write_report(
    screen: CombinationScreen, path: str | os.PathLike[str], *, title: str | None = None
) -> Path:
    """Write the page of a screen, wholly or not at all, and return the path."""
    return write_text(path, report_page(screen, title=title))


@cache
def _part(name: str) -> str:
    return files("hybridcell.therapy.screen.report").joinpath(name).read_text(encoding="utf-8")
