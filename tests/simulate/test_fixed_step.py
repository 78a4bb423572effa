import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import make_field
from hybridcell.data import as_conditions
from hybridcell.simulate.fixed_step import STEPPERS, count_steps, final_state, grid_places

ORDER = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}


@pytest.mark.parametrize("method", ORDER)
def test_error_falls_with_the_order_of_the_method(method, linear, doses, exact):
    u = linear.inputs(as_conditions(doses))
    errors = []
    for dt in (0.2, 0.1, 0.05):
        solve = hc.Solve(method=method, dt=dt, backend="numpy")
        found = hc.simulate(linear, t1=4.0, ts=[2.0, 4.0], conditions=doses, solve=solve)
        errors.append(np.abs(np.asarray(found.values) - exact(linear, u, [2.0, 4.0])).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, ORDER[method], atol=0.2)


@pytest.mark.parametrize("method", ORDER)
def test_both_backends_take_the_same_steps(method, saturating, doses):
    ts = [0.0, 0.1, 0.77, 3.0, 3.05]
    runs = [
        hc.simulate(
            saturating, t1=5.0, ts=ts, conditions=doses, solve=hc.Solve(method=method, dt=0.1, backend=b)
        )
        for b in ("jax", "numpy")
    ]
    np.testing.assert_allclose(runs[0].values, runs[1].values, rtol=0, atol=1e-14)
    assert runs[0].method == runs[1].method == method


def test_each_method_takes_its_textbook_step():
    f = lambda t, x: -(x**2) + t  # noqa: E731
    x, t, h = 0.7, 0.3, 0.1
    k1 = f(t, x)
    k2 = f(t + h / 2, x + h / 2 * k1)
    k3 = f(t + h / 2, x + h / 2 * k2)
    k4 = f(t + h, x + h * k3)
    wanted = {
        "euler": x + h * k1,
        "midpoint": x + h * k2,
        "heun": x + h / 2 * (k1 + f(t + h, x + h * k1)),
        "rk4": x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4),
    }
    for name, step in STEPPERS.items():
        assert step(f, t, x, h) == pytest.approx(wanted[name], rel=1e-15)


def test_times_off_the_grid_are_interpolated_to_fourth_order(linear, doses):
    solve = hc.Solve(method="rk4", dt=0.1, backend="numpy")
    fine = hc.Solve(method="rk4", dt=0.0125, backend="numpy")
    ts = [0.05, 0.175, 1.9125]
    coarse = hc.simulate(linear, t1=2.0, ts=ts, conditions=doses, solve=solve)
    close = hc.simulate(linear, t1=2.0, ts=ts, conditions=doses, solve=fine)
    np.testing.assert_allclose(coarse.values, close.values, atol=3e-6)
    assert np.abs(np.asarray(coarse.values) - np.asarray(close.values)).max() > 1e-10


def test_times_on_the_grid_do_not_depend_on_the_others(saturating, doses):
    solve = hc.Solve(method="heun", dt=0.1)
    alone = hc.simulate(saturating, t1=5.0, ts=[3.0], conditions=doses, solve=solve)
    among = hc.simulate(saturating, t1=5.0, ts=[0.0, 0.33, 3.0], conditions=doses, solve=solve)
    np.testing.assert_allclose(alone.values[:, 0], among.values[:, 2], rtol=0, atol=1e-15)


def test_start_may_be_other_than_zero(linear, doses):
    solve = hc.Solve(method="rk4", dt=0.1, backend="numpy")
    late = hc.simulate(linear, t0=3.0, t1=5.0, conditions=doses, solve=solve, n_points=5)
    early = hc.simulate(linear, t0=0.0, t1=2.0, conditions=doses, solve=solve, n_points=5)
    np.testing.assert_allclose(late.values, early.values, rtol=1e-12)
    assert late.ts[0] == 3.0


def test_grid_places_put_times_on_the_grid_despite_rounding():
    left, share = grid_places(np.array([0.0, 0.1 * 3, 0.25, 40.0]), 0.0, 0.1)
    assert left.tolist() == [0, 3, 2, 400]
    np.testing.assert_allclose(share, [0, 0, 0.5, 0], atol=1e-12)
    assert count_steps(0.0, 40.0, 0.1) == 400
    assert count_steps(0.0, 40.01, 0.1) == 401


@pytest.mark.parametrize(("n_steps", "room"), [(7, 64e6), (53, 100)])
def test_final_state_has_the_gradient_of_the_plain_loop(n_steps, room, saturating, doses, monkeypatch):
    monkeypatch.setattr(sys.modules[final_state.__module__], "_ROOM", room)
    field = make_field(saturating)
    u = jnp.asarray(saturating.inputs(as_conditions(doses)))
    x0 = 0.1 * jnp.ones_like(u)

    def stored(field, u):
        return jnp.sum(jnp.sin(final_state(field, x0, u, n_steps=n_steps, dt=0.1)))

    def plain(field, u):
        step = lambda k, x: STEPPERS["heun"](lambda t, y: field(t, y, u), k * 0.1, x, 0.1)  # noqa: E731
        return jnp.sum(jnp.sin(jax.lax.fori_loop(0, n_steps, step, x0)))

    weighted = lambda fn: lambda w, u: fn(eqx.tree_at(lambda f: f.weights, field, w), u)  # noqa: E731
    value, slopes = jax.jit(jax.value_and_grad(weighted(stored), argnums=(0, 1)))(field.weights, u)
    wanted, wanted_slopes = jax.jit(jax.value_and_grad(weighted(plain), argnums=(0, 1)))(field.weights, u)
    assert float(value) == pytest.approx(float(wanted), rel=1e-13)
    for one, other in zip(slopes, wanted_slopes):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("dtype", "times"), [("float64", 2), ("float32", 1)])
def test_single_precision_makes_no_tanh_twice(dtype, times):
    model = hc.CellBox(["a", "b"], ["protein"] * 2, [[0, 0.5], [0.3, 0]])
    field = jax.tree.map(lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, model.field())
    u = jnp.full((2, 2), 0.1, dtype)

    def reached(weights):
        end = final_state(eqx.tree_at(lambda f: f.weights, field, weights), 0 * u, u, n_steps=5, dt=0.1)
        return jnp.sum(end**2)

    made = str(jax.make_jaxpr(jax.grad(reached))(field.weights)).count("tanh ")
    assert made == times * str(jax.make_jaxpr(reached)(field.weights)).count("tanh ") > 0
    step = jnp.asarray([[0, 1e-2], [0, 0]], dtype)
    slope = (reached(field.weights + step) - reached(field.weights - step)) / 2e-2
    np.testing.assert_allclose(jax.grad(reached)(field.weights)[0, 1], slope, rtol=1e-2)


def test_too_many_steps_are_refused_with_the_count(linear):
    with pytest.raises(InvalidValueError, match=r"10,000,000 steps; Solve\.max_steps"):
        hc.simulate(linear, t1=1e6, solve=hc.Solve(dt=0.1))
