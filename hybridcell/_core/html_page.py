"""A whole HTML document that notebooks show in a frame of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any


class HtmlPage(str):
    """An HTML document as text: write it to a file, or let a notebook show it.

    Examples
    --------
    >>> HtmlPage("<!doctype html><title>a</title>")._repr_html_().startswith("<iframe")
    True
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        # scripts may run, but cannot reach the notebook around the frame
        return (
            f'<iframe sandbox="allow-scripts" srcdoc="{escape(self, quote=True)}" '
            'style="width:100%;height:640px;border:1px solid #d5dbe1;border-radius:4px"></iframe>'
        )


def self_contained(
    title: str, *, style: str, body: str, data: Any, data_id: str, scripts: Sequence[str]
) -> HtmlPage:
    """Return a page that loads nothing: its style, its body, its data and the scripts that draw them.

    Parameters
    ----------
    title
        Escaped here.
    style, body, scripts
        CSS, HTML and JavaScript of this package, taken as they are.
    data
        What JSON can hold, without NaN; scripts read it from the element `data_id`.
    """
    # "<" would end the script where a name has "</script>" in it
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    drawing = "".join(f"<script>\n{script}</script>\n" for script in scripts)
    return HtmlPage(
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        # nothing is loaded from anywhere, whatever stands in a name
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f'<body>\n{body}<script type="application/json" id="{data_id}">{text}</script>\n'
        f"{drawing}</body></html>\n"
    )
