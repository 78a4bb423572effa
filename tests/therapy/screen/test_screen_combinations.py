"""Screens of networks whose answers are known, and what bad requests are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, UnknownNameError

TWO_PATHS = {("a", "p"): 0.7, ("b", "q"): 0.9, ("p", "growth"): 0.5, ("q", "growth"): 0.8, ("p", "q"): 0.3}


def test_a_linear_network_is_additive(network):
    model = network(TWO_PATHS, envelope="linear")
    screen = hc.screen_combinations(model, readout="growth", drugs=["a", "b"], doses=4, input_range=-1.0)
    u = np.linspace(0, -1, 4)
    np.testing.assert_allclose(
        screen.surface("a", "b"),
        0.7 * (0.5 + 0.3 * 0.8) * u[:, None] + 0.9 * 0.8 * u[None],
        atol=1e-7,
    )
    # sums of logarithms are products of fractions: no excess on either scale
    np.testing.assert_allclose(screen.surface("a", "b", "additive"), 0.0, atol=1e-7)
    np.testing.assert_allclose(screen.surface("a", "b", "bliss"), 0.0, atol=1e-7)
    assert screen.surface("a", "b", "hsa").to_numpy()[1:, 1:].min() > 0.05


@pytest.mark.parametrize("scale", ["log2", "ln"])
def test_two_drugs_on_one_saturating_node_are_less_than_additive(network, scale):
    model = network({("a", "p"): 1.5, ("b", "p"): 1.5, ("p", "growth"): 1.0})
    screen = hc.screen_combinations(
        model, readout="growth", drugs=["a", "b"], doses=3, input_range=-2.0, scale=scale
    )
    node = np.tanh(np.array([0, -1.0, -2.0]))
    expected = np.tanh(np.tanh(1.5 * (node[:, None] + node[None])))
    np.testing.assert_allclose(screen.surface("a", "b"), expected, atol=1e-7)
    base = {"log2": 2.0, "ln": np.e}[scale]
    y = 1 - base**expected
    np.testing.assert_allclose(screen.surface("a", "b", "effect"), y, atol=1e-7)
    doses = [0, 1, 2]
    np.testing.assert_allclose(
        screen.surface("a", "b", "bliss"), hc.synergy.bliss(y, doses, doses), atol=1e-7
    )
    np.testing.assert_allclose(screen.surface("a", "b", "hsa"), hc.synergy.hsa(y, doses, doses), atol=1e-7)
    additive = -(expected - expected[:, :1] - expected[:1])
    np.testing.assert_allclose(screen.surface("a", "b", "additive").to_numpy(), additive, atol=1e-7)
    assert screen.surface("a", "b", "additive").to_numpy()[1:, 1:].max() < -0.1
    assert screen.surface("a", "b", "bliss").to_numpy()[1:, 1:].max() < -0.05


def test_the_wanted_direction_can_be_up(network):
    edges = {("a", "growth"): 1.0, ("b", "growth"): 1.0}
    options = {"readout": "growth", "drugs": ["a", "b"], "doses": 3}
    down = hc.screen_combinations(network(edges), input_range=-1.0, **options)
    up = hc.screen_combinations(network(edges), input_range=1.0, better="higher", **options)
    for value in ("effect", "bliss", "hsa", "additive"):
        np.testing.assert_allclose(up.surface("a", "b", value), down.surface("a", "b", value), atol=1e-12)
    unwanted = hc.screen_combinations(network(edges), input_range=1.0, **options)
    assert not unwanted.surface("a", "b", "effect").to_numpy().any()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(0.01, 0.6), min_size=6, max_size=6))
def test_a_monotone_network_has_monotone_surfaces_in_either_order_of_drugs(network, w):
    edges = {("a", "p"): w[0], ("b", "q"): w[1], ("b", "p"): w[2], ("p", "q"): w[3], ("q", "p"): w[4]}
    model = network({**edges, ("p", "growth"): w[5], ("q", "growth"): 0.5})
    options = {"readout": "growth", "doses": 4, "input_range": -2.0}
    screen = hc.screen_combinations(model, drugs=["a", "b"], **options)
    surface = screen.surface("a", "b").to_numpy()
    assert np.diff(surface, axis=0).max() <= 1e-7
    assert np.diff(surface, axis=1).max() <= 1e-7
    np.testing.assert_array_equal(screen.surface("b", "a"), surface.T)
    turned = hc.screen_combinations(model, drugs=["b", "a"], **options)
    np.testing.assert_allclose(turned.surface("a", "b"), surface, atol=1e-7)


def test_an_ensemble_gives_intervals_and_probabilities(network):
    def member(k, w):
        return network({("a", "p"): w, ("b", "q"): 1.0, ("p", "growth"): k, ("q", "growth"): k})

    models = [member(k, w) for k, w in ((0.5, 0.5), (0.8, 0.7), (1.2, 1.1))]
    ensemble = Ensemble.from_models(models)
    options = {"readout": "growth", "drugs": ["a", "b"], "doses": 3, "input_range": -1.0}
    screen = hc.screen_combinations(ensemble, **options)
    alone = [hc.screen_combinations(m, **options) for m in models]
    for value in ("response", "effect", "bliss", "hsa", "additive"):
        each = np.stack([s.surface("a", "b", value) for s in alone])
        np.testing.assert_allclose(screen.surface("a", "b", value), each.mean(axis=0), atol=1e-9)
        np.testing.assert_allclose(
            screen.surface("a", "b", f"{value}_lower"), np.quantile(each, 0.05, axis=0), atol=1e-9
        )
        np.testing.assert_allclose(
            screen.surface("a", "b", f"{value}_upper"), np.quantile(each, 0.95, axis=0), atol=1e-9
        )
    hsa = np.stack([s.surface("a", "b", "hsa") for s in alone])
    np.testing.assert_allclose(screen.surface("a", "b", "hsa_probability"), (hsa > 1e-6).mean(axis=0))
    best = screen.top(1, by="hsa").iloc[0]
    assert best["lower"] < best["hsa"] < best["upper"]
    assert best["probability"] == 1.0

    failed = replace(ensemble, result=("success", "diverged", "success"))
    np.testing.assert_array_equal(
        hc.screen_combinations(failed, **options).responses, screen.responses[[0, 2]]
    )
    with pytest.raises(InvalidValueError, match="None of the 3 members"):
        hc.screen_combinations(replace(ensemble, result=("diverged",) * 3), **options)


def test_a_member_that_does_not_settle_is_left_out_and_counted(oscillator):
    calm = np.asarray(oscillator.weights) * np.array([1, 1, 0.1, 1, 1])[:, None]
    quiet = hc.CellBox(oscillator.names, oscillator.kinds, calm, mask=oscillator.mask)
    ensemble = Ensemble.from_models([quiet, oscillator])
    options = {"readout": "x", "drugs": ["d", "e"], "doses": [0.02]}
    screen = hc.screen_combinations(ensemble, **options)
    assert screen.success == 0.5
    np.testing.assert_array_equal(screen.settled, 0.5)
    alone = hc.screen_combinations(quiet, **options)
    for score in ("response", "bliss"):
        np.testing.assert_allclose(screen.summary(score).mean, alone.summary(score).mean, atol=1e-12)
        np.testing.assert_allclose(screen.summary(score).lower, alone.summary(score).mean, atol=1e-12)


def test_levels_and_drugs_come_from_the_training_data(network):
    train = hc.PerturbationData(
        values=[[0.0], [-0.3], [-0.4]],
        readouts=["growth"],
        kinds=["phenotype"],
        conditions=["c0", "c1", "c2"],
        perturbations=["b", "a", "not in the model"],
        doses=[[0, 0, 0], [-1.5, 0, 0], [-1.0, -0.5, 0]],
        input="strength",
    )
    ensemble = Ensemble.from_models([network(TWO_PATHS)], train=train)
    screen = hc.screen_combinations(ensemble, readout="growth", doses=4)
    assert screen.drugs == ("b", "a")
    np.testing.assert_allclose(screen.levels["b"], [0, -0.5, -1, -1.5])
    np.testing.assert_allclose(screen.levels["a"], np.linspace(0, -0.5, 4))
    measured = screen.measured("a", "b")
    np.testing.assert_allclose(measured["dose_a"], [0, 0, 0.5])
    np.testing.assert_allclose(measured["dose_b"], [0, 1.5, 1.0])
    np.testing.assert_allclose(measured["effect"], 1 - 2.0 ** np.array([0, -0.3, -0.4]))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"readout": "grwth"}, UnknownNameError, "no readout 'grwth'. Did you mean 'growth'"),
        ({"drugs": ["a", "bb"]}, UnknownNameError, "no drug 'bb'"),
        ({"order": 4}, InvalidValueError, "order is 4; wanted 2"),
        ({"order": True}, InvalidValueError, "order is True"),
        ({"order": 3, "drugs": ["a", "b"]}, InvalidValueError, "at least three drugs; found a, b"),
        ({}, InvalidValueError, r"'c' has no target.*drugs=\['a', 'b'\]"),
        ({"doses": ["0.5"], "input_range": None}, InvalidValueError, "wanted numbers"),
        ({"executor": 4, "drugs": ["a", "b"]}, InvalidValueError, "executor is a int"),
        ({"context": "A375"}, InvalidValueError, "one context"),
        ({"scale": "log"}, InvalidValueError, "scale"),
        ({"better": "down"}, InvalidValueError, "better"),
        ({"doses": 1}, InvalidValueError, "at least 2 levels"),
        ({"doses": 400_000, "drugs": ["a", "b"]}, InvalidValueError, r"need .* GB of memory.*out="),
        ({"input_range": None}, InvalidValueError, "input_range"),
    ],
)
def test_bad_requests_fail_before_any_work(network, changes, error, message, monkeypatch):
    from hybridcell.therapy.screen.states import ScreenSolver

    monkeypatch.setattr(ScreenSolver, "run", lambda *_: pytest.fail("the work had started"))
    options = {"readout": "growth", "drugs": ["a", "b", "c"], "doses": 3, "input_range": -1.0, **changes}
    with pytest.raises(error, match=message):
        hc.screen_combinations(network(TWO_PATHS), **options)


def test_only_models_are_screened():
    with pytest.raises(InvalidValueError, match="empty dict"):
        hc.screen_combinations({}, readout="growth")
    lone = hc.CellBox(["p", "growth", "a"], ["protein", "phenotype", "drug"], np.eye(3)[[2, 0, 1]])
    with pytest.raises(InvalidValueError, match="at least two drugs; found a"):
        hc.screen_combinations(lone, readout="growth", input_range=-1.0)
