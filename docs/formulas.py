"""Formulas as MathML, which browsers draw themselves: no page loads a script from elsewhere."""

from __future__ import annotations

from typing import Any

from docutils.nodes import Element, SkipNode
from latex2mathml.converter import convert


def draw_inline(translator: Any, node: Element) -> None:
    """Write a formula into the text around it."""
    translator.body.append(convert(node.astext().strip()))
    raise SkipNode


def draw_block(translator: Any, node: Element) -> None:
    """Write a formula that stands by itself."""
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    translator.body.append(convert(node.astext().strip(), display="block"))
    translator.body.append("</div>\n")
    raise SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Register it with Sphinx."""
    app.add_html_math_renderer("mathml", (draw_inline, None), (draw_block, None))  # pyright: ignore
    return {"parallel_read_safe": True, "parallel_write_safe": True}
