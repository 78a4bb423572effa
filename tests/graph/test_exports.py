import hybridcell as hc


def test_shows_itself(trio_graph, chain_graph):
    assert repr(trio_graph) == "Interactions(structural, 4 nodes, 5 edges, 3 members)"
    assert repr(chain_graph).endswith("1 member)")
    html = trio_graph._repr_html_()
    assert "weights W" in html
    assert "aRAF" in html
    assert len(trio_graph) == 5


def test_html_escapes_names():
    model = hc.CellBox(["<b>", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    assert "<b>" not in hc.interactions(model)._repr_html_()


def test_a_small_graph_is_a_page_in_a_frame_and_a_large_or_empty_one_a_table(trio_graph, monkeypatch):
    from hybridcell.graph import exports

    assert "<iframe sandbox" in trio_graph._repr_html_()
    assert "<iframe" not in trio_graph.filter(top=0)._repr_html_()
    monkeypatch.setattr(exports, "_DRAWN", 4)
    shown = trio_graph._repr_html_()
    assert "<iframe" not in shown
    assert "sign_stability" in shown
