"""Solve dx/dt = epsilon * tanh(W x + u) - alpha * x with SciPy alone.

Deliberately a second implementation: the programs in JAX are tested against this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hybridcell._core.errors import NotConvergedError


@dataclass(frozen=True, eq=False)
class Truth:
    """A network with known parameters: weights (n, n) [target, source], epsilon and alpha (n,)."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    weights: np.ndarray
    epsilon: np.ndarray
    alpha: np.ndarray

    def rate(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Return dx/dt for x and u of shape (C, n)."""
        return self.epsilon * np.tanh(x @ self.weights.T + u) - self.alpha * x

    def jacobian(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Return d(dx/dt)/dx, shape (C, n, n)."""
        slope = self.epsilon / np.cosh(x @ self.weights.T + u) ** 2
        return slope[:, :, None] * self.weights - np.diag(self.alpha)


def trajectory(truth: Truth, u: np.ndarray, times: Sequence[float]) -> np.ndarray:
    """Return x at the times, (C, T, n), starting from 0 at time 0."""
    from scipy.integrate import solve_ivp

    points = np.asarray(times, dtype=float)
    grid = np.unique(points)
    end = max(float(grid[-1]), np.finfo(float).tiny)
    solution = solve_ivp(
        lambda t, flat: truth.rate(flat.reshape(u.shape), u).ravel(),
        (0.0, end),
        np.zeros(u.size),
        t_eval=grid,
        method="DOP853",
        rtol=1e-9,
        atol=1e-11,
    )
    if not solution.success:
        raise NotConvergedError(f"The integration of the network failed: {solution.message}")
    order = np.searchsorted(grid, points)
    return np.moveaxis(solution.y.reshape(*u.shape, -1)[:, :, order], 2, 1)


def steady_states(truth: Truth, u: np.ndarray, *, tolerance: float = 1e-12) -> np.ndarray:
    """Return the stable steady state (C, n) that is reached from 0.

    Integration decides which state that is, Newton's method makes it exact.

    Raises
    ------
    NotConvergedError
        When a condition does not settle, or settles where the Jacobian is not stable.
    """
    x = trajectory(truth, u, [25.0 / float(truth.alpha.min())])[:, 0]
    for _ in range(20):
        rate = truth.rate(x, u)
        if np.abs(rate).max(initial=0.0) < tolerance:
            break
        x = x - np.linalg.solve(truth.jacobian(x, u), rate[:, :, None])[:, :, 0]
    unsettled = np.abs(truth.rate(x, u)).max(axis=1, initial=0.0) >= tolerance * 10
    unstable = np.linalg.eigvals(truth.jacobian(x, u)).real.max(axis=1) >= 0
    if (unsettled | unstable).any():
        raise NotConvergedError(
            f"{int((unsettled | unstable).sum())} of {len(u)} conditions have no stable steady state "
            "near where "
            f"the integration from 0 ended: the network oscillates or grows. Make its weights smaller."
        )
    return x
