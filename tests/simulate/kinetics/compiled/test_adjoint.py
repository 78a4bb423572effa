from __future__ import annotations

from importlib import import_module

import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.simulate.kinetics.compiled.adjoint import room_for_steps


def test_a_tape_without_room_gives_nan_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    solve = hc.Solve(rtol=1e-9, sensitivity="adjoint")

    def loss(values: jax.Array) -> jax.Array:
        return hc.simulate(network.with_values(values), t1=400.0, n_points=3, solve=solve).values.sum()

    assert np.isfinite(jax.grad(loss)(network.values)).all()
    monkeypatch.setattr(
        import_module("hybridcell.simulate.kinetics.compiled.integrate"), "room_for_steps", lambda rtol: 256
    )
    value, slope = jax.value_and_grad(loss)(network.values)
    assert np.isnan(value)
    assert np.isnan(slope).all()


@pytest.mark.parametrize("name", ["lotka_volterra", pytest.param("repeated_dosing", marks=pytest.mark.suite)])
def test_steps_whose_stages_are_not_kept_count_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = hc.read_sbml(hc.networks.load(name))
    solve = hc.Solve(rtol=1e-6, sensitivity="adjoint")

    def loss(values: jax.Array) -> jax.Array:
        found = hc.simulate(network.with_values(values), t1=30.0, n_points=9, solve=solve).values
        return (found / found.max()).sum()

    wanted = jax.grad(loss)(network.values)
    compiled = "hybridcell.simulate.kinetics.compiled"
    monkeypatch.setattr(import_module(f"{compiled}.adjoint"), "_KEPT_STEPS", 5)
    # another room is another program
    monkeypatch.setattr(import_module(f"{compiled}.integrate"), "room_for_steps", lambda rtol: 1024)
    found = jax.grad(loss)(network.values)
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-11 * np.abs(wanted).max())


def test_tight_tolerances_get_more_room() -> None:
    assert room_for_steps(1e-3) == room_for_steps(1e-6) == 8192
    assert room_for_steps(1e-8) == 32768
    assert room_for_steps(1e-10) == 65536
