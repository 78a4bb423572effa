import equinox as eqx
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell.graph.prior_share import prior_share


@pytest.fixture(scope="module")
def screen():
    return hc.PerturbationData(
        values=np.zeros((3, 2)), readouts=["a", "b"], kinds=["protein"] * 2, conditions=["0", "1", "2"],
        perturbations=["d"], doses=[[0], [1], [2]],
    )  # fmt: skip


def share(model, source, target):
    edges = hc.interactions(model).edges.set_index(["source", "target"])
    return edges.loc[(source, target), "prior_share"]


def test_a_table_of_targets_supplies_a_part(screen):
    targets = pd.DataFrame({"drug": ["d"], "target": ["a"], "sign": [1]})
    model = hc.CellBox.from_data(screen, drug_targets=targets, key=jr.key(0))
    assert share(model, "d", "a") == 1.0  # nothing was learned yet
    effects = np.asarray(model.drug_effects.effects())
    twice = np.where(np.asarray(model.drug_effects.targets) != 0, 2.0, 0.3) * np.where(effects, effects, 1.0)
    learned = eqx.tree_at(lambda m: m.drug_effects, model, model.drug_effects.with_effects(twice))
    assert share(learned, "d", "a") == pytest.approx(0.5)
    assert share(learned, "d", "b") == 0.0
    assert share(learned, "a", "b") == 0.0


def test_a_prior_that_only_pulls_cannot_be_told_apart(screen):
    model = hc.CellBox.from_data(screen, prior={"source": ["a"], "target": ["b"]}, key=jr.key(0))
    assert np.isnan(share(model, "a", "b"))
    assert share(model, "b", "a") == 0.0
    assert not prior_share(hc.Ensemble.from_models([hc.CellBox(["a"], ["protein"], [[0.0]])])).any()
