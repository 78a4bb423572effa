"""Plain integration: stiff, non-stiff, many conditions, and what cannot be done."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hybridcell._core.errors import InvalidValueError
from hybridcell.simulate.kinetics.compiled import MESSAGES, results
from tests.simulate.kinetics.compiled.problems import BALL, ROBERTSON, ball, robertson, run
from tests.simulate.kinetics.compiled.toy import make_toy

TS = np.concatenate([[0.0], np.logspace(-4, 5, 30)])


@pytest.fixture(scope="module")
def reference():
    k = ROBERTSON

    def rhs(t, x):
        a, b, c = k[0] * x[0], k[1] * x[1] * x[2], k[2] * x[1] ** 2
        return [b - a, a - b - c, c]

    return solve_ivp(rhs, (0, 1e5), [1.0, 0.0, 0.0], method="Radau", rtol=1e-12, atol=1e-20, t_eval=TS).y.T


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_robertson_is_as_exact_as_asked(reference, rtol):
    x, _, code = run(robertson(), ROBERTSON, TS, rtol=rtol)
    assert code[0] == results.SUCCESS
    np.testing.assert_allclose(x[0], reference, rtol=10 * rtol, atol=1e-12)


def test_kvaerno_agrees(reference):
    x, _, code = run(robertson(), ROBERTSON, TS, rtol=1e-8, method="kvaerno5")
    assert code[0] == results.SUCCESS
    np.testing.assert_allclose(x[0], reference, rtol=1e-4, atol=1e-10)


@pytest.mark.parametrize("method", ["tsit5", "auto"])
def test_events_work_with_every_method(method):
    from tests.simulate.kinetics.compiled.problems import height

    ts = np.linspace(0, 2, 21)
    x, _, _ = run(ball(), BALL, ts, rtol=1e-8, method=method)
    np.testing.assert_allclose(x[0, :, 0], [height(t, *BALL) for t in ts], atol=1e-7)


def test_conditions_keep_their_own_time(reference):
    slow = np.tile(ROBERTSON, (5, 1))
    slow[1] *= 0.1
    x, _, code = run(robertson(), slow, TS, rtol=1e-8)
    assert not code.any()
    np.testing.assert_allclose(x[4], reference, rtol=1e-7, atol=1e-12)
    one, _, _ = run(robertson(), slow[1], TS, rtol=1e-8)
    np.testing.assert_allclose(x[1], one[0], rtol=1e-8, atol=1e-14)


def test_more_conditions_than_a_tile():
    p = np.tile(ROBERTSON, (40, 1))
    x, _, code = run(robertson(), p, [0.0, 1.0], rtol=1e-6)
    assert x.shape == (40, 2, 3)
    assert not code.any()
    np.testing.assert_allclose(x, np.broadcast_to(x[:1], x.shape), rtol=1e-9)


def test_one_that_explodes_leaves_the_others_alone():
    square = make_toy(lambda t, x, p, d, modes: p * x**2, lambda t, p: [1.0], 1, 1)
    x, _, code = run(square, [[1.0], [0.1]], [0.0, 0.5, 2.0])
    assert code.tolist() == [results.STEP_TOO_SMALL, results.SUCCESS]
    np.testing.assert_allclose(x[:, 1, 0], [2.0, 1 / 0.95], rtol=1e-5)
    assert np.isnan(x[0, 2, 0])
    assert len(MESSAGES) > int(code.max())


def test_too_many_steps():
    x, _, code = run(robertson(), ROBERTSON, TS, max_steps=20)
    assert code[0] == results.TOO_MANY_STEPS
    assert np.isnan(x[0, -1]).all()


def test_explicit_methods_refuse_constraints():
    from tests.simulate.kinetics.compiled.problems import CONSTRAINED, constrained

    with pytest.raises(InvalidValueError, match="algebraic"):
        run(constrained(), CONSTRAINED, [0.0, 1.0], method="tsit5")


def test_single_precision_is_refused():
    from hybridcell.simulate.kinetics.compiled import integrate_compiled
    from hybridcell.simulate.solve import Solve

    with pytest.raises(InvalidValueError, match="double"):
        integrate_compiled(
            robertson(),  # pyright: ignore
            jnp.ones((1, 3), jnp.float32),
            t0=0.0,
            ts=[0.0, 1.0],
            solve=Solve(),
            key=None,  # pyright: ignore
        )
