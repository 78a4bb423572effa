"""Trajectories of our own, without compilation, and of a file that is read back."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change

if TYPE_CHECKING:
    from hybridcell.io.sbml.simulators.comparison import Run
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Calls of the right-hand side in one simulation: some seconds.
_MOST_CALLS = 50_000


def solve_network(
    network: ReactionNetwork, times: np.ndarray, *, rtol: float, atol: float
) -> np.ndarray | None:
    """Return the states of a network at times, shape (T, n); None where the solver gives up."""
    from scipy.integrate import solve_ivp

    equations, p = network.equations, np.asarray(network.values, dtype=float)
    x0 = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
    rates = Interpreter(rates_of_change(equations), equations).bind(p)
    left = count(_MOST_CALLS, -1)

    def limited(t: float, x: np.ndarray) -> np.ndarray:
        if next(left) < 0:  # LSODA itself never gives up at a singularity
            raise RuntimeError
        return rates(t, x)

    with np.errstate(all="ignore"), warnings.catch_warnings(), suppress(RuntimeError):
        warnings.simplefilter("ignore")  # why it gave up: said once, in the report
        found = solve_ivp(
            limited, (times[0], times[-1]), x0, method="LSODA", t_eval=times, rtol=rtol, atol=atol
        )
        if found.success and np.isfinite(found.y).all():
            return found.y.T
    return None


@contextmanager
def open_again(xml: str) -> Iterator[Run]:
    """Give a way to simulate a file that is read back; species are amounts."""
    from hybridcell.io.sbml.read import read_sbml

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said when the source was read
        network = read_sbml(xml)

    def run(
        changes: Mapping[str, float], ids: Sequence[str], times: np.ndarray, rtol: float, atol: float
    ) -> np.ndarray:
        changed = network.with_values(changes)
        states = solve_network(changed, times, rtol=rtol, atol=atol)
        if states is None:
            raise RuntimeError("the solver gave up")
        equations = changed.equations
        wanted = [equations.amounts.get(id, equations.observables[id]) for id in ids]
        p = np.asarray(changed.values, dtype=float)
        return Interpreter(wanted, equations)(times, states.T, p).T

    yield run
