from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell.recipes.recovery import recover


@pytest.fixture(scope="module")
def graph():
    """Three proteins, one drug; strongest edges first: d -> a, a -> b, c -> a, b -> c."""
    weights = np.zeros((4, 4))
    weights[0, 3], weights[1, 0], weights[0, 2], weights[2, 1] = 0.9, 0.8, -0.3, 0.1
    return hc.interactions(hc.CellBox(["a", "b", "c", "d"], ["protein"] * 3 + ["drug"], weights))


TRUTH = pd.DataFrame({"source": ["d", "a", "b"], "target": ["a", "b", "c"], "sign": [1, 1, 1]})


def test_recovery_counts_called_edges_and_ranks_all(graph):
    found = recover(graph, graph.filter(top=2), TRUTH, None)
    whole = found.table.loc["all"]
    assert whole[["known", "called", "right"]].tolist() == [3, 2, 2]
    assert whole["precision"] == 1.0
    assert whole["recall"] == pytest.approx(2 / 3)
    assert whole["aupr"] == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert np.isnan(whole["aupr_prior"])
    assert "prior" not in found.sentence
    assert "2 (67%)" in found.sentence
    assert found.table.loc["protein to protein", "known"] == 2
    assert "protein to phenotype" not in found.table.index


def test_the_prior_is_judged_as_a_ranking_of_its_own(graph):
    prior = pd.DataFrame({"source": ["a", "c", "x"], "target": ["b", "a", "y"], "sign": [1, 0, 1]})
    found = recover(graph, graph.filter(top=2), TRUTH, prior)
    whole = found.table.loc["all"]
    possible = 9
    # one of two prior edges is right, and the other seven pairs come together
    assert whole["aupr_prior"] == pytest.approx((1 / 2 + 2 * (3 / possible)) / 3)
    assert whole["aupr_random"] == pytest.approx(3 / possible)
    assert "prior alone" in found.sentence
    assert found.metrics()["all.aupr_prior"] == whole["aupr_prior"]
