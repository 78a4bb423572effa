"""One piece of a screen, some members under some conditions: what a worker is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.screen.states import ScreenSolver


@dataclass(frozen=True, eq=False)
class Piece:
    """All that solving one piece needs, so that a worker in another process can.

    Attributes
    ----------
    solver : ScreenSolver
    models : list of AbstractModel
        The members of the group.
    conditions : slice
    alone : ndarray, shape (g, 1 + S, n), or None
        What the group's first piece found; NaN for a member whose conditions do not start from it.
    """

    solver: ScreenSolver
    models: list[Any]
    conditions: slice
    alone: Float[np.ndarray, "g s n"] | None


@dataclass(frozen=True, eq=False)
class Solved:
    """What a piece gives: responses (g, k), residual (k,), the largest of its members', and `alone`."""

    responses: Float[np.ndarray, "g k"]
    residual: Float[np.ndarray, " k"]
    alone: Float[np.ndarray, "g s n"] | None

    @property
    def n_settled(self) -> int:
        """Number of simulations that settled."""
        return int(np.isfinite(self.responses).sum())


def solve_piece(piece: Piece) -> Solved:
    """Solve the conditions of a piece for its members, one after the other."""
    n_conditions = piece.conditions.stop - piece.conditions.start
    responses = np.empty((len(piece.models), n_conditions))
    residual = np.zeros(n_conditions)
    first = piece.conditions.start == 0
    shape = (len(piece.models), piece.solver.n_alone, piece.solver.n)
    starts = np.full(shape, np.nan) if first else None
    for m, model in enumerate(piece.models):
        alone = None
        if piece.alone is not None and not np.isnan(piece.alone[m, 0, 0]):
            alone = piece.alone[m]
        responses[m], r, alone = piece.solver.run(model, piece.conditions, alone)
        residual = np.maximum(residual, r)
        if starts is not None and alone is not None:
            starts[m] = alone
    if starts is not None and np.isnan(starts).all():
        starts = None
    return Solved(responses, residual, starts)
