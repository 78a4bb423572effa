import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError
from hybridcell.mechanisms.cellbox.edge_prior import edge_prior
from hybridcell.mechanisms.cellbox.prior import Prior, read_prior


def as_dict(prior):
    return {(s, t): (sign, sure) for s, t, sign, sure in prior.edges.itertuples(index=False)}


def test_rows_of_one_edge_are_merged():
    table = pd.DataFrame(
        {
            "source": list("aaab"),
            "target": list("bbbc"),
            "sign": [0, 1, 1, -1],
            "confidence": [0.9, 0.2, 0.5, 1],
        }
    )  # fmt: skip
    assert as_dict(read_prior(table)) == {("a", "b"): (1, 0.9), ("b", "c"): (-1, 1.0)}


def test_contradictions_and_self_loops_are_refused_or_merged_as_asked():
    both = {"source": list("aab"), "target": list("bbb"), "sign": [1, -1, 1]}
    with pytest.raises(DataError, match="self_loops='drop'"):
        read_prior(both)
    with pytest.raises(DataError, match="conflicts='unsigned'"):
        read_prior(both, self_loops="drop")
    assert as_dict(read_prior(both, self_loops="drop", conflicts="unsigned")) == {("a", "b"): (0, 1.0)}
    with pytest.raises(InvalidValueError, match="Did you mean 'drop'"):
        read_prior(both, self_loops="dropp")


def test_omnipath_flags_become_signs():
    table = pd.DataFrame(
        {
            "source": ["P1", "P2", "P3", "P4"], "target": ["Q1", "Q2", "Q3", "Q4"],
            "source_genesymbol": list("abcd"), "target_genesymbol": list("wxyz"),
            "is_directed": [1, 1, 1, 0], "is_stimulation": [1, 1, 0, 1], "is_inhibition": [1, 1, 0, 0],
            "consensus_stimulation": [1, 0, 0, 1], "consensus_inhibition": [0, 0, 0, 0],
        }
    )  # fmt: skip
    with pytest.warns(UserWarning, match="1 of 4 rows have no direction"):
        prior = read_prior(table)
    assert {pair: sign for pair, (sign, _) in as_dict(prior).items()} == {
        ("a", "w"): 1,
        ("b", "x"): 0,
        ("c", "y"): 0,
    }
    with pytest.raises(DataError, match="is_inhibition"):
        read_prior(table.iloc[:3].assign(is_inhibition="maybe"))


def test_graphml_of_networkx_and_of_this_library(tmp_path):
    import networkx as nx

    network = nx.DiGraph()
    network.add_edge("MEK", "ERK", interaction="activates", confidence=0.5)
    network.add_edge("PTEN", "AKT", sign=-1)
    nx.write_graphml_xml(network, tmp_path / "p.graphml")
    assert as_dict(read_prior(tmp_path / "p.graphml")) == {
        ("MEK", "ERK"): (1, 0.5),
        ("PTEN", "AKT"): (-1, 1.0),
    }
    graph = hc.interactions(hc.CellBox(["a", "d"], ["protein", "drug"], [[0, -1.0], [0, 0]]))
    assert as_dict(read_prior(graph.write(tmp_path / "g.graphml"))) == {("d", "a"): (-1, 1.0)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<graphml", "cannot be read"),
        ("<a/>", "no <graph>"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><graphml/>', "document type"),
        ('<graphml><graph edgedefault="undirected"/></graphml>', "without directions"),
        ('<graphml><graph><edge source="a"/></graph></graphml>', "no 'target'"),
    ],
)
def test_broken_graphml_is_refused(tmp_path, text, message):
    path = tmp_path / "p.graphml"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_prior(path)


@pytest.mark.parametrize("sure", [0.0, 1.5, "much", float("nan")])
def test_a_confidence_is_a_share(sure):
    with pytest.raises(DataError, match="confidence"):
        read_prior([{"source": "a", "target": "b", "confidence": sure}])


