from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.recipes.markdown import markdown_table, show


def test_a_table_aligns_numbers_and_escapes_bars():
    text = markdown_table(["a|b", "n"], [["x|y", 0.12345], ["z", 3]])
    assert text.splitlines()[1] == "|---|---:|"
    assert "x\\|y" in text
    assert "0.123" in text
    assert text.splitlines()[-1] == "| z | 3 |"


def test_a_backslash_before_a_bar_does_not_free_it():
    assert show("a\\|b") == "a\\\\\\|b"


def test_what_is_no_number_is_a_dash():
    assert show(float("nan")) == "–"
    assert show(True) == "yes"


cells = st.text(st.sampled_from("ab|\n\r\\ "), max_size=5) | st.floats() | st.integers() | st.booleans()


@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=2, max_size=4)
    )
)
@settings(max_examples=30)
def test_every_row_has_a_cell_for_each_heading(rows):
    header = [str(cell) for cell in rows[0]]
    lines = markdown_table(header, rows[1:]).split("\n")
    assert len(lines) == len(rows) + 1
    for line in lines:
        bars = re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))
        assert len(bars) == len(header) + 1


def test_a_bar_in_a_heading_is_no_new_column():
    assert markdown_table(["a|b"], [["c\nd"]]).split("\n") == ["| a\\|b |", "|---|", "| c d |"]
