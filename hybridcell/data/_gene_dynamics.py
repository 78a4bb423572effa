"""A gene network with Hill regulation, and its states: many conditions at once, with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridcell._core.errors import NotConvergedError

# Steps in units of the fastest lifetime: RK4 follows a course to about five digits at the first, and stays
# stable at the second, which is enough to arrive at a steady state.
_STEP, _STRIDE = 0.2, 1.0
# Change per slowest lifetime, and numbers of slowest lifetimes.
_SETTLED, _BLOCK, _LONGEST = 1e-7, 10.0, 150.0


@dataclass(frozen=True, eq=False)
class GeneDynamics:
    """mRNA x and protein y of n genes: x' = (share left) * f(y) - d * x, y' = p * (x - y).

    f_i = d_i * the product over the regulators j of i of

    - leak + (1 - leak) * h_ij(y_j) for activation,
    - 1 - (1 - leak) * h_ij(y_j) for repression,

    with h a Hill curve, so that x is between 0 and 1. All arrays are [target, source] or [gene].
    """

    signs: np.ndarray
    threshold: np.ndarray
    exponent: np.ndarray
    leak: np.ndarray
    decay: np.ndarray
    protein_decay: np.ndarray

    @property
    def n(self) -> int:
        """Number of genes."""
        return len(self.decay)

    def activity(self, protein: np.ndarray) -> np.ndarray:
        """Return the mean activity (C, n) of the promoters at protein levels (C, n)."""
        target, source = np.nonzero(self.signs)
        power = np.maximum(protein[:, source], 0.0) ** self.exponent[target, source]
        hill = power / (power + self.threshold[target, source] ** self.exponent[target, source])
        leak = self.leak[target, source]
        factor = np.where(self.signs[target, source] > 0, leak + (1 - leak) * hill, 1 - (1 - leak) * hill)
        # factors are above 0 because of the leak; the matrix sums their logarithms over the edges of a gene
        return np.exp(np.log(factor) @ (target[:, None] == np.arange(self.n)))

    def rates(self, state: np.ndarray, production: np.ndarray) -> np.ndarray:
        """Return d/dt of [x, y] (C, 2n), each gene made at a factor (C, n) of its own rate."""
        x, y = state[:, : self.n], state[:, self.n :]
        made = production * self.decay * self.activity(y)
        return np.concatenate([made - self.decay * x, self.protein_decay * (x - y)], axis=1)

    def advance(
        self, state: np.ndarray, production: np.ndarray, duration: float, *, step: float = _STEP
    ) -> np.ndarray:
        """Return the state after some time; steps are given in units of the fastest lifetime."""
        fastest = float(max(self.decay.max(), self.protein_decay.max()))
        steps = max(1, int(np.ceil(duration * fastest / step)))
        h = duration / steps
        for _ in range(steps):
            a = self.rates(state, production)
            b = self.rates(state + h / 2 * a, production)
            c = self.rates(state + h / 2 * b, production)
            d = self.rates(state + h * c, production)
            state = state + h / 6 * (a + 2 * b + 2 * c + d)
        return state

    def settle(self, production: np.ndarray) -> np.ndarray:
        """Return the steady states (C, 2n) that are reached from half the highest levels.

        Raises
        ------
        NotConvergedError
            When a condition does not settle, as networks that oscillate do not.
        """
        state = np.full((len(production), 2 * self.n), 0.5)
        slowest = float(min(self.decay.min(), self.protein_decay.min()))
        left = np.inf
        for _ in range(int(_LONGEST / _BLOCK)):
            state = self.advance(state, production, _BLOCK / slowest, step=_STRIDE)
            left = np.abs(self.rates(state, production)).max() / slowest
            if left < _SETTLED:
                return state
        raise NotConvergedError(
            f"The gene network does not settle: after {_LONGEST:.0f} times the slowest lifetime the largest "
            f"change is still {left:.1e} per lifetime."
        )
