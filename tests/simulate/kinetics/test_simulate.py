"""The public door to reaction networks: what is asked for, under which conditions, and what comes out."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from tests.simulate.kinetics.test_overrides import DECAY

TS = np.linspace(0.0, 4.0, 9)
BACKENDS = ("numpy", "jax")


@pytest.fixture(scope="module")
def decay() -> hc.ReactionNetwork:
    return hc.read_sbml(DECAY)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_id_can_be_asked_for(decay: hc.ReactionNetwork, backend: str) -> None:
    solve = hc.Solve(rtol=1e-9, backend=backend)
    trajectory = hc.simulate(decay, t1=4.0, ts=TS, solve=solve)
    assert trajectory.result == ("success",)
    concentration = 3 * np.exp(-0.5 * TS)
    frame = trajectory.to_dataframe(amounts=["A", "twice", "v", "k", "c"])
    np.testing.assert_allclose(frame["A"], 2 * concentration, rtol=1e-7)
    np.testing.assert_allclose(frame["twice"], 2 * concentration, rtol=1e-7)
    np.testing.assert_allclose(frame["v"], concentration, rtol=1e-7)
    assert (frame["k"] == 0.5).all()
    assert (frame["c"] == 2.0).all()
    np.testing.assert_allclose(trajectory.to_dataframe(concentrations=["A"])["A"], concentration, rtol=1e-7)
    np.testing.assert_allclose(trajectory["A"][0], concentration, rtol=1e-7)
    assert list(trajectory.to_dataframe().columns) == ["A"]
    with pytest.raises(InvalidValueError, match=r"\['A', 'k'\] is no id; wanted one id"):
        trajectory[["A", "k"]]  # pyright: ignore[reportArgumentType]
    with pytest.raises(UnknownNameError, match="Did you mean 'twice'"):
        trajectory["twic"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_conditions_are_rows(decay: hc.ReactionNetwork, backend: str) -> None:
    conditions = {"slow": {"k": 0.1}, "fast": {"k": 2.0, "A": 1.0}}
    trajectory = hc.simulate(
        decay, t1=4.0, ts=TS, conditions=conditions, solve=hc.Solve(rtol=1e-9, backend=backend)
    )
    assert trajectory.conditions == ("slow", "fast")
    wanted = [3 * np.exp(-0.1 * TS), np.exp(-2.0 * TS)]
    np.testing.assert_allclose(trajectory["A"], wanted, rtol=1e-6)
    frame = trajectory.to_dataframe()
    np.testing.assert_allclose(frame.loc["fast", "A"], wanted[1], rtol=1e-6)
    adata = trajectory.to_anndata()
    assert adata.shape == (18, 1)
    assert adata.var["kind"].tolist() == ["species"]


def test_the_start_may_be_any_time(decay: hc.ReactionNetwork) -> None:
    trajectory = hc.simulate(decay, t0=1.0, t1=2.0, n_points=2, solve=hc.Solve(backend="numpy", rtol=1e-9))
    np.testing.assert_allclose(trajectory["A"][0], [3.0, 3.0 * np.exp(-0.5)], rtol=1e-7)


def test_fixed_steps_are_taken_or_refused(decay: hc.ReactionNetwork) -> None:
    trajectory = hc.simulate(decay, t1=1.0, ts=[1.0], solve=hc.Solve(dt=0.5, backend="numpy"))
    assert trajectory.method == "heun"
    np.testing.assert_allclose(trajectory["A"], [[3.0 * (1 - 0.25 + 0.25**2 / 2) ** 2]], rtol=1e-12)
    with pytest.raises(InvalidValueError, match=r"dt is 0\.5, which means fixed steps; .*backend='numpy'"):
        hc.simulate(decay, t1=1.0, ts=[1.0], solve=hc.Solve(dt=0.5))


@pytest.mark.parametrize("sensitivity", ["forward", "adjoint"])
def test_gradients_go_through(decay: hc.ReactionNetwork, sensitivity: str) -> None:
    solve = hc.Solve(rtol=1e-9, sensitivity=sensitivity)

    def loss(values: jax.Array) -> jax.Array:
        return jnp.sum(hc.simulate(decay.with_values(values), t1=4.0, ts=TS, solve=solve).values[0, :, 0])

    gradient = dict(zip(decay.equations.constants, np.asarray(jax.grad(loss)(decay.values))))
    amount = 6 * np.exp(-0.5 * TS)
    assert gradient["k"] == pytest.approx(np.sum(-TS * amount), rel=1e-6)
    assert gradient["A"] == pytest.approx(np.sum(amount / 3), rel=1e-6)
    assert gradient["c"] == pytest.approx(np.sum(amount / 2), rel=1e-6)


def test_a_program_made_inside_jit_can_be_used_again() -> None:
    network = hc.read_sbml(DECAY)

    @jax.jit
    def end(values: jax.Array) -> jax.Array:
        return hc.simulate(network.with_values(values), t1=2.0, n_points=2).values[0, -1, 0]

    wanted = 6 * np.exp(-1.0)
    assert float(end(network.values)) == pytest.approx(wanted, rel=1e-5)
    assert float(jax.jit(end)(network.values)) == pytest.approx(wanted, rel=1e-5)
    assert jax.grad(end)(network.values).shape == network.values.shape


def test_the_numpy_backend_has_no_gradients(decay: hc.ReactionNetwork) -> None:
    def loss(values: jax.Array) -> jax.Array:
        solve = hc.Solve(backend="numpy")
        return jnp.sum(hc.simulate(decay.with_values(values), t1=1.0, solve=solve).values)

    with pytest.raises(InvalidValueError, match="backend='jax'"):
        jax.grad(loss)(decay.values)


def test_single_precision_is_refused(decay: hc.ReactionNetwork) -> None:
    hc.config.precision = "float32"
    try:
        with pytest.raises(InvalidValueError, match="double precision"):
            hc.simulate(decay, t1=1.0)
    finally:
        hc.config.precision = "float64"
