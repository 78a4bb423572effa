"""Steady states of reaction networks, each with its certificate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.simulate.kinetics.steady.certificate import are_stable, distances, keep_totals, residuals
from hybridcell.simulate.kinetics.steady.integration import integrate_rows
from hybridcell.simulate.kinetics.steady.rates import CompiledRates, InterpretedRates, Rates
from hybridcell.simulate.kinetics.steady.search import Places, Search
from hybridcell.simulate.kinetics.steady.terms import make_terms
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.solve import SteadyState
from hybridcell.simulate.steady.verdict import LATE

#: Spans of integration, in units of the median relaxation time at the start; with events, which may go on
#: forever, only the first.
_SPANS = (1e3, 1e6)
#: A root must be this near by the linearization: a slow drift is small beside fast turnover, but has far to
#: go.
_FAR = 1e-4
_MOST_STEPS = 20_000
#: Numbers of conditions times squared states that are worked on at once.
_ENTRIES = 4_000_000


def solve_network_steady_state(
    equations: Equations, p: Float[np.ndarray, "c m"], *, solve: Solve | None = None, t0: float = 0.0
) -> SteadyState:
    """Find the steady state of a reaction network under each row of constants.

    Method "auto" goes along the solution from the initial state by implicit steps of growing size and ends by
    Newton iteration, with the conserved sums of the start in place of the rows they make superfluous
    (``method`` "newton"). Where that fails, and wherever the network has events, delays or rates that read
    the time, it integrates (``method`` "integration"). Any other method, and any dt, integrates.

    Parameters
    ----------
    equations
        Of the network.
    p : ndarray, shape (C, m)
        Constants, in the order of ``equations.constants``.
    solve : Solve, optional
        `steady_tol` bounds the residual; `backend` "numpy" needs no compilation.
    t0 : float
        Time of the start; rates that read the time are taken at the end of integration.

    Returns
    -------
    SteadyState
        ``residual`` is the largest net rate as a share of the state's turnover, whatever the units. Success
        asks for a residual below `steady_tol`, stability, and the conserved sums of the start. ``stable`` is
        judged by the eigenvalues of the Jacobian without the conserved modes, and taken from the integration
        where the network has delays. An event-driven network may never settle: its state is steady where
        nothing moves at the end of integration, and no certificate covers events still to come.
    """
    solve = Solve() if solve is None else solve
    p = np.asarray(p, float)
    tile = max(1, _ENTRIES // max(1, equations.n) ** 2)
    parts = [_solve_tile(equations, p[i : i + tile], solve, t0) for i in range(0, len(p), tile)]
    if len(parts) == 1:
        return parts[0]
    return SteadyState(
        x=np.concatenate([part.x for part in parts] or [np.empty((0, equations.n))]),
        residual=np.concatenate([part.residual for part in parts] or [np.empty(0)]),
        stable=np.concatenate([part.stable for part in parts] or [np.empty(0, bool)]),
        method=tuple(word for part in parts for word in part.method),
        success=np.concatenate([part.success for part in parts] or [np.empty(0, bool)]),
        flag=tuple(word for part in parts for word in part.flag),
    )


def is_autonomous(equations: Equations) -> bool:
    """Tell whether the present state alone decides where a network goes."""
    moving = [*equations.fluxes, *equations.rates.values(), *equations.residuals]
    return not equations.events and not any(node.op in ("time", "delay") for node in walk(moving))


class _Results:
    """Where each condition ended, how, and what is wrong with it."""

    def __init__(self, x: np.ndarray):
        self.x = x.copy()
        self.residual = np.full(len(x), np.inf)
        self.stable = np.zeros(len(x), bool)
        self.success = np.zeros(len(x), bool)
        self.method = ["newton"] * len(x)
        self.flag = ["not settled"] * len(x)

    def take(
        self, search: Search, rows: np.ndarray, places: Places, near: np.ndarray, method: str, tol: float
    ) -> np.ndarray:
        """Judge states and take them over; `near`: known to be close to a root. Return which are settled."""
        found, jacobian = residuals(search, rows, places)
        settled = (found <= tol) & keep_totals(search, places)
        doubtful = np.flatnonzero(settled & ~near)
        if doubtful.size:
            settled[doubtful] = distances(search, rows[doubtful], places[doubtful]) <= _FAR
        stable = settled.copy()
        if not search.rates.equations.has_delays:
            stable[settled] = are_stable(search, jacobian[settled], places[settled])
        self.x[rows], self.residual[rows] = places.x, found
        self.stable[rows], self.success[rows] = stable, settled & stable
        for row, is_settled, is_stable in zip(rows, settled, stable):
            self.method[row] = method
            self.flag[row] = "" if is_stable else "unstable" if is_settled else "not settled"
        return settled


def _solve_tile(equations: Equations, p: np.ndarray, solve: Solve, t0: float) -> SteadyState:
    rates = _rates(equations, p, solve, t0)
    search, everything = Search(rates), np.arange(len(p))
    start = _places(search, rates.initial())
    results = _Results(start.x)
    left = everything
    if solve.method == "auto" and solve.dt is None and is_autonomous(equations) and len(p):
        places = start[everything]
        done = search.walk(everything, places)
        if done.any():
            results.take(search, everything[done], places[done], done[done], "newton", solve.steadiness)
        # an unstable state may be one that rough steps ran into: integration tells what happens around it
        left = everything[~results.success]
    for span in _SPANS[:1] if equations.events else _SPANS:
        if left.size:
            left = _integrate(search, left, start, span, results, solve, t0)
    return SteadyState(
        x=results.x,
        residual=results.residual,
        stable=results.stable,
        method=tuple(results.method),
        success=results.success,
        flag=tuple(results.flag),
    )


def _rates(equations: Equations, p: np.ndarray, solve: Solve, t: float) -> Rates:
    terms = make_terms(equations)
    if solve.backend == "numpy" or equations.has_delays:
        return InterpretedRates(equations, terms, p, t)
    from hybridcell.simulate.kinetics.simulate import system_of

    return CompiledRates(system_of(equations, universal=False), equations, terms, p, t)


def _places(search: Search, x: np.ndarray) -> Places:
    equations = search.rates.equations
    amounts = [
        equations.amounts[name].op == "state" if name in equations.amounts else False
        for name in equations.states
    ]
    return Places(
        x=x.copy(),
        largest=np.abs(x),
        totals=x @ search.rates.terms.laws.T,
        non_negative=np.array(amounts, bool) & (x >= 0),
    )


def _integrate(
    search: Search, rows: np.ndarray, start: Places, span: float, results: _Results, solve: Solve, t0: float
) -> np.ndarray:
    """Integrate over a span, finish by Newton iteration, and return the conditions still on their way."""
    rates = search.rates
    length = span * _relaxation_time(search, rows, start)
    length = max(length, 2.0 * _last_switch(rates, rows, t0))
    ts = t0 + length * LATE
    limited = replace(solve, max_steps=min(solve.max_steps, _MOST_STEPS))
    x, kept = integrate_rows(rates, rows, ts, limited, t0)
    rates.t = float(ts[-1])
    places = _places(search, x[:, -1])
    if is_autonomous(rates.equations):
        places.totals = start.totals[rows]
    places.largest = np.maximum(start.largest[rows], np.nan_to_num(np.abs(x)).max(axis=1))
    finite = np.all(np.isfinite(places.x), axis=1)
    settled = np.zeros(len(rows), bool)
    if finite.any():
        near = places[finite]
        arrived = search.newton(rows[finite], near)
        near.x = np.where(arrived[:, None], near.x, places.x[finite])
        settled[finite] = results.take(search, rows[finite], near, arrived, "integration", solve.steadiness)
    for k, row in enumerate(rows):
        if kept[k] and not settled[k]:
            results.method[row], results.x[row], results.flag[row] = (
                "integration",
                x[k, -1],
                _what_happened(x[k]),
            )
    rates.t = t0
    lasting = np.array([results.flag[row] == "oscillating" for row in rows])
    return rows[kept & ~settled & ~lasting]


def _what_happened(x: Float[np.ndarray, "t n"]) -> str:
    """Return why states at late times are not at rest."""
    if not np.isfinite(x).all():
        return "diverged"
    steps = np.diff(x, axis=0)
    largest = np.abs(x).max(axis=0, initial=0.0)
    size = np.maximum(largest, 1e-6 * largest.max(initial=0.0))
    leading = int(np.argmax(np.abs(steps).sum(axis=0) / np.maximum(size, 1e-300)))
    course, steps = np.abs(x[:, leading]), steps[:, leading]
    if np.count_nonzero(steps[1:] * steps[:-1] < 0) >= 2:
        return "oscillating"
    return "diverged" if course[-1] > 1.1 * course[0] else "not settled"


def _relaxation_time(search: Search, rows: np.ndarray, start: Places) -> float:
    """Return a typical time of the network, by the diagonal of its Jacobian at the start."""
    _, jacobian = search.rates.linearized(rows[:1], start.x[rows[:1]])
    losses = np.abs(np.diagonal(jacobian[0]))
    losses = losses[np.isfinite(losses) & (losses > 0)]
    return 1.0 / float(np.median(losses)) if losses.size else 1.0


def _last_switch(rates: Rates, rows: np.ndarray, t0: float) -> float:
    """Return the time from the start to the last flip that is known beforehand."""
    times = [switch.time for switch in rates.equations.switches if switch.time is not None]
    if not times:
        return 0.0
    evaluate = Interpreter(times, rates.equations)
    x = rates.initial()
    found = np.concatenate([evaluate(t0, x[row], rates.p[row]) for row in rows])
    return float(np.max(found[np.isfinite(found)] - t0, initial=0.0))
