from __future__ import annotations

from hybridcell._core.html import card, table


def test_a_card_escapes_title_keys_and_values():
    shown = card("<b>", {"<i>": "<script>alert(1)</script>", "n": 3})
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;i&gt;" in shown
    assert ">3</td>" in shown


def test_a_table_escapes_cells_and_keeps_their_order():
    shown = table(["a & b", "c"], [[1, "<x>"], [2, 'say "hi"']])
    assert "a &amp; b" in shown
    assert "&lt;x&gt;" in shown
    assert "<x>" not in shown
    assert shown.count("<tr>") == 3
    assert shown.index("&lt;x&gt;") < shown.index("say")
