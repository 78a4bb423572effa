import dataclasses

import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell.fit.start import drug_activity, masked_ridge, start_at_ridge
from hybridcell.simulate import solve_steady_state


@pytest.fixture(scope="module")
def ridge(screen, model):
    """The ridge solution for the screen, drugs x readouts."""
    activity = np.tanh(screen.doses)
    return np.linalg.solve(activity.T @ activity + 0.2 * np.eye(3), activity.T @ screen.values)


def test_ridge_leaves_out_what_has_no_weight():
    rng = np.random.default_rng(0)
    features, y, weight = rng.normal(size=(20, 3)), rng.normal(size=(20, 4)), np.ones((20, 4))
    weight[:5, 1], weight[:, 2], weight[4:9, 3] = 0.0, 0.0, 2.0
    found = masked_ridge(features, y, weight, 0.7)
    for j in range(4):
        w = np.sqrt(weight[:, j])[:, None]
        a = np.concatenate([w * features, np.sqrt(0.7) * np.eye(3)])
        b = np.concatenate([w[:, 0] * y[:, j], np.zeros(3)])
        np.testing.assert_allclose(found[:, j], np.linalg.lstsq(a, b, rcond=None)[0], atol=1e-12)
    np.testing.assert_array_equal(found[:, 2], 0.0)


def test_drug_nodes_follow_their_input_at_once(model, screen):
    u = model.inputs(screen)
    settled = solve_steady_state(model, u)
    np.testing.assert_allclose(drug_activity(model, u), settled.x[:, 4:], atol=1e-7)


def test_drug_columns_start_at_the_ridge_solution(model, screen, ridge):
    started = start_at_ridge(model, screen, np.ones(15), residual_share=0.3)
    # phenotypes have no direct edge from drugs
    np.testing.assert_allclose(np.asarray(started.response)[:3, 4:], ridge.T[:3], atol=1e-12)
    np.testing.assert_array_equal(np.asarray(started.response)[:4, :4], np.asarray(model.response)[:4, :4])


def test_a_row_of_weight_zero_is_left_out(model, screen):
    rows = np.ones(15)
    rows[[2, 7]] = 0.0
    without = start_at_ridge(model, screen, rows, residual_share=0.0)
    fewer = start_at_ridge(model, screen.subset(rows > 0), np.ones(13), residual_share=0.0)
    np.testing.assert_allclose(without.response, fewer.response, atol=1e-12)


def test_a_missing_entry_is_an_entry_of_weight_zero(model, screen):
    hidden = np.zeros((15, 4), dtype=bool)
    hidden[[1, 2, 8], [0, 2, 2]] = True
    missing = dataclasses.replace(screen, values=np.where(hidden, np.nan, screen.values))
    weightless = dataclasses.replace(screen, weight=np.where(hidden, 0.0, 1.0))
    one, other = (start_at_ridge(model, d, np.ones(15), residual_share=0.0) for d in (missing, weightless))
    np.testing.assert_array_equal(one.response, other.response)
    assert (
        np.abs(
            np.asarray(one.response) - start_at_ridge(model, screen, np.ones(15), residual_share=0.0).response
        ).max()
        > 1e-4
    )


def test_measured_drug_nodes_set_their_saturation(screen):
    u = np.tanh(screen.doses[:, 0])
    values = np.concatenate([screen.values, 2.5 * u[:, None]], axis=1)
    values[3, 4] = np.nan
    data = dataclasses.replace(
        screen, values=values, readouts=(*screen.readouts, "d1"), kinds=(*screen.kinds, "drug")
    )
    model = hc.CellBox.from_data(data, key=jr.key(0))
    started = start_at_ridge(model, data, np.ones(15), residual_share=0.0)
    assert float(started.epsilon[model.index("d1")]) == pytest.approx(2.5, rel=2e-3)
    hole = values.copy()
    hole[screen.doses[:, 0] < -0.7, 4] = np.nan  # missing is not zero
    again = start_at_ridge(model, dataclasses.replace(data, values=hole), np.ones(15), residual_share=0.0)
    assert float(again.epsilon[model.index("d1")]) == pytest.approx(2.5, rel=2e-2)


def test_a_linear_residual_takes_its_share(model, screen, ridge):
    hybrid = model + hc.NeuralResidual(width=0, key=jr.key(1))
    started = start_at_ridge(hybrid, screen, np.ones(15), residual_share=0.25)
    np.testing.assert_allclose(np.asarray(started.mechanism.response)[:3, 4:], 0.75 * ridge.T[:3], atol=1e-12)
    u = screen.doses
    linear = np.linalg.solve(u.T @ u + 0.2 * np.eye(3), u.T @ screen.values)
    weights = np.asarray(started.residuals[0].network.weights[0].value)
    np.testing.assert_allclose(weights, 0.25 * linear.T * np.asarray(model.alpha)[:4, None], atol=1e-12)


def test_a_residual_that_reads_other_nodes_takes_nothing(model, screen, ridge):
    for inputs in (["p1"], ["d1", "d2"]):
        hybrid = model + hc.NeuralResidual(inputs, width=0, key=jr.key(1))
        started = start_at_ridge(hybrid, screen, np.ones(15), residual_share=0.25)
        np.testing.assert_allclose(np.asarray(started.mechanism.response)[:3, 4:], ridge.T[:3], atol=1e-12)
        np.testing.assert_array_equal(started.residuals[0].network.weights[0].value, 0.0)


def test_a_residual_on_some_nodes_takes_its_share_there_only(model, screen, ridge):
    hybrid = model + hc.NeuralResidual(outputs=["p2"], width=0, key=jr.key(1))
    started = start_at_ridge(hybrid, screen, np.ones(15), residual_share=0.25)
    response = np.asarray(started.mechanism.response)
    np.testing.assert_allclose(response[[0, 2], 4:], ridge.T[[0, 2]], atol=1e-12)
    np.testing.assert_allclose(response[1, 4:], 0.75 * ridge.T[1], atol=1e-12)


def test_a_drug_prior_starts_at_a_ridge_solution_too(screen):
    targets = pd.DataFrame({"drug": ["d1", "d2"], "target": ["p1", "p2"], "sign": [1, -1]})
    similarity = pd.DataFrame({"drug_a": ["d1"], "drug_b": ["d3"], "similarity": [0.5]})
    model = hc.CellBox.from_data(screen, drug_targets=targets, drug_similarity=similarity, key=jr.key(0))
    started = start_at_ridge(model, screen, np.ones(15), residual_share=0.0)
    predicted = drug_activity(started, started.inputs(screen)) @ np.asarray(started.response)[:3, 4:].T
    assert np.mean((predicted - screen.values[:, :3]) ** 2) < 0.2 * np.mean(screen.values[:, :3] ** 2)
    assert float(started.drug_effects.strength.value) != float(model.drug_effects.strength.value)


def test_nothing_to_start_from_changes_nothing(model, screen, truth):
    proteins = hc.CellBox(["p1", "p2"], ["protein"] * 2, np.zeros((2, 2)))
    assert start_at_ridge(proteins, screen, np.ones(15), residual_share=0.0) is proteins
    control = screen.subset([0])
    quiet = dataclasses.replace(control, doses=np.zeros((1, 3)))
    assert start_at_ridge(model, quiet, np.ones(1), residual_share=0.0) is model
