"""Adaptive integration by diffrax; explicit methods run all conditions as one state matrix."""

from __future__ import annotations

from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.model import AbstractField
from hybridcell.simulate.rodas5p import Rodas5P

#: A state beyond this has diverged.
LIMIT = 1e100
IMPLICIT = ("kvaerno5", "rodas5p")


def worst_condition_norm(x: Float[Array, "c n"]) -> Float[Array, ""]:
    """Root mean square over states, then the largest over conditions, so that every condition is accurate."""
    return jnp.max(jnp.sqrt(jnp.mean(jnp.square(x), axis=-1) + jnp.finfo(x.dtype).tiny))


def make_solver(method: str) -> Any:
    """Return the diffrax solver of this name."""
    if method == "tsit5":
        return diffrax.Tsit5()
    if method == "dopri8":
        return diffrax.Dopri8()
    if method == "rodas5p":
        return Rodas5P()
    # VeryChord, diffrax's default, does not converge on stiff kinetics and rejects half of the steps
    return diffrax.Kvaerno5(root_finder=optimistix.Chord(rtol=1e-8, atol=1e-10))


def integrate(
    field: AbstractField,
    x0: Float[Array, "c n"],
    u: Float[Array, "c n"],
    *,
    t0: Any,
    ts: Float[Array, " t"],
    method: str,
    rtol: Any,
    atol: Any,
    max_steps: int,
) -> tuple[Float[Array, "t c n"], Any]:
    """Return states at `ts`, shape (T, C, n), differentiable, and whether the end was reached, () or (C,).

    Explicit methods take one step size for all conditions. Implicit ones solve each condition on its own:
    the Jacobian of all of them together would be C times as large in either direction.
    """
    if method in IMPLICIT and len(x0) > 1:

        def one(x0: Array, u: Array) -> tuple[Array, Array]:
            ys, reached = integrate(
                field,
                x0[None],
                u[None],
                t0=t0,
                ts=ts,
                method=method,
                rtol=rtol,
                atol=atol,
                max_steps=max_steps,
            )
            return ys[:, 0], reached

        return jax.vmap(one, out_axes=(1, 0))(x0, u)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, x, args: field(t, x, args)),
        make_solver(method),
        t0=t0,
        t1=ts[-1],
        dt0=None,
        y0=x0,
        args=u,
        saveat=diffrax.SaveAt(ts=ts),
        stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol, norm=worst_condition_norm),
        max_steps=max_steps,
        throw=False,
    )
    assert solution.ys is not None
    return solution.ys, solution.result == diffrax.RESULTS.successful


class _Stopping(AbstractField):
    """A field that holds a condition still once its state is beyond `LIMIT` or its rate is not a number.

    A condition that runs away would drive the common step to nothing; held still, it costs the others
    nothing.
    """

    field: AbstractField

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        rate = self.field(t, x, u)
        limit = min(LIMIT, float(jnp.finfo(x.dtype).max))
        going = (jnp.max(jnp.abs(x), axis=-1) < limit) & jnp.all(jnp.isfinite(rate), axis=-1)
        return jnp.where(going[:, None], rate, 0.0)

    @property
    def relaxation(self) -> Float[Array, " n"]:
        return self.field.relaxation


@eqx.filter_jit
def integrate_compiled(
    field: AbstractField,
    x0: ArrayLike,
    u: ArrayLike,
    t0: ArrayLike,
    ts: ArrayLike,
    method: str,
    rtol: ArrayLike,
    atol: ArrayLike,
    max_steps: int,
) -> tuple[Array, Array]:
    """Return states at `ts`, shape (T, C, n), and whether the end was reached, shape () or (C,).

    A condition whose state grows beyond `LIMIT` stays there. Numbers come as arrays, so that other
    tolerances and times are no other program.
    """
    x0, u, ts = jnp.asarray(x0), jnp.asarray(u), jnp.asarray(ts)
    held = _Stopping(field)
    return integrate(held, x0, u, t0=t0, ts=ts, method=method, rtol=rtol, atol=atol, max_steps=max_steps)
