"""The small HTML of notebooks: every public noun shows itself as a titled table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


def card(title: str, facts: Mapping[str, object]) -> str:
    """Return a titled two-column table; keys and values are escaped."""
    rows = "".join(
        f"<tr><th style='text-align:left;padding-right:1em'>{escape(str(k))}</th>"
        f"<td style='text-align:left'>{escape(str(v))}</td></tr>"
        for k, v in facts.items()
    )
    return f"<div><strong>{escape(title)}</strong><table>{rows}</table></div>"


def table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a plain HTML table; cells are escaped."""
    head = "".join(f"<th>{escape(str(h))}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
