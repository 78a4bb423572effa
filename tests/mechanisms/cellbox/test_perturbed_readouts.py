"""Genes that are knocked out and measured: fitted where knockouts have names of their own, else not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, UnknownNameError

GENES, KNOCKED = 20, 6


@pytest.fixture(scope="module")
def screen():
    """Knockouts of six of twenty genes, alone and in pairs: steady states of a network, and noise."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0.0, 0.6, (GENES, GENES)) * (rng.random((GENES, GENES)) < 0.15)
    np.fill_diagonal(weights, 0.0)
    given = [(), *((k,) for k in range(KNOCKED)), *itertools.combinations(range(KNOCKED), 2)]
    doses = np.array([[float(k in some) for k in range(KNOCKED)] for some in given])
    push = np.zeros((len(given), GENES))
    push[:, :KNOCKED] = -1.5 * doses
    x = np.zeros(push.shape)
    for _ in range(300):
        x += 0.2 * (1.5 * np.tanh(x @ weights.T + push) - x)
    genes = [f"g{i}" for i in range(GENES)]
    return hc.PerturbationData(
        values=x + np.where(doses.any(axis=1)[:, None], rng.normal(0.0, 0.05, x.shape), 0.0), readouts=genes,
        kinds=["gene"] * GENES, conditions=[f"c{i}" for i in range(len(given))],
        perturbations=genes[:KNOCKED], doses=doses,
    )  # fmt: skip


def apart(screen):
    return screen.rename_perturbations({name: f"{name} KO" for name in screen.perturbations})


def correlation_on_pairs(screen):
    train, test = hc.split(screen, by="single-to-combo")
    model = hc.CellBox.from_data(train, key=jr.key(0))
    fitted = hc.fit(model, train, key=jr.key(1), progress=False)
    predicted = hc.predict(fitted, test)[:, list(screen.readouts)].X
    return np.corrcoef(np.ravel(predicted), test.values.ravel())[0, 1]


def test_one_name_for_both_is_warned_of_and_names_apart_predict_pairs(screen):
    with pytest.warns(UserWarning, match=r"6 of 6 perturbations are readouts as well, 'g0' the first"):
        together = correlation_on_pairs(screen)
    assert correlation_on_pairs(apart(screen)) > max(0.8, together + 0.3)


def test_strengths_and_drugs_that_are_read_out_are_meant_so(screen):
    kinds = ["drug"] * KNOCKED + ["gene"] * (GENES - KNOCKED)
    for one in (replace(screen, input="strength"), replace(screen, kinds=kinds)):
        hc.CellBox.from_data(one, key=jr.key(0))  # a warning would be an error here


def test_names_are_changed_and_nothing_else(screen):
    renamed = apart(screen)
    assert renamed.labels[1] == "g0 KO"
    assert renamed.readouts == screen.readouts
    np.testing.assert_array_equal(renamed.doses, screen.doses)
    assert screen.perturbations[0] == "g0"
    assert screen.rename_perturbations({}).perturbations == screen.perturbations
    with pytest.raises(UnknownNameError, match="Did you mean 'g5'"):
        screen.rename_perturbations({"gg5": "x"})
    with pytest.raises(DataError, match="g1"):
        screen.rename_perturbations({"g0": "g1"})
    with pytest.raises(DataError, match="contains '\\+'"):
        screen.rename_perturbations({"g0": "g0+KO"})
