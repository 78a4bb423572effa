"""Least squares in a trust region that stays away from bounds.

The model of Gauss and Newton takes the place of the curvature that `TrustRegion` learns. Where bounds are
wide and most of the box says nothing, runs that are put onto a bound stay there: these are bent away from it,
and their steps are found in the plane of the slope and Newton's step, not along directions that no
measurement knows of.

References
----------
Coleman and Li (1996), SIAM J. Optim. 6:418; Fröhlich and Sorger (2022), PLoS Comput. Biol. 18:e1010322.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import SLOW
from hybridcell.fit.estimation.trust_region import TrustRegion


@dataclass(frozen=True, kw_only=True, eq=False)
class Interior(TrustRegion):
    """A method for `Lockstep`; the attributes are those of `TrustRegion`."""

    share: ClassVar[float] = 0.5
    crawl: ClassVar[float] = 1e4
    crawling: ClassVar[int] = SLOW

    @property
    def kind(self) -> str:
        """What it evaluates."""
        return "least-squares"

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts."""
        found = _with_gradients(found)
        state = super().begin(thetas, found, starts)
        # nothing is to be guessed
        state["curvature"] = _curvature(found, state["unit"])
        return state

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        return super().update(state, thetas, _with_gradients(found))

    def _relearn(self, state: State, step: np.ndarray, better: np.ndarray, found: Found) -> None:
        """Put the model at the new points in place of the old one."""
        assert found.gradients is not None
        slope, curvature = found.gradients * state["unit"], _curvature(found, state["unit"])
        state["slope"] = np.where(better[:, None], slope, state["slope"])
        state["curvature"] = np.where(better[:, None, None], curvature, state["curvature"])

    def _forget(self, state: State, little: np.ndarray) -> None:
        """There is nothing that was learned and may be wrong."""


def _with_gradients(found: Found) -> Found:
    """Return the same with gradients, and zeros in rows that failed: no run goes there."""
    assert found.residuals is not None
    assert found.jacobians is not None
    fine = np.isfinite(found.values)[:, None]
    residuals = np.where(fine, found.residuals, 0.0)
    jacobians = np.where(fine[:, None], found.jacobians, 0.0)
    return replace(found, gradients=np.matmul(residuals[:, None], jacobians)[:, 0], jacobians=jacobians)


def _curvature(found: Found, unit: np.ndarray) -> np.ndarray:
    assert found.jacobians is not None
    jacobians = found.jacobians * unit[:, None]
    return np.matmul(np.swapaxes(jacobians, 1, 2), jacobians)
