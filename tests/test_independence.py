"""What is computed for a condition does not depend on what is computed beside it, nor on where it stands.

Devices have a test of their own (tests/_core/test_devices.py), and so have executors (tests/_core).
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings

import hybridcell as hc
from hybridcell.data import as_perturbation_data, random_network
from hybridcell.fit.losses import data_loss
from hybridcell.fit.problem import make_problem
from hybridcell.fit.states import readouts, steady_states
from hybridcell.simulate import tiles
from hybridcell.therapy.screen import blocks
from tests.fit.kinetics.courses import TURNOVER, courses, objective

ENTRY = random_network(6, 1, 3, density=0.4, gain=0.8, seed=3)
NETWORK = hc.CellBox(ENTRY.nodes, ENTRY.kinds, ENTRY.weights, epsilon=ENTRY.epsilon, alpha=ENTRY.alpha)
LARGER = random_network(20, 2, 4, density=0.2, gain=0.8, seed=0)
FIXED = hc.Solve(method="heun", dt=0.1)
#: No more than these, so that all sizes run on one program; of reactions from more than half of these on.
MOST, MOST_REACTIONS = 32, 8
EXACT = {"rtol": 1e-12, "atol": 1e-12}
few = settings(max_examples=5, deadline=None)


def _inputs(seed: int, n: int) -> list[dict[str, float]]:
    drawn = np.random.default_rng(seed).uniform(-3, 3, (n, 3))
    return [dict(zip(("D1", "D2", "D3"), row.tolist())) for row in drawn]


def _constants(seed: int, n: int) -> list[dict[str, float]]:
    drawn = np.random.default_rng(seed).uniform(0.2, 2.0, (n, 2))
    return [{"V": float(v), "k": float(k)} for v, k in drawn]


def _at_fixed_steps(conditions: Any) -> np.ndarray:
    return np.asarray(hc.simulate(NETWORK, t1=4.0, n_points=3, conditions=conditions, solve=FIXED).values)


def _at_adaptive_steps(conditions: Any) -> np.ndarray:
    return np.asarray(hc.simulate(NETWORK, t1=4.0, n_points=3, conditions=conditions).values)


def _settled(conditions: Any) -> np.ndarray:
    return np.asarray(hc.steady_state(NETWORK, conditions=conditions).X)


def _reactions(conditions: Any) -> np.ndarray:
    return np.asarray(hc.simulate(TURNOVER, t1=6.0, n_points=4, conditions=conditions).values)


def _reactions_settled(conditions: Any) -> np.ndarray:
    return np.asarray(hc.steady_state(TURNOVER, conditions=conditions).X)


@pytest.mark.parametrize("verb", [_at_fixed_steps, _settled])
@given(seed=st.integers(0, 2**16), n=st.integers(2, MOST), first=st.integers(0, MOST), data=st.data())
@few
def test_conditions_of_networks(verb: Any, seed: int, n: int, first: int, data: Any) -> None:
    conditions = _inputs(seed, n)
    whole = verb(conditions)
    order = np.array(data.draw(st.permutations(range(n))))
    np.testing.assert_allclose(verb([conditions[k] for k in order]), whole[order], **EXACT)
    some = slice(first % n, None)
    # what is iterated together stops together, at 1e-8
    close = {"rtol": 0, "atol": 1e-8} if verb is _settled else EXACT
    np.testing.assert_allclose(verb(conditions[some]), whole[some], **close)


@pytest.mark.parametrize(("tol", "apart"), [(1e-8, 1e-8), (1e-12, 1e-11)])
def test_steady_states_of_a_network_stop_together(tol: float, apart: float) -> None:
    """So the others matter, within the tolerance; their order does not."""
    model = hc.CellBox(LARGER.nodes, LARGER.kinds, LARGER.weights, epsilon=LARGER.epsilon, alpha=LARGER.alpha)
    drugs = [name for name, kind in zip(LARGER.nodes, LARGER.kinds, strict=True) if kind == "drug"]
    doses = np.random.default_rng(0).uniform(-3, 3, (MOST, len(drugs)))
    conditions = [dict(zip(drugs, row.tolist(), strict=True)) for row in doses]

    def settled(rows: Any) -> np.ndarray:
        solve = hc.Solve(steady_tol=tol)
        return np.asarray(hc.steady_state(model, conditions=[conditions[k] for k in rows], solve=solve).X)

    whole = settled(range(MOST))
    np.testing.assert_allclose(settled(range(MOST)[::-1]), whole[::-1], **EXACT)
    alone = np.concatenate([settled([k]) for k in range(8)])
    np.testing.assert_allclose(alone, whole[:8], rtol=0, atol=apart)


@given(seed=st.integers(0, 2**16), n=st.integers(2, MOST), data=st.data())
@few
def test_adaptive_steps_are_shared_by_conditions_of_a_network(seed: int, n: int, data: Any) -> None:
    """So the others matter, within the tolerance; their order does not."""
    conditions = _inputs(seed, n)
    whole = _at_adaptive_steps(conditions)
    order = np.array(data.draw(st.permutations(range(n))))
    np.testing.assert_allclose(_at_adaptive_steps([conditions[k] for k in order]), whole[order], **EXACT)
    alone = _at_adaptive_steps(conditions[:1])
    np.testing.assert_allclose(alone, whole[:1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("verb", [_reactions, _reactions_settled])
@given(seed=st.integers(0, 2**16), n=st.integers(5, MOST_REACTIONS), data=st.data())
@few
def test_conditions_of_reactions(verb: Any, seed: int, n: int, data: Any) -> None:
    conditions = _constants(seed, MOST_REACTIONS)
    whole = verb(conditions)
    order = np.array(data.draw(st.permutations(range(MOST_REACTIONS))))[:n]
    np.testing.assert_allclose(verb([conditions[k] for k in order]), whole[order], **EXACT)
    # another number of lanes is another program: its rounding moves the sizes of steps a little
    close = EXACT if verb is _reactions_settled else {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(verb(conditions[:1]), whole[:1], **close)


@pytest.mark.parametrize("verb", [_at_fixed_steps, _settled])
def test_the_size_of_tiles(verb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conditions = _inputs(0, 2 * MOST)
    whole = verb(conditions)
    monkeypatch.setattr(tiles, "TILE", MOST)
    np.testing.assert_allclose(verb(conditions), whole, **EXACT)


def test_the_size_of_a_screens_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"readout": "Y1", "doses": 17, "order": 3, "input_range": -1.5}
    whole = hc.screen_combinations(NETWORK, **options)
    monkeypatch.setattr(blocks, "_CONDITIONS", 2048)
    parts = hc.screen_combinations(NETWORK, **options)
    # conditions that are iterated together stop together, far below the tolerance of 1e-8
    np.testing.assert_allclose(parts.responses, whole.responses, rtol=0, atol=1e-11)


def test_the_order_of_drugs_of_a_screen() -> None:
    options: dict[str, Any] = {"readout": "Y1", "doses": 5, "input_range": -1.5}
    one = hc.screen_combinations(NETWORK, **options, drugs=["D1", "D2", "D3"])
    other = hc.screen_combinations(NETWORK, **options, drugs=["D3", "D1", "D2"])
    wanted = one.surface("D1", "D3")
    np.testing.assert_allclose(other.surface("D3", "D1").to_numpy().T, wanted.to_numpy(), rtol=0, atol=1e-7)


@eqx.filter_jit
def _loss_and_slope(model: Any, problem: Any) -> Any:
    def loss(free: Any, frame: Any) -> Any:
        field = eqx.combine(free, frame).field()
        frozen = jax.tree.map(jax.lax.stop_gradient, field)
        zeros = jnp.zeros_like(problem.u)
        states, _ = steady_states(field, frozen, problem, zeros, zeros, 100)
        return jnp.sum(data_loss(readouts(states, problem), problem, problem.weight, "mse", 1.0))

    return jax.value_and_grad(loss)(*eqx.partition(model, eqx.is_inexact_array))


@given(seed=st.integers(0, 2**16))
@few
def test_losses_of_networks_know_no_order_of_rows(seed: int) -> None:
    screen = as_perturbation_data(hc.datasets.demo(seed=0))
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    order = np.random.default_rng(seed).permutation(len(screen))
    one, other = (
        _loss_and_slope(model, make_problem(model, rows, loss="mse", solve=None))
        for rows in (screen, screen.subset(order))
    )
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-11)


@given(seed=st.integers(0, 2**16))
@few
def test_residuals_of_reactions_know_no_order_of_rows(seed: int) -> None:
    data = courses(noise=0.1, conditions=({}, {"S": 1.0}, {"k": 1.5}))
    order = np.random.default_rng(seed).permutation(data.n_obs)
    costs, slopes = [], []
    for rows in (data, data[order].copy()):
        made, _, theta = objective(TURNOVER, rows)
        r, jacobian = made.linearized(theta + 0.1)
        costs.append(r @ r)
        slopes.append(r @ jacobian)
    np.testing.assert_allclose(costs[1], costs[0], **EXACT)
    np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-11, atol=1e-11)
