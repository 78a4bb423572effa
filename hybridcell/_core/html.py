"""The small HTML of notebooks: every public noun shows itself as a titled table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_CELL = "text-align:left;vertical-align:top;padding-right:1em"


def card(title: str, facts: Mapping[str, object]) -> str:
    """Return a titled two-column table; keys and values are escaped."""
    rows = "".join(
        f"<tr><th style='{_CELL}'>{escape(str(k))}</th><td style='{_CELL}'>{escape(str(v))}</td></tr>"
        for k, v in facts.items()
    )
    return f"<div style='overflow-x:auto'><strong>{escape(title)}</strong><table>{rows}</table></div>"


def table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a plain HTML table; cells are escaped."""
    head = "".join(f"<th style='{_CELL}'>{escape(str(h))}</th>" for h in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='{_CELL}'>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows
    )
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div style='overflow-x:auto'>{whole}</div>"
