import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError
from tests.graph.test_formats import ODD, ring

#: Formats that hold all numbers, and those among them that hold nodes and kinds.
FULL, WITH_NODES = (".graphml", ".tsv", ".json", ".sbml"), (".graphml", ".json", ".xml")


@pytest.mark.parametrize("suffix", FULL)
def test_every_number_comes_back(tmp_path, trio_graph, chain_graph, suffix):
    for graph in (trio_graph, chain_graph):
        found = hc.Interactions.read(graph.write(tmp_path / f"g{suffix}"))
        pd.testing.assert_frame_equal(found.edges, graph.edges, check_dtype=False, rtol=1e-12)
    assert found.edges["lower"].isna().all()
    assert found.edges["q_value"].isna().all()


@pytest.mark.parametrize("suffix", WITH_NODES)
def test_nodes_and_what_the_graph_is_come_back(tmp_path, trio_graph, suffix):
    found = hc.Interactions.read(trio_graph.filter(top=1).write(tmp_path / f"g{suffix}"))
    assert found.nodes.values.tolist() == trio_graph.nodes.values.tolist()
    assert (found.kind, found.level, found.at) == (trio_graph.kind, trio_graph.level, trio_graph.at)
    assert len(found) == 1


@pytest.mark.parametrize("suffix", [*FULL, ".sif"])
def test_odd_names_come_back(tmp_path, suffix):
    graph = ring([name for name in ODD if suffix != ".sif" or name not in (" padded ", "#4E-BP1")])
    found = hc.Interactions.read(graph.write(tmp_path / f"g{suffix}"))
    columns = ["source", "target", "sign"]
    assert sorted(found.edges[columns].values.tolist()) == sorted(graph.edges[columns].values.tolist())


@settings(max_examples=6, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=6),
        min_size=3, max_size=3, unique=True,
    ),
    suffix=st.sampled_from(FULL),
)  # fmt: skip
def test_any_printable_name_comes_back(tmp_path_factory, names, suffix):
    graph = ring(names)
    found = hc.Interactions.read(graph.write(tmp_path_factory.mktemp("graph") / f"g{suffix}"))
    assert (
        found.edges[["source", "target"]].values.tolist() == graph.edges[["source", "target"]].values.tolist()
    )


@pytest.mark.parametrize("suffix", [*FULL, ".sif"])
def test_an_empty_graph_comes_back(tmp_path, trio_graph, suffix):
    found = hc.Interactions.read(trio_graph.filter(top=0).write(tmp_path / f"g{suffix}"))
    assert len(found) == 0
    assert list(found.edges.columns) == list(trio_graph.edges.columns)
    assert len(found.feedback_loops()) == 0


def test_a_graph_that_was_read_answers_what_needs_no_model(tmp_path, trio_graph):
    found = hc.Interactions.read(trio_graph.write(tmp_path / "g.json"))
    pd.testing.assert_frame_equal(found.paths("aRAF", "growth"), trio_graph.paths("aRAF", "growth"))
    assert found.compare(tmp_path / "g.json").sign_agreement == 1.0
    for ask in (
        lambda: found.why("growth", {"aRAF": -0.5}),
        lambda: found.knockout("RAF", {"aRAF": -0.5}),
        lambda: found.path_effect(("aRAF", "RAF"), {"aRAF": -0.5}),
        found.significance,
    ):
        with pytest.raises(InvalidValueError, match=r"hc\.interactions\(model\)"):
            ask()


def test_a_graph_of_others_has_signs_only(tmp_path):
    (tmp_path / "g.sif").write_text("a\tactivates\tb\nb\tinhibits\tc\nc\tinteracts\ta\n")
    found = hc.Interactions.read(tmp_path / "g.sif")
    assert found.edges["weight"].tolist() == [1.0, -1.0, 0.0]
    assert np.isnan(found.edges["selection"]).all()
    assert set(found.nodes["kind"]) == {"protein"}


@pytest.mark.parametrize(
    ("name", "text", "error", "message"),
    [
        ("g.sif", "a\tactivates\ta\n", DataError, "acting on itself"),
        ("g.sif", "a\tactivates\tb\na\tinhibits\tb\n", DataError, "'a' -> 'b' twice"),
        ("g.tsv", "source\ttarget\tweight\na\tb\tmuch\n", FileFormatError, "weight = 'much'"),
        ("g.json", "[]", FileFormatError, "Cytoscape JSON"),
        ("g.json", "[" * 200_000, FileFormatError, "Cytoscape JSON"),
        ("g.xml", "<sbml", InvalidValueError, "XML|xml|element"),
        ("g.graphml", '<!DOCTYPE a [<!ENTITY x "y">]><graphml/>', FileFormatError, "document type"),
        ("g.xml", '<!DOCTYPE a [<!ENTITY x "y">]><sbml/>', InvalidValueError, "DOCTYPE|document type"),
    ],
)
def test_broken_files_are_refused(tmp_path, name, text, error, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=message):
        hc.Interactions.read(tmp_path / name)


def test_missing_files_and_unknown_suffixes(tmp_path):
    with pytest.raises(FileFormatError, match="no file"):
        hc.Interactions.read(tmp_path / "g.json")
    with pytest.raises(InvalidValueError, match=r"Did you mean '\.json'"):
        hc.Interactions.read(tmp_path / "g.jsn")


def test_json_of_cytoscape_with_numbers_as_ids(tmp_path):
    document = {
        "elements": {
            "nodes": [{"data": {"id": 1}}, {"data": {"id": 2}}],
            "edges": [{"data": {"id": 3, "source": 1, "target": 2, "interaction": "x", "weight": 0.5}}],
        }
    }
    (tmp_path / "g.json").write_text(json.dumps(document))
    assert hc.Interactions.read(tmp_path / "g.json").edges["weight"].tolist() == [0.5]
