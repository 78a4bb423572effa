"""Steady states with a certificate: the cheap method first, dearer ones for the conditions that need them."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractField, AbstractModel, make_field
from hybridcell._core.padding import pad_rows
from hybridcell.simulate.adaptive import integrate_compiled
from hybridcell.simulate.fixed_step import fixed_step_trajectory
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.fixed_point import iterate, residual_norm
from hybridcell.simulate.steady.linearization import chord, is_stable, newton, relaxed_jacobians

_FIXED_POINT_STEPS = 300
_CHORD_STEPS = 60
_NEWTON_STEPS = 25
#: Times, in units of the slowest relaxation 1 / min(alpha), of the warm start and of the last resort.
_SHORT, _LONG = 5.0, 400.0


@dataclass(frozen=True, eq=False)
class SteadyState:
    """Steady states of many conditions, each with its certificate.

    Attributes
    ----------
    x : ndarray, shape (C, n)
        States; the last state reached where `success` is False.
    residual : ndarray, shape (C,)
        Largest |dx/dt| / alpha.
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
def _iterate(field: AbstractField, u: Array, x0: Array, n: int, tol: float) -> tuple[Array, Array]:
    x = iterate(field, u, x0, n_iterations=n, tol=tol)
    return x, residual_norm(field, x, u)


_residual = eqx.filter_jit(residual_norm)


class _Search:
    """The state of one search: where each condition stands, and by which method it got there."""

    def __init__(self, field: AbstractField, u: np.ndarray, x0: np.ndarray, tol: float):
        self.field, self.u, self.tol = field, u, tol
        self.x = x0.copy()
        self.residual = np.full(len(u), np.inf)
        self.method = ["fixed point"] * len(u)

    @property
    def open(self) -> np.ndarray:
        return np.flatnonzero(~(self.residual <= self.tol))

    def accept(self, rows: np.ndarray, x: np.ndarray, method: str, *, keep_failed: bool = False) -> None:
        """Take over new states where they are steady (or, with keep_failed, wherever they are finite)."""
        residual = np.asarray(_residual(self.field, pad_rows(x), pad_rows(self.u[rows])))
        for row, value, r in zip(rows, x, residual):
            if r <= self.tol or (keep_failed and np.isfinite(value).all()):
                self.x[row], self.residual[row], self.method[row] = value, r, method


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
        Compute stability. Screens of many thousand conditions can leave it out: a state that the
        fixed-point iteration found is stable anyway.
    """
    solve = Solve() if solve is None else solve
    u = np.asarray(u, dtype=float)
    field = make_field(model)
    start = np.asarray(model.initial_state(u)) if x0 is None else np.asarray(x0, dtype=float)
    search = _Search(field, u, start, solve.steadiness)
    if solve.method == "auto" and solve.backend == "jax" and solve.dt is None:
        x, r = _iterate(field, pad_rows(u), pad_rows(start), _FIXED_POINT_STEPS, solve.steadiness)
        x, r = np.asarray(x)[: len(u)], np.asarray(r)[: len(u)]
        found = r <= solve.steadiness
        search.x[found], search.residual[found] = x[found], r[found]
        if search.open.size:
            _warm_chord_newton(search, start, solve)
        stable = _stability(search, certify)
        _integrate(search, np.flatnonzero(~(search.residual <= search.tol) | ~stable), start, solve)
    else:
        _integrate(search, np.arange(len(u)), start, solve)
    stable = _stability(search, certify)
    settled = search.residual <= search.tol
    flag = tuple(
        "" if s and ok else "unstable" if s else _why(search, row)
        for row, (s, ok) in enumerate(zip(settled, stable))
    )
    return SteadyState(
        x=search.x,
        residual=search.residual,
        stable=stable,
        method=tuple(search.method),
        success=settled & stable,
        flag=flag,
    )


def _warm_chord_newton(search: _Search, start: np.ndarray, solve: Solve) -> None:
    rows = search.open
    warm = _end_state(search, rows, start[rows], _SHORT, solve)
    finite = np.isfinite(warm).all(axis=1)
    rows, warm = rows[finite], warm[finite]
    if not rows.size:
        return
    u = jnp.asarray(search.u[rows])
    x = chord(
        search.field, u, jnp.asarray(warm), jnp.asarray(warm.mean(axis=0)), jnp.asarray(search.u[rows].mean(axis=0)),
        _CHORD_STEPS, search.tol,
    )  # fmt: skip
    search.accept(rows, np.asarray(x), "chord")
    left = np.isin(rows, search.open)
    if left.any():
        x = newton(search.field, u[left], jnp.asarray(warm[left]), _NEWTON_STEPS)
        search.accept(rows[left], np.asarray(x), "newton")


def _end_state(search: _Search, rows: np.ndarray, x0: np.ndarray, spans: float, solve: Solve) -> np.ndarray:
    """Integrate for `spans` relaxation times of the slowest state."""
    t1 = spans / float(np.min(np.asarray(search.field.relaxation)))
    u = jnp.asarray(search.u[rows])
    if solve.is_fixed_step:
        states = fixed_step_trajectory(
            search.field, jnp.asarray(x0), u, t0=0.0, ts=np.array([t1]), dt=solve.step, method=solve.resolved_method
        )
        return np.asarray(states)[-1]
    ys, _ = integrate_compiled(
        search.field, jnp.asarray(x0), u, 0.0, jnp.asarray([t1]), solve.resolved_method,
        solve.rtol, solve.atol, solve.max_steps,
    )  # fmt: skip
    return np.asarray(ys)[-1]


def _integrate(search: _Search, rows: np.ndarray, start: np.ndarray, solve: Solve) -> None:
    """Integrate, and polish the end by Newton: integrators stop at their tolerance, not at the root."""
    if not rows.size:
        return
    end = _end_state(search, rows, start[rows], _LONG, solve)
    search.residual[rows] = np.inf
    search.x[rows] = np.where(np.isfinite(end), end, np.nan)
    for row in rows:
        search.method[row] = "integration"
    search.accept(rows, end, "integration", keep_failed=True)
    near = rows[(search.residual[rows] > search.tol) & (search.residual[rows] < 1e-3)]
    if near.size:
        polished = newton(search.field, jnp.asarray(search.u[near]), jnp.asarray(search.x[near]), 4)
        close = np.max(np.abs(np.asarray(polished) - search.x[near]), axis=1) < 0.05
        search.accept(near[close], np.asarray(polished)[close], "integration")


def _stability(search: _Search, certify: bool) -> np.ndarray:
    settled = search.residual <= search.tol
    if not certify:
        return settled | True
    stable = np.zeros(len(settled), dtype=bool)
    rows = np.flatnonzero(settled)
    if rows.size:
        jacobians = np.asarray(relaxed_jacobians(search.field, pad_rows(search.x[rows]), pad_rows(search.u[rows])))
        relaxation = np.asarray(search.field.relaxation)
        stable[rows] = [is_stable(jacobian, relaxation) for jacobian in jacobians[: len(rows)]]
    return stable


def _why(search: _Search, row: int) -> str:
    if not np.isfinite(search.x[row]).all() or np.max(np.abs(search.x[row])) > 1e6:
        return "diverged"
    return "not settled" if search.residual[row] < 1e-3 else "oscillating"
