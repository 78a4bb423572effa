"""Exported SBML simulated by libRoadRunner against our own solver."""

from __future__ import annotations

import itertools

import equinox as eqx
import jax
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.parameter import is_parameter
from hybridcell.mechanisms.cellbox import kind_mask

roadrunner = pytest.importorskip(
    "roadrunner", reason="libRoadRunner is not installed (pip install libroadrunner)"
)

#: What the export promises.
CLOSE = 1e-6
ENVELOPES = {"tanh": 3, "polynomial": 3, "even polynomial": 2, "hill": 2.5, "linear": 3, "clip": 3}
CONDITIONS = [{"d0": -1.0}, {"d0": 0.8, "d1": -0.6}]


def network(n=7, seed=0, **options):
    rng = np.random.default_rng(seed)
    kinds = ("protein",) * (n - 3) + ("phenotype",) + ("drug",) * 2
    names = [f"x{i}" for i in range(n - 2)] + ["d0", "d1"]
    weights = rng.normal(0, 0.5 / np.sqrt(n) / options.get("degree", 1), (n, n)) * kind_mask(kinds)
    rates = {name: rng.uniform(0.7, 1.6, n) for name in ("epsilon", "alpha", "psi")}
    return hc.CellBox(names, kinds, weights, **rates, **options)


def with_residual(model, **options):
    hybrid = model + hc.NeuralResidual(key=jr.key(0), **options)
    rng = np.random.default_rng(1)
    bent = jax.tree.map(
        lambda p: p.with_value(0.5 * rng.normal(size=p.raw.shape)) if is_parameter(p) else p,
        hybrid.residuals[-1].network,
        is_leaf=is_parameter,
    )
    return eqx.tree_at(lambda m: m.residuals[-1].network, hybrid, bent)


def theirs(report, conditions, ts):
    """Set inputs in one loaded model, as a user does, and return conditions x times x nodes."""
    runner = roadrunner.RoadRunner(str(report.path))
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-12
    runner.timeCourseSelections = list(report.ids.values())
    found = []
    for condition in conditions:
        runner.resetToOrigin()
        for drug, strength in condition.items():
            runner[report.inputs[drug]] = strength
        runner.reset()
        found.append(np.array(runner.simulate(ts[0], ts[-1], len(ts))))
    return np.stack(found)


def ours(model, conditions, ts):
    solve = hc.Solve(method="dopri8", rtol=1e-10, atol=1e-12, backend="numpy")
    return np.asarray(hc.simulate(model, t1=ts[-1], ts=ts, conditions=conditions, solve=solve).values)


def compare(model, folder, conditions=CONDITIONS, t1=12.0):
    ts = np.linspace(0, t1, 13)
    report = hc.write_sbml(model, folder / "model.xml", resimulate=False)
    assert report.messages == ()
    found, wanted = theirs(report, conditions, ts), ours(model, conditions, ts)
    assert np.abs(wanted).max() > 0.1
    assert np.abs(found - wanted).max() < CLOSE
    return report


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_form_of_the_equations(envelope, tmp_path):
    for input, degree, clamp in itertools.product(("inside", "outside", "scaled"), (1, 2), (False, True)):
        model = network(
            envelope=envelope.split()[-1], power=ENVELOPES[envelope], input=input, degree=degree, clamp=clamp
        )
        compare(model, tmp_path)


def test_steady_states(tmp_path):
    model = with_residual(network(), width=4)
    report = hc.write_sbml(model, tmp_path / "model.xml", resimulate=False)
    found = theirs(report, CONDITIONS, [0.0, 100.0])[:, -1]
    wanted = hc.steady_state(model, conditions=CONDITIONS)
    assert wanted.obs["success"].all()
    assert np.abs(found - np.asarray(wanted.X)).max() < CLOSE


@pytest.mark.parametrize(
    "options",
    [
        {"width": 4},
        {"width": 8, "depth": 2, "activation": "softplus", "inputs": ["x0", "x1", "d0"], "bound": 2.0},
        {"width": 5, "activation": "sigmoid", "bound": None},
        {"width": 0},
        {"width": 3, "activation": "linear", "outputs": ["x1"]},
    ],
    ids=repr,
)
def test_neural_residuals(options, tmp_path):
    compare(with_residual(network(), **options), tmp_path)


def test_two_residuals_of_one_node(tmp_path):
    compare(with_residual(with_residual(network(), width=3), width=0), tmp_path)


def test_a_residual_that_pulls_on_a_held_node(tmp_path):
    model = with_residual(network(clamp=True), width=3, inputs=["x0", "d0"], outputs=["x1"])
    compare(model, tmp_path)


def test_weights_as_parameters_can_be_set(tmp_path):
    model = network(degree=2)
    report = hc.write_sbml(model, tmp_path / "model.xml", weights="parameters", resimulate=False)
    i, j = (int(k) for k in np.argwhere(np.asarray(model.weights) != 0)[3])
    changed = np.array(model.weights)
    changed[i, j] = 0.6
    other = hc.CellBox(
        model.names, model.kinds, changed, epsilon=model.epsilon, alpha=model.alpha, psi=model.psi, degree=2
    )
    runner = roadrunner.RoadRunner(str(report.path))
    runner.timeCourseSelections = list(report.ids.values())
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-12
    runner[f"w_{report.ids[model.names[i]]}_{report.ids[model.names[j]]}"] = 0.6
    runner["u_d0"] = -1.0
    found = np.array(runner.simulate(0, 10, 11))
    wanted = ours(other, [{"d0": -1.0}], np.linspace(0, 10, 11))[0]
    assert np.abs(found - wanted).max() < CLOSE


def test_the_condition_of_the_file(tmp_path):
    model = network()
    report = hc.write_sbml(model, tmp_path / "model.xml", condition={"d0": -1.0}, resimulate=False)
    runner = roadrunner.RoadRunner(str(report.path))
    runner.timeCourseSelections = list(report.ids.values())
    found = np.array(runner.simulate(0, 10, 3))[-1]
    assert np.abs(found - ours(model, [{"d0": -1.0}], np.array([0.0, 5.0, 10.0]))[0, -1]).max() < 1e-4


def test_the_report_has_the_deviation(tmp_path):
    report = hc.write_sbml(with_residual(network(), width=3), tmp_path / "model.xml")
    assert report.deviation is not None
    assert report.deviation < CLOSE
    assert "libRoadRunner within" in repr(report)
    assert "3 conditions" in report.deviation_note


def test_a_model_that_runs_away_has_no_deviation(tmp_path):
    model = hc.CellBox(
        ["a", "b", "d"],
        ["protein", "protein", "drug"],
        [[0, 90.0, 1], [90.0, 0, 0], [0, 0, 0]],
        envelope="linear",
    )
    report = hc.write_sbml(model, tmp_path / "model.xml")
    assert report.deviation is None
    assert report.deviation_note


@pytest.mark.slow
def test_a_network_of_the_published_size(tmp_path):
    """99 nodes and 8,036 edges: one sum per node, weights as numbers, load in seconds."""
    kinds = ("protein",) * 82 + ("phenotype",) * 5 + ("drug",) * 12
    mask = kind_mask(kinds)
    assert mask.sum() == 8036
    weights = np.random.default_rng(0).normal(0, 0.05, mask.shape) * mask
    names = [f"x{i}" for i in range(87)] + [f"d{i}" for i in range(12)]
    model = hc.CellBox(names, kinds, weights, epsilon=1.3, alpha=0.9)
    compare(model, tmp_path, [{"d0": -1.0, "d5": -0.5}])
