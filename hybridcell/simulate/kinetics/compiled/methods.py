"""The methods: each takes all lanes one step of a given size and leaves what lies in between.

What it leaves stands by state, (n, *c): so a processor works on many lanes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import diffrax
import jax.numpy as jnp
import optimistix
from jaxtyping import Array

from hybridcell._core.compiler import loops_are_whole
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.gather import sum_by_walking
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.lanes import over_lanes
from hybridcell.simulate.rodas5p import linear, sparse
from hybridcell.simulate.rodas5p.linear import choose_kind
from hybridcell.simulate.rodas5p.step import Step, rosenbrock_step
from hybridcell.simulate.solve import Solve

Advance = Callable[[Field, Array, Array, Array], Step]

METHODS = ("rodas5p", "kvaerno5", "tsit5")
#: The interpolant of every method is a polynomial of degree four at most: these shares of a step fix it.
_INNER = (0.25, 0.5, 0.75)


def choose_method(solve: Solve) -> str:
    """Return the method that settings stand for ("auto": Rodas5P, which stiffness does not trouble)."""
    if solve.method == "auto" and solve.dt is None:
        return "rodas5p"
    name = solve.resolved_method
    if name not in METHODS:
        fixed = f", and dt is {solve.dt}, which means fixed steps" if solve.dt is not None else ""
        raise InvalidValueError(
            f"Solve.method is {solve.method!r}{fixed}; with backend='jax' reaction networks are integrated "
            f"by one of {', '.join(METHODS)}, or 'auto', without dt. backend='numpy' has fixed steps, too."
        )
    return name


def make_method(name: str, system: System, lanes: int, *, forward_mode: bool) -> Advance:
    """Return the function (field, t, x, h) -> Step of a method, for this many lanes.

    What need not be differentiated in forward mode eliminates by the pattern of the network, where that is
    faster.
    """
    if name == "rodas5p":
        usable = not forward_mode and system.mass is None and loops_are_whole()
        kind = choose_kind(lanes, system.n, constrained=system.mass is not None)
        return _rodas5p(system, system.elimination if usable else None, kind)
    if system.mass is not None or system.k > 0:
        what = "algebraic constraints" if system.mass is not None else "delays"
        raise InvalidValueError(
            f"Solve.method is {name!r}, but the network has {what}; take 'rodas5p' (or 'auto')."
        )
    solver: Any
    if name == "tsit5":
        solver = diffrax.Tsit5()
    else:
        solver = diffrax.Kvaerno5(root_finder=optimistix.Chord(rtol=1e-10, atol=1e-12))
    return _by_diffrax(solver)


def _rodas5p(system: System, elimination: Elimination | None, kind: str) -> Advance:
    """Use Rodas5P with an elimination, or with a kind of dense linear algebra."""

    def advance(field: Field, t: Array, x: Array, h: Array) -> Step:
        single, columns = len(x) == 1, field.by_state(x)
        at, size = (t[0], h[0]) if single else (t, h)
        with nullcontext() if elimination is None else sum_by_walking():
            if elimination is not None:
                f, jacobian, slope = field.linearized_sparsely(at, columns)
                prepared: tuple[Any, Any] = sparse.prepare(elimination, jacobian, size)
            else:
                f, jacobian, slope = field.linearized(t, x)
                f, slope = field.by_state(f), field.by_state(slope)
                prepared = linear.prepare(kind, jacobian[0] if single else jacobian, system.mass, size)
            return rosenbrock_step(field.rate_by_state, (f, slope), prepared, system.mass, at, columns, size)

    return advance


def _by_diffrax(solver: Any) -> Advance:
    """Use one step of a diffrax solver, started afresh each time: a step depends on nothing before it."""

    def advance(field: Field, t: Array, x: Array, h: Array) -> Step:
        def one(t: Array, x: Array, h: Array, p: Array, modes: Any) -> tuple[Array, Array, Array]:
            def rate(t: Any, x: Any, args: Any) -> Array:
                return field.system.rhs(t, x, p, None, modes)

            terms = diffrax.ODETerm(rate)
            begun = solver.init(terms, t, t + h, x, None)
            x1, error, info, _, result = solver.step(terms, t, t + h, x, None, begun, made_jump=False)
            error = jnp.where(result == diffrax.RESULTS.successful, error, jnp.nan)
            inside = solver.interpolation_cls(t0=t, t1=t + h, **info)
            return x1, error, _quartic(x, x1, [inside.evaluate(t + s * h) for s in _INNER])

        x1, error, dense = over_lanes(one)(t, x, h, field.p, field.modes)
        dense = jnp.stack([field.by_state(dense[:, i]) for i in range(len(_INNER))])
        return Step(field.by_state(x1), field.by_state(error), dense)

    return advance


def _quartic(x0: Array, x1: Array, inner: list[Array]) -> Array:
    """Return the d of x0 (1 - s) + s (x1 + (1 - s) (d0 + s (d1 + s d2))) through three points inside."""
    found = jnp.stack([((x - (1 - s) * x0) / s - x1) / (1 - s) for s, x in zip(_INNER, inner, strict=True)])
    powers = jnp.vander(jnp.asarray(_INNER, x0.dtype), 3, increasing=True)
    return jnp.linalg.solve(powers, found)
