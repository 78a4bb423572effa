"""The numbers of pairs are those of the screen, whether it has triples or not."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.therapy.screen.report.packing import unpack
from hybridcell.therapy.screen.report.pair_numbers import RANKINGS, PairNumbers


@pytest.fixture(scope="module")
def numbers(screen):
    return PairNumbers(screen)


@pytest.mark.parametrize("by", RANKINGS)
def test_best_doses_are_those_of_the_ranking(screen, numbers, by):
    best = screen.top(100, by=by).set_index(["drug_a", "drug_b"])
    for (i, j), row in zip(screen.design.pairs, numbers.best[by]):
        wanted = best.loc[(screen.drugs[i], screen.drugs[j])]
        assert numbers.columns[by][row] == wanted[by]
        given = np.abs(screen.design.doses(np.array([row])))[0]
        assert (given[i], given[j]) == (wanted["dose_a"], wanted["dose_b"])


@pytest.mark.parametrize("statistic", ["mean", "max", "min"])
def test_numbers_per_pair_are_those_of_the_table(screen, numbers, statistic):
    table = screen.per_pair("hsa", statistic=statistic).to_numpy()
    packed = numbers.per_pair("hsa")[statistic]
    wanted = [table[i, j] for i, j in screen.design.pairs]
    np.testing.assert_allclose(unpack(packed), wanted, atol=packed["step"])


def test_the_size_is_that_of_the_layers(screen, numbers):
    for kept in (np.arange(6), np.array([1, 4])):
        for spread in (True, False):
            layers = numbers.layers(kept, spread=spread)
            assert numbers.size(kept, spread=spread) == sum(len(layer["codes"]) for layer in layers.values())


def test_few_bytes_keep_the_leaders(screen, numbers):
    kept = numbers.leading(numbers.size(np.arange(2), spread=False))
    assert 0 < len(kept) < 6
    first = screen.top(1, by="bliss").iloc[0]
    assert screen.design.pair(first["drug_a"], first["drug_b"])[0] in kept
    assert len(numbers.leading(1)) == 1


def test_triples_are_left_out(network):
    edges = {("a", "p"): 0.7, ("b", "q"): 0.9, ("c", "p"): 0.4, ("p", "growth"): 0.8, ("q", "growth"): 0.6}
    both = [
        hc.screen_combinations(network(edges), readout="growth", doses=3, input_range=-2.0, order=order)
        for order in (2, 3)
    ]
    pairs, triples = map(PairNumbers, both)
    assert pairs.n_pairs == triples.n_pairs == 3
    for name, column in pairs.columns.items():
        np.testing.assert_allclose(triples.columns[name], column, rtol=0, atol=1e-9)
