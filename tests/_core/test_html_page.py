from __future__ import annotations

import json
import re

import pytest

from hybridcell._core.html_page import HtmlPage, self_contained


def page(**given):
    parts = {"style": "p {}\n", "body": "<p>one</p>\n", "data": {"a": [1, None]}, "data_id": "numbers"}
    return self_contained("<Title>", **(parts | {"scripts": ["let a = 1;\n", "let b = 2;\n"]} | given))


def test_the_page_holds_style_body_data_and_scripts_in_this_order():
    text = page()
    places = [text.index(part) for part in ("p {}", "<p>one</p>", 'id="numbers"', "let a", "let b")]
    assert places == sorted(places)
    assert "<title>&lt;Title&gt;</title>" in text
    assert json.loads(re.search(r'id="numbers">(.*?)</script>', text)[1]) == {"a": [1, None]}


def test_a_name_cannot_end_the_script_that_holds_it():
    name = "</script><script>alert(1)</script>"
    text = page(data=[name])
    assert text.count("</script>") == 3
    assert json.loads(re.search(r'id="numbers">(.*?)</script>', text)[1]) == [name]


def test_it_may_load_nothing_and_follows_the_colors_of_the_reader():
    assert "default-src 'none'" in page()
    assert '<meta name="color-scheme" content="light dark">' in page()


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        page(data=[float("nan")])


def test_a_notebook_shows_it_in_a_frame_that_cannot_reach_out():
    shown = page()._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts" srcdoc="')
    assert "<p>one" not in shown  # quoted inside the attribute
    assert isinstance(page(), HtmlPage)
