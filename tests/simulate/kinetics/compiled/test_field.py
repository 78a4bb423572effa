"""States by lane against lanes by state: the same equations, read along either axis."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.history import begin_history, remember
from hybridcell.simulate.kinetics.compiled.lanes import by_state
from hybridcell.simulate.kinetics.simulate import system_of
from tests.conftest import ROOT
from tests.tolerances import ANALYTIC


@eqx.filter_jit
def evaluate(field: Any, t: Any, x: Any) -> Any:
    single, columns = len(x) == 1, field.by_state(x)
    at = t[0] if single else t
    f, values, slope = field.linearized_sparsely(at, columns)
    rows = [field.by_lane(each) for each in (field.rate_by_state(at, columns), f, values, slope)]
    return rows, [field.rate(t, x), *field.linearized(t, x)]


def make(name: str, universal: bool, lanes: int) -> tuple[Field, Any, Any]:
    """Return equations, times and states; with delays, a past of two steps."""
    equations = hc.read_sbml(ROOT / "networks" / name / "model.xml").equations
    system = system_of(equations, universal=universal)
    rng = np.random.default_rng(1)
    x = np.zeros((lanes, system.n))
    x[:, : equations.n] = rng.uniform(0.1, 2.0, (lanes, equations.n))
    p = system.pad_constants(equations.values * rng.uniform(0.5, 2.0, (lanes, len(equations.values))))
    modes = rng.integers(0, 2, (lanes, system.s)).astype(float) if system.s else None
    history, t = None, jnp.zeros(lanes)
    x = jnp.asarray(x)
    if system.k:
        history, h = begin_history(t, x, 8), jnp.full(lanes, 20.0)
        for _ in range(2):
            begin = by_state(x)
            dense = jnp.asarray(rng.normal(size=(3, *begin.shape)) * 0.1)
            history = remember(history, jnp.ones(lanes, bool), t, h, begin, begin * 1.1, dense)
            t, x = t + h, x * 1.1
    return Field(system, jnp.asarray(p), modes, history), t, x  # pyright: ignore[reportArgumentType]


#: Universal programs of networks with delays are the largest.
WHICH = [
    pytest.param(
        name, universal, marks=[pytest.mark.suite] if (name, universal) == ("jak_stat", True) else []
    )
    for name in ("mapk_cascade", "toggle_switch", "jak_stat")
    for universal in (True, False)
]


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize(("name", "universal"), WHICH)
def test_by_state_and_by_lane_agree(name: str, universal: bool, lanes: int) -> None:
    field, t, x = make(name, universal, lanes)
    (rate, f, values, slope), (rate_, f_, jacobian, slope_) = evaluate(field, t, x)
    assert np.any(np.asarray(rate_))
    assert np.any(np.asarray(slope_)) or name != "jak_stat"
    np.testing.assert_allclose(rate, rate_, **ANALYTIC)
    np.testing.assert_allclose(f, f_, **ANALYTIC)
    np.testing.assert_allclose(slope, slope_, **ANALYTIC)
    flat = jnp.pad(jacobian.reshape(lanes, -1), ((0, 0), (0, 1)))
    np.testing.assert_allclose(values, flat[:, field.system.elimination.places], **ANALYTIC)


def test_turned_and_turned_back() -> None:
    for lanes in (1, 3):
        field, _, x = make("mapk_cascade", True, lanes)
        columns = field.by_state(x)
        assert columns is not None
        assert columns.shape == ((field.system.n,) if lanes == 1 else (field.system.n, 3))
        np.testing.assert_array_equal(field.by_lane(columns), x)
        np.testing.assert_array_equal(field.by_lane(jnp.stack([columns] * 2)), jnp.stack([x] * 2))


def test_derivatives_pass_through_the_past() -> None:
    field, t, x = make("jak_stat", False, 3)
    h = 1e-5
    slope = evaluate(field, t, x)[0][3]
    later, earlier = (jax.jit(Field.rate)(field, t + d, x) for d in (h, -h))
    np.testing.assert_allclose(slope, (later - earlier) / (2 * h), rtol=1e-5, atol=1e-8)
