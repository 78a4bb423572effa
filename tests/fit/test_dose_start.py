from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.fit.dose_start import start_curves, start_effects
from hybridcell.fit.losses import penalty
from hybridcell.fit.settings import PENALTIES
from hybridcell.mechanisms.doses import DoseLayer

NODES = ("MEK", "ERK", "growth")
TARGETS = {"MEKi": "MEK", "ERKi": "ERK"}
TRUE = {"ec50": [0.1, 3.0], "hill": [1.0, 2.0], "maximum": [-1.5, -1.0]}


def network():
    weights = [[0, 0, 0], [0.9, 0, 0], [0, 0.7, 0]]
    return hc.CellBox(NODES, ["protein", "protein", "phenotype"], weights, epsilon=2.0)


@pytest.fixture(scope="module")
def screen():
    truth = network().with_doses(DoseLayer(list(TARGETS), targets=TARGETS, **TRUE))
    doses = [{}, *({"MEKi": d} for d in 0.1 * np.geomspace(0.03, 30, 8))]
    doses += [{"ERKi": d} for d in 3.0 * np.geomspace(0.03, 30, 8)]
    doses += [{"MEKi": 0.1, "ERKi": 3.0}, {"MEKi": 1.0, "ERKi": 1.0}]
    given = as_conditions(doses)
    states = hc.steady_state(truth, conditions=given)[:, list(NODES)].X
    noise = 0.01 * np.random.default_rng(0).normal(size=states.shape)
    return PerturbationData(
        values=states + noise, readouts=NODES, kinds=["protein", "protein", "phenotype"],
        conditions=given.names, perturbations=given.perturbations, doses=given.doses, input="dose",
        control="measured",
    )  # fmt: skip


def dosed(screen, **options):
    base = hc.CellBox.from_data(screen, key=jr.key(0))
    return base.with_doses(DoseLayer.from_data(screen, targets=TARGETS, **options))


def test_curves_start_near_the_truth_from_far_off(screen):
    model = dosed(screen, ec50=[1.0, 1.0])
    u, y = model.inputs(screen), np.zeros((len(screen), model.n))
    y[:, :3] = screen.values
    weight = np.zeros_like(y)
    weight[:, :3] = 1.0
    layer = start_curves(model, u, y, weight, ridge=0.2).doses
    assert layer is not None
    assert (np.abs(np.log(np.asarray(layer.ec50) / TRUE["ec50"])) < np.log(3)).all()
    assert layer.hill[1] > layer.hill[0]
    nothing = start_curves(model, u, y, 0 * weight, ridge=0.2).doses  # no data: nothing but the prior
    assert nothing is not None
    np.testing.assert_allclose(nothing.ec50, [1.0, 1.0])


def test_maxima_start_at_the_effects_on_the_targets(screen):
    effects = np.zeros((5, 2))
    effects[0, 0] = -0.4  # of the first drug on MEK; the second was not measured
    layer = start_effects(dosed(screen), effects).doses
    assert layer is not None
    np.testing.assert_allclose(layer.maximum, [-0.4, -1.0])


def test_a_fit_finds_the_curves_and_predicts_doses_never_seen(screen):
    fitted = hc.fit(dosed(screen), screen, steps=300, learning_rate=0.02, key=jr.key(1))
    assert fitted.result == "success"
    layer = fitted.model.doses
    assert (np.abs(np.log(np.asarray(layer.ec50) / TRUE["ec50"])) < np.log(2)).all()
    assert (np.abs(np.asarray(layer.off_target)).sum(axis=0) < 0.7 * np.abs(layer.maximum)).all()
    truth = network().with_doses(DoseLayer(list(TARGETS), targets=TARGETS, **TRUE))
    unseen = [{"MEKi": 0.5, "ERKi": 8.0}, {"MEKi": 10.0}, {"ERKi": 500.0}]
    wanted = hc.predict(truth, unseen)[:, list(NODES)].X
    found = hc.predict(fitted, unseen)[:, list(NODES)].X
    assert np.sqrt(np.mean((found - wanted) ** 2)) < 0.2 * np.sqrt(np.mean(wanted**2))


def test_penalties_of_a_layer_count_what_they_say(screen):
    model = dosed(screen)
    values = np.full((5, 2), 0.5)
    model = eqx.tree_at(lambda m: m.doses._off_target.raw, model, jnp.asarray(values))
    nothing = jnp.zeros((1, 5))

    def cost(**strength):
        return float(
            penalty(model, model.field(), nothing, nothing, dict.fromkeys(PENALTIES, 0.0) | strength)
        )

    # a drug's own target and phenotypes are no off-targets: one protein is left for each drug
    np.testing.assert_allclose(cost(off_target=1.0), 2 * 0.5)
    np.testing.assert_allclose(cost(dose_prior=1.0), 2 * 0.5 * 0.5**2)  # maxima of -1, sd 2
    assert cost(drug_l2=1.0) == 0.0


def test_ensembles_learn_layers_of_their_own(screen):
    found = hc.fit_ensemble(dosed(screen), screen, n=2, calibrate=False, steps=20, key=jr.key(2))
    layers = [found.member(i).doses for i in range(2)]
    assert not np.array_equal(layers[0].maximum, layers[1].maximum)
    assert hc.predict(found, {"MEKi": 0.3}).X.shape == (1, 5)