def test_empty_names_and_empty_files(tmp_path):
    with pytest.raises(DataError, match="Row 2 of the prior has no target"):
        read_prior({"source": ["a", "b"], "target": ["b", ""]})
    (tmp_path / "p.tsv").write_text("source\ttarget\tsign\n")
    assert len(read_prior(tmp_path / "p.tsv")) == 0


def test_names_are_checked_against_a_network():
    prior = read_prior({"source": ["Mek1", "AKT"], "target": ["ERK", "S6"]})
    unknown = prior.unknown(["MEK1", "ERK", "AKT"])
    assert unknown.values.tolist() == [["Mek1", "MEK1", 1], ["S6", "", 1]]
    with pytest.raises(DataError, match="Is 'Mek1' the network's 'MEK1'"):
        prior.on(["MEK1", "ERK", "AKT"])
    assert as_dict(prior.on(["AKT", "S6"])) == {("AKT", "S6"): (0, 1.0)}
    with pytest.raises(InvalidValueError, match="wanted the names"):
        prior.on("AKT")


def test_it_goes_into_a_network_with_its_confidence():
    prior = read_prior({"source": ["a", "b"], "target": ["b", "c"], "sign": [1, -1], "confidence": [1, 0.25]})
    placed = edge_prior(prior, ("a", "b", "c"))
    assert placed.n_edges == 2
    assert placed.known[2, 1] == 0.25
    response = np.zeros((3, 3))
    response[2, 1] = 0.8  # against the sign: 3/4 as unknown, 1/4 as wrong
    assert float(placed.penalty(response)) == pytest.approx(0.75 * 0.8 + 0.25 * 0.8)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(5, 12))
def test_shuffling_keeps_every_degree_and_makes_no_new_faults(seed, n):
    rng = np.random.default_rng(seed)
    pairs = np.argwhere((rng.random((n, n)) < 0.4) & ~np.eye(n, dtype=bool))
    prior = Prior(
        pd.DataFrame(
            {
                "source": [f"n{i}" for i in pairs[:, 0]], "target": [f"n{j}" for j in pairs[:, 1]],
                "sign": rng.choice([-1, 0, 1], len(pairs)), "confidence": 1.0,
            }
        )
    )  # fmt: skip
    try:
        control = prior.shuffled(key=jr.key(seed))
    except DataError:
        return
    assert not (control.edges["source"] == control.edges["target"]).any()
    assert not control.edges.duplicated(["source", "target"]).any()
    assert control.edges["source"].tolist() == prior.edges["source"].tolist()
    assert control.edges["sign"].tolist() == prior.edges["sign"].tolist()
    assert sorted(control.edges["target"]) == sorted(prior.edges["target"])


def test_shuffles_differ_by_key_and_repeat():
    rng = np.random.default_rng(0)
    pairs = np.argwhere((rng.random((20, 20)) < 0.15) & ~np.eye(20, dtype=bool))
    prior = read_prior({"source": [f"n{i}" for i in pairs[:, 0]], "target": [f"n{j}" for j in pairs[:, 1]]})
    first, again, other = (prior.shuffled(key=jr.key(k)) for k in (0, 0, 1))
    assert first.edges.equals(again.edges)
    assert not first.edges.equals(other.edges)
    shared = set(as_dict(first)) & set(as_dict(prior))
    assert len(shared) < 0.5 * len(prior)
    star = read_prior({"source": ["a", "a"], "target": ["b", "c"]})
    with pytest.raises(DataError, match="no shuffled control"):
        star.shuffled(key=jr.key(0))


def test_shows_itself():
    prior = read_prior({"source": ["a"], "target": ["<b>"]})
    assert repr(prior) == "Prior(1 edge between 2 nodes, 0 signed)"
    assert "Prior" in prior._repr_html_()
    assert "nan" not in Prior(prior.edges.iloc[:0])._repr_html_()
