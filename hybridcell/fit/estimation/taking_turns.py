"""Several ways of stepping, of which the starts take turns.

No way is the best for every problem, and nobody knows before which it will be. With half of the starts each
a problem loses some of its hits by the better way, and none loses them all.

References
----------
Huberman, Lukose and Hogg (1997), Science 275:51 (portfolios of algorithms).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hybridcell.fit.estimation.lockstep import Method, State
from hybridcell.fit.estimation.objective import Found


@dataclass(frozen=True)
class TakingTurns:
    """A method for `Lockstep`, made of others that evaluate the same.

    Attributes
    ----------
    ways : tuple of Method
        Start i goes the way of number i modulo the number of ways.
    """

    ways: tuple[Method, ...]

    @property
    def kind(self) -> str:
        """What is evaluated."""
        return self.ways[0].kind

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts."""
        way = starts % len(self.ways)
        # of every way, though none of these starts may go it: all runs have arrays of the same names
        return self._each(way, lambda one, rows: one.begin(thetas[rows], found[rows], starts[rows]))

    def propose(self, state: State) -> np.ndarray:
        """Return the points to evaluate next."""
        return self._each(
            state["way"],
            lambda one, rows: {"trial": one.propose({name: state[name][rows] for name in state})},
        )["trial"]

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after that."""
        return self._each(
            state["way"],
            lambda one, rows: one.update(
                {name: state[name][rows] for name in state}, thetas[rows], found[rows]
            ),
        )

    def _each(self, way: np.ndarray, work: Callable[[Method, np.ndarray], State]) -> State:
        """Return what the ways make of their rows, in the order of all; zeros where one makes nothing."""
        whole: State = {"way": way}
        for number, method in enumerate(self.ways):
            rows = np.flatnonzero(way == number)
            for name, part in work(method, rows).items():
                if name not in whole:
                    whole[name] = np.zeros((len(way), *part.shape[1:]), part.dtype)
                if name != "way":
                    whole[name][rows] = part
        return whole
