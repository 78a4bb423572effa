from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.rodas5p import linear
from hybridcell.simulate.rodas5p.step import rosenbrock_step
from hybridcell.simulate.rodas5p.undo import Equations, Terms, undo_step

N, M = 4, 3


def rate(t: Any, x: Any, p: Any) -> Any:
    """Return a rate, not linear in anything, of one condition."""
    return jnp.stack(
        [
            -p[0] * x[0] * x[1],
            x[2] ** 2 / (p[1] + x[1]),
            jnp.sin(p[2] * t) * x[3] - x[2],
            jnp.exp(-p[1] * x[0]),
        ]
    )


def over_lanes(function: Any, single: bool) -> Any:
    return function if single else jax.vmap(function, in_axes=-1, out_axes=-1)


def equations(single: bool) -> Equations:
    def linearized(t: Any, x: Any, p: Any) -> Any:
        jacobian = over_lanes(jax.jacfwd(rate, 1), single)(t, x, p)
        jacobian = jacobian if single else jnp.moveaxis(jacobian, -1, 0)
        return over_lanes(rate, single)(t, x, p), jacobian, over_lanes(jax.jacfwd(rate, 0), single)(t, x, p)

    return Equations(
        rate=over_lanes(rate, single),
        linearized=linearized,
        prepare=lambda jacobian, h: linear.prepare("lapack", jacobian, None, h),
        solve_transposed=partial(linear.solve_transposed, "lapack"),
        multiply=lambda left, right: jnp.einsum("in...,im...->...nm", left, right),
    )


def side_by_side() -> Equations:
    """Return what knows the terms, each rate of its own, with lanes in the last axis of everything."""
    one, many = equations(single=True), equations(single=False)

    def rates(t: Any, x: Any, p: Any) -> Any:
        return (one if x.ndim == 1 else many).rate(t, x, p)

    def linearized(t: Any, x: Any, p: Any) -> Any:
        f, jacobian, _ = many.linearized(t, x, p)
        # a term is half of a rate
        return 0.5 * f, 0.5 * jnp.moveaxis(jacobian, 0, -1)

    terms = Terms(linearized, lambda left: 2.0 * left, lambda slopes, to_terms: slopes.T @ to_terms)
    return one._replace(rate=rates, terms=terms)


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize(
    ("made", "lanes"),
    [(equations(single=True), ()), (equations(single=False), (3,)), (side_by_side(), ())],
    ids=["alone", "lanes", "stages side by side"],
)
def test_a_step_is_undone_as_reverse_mode_does(made: Equations, lanes: tuple[int, ...], keeps: bool) -> None:
    rng = np.random.default_rng(0)
    t, h, x, p, to_end, to_dense = (
        jnp.asarray(rng.uniform(0.5, 1.5, (*shape, *lanes))) for shape in ((), (), (N,), (M,), (N,), (3, N))
    )

    def step(x: Any, p: Any) -> Any:
        f, jacobian, slope = made.linearized(t, x, p)
        prepared = made.prepare(jacobian, h)
        return rosenbrock_step(lambda t, x: made.rate(t, x, p), (f, slope), prepared, None, t, x, h)

    def left(x: Any, p: Any) -> Any:
        made = step(x, p)
        return made.x, made.dense

    @jax.jit
    def both() -> Any:
        kept = step(x, p).kept
        assert kept is not None
        given = (lambda again: kept,) if keeps else ()
        found = undo_step(made, t, x, p, h, to_end, to_dense, *given)
        return found, jax.vjp(left, x, p)[1]((to_end, to_dense))

    found, wanted = both()
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12 * float(jnp.abs(other).max()))
