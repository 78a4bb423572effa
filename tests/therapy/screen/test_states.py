"""The screen finds what `hc.steady_state` finds, by either path, and says where nothing settles."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.model import make_field
from hybridcell.therapy.screen.certificate import has_one_state


def _random(strength, *, seed=0, bound, **options):
    rng = np.random.default_rng(seed)
    n = 12
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.4) * (1 - np.eye(n))
    weights *= strength / np.abs(np.linalg.eigvals(np.abs(weights) if bound else weights)).max()
    kinds = ["protein"] * 9 + ["drug"] * 3
    return hc.CellBox([f"n{i}" for i in range(n)], kinds, weights, mask=weights != 0, **options)


def _steady(model, screen, readout):
    adata = screen.to_anndata()
    settled = hc.steady_state(model, conditions=adata)
    values = settled.to_df()[readout].to_numpy()
    return values, settled.obs["success"].to_numpy(dtype=bool)


@pytest.mark.parametrize(
    ("model", "known_to_have_one_state"),
    [
        (_random(0.85, bound=True), True),
        (_random(0.85, bound=True, seed=2, clamp=True, input="outside", alpha=2.0), True),
        (_random(0.9, bound=False, seed=3), True),
        (_random(0.95, bound=False, seed=4), False),
        (_random(0.9, bound=False, seed=4, degree=2), False),
    ],
)
def test_every_grid_point_is_the_steady_state(model, known_to_have_one_state):
    assert has_one_state(make_field(model)) is known_to_have_one_state
    screen = hc.screen_combinations(
        model, readout="n1", doses=5, input_range={"n9": -2, "n10": 1.5, "n11": -0.3}
    )
    expected, success = _steady(model, screen, "n1")
    assert success.all()
    assert screen.success == 1.0
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(screen.responses[0], expected, atol=2e-7)
    assert screen.residual.max() <= 1e-8


def test_what_oscillates_is_nan_and_counted(oscillator):
    screen = hc.screen_combinations(oscillator, readout="x", drugs=["d", "e"], doses=[0.02, 2.0])
    expected, success = _steady(oscillator, screen, "x")
    assert 0 < success.sum() < len(success)
    np.testing.assert_array_equal(screen.settled == 1.0, success)
    np.testing.assert_array_equal(np.isnan(screen.responses[0]), ~success)
    np.testing.assert_allclose(screen.responses[0][success], expected[success], atol=1e-7)
    assert screen.success == pytest.approx(success.mean())
    # the control, which every effect refers to, sits on an unstable point
    assert not success[0]
    assert np.isnan(screen.summary("effect").mean).all()
    assert screen.top(3).empty
    assert "solved" in repr(screen)


def test_another_solver_may_be_asked_for():
    model = _random(0.6, bound=True)
    options = {"readout": "n1", "doses": 2, "input_range": -1.0}
    fast = hc.screen_combinations(model, **options)
    slow = hc.screen_combinations(model, solve=hc.Solve(backend="numpy"), **options)
    np.testing.assert_allclose(slow.responses, fast.responses, atol=1e-6)


def test_more_conditions_than_one_call_holds():
    n = 8
    weights = np.zeros((n, n))
    weights[0, 1:] = np.linspace(0.1, 0.7, n - 1)
    model = hc.CellBox([f"n{i}" for i in range(n)], ["phenotype"] + ["drug"] * 7, weights, mask=weights != 0)
    screen = hc.screen_combinations(model, readout="n0", doses=12, input_range=-1.5)
    assert screen.design.n_conditions > 2048
    doses = screen.design.doses(np.arange(screen.design.n_conditions))
    np.testing.assert_allclose(screen.responses[0], np.tanh(np.tanh(doses) @ weights[0, 1:]), atol=1e-7)
