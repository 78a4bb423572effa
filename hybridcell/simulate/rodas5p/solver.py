"""Rodas5P for diffrax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

from hybridcell.simulate.rodas5p.linear import prepare
from hybridcell.simulate.rodas5p.step import interpolate, rosenbrock_step


class Rodas5PInterpolation(diffrax.AbstractLocalInterpolation):
    """State within a step, of order four.

    Attributes
    ----------
    y0, y1 : PyTree
        At the ends of the step.
    dense : PyTree
        As y0, with an axis of three in front.
    """

    t0: Any
    t1: Any
    y0: PyTree
    y1: PyTree
    dense: PyTree

    def evaluate(self, t0: Any, t1: Any = None, left: bool = True) -> PyTree:
        """Return the state at t0, or the difference between the states at t1 and t0."""
        del left
        if t1 is not None:
            before, after = self.evaluate(t0), self.evaluate(t1)
            return jax.tree.map(lambda a, b: b - a, before, after)
        span = self.t1 - self.t0
        share = jnp.where(span == 0, 0.0, (t0 - self.t0) / jnp.where(span == 0, 1.0, span))
        return jax.tree.map(lambda y0, y1, d: interpolate(y0, y1, d, share), self.y0, self.y1, self.dense)


class Rodas5P(diffrax.AbstractAdaptiveSolver):
    """Rosenbrock method of order five, for stiff equations: a Jacobian, a factorization, eight solves a step.

    L-stable, stiffly accurate, with an error estimate of order four and dense output of order four. With a
    singular mass matrix it integrates equations with constraints of index one, if the start satisfies them.

    Parameters
    ----------
    jacobian : callable, optional
        (t, y, args) -> (n, n), for y flattened. Default: forward-mode differentiation of the vector field.
    mass : (n, n) array, optional
        M in M dy/dt = f(t, y), for y flattened. Default: the identity.

    Examples
    --------
    >>> import diffrax
    >>> import jax.numpy as jnp
    >>> from hybridcell.simulate.rodas5p import Rodas5P
    >>> decay = diffrax.ODETerm(lambda t, y, args: -1000.0 * (y - jnp.cos(t)))
    >>> solution = diffrax.diffeqsolve(
    ...     decay, Rodas5P(), t0=0.0, t1=1.0, dt0=None, y0=jnp.array([0.0]),
    ...     stepsize_controller=diffrax.PIDController(rtol=1e-8, atol=1e-10),
    ... )
    >>> round(float(solution.ys[0, 0]), 4)
    0.5411

    References
    ----------
    Steinebach (2023), BIT Numerical Mathematics 63, 27.
    """

    jacobian: Callable[[Any, PyTree, PyTree], Float[Array, "n n"]] | None = eqx.field(
        static=True, default=None
    )
    mass: Float[Array, "n n"] | None = None

    term_structure: ClassVar = diffrax.AbstractTerm
    interpolation_cls: ClassVar[Callable[..., Rodas5PInterpolation]] = Rodas5PInterpolation

    def order(self, terms: PyTree) -> int:
        """See `diffrax.AbstractSolver`."""
        return 5

    def error_order(self, terms: PyTree) -> float:
        """See `diffrax.AbstractSolver`."""
        return 5.0

    def init(self, terms: Any, t0: Any, t1: Any, y0: PyTree, args: PyTree) -> None:
        """See `diffrax.AbstractSolver`."""
        return None

    def func(self, terms: Any, t0: Any, y0: PyTree, args: PyTree) -> PyTree:
        """See `diffrax.AbstractSolver`."""
        return terms.vf(t0, y0, args)

    def step(
        self, terms: Any, t0: Any, t1: Any, y0: PyTree, args: PyTree, solver_state: None, made_jump: Any
    ) -> tuple[PyTree, PyTree, dict[str, PyTree], None, Any]:
        """See `diffrax.AbstractSolver`."""
        del solver_state, made_jump
        h = terms.contr(t0, t1)
        # diffrax asks for empty steps once it is done; 1/h must not poison their derivatives
        h = jnp.where(h == 0, 1.0, h)
        x0, unravel = ravel_pytree(y0)

        def rate(t: Array, x: Array) -> Array:
            return ravel_pytree(terms.vf(t, unravel(x), args))[0]

        t0 = jnp.asarray(t0, x0.dtype)
        f, slope = jax.jvp(lambda t: rate(t, x0), (t0,), (jnp.ones_like(t0),))
        if self.jacobian is None:
            jacobian = jax.jacfwd(lambda x: rate(t0, x))(x0)
        else:
            jacobian = self.jacobian(t0, y0, args)
        prepared = prepare("lapack", jacobian, self.mass, h)
        made = rosenbrock_step(rate, (f, slope), prepared, self.mass, t0, x0, h)
        y1 = unravel(made.x)
        dense_info = {"y0": y0, "y1": y1, "dense": jax.vmap(unravel)(made.dense)}
        return y1, unravel(made.error), dense_info, None, diffrax.RESULTS.successful
