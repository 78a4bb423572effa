"""Graphs that other programs wrote: Cytoscape's numbers for nodes, words for signs, texts beside numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError

EDGE = {"source": "62", "target": "63"}


def _cyjs(edge, nodes=None, about=None):
    """Return Cytoscape JSON as Cytoscape exports it: nodes are numbered, their names beside."""
    nodes = nodes or [
        {"id": "62", "shared_name": "RAF", "name": "RAF", "SUID": 62, "selected": False},
        {"id": "63", "shared_name": "ERK", "name": "ERK", "SUID": 63, "selected": True},
    ]
    return {
        "format_version": "1.0",
        "data": {"name": "network 1", "SUID": 52} if about is None else about,
        "elements": {"nodes": [{"data": n} for n in nodes], "edges": [{"data": {**EDGE, **edge}}]},
    }


def _graphml(edge="", *, direction="directed", keys=""):
    return f"""<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="name" for="node" attr.name="name" attr.type="string"/>
<key id="what" for="edge" attr.name="interaction" attr.type="string"/>
<key id="long" for="edge" attr.name="shared interaction" attr.type="string"/>
<key id="w" for="edge" attr.name="weight" attr.type="double"/>{keys}
<graph edgedefault="{direction}">
<node id="62"><data key="name">RAF</data></node><node id="63"><data key="name">ERK</data></node>
<edge source="62" target="63">{edge}</edge></graph></graphml>"""


def _read(folder, name, text):
    (folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return hc.Interactions.read(folder / name)


def _only(graph):
    (row,) = graph.edges[["source", "target", "sign", "weight"]].values.tolist()
    return row


WORDS = [
    ("activates", 1), ("stimulation", 1), ("+", 1), ("inhibits", -1), ("inhibition", -1), ("interacts", 0),
]  # fmt: skip


@pytest.mark.parametrize(("word", "sign"), WORDS)
def test_the_word_of_an_edge_is_its_sign_in_every_format(tmp_path, word, sign):
    edge = f'<data key="what">{word}</data><data key="long">{word} it</data>'
    table = f"source\ttarget\tsign\tpmid\nRAF\tERK\t{word}\tPMC12\n"
    cytoscape = {"interaction": word, "shared_interaction": word, "name": f"RAF ({word}) ERK"}
    for name, text in (
        ("g.graphml", _graphml(edge)), ("g.json", _cyjs(cytoscape)), ("g.tsv", table),
        ("g.sif", f"RAF\t{word}\tERK\n"),
    ):  # fmt: skip
        graph = _read(tmp_path, name, text)
        assert _only(graph) == ["RAF", "ERK", sign, float(sign)], name
        assert graph.nodes["name"].tolist() == ["RAF", "ERK"]


def test_texts_of_others_are_left_out_and_their_numbers_kept(tmp_path):
    graph = _read(tmp_path, "g.json", _cyjs({"interaction": "activates", "note": "see text", "score": 0.25}))
    assert "note" not in graph.edges
    assert graph.edges["score"].tolist() == [0.25]
    assert _only(_read(tmp_path, "h.json", _cyjs({"size": 3.0, "weight": -2.0}))) == ["RAF", "ERK", -1, -2.0]
    assert hc.Interactions.read(tmp_path / "h.json").edges["size"].tolist() == [3.0]


@pytest.mark.parametrize("weight", [0.7, -0.3, 1e-12])
def test_a_weight_without_a_sign_has_its_own(tmp_path, weight):
    made = {
        "g.tsv": f"source\ttarget\tweight\nRAF\tERK\t{weight!r}\n",
        "g.json": _cyjs({"weight": weight}),
        "g.graphml": _graphml(f'<data key="w">{weight!r}</data>'),
    }
    for name, text in made.items():
        assert _only(_read(tmp_path, name, text)) == ["RAF", "ERK", int(np.sign(weight)), weight]


def test_nodes_of_one_name_keep_their_numbers(tmp_path):
    nodes = [{"id": "62", "name": "RAF"}, {"id": "63", "name": "RAF"}]
    assert _only(_read(tmp_path, "g.json", _cyjs({}, nodes)))[:2] == ["62", "63"]
    nameless = [{"id": "62"}, {"id": "63", "name": ""}]
    assert _only(_read(tmp_path, "h.json", _cyjs({}, nameless)))[:2] == ["62", "63"]


def test_numbers_for_ids_are_names_too(tmp_path):
    text = {"elements": {"nodes": [{"data": {"id": 1}}], "edges": [{"data": {"source": 1, "target": 2}}]}}
    assert _only(_read(tmp_path, "g.json", text))[:2] == ["1", "2"]


def test_omnipath_as_it_is(tmp_path):
    text = (
        "source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_directed\tis_stimulation\tis_inhibition\n"
        "P04049\tP27361\tRAF1\tMAPK3\t1\t0\t1\nP1\tP2\tA\tB\t1\t1\t1\n"
    )
    graph = _read(tmp_path, "g.tsv", text)
    found = {tuple(row) for row in graph.edges[["source", "target", "sign"]].values.tolist()}
    assert found == {("RAF1", "MAPK3", -1), ("A", "B", 0)}


@pytest.mark.parametrize("kind", ["mine", 3, None, ""])
def test_a_kind_that_is_not_ours_is_not_taken(tmp_path, kind):
    graph = _read(tmp_path, "g.json", _cyjs({"sign": 1}, about={"kind": kind}))
    assert graph.kind == "structural"
    assert "weights W" in graph._repr_html_()


@pytest.mark.parametrize("level", ["high", None, 0, 1, 95, -0.5, [0.9], float("nan")])
def test_a_level_is_a_share(tmp_path, level):
    with pytest.raises(FileFormatError, match=r"has level = .*wanted a"):
        _read(tmp_path, "g.json", _cyjs({"sign": 1}, about={"level": level}))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.graphml", _graphml(direction="undirected"), "graph without directions"),
        ("g.json", _cyjs({"weight": "much"}), "weight = 'much'"),
        ("g.json", _cyjs({"sign": "upwards"}), "sign = 'upwards'"),
        ("g.json", _cyjs({"q_value": {"a": 1}}), "q_value = "),
        ("g.json", _cyjs({"lower": [1.0]}), "lower = "),
        ("g.json", {"elements": {"nodes": [{}], "edges": []}}, "Cytoscape JSON: KeyError"),
        ("g.json", {"elements": {"nodes": [], "edges": [{"data": {"source": "a"}}]}}, "KeyError.'target'"),
        ("g.json", _cyjs({}, about=[1]), "Cytoscape JSON"),
        ("g.tsv", "source\ttarget\tsign\na\tb\t2\n", "sign '2'"),
    ],
)
def test_what_is_no_graph_is_told_with_the_file(tmp_path, name, text, message):
    with pytest.raises((FileFormatError, DataError), match=message):
        _read(tmp_path, name, text)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["weight", "sign", "lower", "in_prior", "interaction", "kind", "id", "extra"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.none()),
    )
)
def test_whatever_an_edge_says_there_is_a_graph_or_one_error(tmp_path_factory, edge):
    try:
        graph = _read(tmp_path_factory.mktemp("graph"), "g.json", _cyjs(edge))
    except hc.HybridCellError as error:
        told = str(error)
    else:
        told = "g.json"
    assert "g.json" in told
    if told != "g.json":
        return
    source, target, sign, weight = _only(graph)
    assert (source, target) == ("RAF", "ERK")
    assert sign in (-1, 0, 1)
    assert np.isfinite(weight)
    assert len(graph.write(tmp_path_factory.mktemp("graph") / "h.json").read_bytes())


def test_a_group_of_nodes_is_walked_through(tmp_path):
    """What yEd writes for folders: a graph inside of a node, before what is said of the node."""
    group = (
        '<graphml><key id="k" for="node" attr.name="kind"/><graph edgedefault="directed">'
        '<data key="at">rest</data><node id="g"><graph id="g:"><data key="at">inside</data>'
        '<node id="a"><data key="k">drug</data></node><node id="b"/></graph><data key="k">gene</data></node>'
        '<edge source="a" target="b"><data key="sign">-1</data></edge></graph></graphml>'
    )
    graph = _read(tmp_path, "g.graphml", group)
    assert dict(graph.nodes.values.tolist()) == {"g": "gene", "a": "drug", "b": "protein"}
    assert graph.at == "rest"
    assert _only(graph) == ["a", "b", -1, -1.0]
