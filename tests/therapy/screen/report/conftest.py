"""A screen with drugs that have awkward names, several members and measured conditions."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc

DRUGS = ["a", "b", '<b>&"q"\'</script>', "β Ω#/%"]


LEVELS = {"a": [-0.5, -1, -2], "b": [-1, -2], DRUGS[2]: [-0.01, -0.1, -1], DRUGS[3]: [-3]}


@pytest.fixture(scope="session")
def ensemble():
    names = ["p", "growth", *DRUGS]
    models = []
    for scale in (0.8, 1.0, 1.3):
        weights = np.zeros((6, 6))
        weights[0, 2:] = np.array([1.0, 0.6, 0.3, 0.8]) * scale
        weights[1, 0], weights[1, 3], weights[1, 4] = 1.2, 0.3, -0.2
        models.append(hc.CellBox(names, ["protein", "phenotype"] + ["drug"] * 4, weights, mask=weights != 0))
    train = hc.PerturbationData(
        values=[[0.0], [-0.7], [-0.2], [-0.9]],
        readouts=["growth"],
        kinds=["phenotype"],
        conditions=["c0", "c1", "c2", "c3"],
        perturbations=DRUGS[:2],
        doses=[[0, 0], [-1, 0], [0, -1], [-1, -2]],
        input="strength",
    )
    return hc.Ensemble.from_models(models, train=train)


@pytest.fixture(scope="session")
def screen(ensemble):
    return hc.screen_combinations(ensemble, readout="growth", drugs=DRUGS, doses=LEVELS)


@pytest.fixture(scope="session")
def triples(ensemble):
    return hc.screen_combinations(ensemble, readout="growth", drugs=DRUGS, doses=LEVELS, order=3)
