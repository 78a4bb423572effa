"""Association of readouts over conditions."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import PerturbationData
from hybridcell.graph.correlation import association

HPN = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "hpn_dream8"
NAMES = ("A", "B", "C")


def screen(values, *, replicates=1, names=NAMES, **options) -> PerturbationData:
    """Conditions of one drug at rising doses, each in `replicates` rows."""
    doses = np.repeat(np.arange(len(values) // replicates, dtype=float), replicates)[:, None]
    return PerturbationData(
        values=values,
        readouts=names,
        kinds=options.pop("kinds", ("protein",) * len(names)),
        conditions=tuple(f"c{k}" for k in range(len(values))),
        perturbations=("drug",),
        doses=doses,
        **options,
    )


def weights(graph, names=NAMES) -> np.ndarray:
    found = np.zeros((len(names), len(names)))
    for source, target, weight in graph.edges[["source", "target", "weight"]].values.tolist():
        found[names.index(target), names.index(source)] = weight
    return found


@pytest.fixture(scope="module")
def noisy() -> np.ndarray:
    """Signals of sd 2, 1 and none, noise of sd 1; 40 conditions in 3 replicates."""
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((40, 1))
    signal = (signal - signal.mean()) / signal.std(ddof=1) * np.array([2.0, -1.0, 0.0])
    return np.repeat(signal, 3, axis=0) + rng.standard_normal((120, 3))


def test_without_replicates_it_is_the_rank_correlation():
    values = np.random.default_rng(1).standard_normal((12, 3)).cumsum(axis=0)
    graph = association(screen(values), n=0)
    wanted = spearmanr(values)[0]
    np.fill_diagonal(wanted, 0.0)
    np.testing.assert_allclose(weights(graph), wanted, atol=1e-12)
    assert graph.edges["lower"].isna().all()


def test_noise_is_estimated_from_replicates(noisy):
    graph = association(screen(noisy, replicates=3), n=50)
    found = weights(graph)
    np.testing.assert_allclose(found, found.T)
    # SNR of 4 and of 1: the weight of A and B is twice their correlation
    edge = graph.edges.iloc[0]
    assert {edge["source"], edge["target"]} == {"A", "B"}
    assert edge["sign"] == -1
    assert 1.5 < edge["weight"] / edge["correlation"] < 2.6
    assert edge["upper"] < 0
    assert graph.n_members == 50
    assert "association" in graph._repr_html_()


def test_noise_that_is_stated_counts_where_there_are_no_replicates(noisy):
    means = noisy.reshape(40, 3, 3).mean(axis=1)
    plain, stated = (association(screen(means, **kind), n=0) for kind in ({}, {"sd": np.full((40, 3), 0.5)}))
    ratio = weights(stated)[0, 1] / weights(plain)[0, 1]
    variance = means.var(axis=0, ddof=1)[:2]
    np.testing.assert_allclose(ratio, np.sqrt(np.prod((variance - 0.25) / 0.25)))


def test_missing_values_are_left_out_by_pair():
    values = np.array([[1, 9.0, 3], [2, 8, np.nan], [3, 7, 5], [4, 6, 4], [5, np.nan, 9], [6, 4, 8]])
    found = weights(association(screen(values), n=3))
    both = ~np.isnan(values[:, 1]) & ~np.isnan(values[:, 2])
    np.testing.assert_allclose(found[1, 2], spearmanr(values[both, 1], values[both, 2])[0])
    assert found[0, 1] == pytest.approx(-1)


def test_time_courses_are_no_replicates_of_each_other():
    """After the stimulus the series of DREAM4 have the same doses and times, but not the same state."""
    from hybridcell.data.datasets import gene_network

    edges = association(gene_network(4, series=2, seed=1), n=0).edges
    np.testing.assert_allclose(edges["weight"], edges["correlation"])


def test_what_does_not_move_and_what_is_given_has_no_edge():
    values = np.column_stack([np.arange(6.0), np.ones(6), np.arange(6.0)])
    graph = association(screen(values, kinds=("protein", "protein", "drug")), n=2)
    assert len(graph) == 0
    assert graph.nodes["name"].tolist() == ["A", "B"]


@settings(max_examples=10)
@given(order=st.permutations(range(3)), seed=st.integers(0, 99))
def test_the_order_of_readouts_and_rows_does_not_matter(noisy, order, seed):
    rows = np.random.default_rng(seed).permutation(120)
    data = screen(noisy, replicates=3).subset(rows)
    names = tuple(NAMES[k] for k in order)
    moved = PerturbationData(
        values=data.values[:, order], readouts=names, kinds=data.kinds, conditions=data.conditions,
        perturbations=data.perturbations, doses=data.doses,
    )  # fmt: skip
    np.testing.assert_allclose(
        weights(association(moved, n=0)), weights(association(screen(noisy, replicates=3), n=0))
    )


def test_bad_input(noisy):
    with pytest.raises(DataError, match="3 conditions and 3 readouts; association needs at least 4 and 2"):
        association(screen(noisy[:9], replicates=3))
    for wrong in (-1, "20", 2.5, True):
        with pytest.raises(InvalidValueError, match=r"n is .*; wanted a whole number of draws"):
            association(screen(noisy), n=wrong)
    for wrong in (-1, "x", None):
        with pytest.raises(InvalidValueError, match=r"seed is .*; wanted a whole number"):
            association(screen(noisy), seed=wrong)
    with pytest.raises(InvalidValueError, match="level is 95"):
        association(screen(noisy), level=95)


@pytest.mark.skipif(not HPN.is_dir(), reason="needs hpn_dream8 in $HYBRIDCELL_DATA")
def test_hpn_dream_in_silico():
    from hybridcell.data import truth_edges
    from hybridcell.data.datasets import hpn_dream8

    adata = hpn_dream8()
    found = association(adata, n=0).compare(truth_edges(adata)[["source", "target"]])
    assert found.auroc > 0.76
    assert found.aupr > 0.47
