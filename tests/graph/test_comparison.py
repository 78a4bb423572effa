import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError
from hybridcell.graph.ranking import average_precision

KNOWN = pd.DataFrame(
    {"source": ["aRAF", "RAF", "ERK", "growth"], "target": ["RAF", "ERK", "RAF", "ERK"], "sign": [1, 1, 1, 1]}
)


def test_hand_values(chain_graph):
    found = chain_graph.compare(KNOWN)
    # possible: RAF<->ERK, both -> growth, aRAF -> RAF and ERK; growth -> ERK is not
    assert (found.n_pairs, found.n_known, found.n_outside) == (6, 3, 1)
    assert (found.n_edges, found.n_shared) == (5, 3)
    assert found.precision == pytest.approx(3 / 5)
    assert found.recall == 1.0
    assert found.sign_agreement == pytest.approx(2 / 3)
    # ranked: aRAF->RAF hit, RAF->ERK hit, ERK->growth miss, ERK->RAF hit, RAF->growth miss, no edge: miss
    assert found.aupr == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert found.auroc == pytest.approx(8 / 9)
    assert found.aupr_random == 0.5
    assert list(zip(found.novel["source"], found.novel["target"])) == [("ERK", "growth"), ("RAF", "growth")]
    assert len(found.missing) == 0


def test_a_missing_edge_is_listed_and_scores_zero(chain_graph):
    found = chain_graph.filter(top=1).compare(KNOWN)
    assert found.recall == pytest.approx(1 / 3)
    assert set(zip(found.missing["source"], found.missing["target"])) == {("RAF", "ERK"), ("ERK", "RAF")}
    score = np.array([0.9, 0, 0, 0, 0, 0])
    assert found.aupr == pytest.approx(average_precision(np.array([1, 1, 1, 0, 0, 0], dtype=bool), score))


def test_kinds_narrow_the_question(chain_graph):
    found = chain_graph.filter(kinds=[("drug", "protein")]).compare(KNOWN)
    assert (found.n_pairs, found.n_known, found.n_outside) == (2, 1, 3)
    assert found.aupr == 1.0


def test_without_signs_there_is_no_agreement(chain_graph):
    assert np.isnan(chain_graph.compare(KNOWN[["source", "target"]]).sign_agreement)


def test_contradictory_signs_count_as_unknown(chain_graph):
    both = pd.DataFrame({"source": ["RAF"] * 3, "target": ["ERK"] * 3, "sign": [1, -1, 1]})
    found = chain_graph.compare(both)
    assert found.n_known == 1
    assert np.isnan(found.sign_agreement) or found.sign_agreement in (0.0, 1.0)


def test_a_graph_agrees_with_itself(trio_graph):
    clear = trio_graph.filter(min_weight=0.05)
    found = clear.compare(clear)
    assert (found.precision, found.recall, found.aupr, found.auroc, found.sign_agreement) == (1, 1, 1, 1, 1)


def test_an_empty_graph_finds_nothing(chain_graph):
    found = chain_graph.filter(top=0).compare(KNOWN)
    assert np.isnan(found.precision)
    assert found.recall == 0.0
    assert found.aupr == found.aupr_random


def test_names_of_another_kind_are_refused(chain_graph):
    with pytest.raises(DataError, match="'P04049' -> 'P27361'"):
        chain_graph.compare(pd.DataFrame({"source": ["P04049"], "target": ["P27361"]}))


def test_an_empty_table_is_refused(chain_graph):
    with pytest.raises(DataError, match="the table is empty"):
        chain_graph.compare(pd.DataFrame({"source": [], "target": []}))


def test_shows_itself(chain_graph):
    found = chain_graph.compare(KNOWN)
    assert "AUPR 0.917 (random 0.500)" in repr(found)
    assert "sign agreement" in found._repr_html_()
    assert "novel" not in found.to_dict()


def test_the_truth_of_a_simulated_screen_is_recovered_by_its_own_weights():
    network = hc.networks.load("mapk_pi3k")
    model = hc.CellBox(network.nodes, network.kinds, network.weights)
    found = hc.interactions(model).compare(network.edges)
    assert found.aupr == 1.0
    assert found.sign_agreement == 1.0
    assert found.n_outside == 0
