"""The page of a graph: what it holds, and how it behaves in a browser."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import hybridcell as hc
from tests.browser import opened


@pytest.fixture(scope="module")
def graph():
    names = ["aRAF", "RAF", "ERK", "<b>&'\"</script>", "growth"]
    kinds = ["drug", "protein", "protein", "protein", "phenotype"]
    weights = np.zeros((5, 5))
    weights[1, 0], weights[2, 1], weights[1, 2], weights[3, 2], weights[4, 3] = 0.9, 0.8, -0.2, 0.5, -0.05
    models = [hc.CellBox(names, kinds, weights * scale) for scale in (0.9, 1.0, 1.2)]
    return hc.interactions(hc.Ensemble.from_models(models))


def data_of(page: str):
    return json.loads(re.search(r'id="graph-data">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_holds_every_number_of_the_graph(graph):
    data = data_of(graph.to_html(title="A & B"))
    assert data["title"] == "A & B"
    assert [node[:2] for node in data["nodes"]] == graph.nodes[["name", "kind"]].values.tolist()
    columns = [name for name, _ in data["columns"]]
    found = [[data["nodes"][e[0]][0], data["nodes"][e[1]][0]] for e in data["edges"]]
    assert found == graph.edges[["source", "target"]].values.tolist()
    for name in ("weight", "lower", "upper"):
        values = [e[2 + columns.index(name)] for e in data["edges"]]
        np.testing.assert_allclose(values, graph.edges[name], rtol=1e-5)


def test_numbers_that_are_missing_are_null(graph):
    single = hc.interactions(hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]]))
    data = data_of(single.to_html())
    assert None in data["edges"][0]
    assert "NaN" not in single.to_html()


def test_q_values_are_shown_where_there_are_some(graph):
    from dataclasses import replace

    assert "q_value" not in dict(data_of(graph.to_html())["columns"])
    tested = replace(graph, edges=graph.edges.assign(q_value=0.25))
    data = data_of(tested.to_html())
    assert [name for name, _ in data["columns"]][-1] == "q_value"
    assert data["edges"][0][-1] == 0.25


def test_it_is_written_whole_and_shown_in_notebooks(graph, tmp_path):
    page = graph.to_html(tmp_path / "graph.html")
    assert (tmp_path / "graph.html").read_text(encoding="utf-8") == page
    assert page._repr_html_().startswith('<iframe sandbox="allow-scripts" srcdoc="')
    assert [path.name for path in tmp_path.iterdir()] == ["graph.html"]


def test_a_graph_without_edges_is_a_page_too():
    model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 0.0], [0, 0]])
    assert data_of(hc.interactions(model).to_html())["edges"] == []


def test_in_a_browser_it_is_searched_clicked_and_moved(graph, tmp_path):
    graph.to_html(tmp_path / "graph.html", title="</title><script>alert(1)</script>")
    with opened(tmp_path / "graph.html") as page:
        assert page.title() == "</title><script>alert(1)</script>"
        assert page.locator(".node").count() == 5
        assert page.locator("path.edge").count() == len(graph.edges)
        page.fill("#search", "erk")
        assert page.text_content("#panel h2") == "ERK"
        assert page.locator("#panel tbody tr").count() == 3
        weight = graph.targets("ERK")["weight"].iloc[0]
        assert f"{weight:.3g}" in page.text_content("#panel")
        assert page.locator(".node.dim").count() == 2  # neighbors stay
        page.click("#panel tbody tr:first-child")
        assert page.text_content("#panel h2") == "RAF"
        before = page.get_attribute("#view", "transform")
        page.mouse.move(300, 400)
        page.mouse.wheel(0, -300)
        page.wait_for_function(
            "before => document.getElementById('view').getAttribute('transform') !== before", arg=before
        )
        zoomed = page.get_attribute("#view", "transform")
        page.mouse.move(100, 700)
        page.mouse.down()
        page.mouse.move(180, 720, steps=4)
        page.mouse.up()
        assert page.get_attribute("#view", "transform") != zoomed
        assert page.text_content("#panel h2") == "RAF"  # the end of a drag is no click
        page.keyboard.press("Escape")
        assert page.text_content("#panel h2") == "Strongest edges"
        page.locator("#shown").fill("2")
        assert page.locator("path.edge").count() == 2
        assert "<b>&'\"</script>" in page.text_content("#nodes")


def test_an_edge_tells_its_numbers(graph, tmp_path):
    graph.to_html(tmp_path / "graph.html")
    with opened(tmp_path / "graph.html") as page:
        page.click("#panel tbody tr:first-child")
        strongest = graph.edges.iloc[0]
        assert page.text_content("#panel h2") == f"{strongest['source']} → {strongest['target']}"
        assert f"{strongest['lower']:.3g}" in page.text_content("#panel table")


def test_a_notebook_shows_the_page_in_a_frame_and_large_graphs_as_a_table(graph, tmp_path):
    shown = graph._repr_html_()
    (tmp_path / "notebook.html").write_text(
        f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{shown}', encoding="utf-8"
    )
    with opened(tmp_path / "notebook.html") as page:
        assert "weights W" in page.text_content("body")
        frame = page.frames[1]
        frame.wait_for_selector(".node")
        assert frame.locator(".node").count() == 5
        frame.fill("#search", "erk")
        assert frame.text_content("#panel h2") == "ERK"
        # what runs in the frame does not reach the notebook
        assert frame.evaluate("() => { try { return !!parent.document } catch { return false } }") is False
    assert "<iframe" not in graph.filter(top=0)._repr_html_()


def test_beyond_some_hundred_edges_a_notebook_shows_a_table():
    names = [f"n{i}" for i in range(20)]
    weights = np.arange(1.0, 401.0).reshape(20, 20) * 1e-4 * ~np.eye(20, dtype=bool)
    dense = hc.interactions(hc.CellBox(names, ["protein"] * 20, weights))
    assert "<iframe" not in dense._repr_html_()
    assert "<iframe" in dense.filter(top=300)._repr_html_()
