from __future__ import annotations

from hybridcell.recipes.markdown import markdown_table, show


def test_a_table_aligns_numbers_and_escapes_bars():
    text = markdown_table(["a|b", "n"], [["x|y", 0.12345], ["z", 3]])
    assert text.splitlines()[1] == "|---|---:|"
    assert "x\\|y" in text
    assert "0.123" in text
    assert text.splitlines()[-1] == "| z | 3 |"


def test_what_is_no_number_is_a_dash():
    assert show(float("nan")) == "–"
    assert show(True) == "yes"
