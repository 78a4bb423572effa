import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.graph.formats import read_edge_table

SUFFIXES = (".graphml", ".sif", ".tsv", ".json")
ODD = [
    'say "hi"',
    "a,b",
    "naïve β-catenin",
    "p<53>&'s",
    "#4E-BP1",
    " padded ",
    "日本",
    "1433",
    "NA",
    "100%",
    "a\\b",
]


def ring(names):
    """Return a graph in which every node acts on the next, with alternating signs."""
    n = len(names)
    weights = np.zeros((n, n))
    for j in range(n):
        weights[(j + 1) % n, j] = (-1) ** j * (0.1 + 0.01 * j)
    return hc.interactions(hc.CellBox(names, ["protein"] * n, weights))


def signed(table):
    return {(s, t): int(np.sign(v)) for s, t, v in zip(table["source"], table["target"], table["sign"])}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_odd_names_come_back(tmp_path, suffix):
    unprotected = (" padded ", "#4E-BP1") if suffix == ".sif" else ()
    graph = ring([name for name in ODD if name not in unprotected])
    path = graph.write(tmp_path / f"graph{suffix}")
    assert signed(read_edge_table(path)) == signed(graph.edges)
    assert graph.compare(path).aupr == 1.0


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=6),
        min_size=3, max_size=4, unique=True,
    ),
    suffix=st.sampled_from(SUFFIXES),
)  # fmt: skip
def test_any_printable_name_comes_back(tmp_path_factory, names, suffix):
    if suffix == ".sif":  # which refuses these, see below
        names = [f"x{name}x" for name in names]
    graph = ring(names)
    path = graph.write(tmp_path_factory.mktemp("graph") / f"g{suffix}")
    assert signed(read_edge_table(path)) == signed(graph.edges)


def test_graphml_holds_everything(tmp_path, trio_graph):
    network = nx.read_graphml(trio_graph.write(tmp_path / "g.graphml"))
    assert dict(network.nodes(data="kind")) == dict(zip(trio_graph.nodes["name"], trio_graph.nodes["kind"]))
    for row in trio_graph.edges.to_dict("records"):
        data = network.edges[row["source"], row["target"]]
        for column in ("weight", "lower", "upper", "sign_stability", "selection", "sign"):
            assert data[column] == pytest.approx(row[column], rel=1e-12)
        assert data["in_prior"] is False
    assert network.graph["members"] == 3


def test_what_is_not_known_is_left_out(tmp_path, chain_graph):
    network = nx.read_graphml(chain_graph.write(tmp_path / "g.graphml"))
    assert "lower" not in network.edges["RAF", "ERK"]
    assert "nan" not in (tmp_path / "g.graphml").read_text("utf-8").casefold()
    assert "nan" not in chain_graph.write(tmp_path / "g.json").read_text("utf-8").casefold()


def test_tsv_is_a_table(tmp_path, trio_graph):
    table = pd.read_csv(trio_graph.write(tmp_path / "g.tsv"), sep="\t")
    pd.testing.assert_frame_equal(table, trio_graph.edges, check_dtype=False)


def test_sif_is_what_cytoscape_reads(tmp_path, chain_graph):
    lines = chain_graph.write(tmp_path / "g.sif").read_text("utf-8").splitlines()
    assert lines[0] == "aRAF\tactivates\tRAF"
    assert "ERK\tinhibits\tRAF" in lines


def test_json_is_cytoscape_json(tmp_path, trio_graph):
    document = json.loads(trio_graph.write(tmp_path / "g.json").read_text("utf-8"))
    network = nx.cytoscape_graph({**document, "directed": True, "multigraph": False, "data": []})
    assert set(network) == set(trio_graph.nodes["name"])
    assert network.edges["RAF", "ERK"]["weight"] == pytest.approx(0.8)
    assert document["data"]["kind"] == "structural"


def test_networkx_keeps_lone_nodes(chain_graph):
    network = chain_graph.filter(top=1).to_networkx()
    assert network.number_of_nodes() == 4
    assert network.edges["aRAF", "RAF"]["interaction"] == "activates"
    assert all(type(v) in (int, float, bool, str) for v in network.edges["aRAF", "RAF"].values())


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a\tb", ".sif"),
        (" a", ".sif"),
        ("#a", ".sif"),
        ("a\nb", ".tsv"),
        ("a\rb", ".graphml"),
        ("a\x00b", ".json"),
        ("\ud800", ".json"),
    ],
)
def test_names_that_break_a_format_are_refused_and_nothing_is_written(tmp_path, name, suffix):
    with pytest.raises(InvalidValueError, match="Rename the node"):
        ring([name, "b", "c"]).write(tmp_path / f"g{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".graphml", ".tsv", ".json"])
def test_a_tab_is_held_by_the_other_formats(tmp_path, suffix):
    graph = ring(["a\tb", "c", "d"])
    assert signed(read_edge_table(graph.write(tmp_path / f"g{suffix}"))) == signed(graph.edges)


def test_an_unknown_suffix_names_the_known_ones(tmp_path, chain_graph):
    with pytest.raises(InvalidValueError, match=r"Did you mean '\.graphml'"):
        chain_graph.write(tmp_path / "g.grapml")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, chain_graph, monkeypatch):
    path = chain_graph.write(tmp_path / "g.graphml")
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(nx, "write_graphml_xml", fail)
    with pytest.raises(OSError, match="disk full"):
        chain_graph.write(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["g.graphml"]


@pytest.mark.parametrize(("name", "text"), [("g.graphml", "<graphml"), ("g.json", "{}"), ("h.json", "[")])
def test_broken_files_are_named(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(FileFormatError, match=name):
        read_edge_table(tmp_path / name)
    with pytest.raises(FileFormatError, match="no file"):
        read_edge_table(tmp_path / f"absent-{name}")


def test_infinite_numbers_come_back_from_json(tmp_path):
    text = """{"elements": {"nodes": [{"data": {"id": "a"}}, {"data": {"id": "b"}}], "edges": [
        {"data": {"source": "a", "target": "b", "weight": 2.0, "lower": "-inf", "score": Infinity}}]}}"""
    (tmp_path / "a.json").write_text(text)
    graph = hc.Interactions.read(tmp_path / "a.json")
    again = hc.Interactions.read(graph.write(tmp_path / "b.json"))
    assert again.edges[["lower", "score"]].to_numpy().tolist() == [[-np.inf, np.inf]]
    json.loads((tmp_path / "b.json").read_text(), parse_constant=pytest.fail)
