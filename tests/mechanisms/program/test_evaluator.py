"""Derivatives at the places of a pattern against dense ones, one condition against several side by side."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.simulate.kinetics.simulate import system_of
from tests.conftest import ROOT
from tests.tolerances import ANALYTIC

LANES = 3
#: Michaelis-Menten; switches in the rates; a delay; Hill functions.
NETWORKS = ("mapk_cascade", "toggle_switch", "jak_stat", "repressilator")


@eqx.filter_jit
def dense(system: Any, *given: Any) -> Any:
    return system.linearized(*given)


@eqx.filter_jit
def sparse(system: Any, *given: Any) -> Any:
    return system.linearized_sparsely(*given)


@eqx.filter_jit
def rhs(system: Any, *given: Any) -> Any:
    return system.rhs(*given)


@pytest.fixture(scope="module", params=[(name, kind) for name in NETWORKS for kind in (True, False)], ids=str)
def case(request: Any) -> tuple[Any, list[np.ndarray]]:
    """Return a system and random t, x, p, delayed and modes, lanes last."""
    name, universal = request.param
    equations = hc.read_sbml(ROOT / "networks" / name / "model.xml").equations
    system = system_of(equations, universal=universal)
    rng = np.random.default_rng(0)
    x = np.zeros((system.n, LANES))
    x[: equations.n] = rng.uniform(0.1, 2.0, (equations.n, LANES))
    p = np.asarray(
        system.pad_constants(equations.values * rng.uniform(0.5, 2.0, (LANES, len(equations.values))))
    ).T
    given = [np.array([0.5, 1.0, 1500.0]), x, p, rng.uniform(0, 1, (system.k, LANES))]
    return system, [*given, rng.integers(0, 2, (system.s, LANES)).astype(float)]


def lane(given: list[np.ndarray], i: int) -> list[np.ndarray]:
    return [each[..., i] for each in given]


def test_the_pattern_holds_all_of_the_jacobian(case: Any) -> None:
    system, given = case
    n, places = system.n, np.asarray(system.elimination.places)
    for i in range(LANES):
        f, jacobian, slope = map(np.asarray, dense(system, *lane(given, i)))
        assert np.any(jacobian)
        found = sparse(system, *lane(given, i))
        np.testing.assert_allclose(found[0], f, **ANALYTIC)
        np.testing.assert_allclose(found[1], np.append(jacobian, 0.0)[places], **ANALYTIC)
        np.testing.assert_allclose(found[2], slope, **ANALYTIC)
        elsewhere = np.delete(jacobian.ravel(), places[places < n * n])
        np.testing.assert_array_equal(elsewhere, 0.0)


def test_lanes_side_by_side_are_lanes_one_by_one(case: Any) -> None:
    system, given = case
    for function in (rhs, sparse, dense):
        one_by_one = [function(system, *lane(given, i)) for i in range(LANES)]
        wanted = jax.tree.map(lambda *parts: np.stack(parts, axis=-1), *one_by_one)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, **ANALYTIC), function(system, *given), wanted
        )
