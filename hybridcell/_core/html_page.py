"""A whole HTML document that notebooks show in a frame of its own."""

from __future__ import annotations

from html import escape


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
