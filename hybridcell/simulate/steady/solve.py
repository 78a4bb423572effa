"""Steady states with a certificate: the cheap method first, dearer ones for the conditions that need them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractField, AbstractModel, make_field
from hybridcell.simulate.integrate import integrate_conditions
from hybridcell.simulate.solve import GAVE_UP, Solve
from hybridcell.simulate.steady.fixed_point import iterate, relaxed_rate, residual_norm
from hybridcell.simulate.steady.linearization import are_stable, chord, newton, relaxed_jacobians
from hybridcell.simulate.steady.verdict import LATE, verdict
from hybridcell.simulate.tiles import in_tiles

_FIXED_POINT_STEPS = 300
_CHORD_STEPS = 60
_NEWTON_STEPS = 25
#: Times, in units of the slowest relaxation 1 / min(alpha), of the warm start and of the last resort.
_SHORT, _LONG = 5.0, 400.0
#: Ratio of relaxation rates from which "auto" integrates by an implicit method.
_STIFF = 300.0


@dataclass(frozen=True, eq=False)
class SteadyState:
    """Steady states of many conditions, each with its certificate.

    Attributes
    ----------
    x : ndarray, shape (C, n)
        States; where `success` is False the last state reached, NaN where that was lost.
    residual : ndarray, shape (C,)
        Largest |dx/dt| / alpha; infinite where the state was lost.
    stable : ndarray of bool, shape (C,)
        Whether all eigenvalues of the Jacobian have negative real parts.
    method : tuple of str, length C
        "fixed point", "chord", "newton" or "integration".
    success : ndarray of bool, shape (C,)
        Residual below tolerance and stable.
    flag : tuple of str, length C
        "" or what went wrong: "unstable", "oscillating", "diverged", "not settled".
    """

    x: Float[np.ndarray, "c n"]
    residual: np.ndarray
    stable: np.ndarray
    method: tuple[str, ...]
    success: np.ndarray
    flag: tuple[str, ...]


@eqx.filter_jit
def _iterate(field: AbstractField, u: Array, x0: Array, n: int, tol: Array) -> tuple[Array, Array]:
    x = iterate(field, u, x0, n_iterations=n, tol=tol)
    return x, residual_norm(field, x, u)


_residual = eqx.filter_jit(residual_norm)


@eqx.filter_jit
def _late_rates(field: AbstractField, u: Array, x: Array) -> Array:
    """Return the relaxed rates of states (C, T, n)."""
    return jax.vmap(lambda y: relaxed_rate(field, y, u), in_axes=1, out_axes=1)(x)


class _Search:
    """The state of one search: where each condition stands, and by which method it got there."""

    def __init__(self, field: AbstractField, u: np.ndarray, start: np.ndarray, solve: Solve):
        self.field, self.u, self.start, self.solve, self.tol = field, u, start, solve, solve.steadiness
        self.x = start.copy()
        self.residual = np.full(len(u), np.inf)
        self.method = ["fixed point"] * len(u)
        self.flag = [""] * len(u)

    @property
    def settled(self) -> np.ndarray:
        return self.residual <= self.tol

    def map(self, fn: Any, rows: np.ndarray, x: np.ndarray, *extra: Any) -> list[np.ndarray]:
        """Apply fn(field, u, x, *extra) to tiles of rows."""

        def run(u: np.ndarray, x: np.ndarray) -> Any:
            out = fn(self.field, u, x, *extra)
            return out if isinstance(out, tuple) else (out,)

        return in_tiles(run, self.u[rows], x)

    def accept(self, rows: np.ndarray, x: np.ndarray, method: str) -> None:
        """Take over new states where they are steady."""
        (residual,) = self.map(lambda field, u, x: _residual(field, x, u), rows, x)
        good = residual <= self.tol
        self.x[rows[good]], self.residual[rows[good]] = x[good], residual[good]
        for row in rows[good]:
            self.method[row] = method


def solve_steady_state(
    model: AbstractModel,
    u: Float[np.ndarray, "c n"],
    *,
    x0: Float[np.ndarray, "c n"] | None = None,
    solve: Solve | None = None,
    certify: bool = True,
) -> SteadyState:
    """Find the steady state of each condition; see `steady_state` for the words.

    With method "auto": damped fixed-point iteration from x0; for conditions that it does not settle, a short
    integration as warm start, then chord iteration with one shared inverse, then Newton, and integration to
    the end where no root was found or the root found is unstable. Any other method integrates.

    Parameters
    ----------
    u : ndarray, shape (C, n)
        Inputs on nodes, as from ``model.inputs(conditions)``.
    x0 : ndarray, shape (C, n), optional
        Where to start; default the initial state.
    certify : bool
        Compute stability of all states. Screens of many thousand conditions can leave it out for states that
        the fixed-point iteration found: where it converges, the state is stable as far as its map tells.

    Raises
    ------
    InvalidValueError
        If `u` or `x0` are no numbers of this shape, or of different numbers of conditions.
    """
    solve = Solve() if solve is None else solve
    given: Any = _table("u", u, model)
    start = np.array(model.initial_state(given) if x0 is None else _table("x0", x0, model), dtype=float)
    if start.shape != given.shape:
        raise InvalidValueError(
            f"x0 has {len(start)} rows and u has {len(given)}; wanted a start for each condition. Repeat it: "
            "np.repeat(x0, len(u), axis=0)."
        )
    search = _Search(make_field(model), given, start, solve)
    everything = np.arange(len(given))
    if not len(given):
        pass
    elif solve.method == "auto" and solve.backend == "jax" and solve.dt is None:
        x, residual = search.map(_iterate, everything, start, _FIXED_POINT_STEPS, np.asarray(search.tol))
        found = residual <= search.tol
        search.x[found], search.residual[found] = x[found], residual[found]
        if not found.all():
            _warm_chord_newton(search, np.flatnonzero(~found))
        _integrate(search, np.flatnonzero(~(search.settled & _stability(search, certify))))
    else:
        _integrate(search, everything)
    stable = _stability(search, certify)
    for row in np.flatnonzero(search.settled):
        search.flag[row] = "" if stable[row] else "unstable"
    return SteadyState(
        x=search.x,
        residual=search.residual,
        stable=stable,
        method=tuple(search.method),
        success=search.settled & stable,
        flag=tuple(search.flag),
    )


def _table(name: str, given: Any, model: AbstractModel) -> Float[np.ndarray, "c n"]:
    """Return numbers, conditions x nodes, that somebody gave."""
    wanted = f"wanted numbers of the shape (conditions, {model.n}), as model.inputs(conditions) returns them"
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidValueError(f"{name} is a {type(given).__name__} ({error}); {wanted}.") from None
    if found.ndim != 2 or found.shape[1] != model.n:
        hint = ""
        if found.shape == (model.n,):
            hint = f" Give one condition as {name}[None]."
        elif found.ndim == 2 and found.shape[0] == model.n:
            hint = f" Transpose it: {name}.T."
        raise InvalidValueError(f"{name} has the shape {found.shape}; {wanted}.{hint}")
    return found


def _warm_chord_newton(search: _Search, rows: np.ndarray) -> None:
    warm = _late_states(search, rows, _SHORT)[0][:, -1]
    finite = np.isfinite(warm).all(axis=1)
    rows, warm = rows[finite], warm[finite]
    if not rows.size:
        return
    # the median, because one condition that runs away would move the mean to nowhere
    center, u_center = np.median(warm, axis=0), np.median(search.u[rows], axis=0)
    (x,) = search.map(chord, rows, warm, center, u_center, _CHORD_STEPS, np.asarray(search.tol))
    search.accept(rows, x, "chord")
    left = ~search.settled[rows]
    if left.any():
        (x,) = search.map(newton, rows[left], warm[left], _NEWTON_STEPS)
        search.accept(rows[left], x, "newton")


def _late_states(search: _Search, rows: np.ndarray, spans: float) -> tuple[np.ndarray, list[str]]:
    """Integrate for `spans` relaxation times of the slowest state; return states (C, T, n) at late times."""
    relaxation, solve = np.asarray(search.field.relaxation), search.solve
    t1 = spans / float(relaxation.min())
    if solve.is_fixed_step:
        t1 = min(t1, solve.step * (solve.max_steps - 1))
    elif solve.method == "auto" and relaxation.max() > _STIFF * relaxation.min():
        solve = replace(solve, method="kvaerno5")
    return integrate_conditions(
        search.field, search.start[rows], search.u[rows], t0=0.0, ts=t1 * LATE, solve=solve
    )


def _integrate(search: _Search, rows: np.ndarray) -> None:
    """Integrate, and polish the end by Newton: integrators stop at their tolerance, not at the root."""
    if not rows.size:
        return
    late, results = _late_states(search, rows, _LONG)
    (rates,) = search.map(_late_rates, rows, late)
    search.x[rows] = late[:, -1]
    search.residual[rows] = np.nan_to_num(np.abs(rates[:, -1]).max(axis=1), nan=np.inf)
    for row, x, rate, result in zip(rows, late, rates, results):
        search.method[row] = "integration"
        search.flag[row] = "not settled" if result == GAVE_UP else verdict(x, rate)
    near = rows[~search.settled[rows] & (search.residual[rows] < 1e-3)]
    if near.size:
        (polished,) = search.map(newton, near, search.x[near], 4)
        close = np.max(np.abs(polished - search.x[near]), axis=1) < 0.05
        if close.any():
            search.accept(near[close], polished[close], "integration")


def _stability(search: _Search, certify: bool) -> np.ndarray:
    """Return whether each settled state is stable."""
    stable = search.settled
    doubtful = stable if certify else stable & (np.array(search.method) != "fixed point")
    rows = np.flatnonzero(doubtful)
    if rows.size:
        relaxation = np.asarray(search.field.relaxation)

        def judge(field: AbstractField, u: Array, x: Array) -> tuple[np.ndarray]:
            return (are_stable(np.asarray(relaxed_jacobians(field, x, u)), relaxation),)

        stable[rows] = search.map(judge, rows, search.x[rows])[0]
    return stable
