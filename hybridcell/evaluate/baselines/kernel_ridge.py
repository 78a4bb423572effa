"""Smooth nonlinear regression of every readout on the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from hybridcell.evaluate.baselines._base import Baseline
from hybridcell.evaluate.baselines._spectral import dual_weights, held_out_error, kernel

# Leaving out whole perturbations costs more and decides less sharply, so fewer penalties are tried.
_PENALTIES = {False: np.logspace(-4, 2, 25), True: np.logspace(-4, 2, 13)}


@dataclass(frozen=True)
class _Settings:
    """Kernel of a sum of effects: smooth (of width `gamma`), `linear`, and `shared` by all perturbations."""

    gamma: float
    linear: float
    shared: float = 0.0

    def matrix(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return k(a, b), which is 0 where a or b is the control."""
        aa, bb = (a**2).sum(axis=1)[:, None], (b**2).sum(axis=1)
        distance = np.maximum(aa + bb - 2 * a @ b.T, 0.0)
        # A Gaussian process that is known to be 0 at the origin has this covariance.
        smooth = (np.exp(-self.gamma * distance) - np.exp(-self.gamma * (aa + bb))) / self.gamma
        shared = a.sum(axis=1)[:, None] * b.sum(axis=1)
        return smooth + self.linear * (a @ b.T) + self.shared * shared


_KNOWN = [_Settings(g, m) for g, m in product(np.logspace(-3, 1, 9), (0.0, 0.1, 1.0, 10.0))]
_NEW = [_Settings(g, m, s) for g, m, s in product((0.01, 0.1, 0.3, 1.0), (0.3, 3.0), (0.1, 0.3, 1.0, 3.0))]


class KernelRidge(Baseline):
    """Kernel ridge regression of the effects on the inputs: a Gaussian and a linear kernel, 0 at the control.

    Width, share of the linear part and penalty minimize the exact leave-one-condition-out error. Conditions
    with a perturbation that was never trained on are a different question: for them the kernel also has an
    effect per unit of input that all perturbations share, and all settings minimize the error of leaving out
    each training perturbation with all its conditions.

    The cost grows with the cube of the number of different training conditions.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import KernelRidge
    >>> u = -np.linspace(0.2, 3, 12)[:, None]
    >>> train = PerturbationData(
    ...     values=u**2, readouts=["a"], kinds=["protein"], conditions=[f"c{i}" for i in range(12)],
    ...     perturbations=["A"], doses=u, input="strength", control="implied",
    ... )
    >>> KernelRidge().fit(train).predict({"A": -1.5}).round(1)
    array([[2.2]])
    """

    name = "kernel_ridge"

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        self._x, self._effects = x, effects
        self._fitted: dict[bool, tuple[_Settings, np.ndarray]] = {}

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        predicted = np.zeros((len(x), self._effects.shape[1]))
        new = (unseen != 0).any(axis=1)
        wide = np.concatenate([x, unseen], axis=1)
        train = np.pad(self._x, ((0, 0), (0, unseen.shape[1])))
        for with_new in (False, True):
            rows = new == with_new
            if rows.any():
                settings, weights = self._solution(with_new)
                predicted[rows] = settings.matrix(wide[rows], train) @ weights
        return predicted

    def _solution(self, with_new: bool) -> tuple[_Settings, np.ndarray]:
        """Return settings and dual weights for one of the two questions, chosen when first asked."""
        if with_new not in self._fitted:
            given = (self._x != 0).T
            by_perturbation = with_new and len(given) > 1
            groups = [np.flatnonzero(rows) for rows in given] if by_perturbation else None
            penalties = _PENALTIES[by_perturbation]
            candidates = []
            for settings in _NEW if by_perturbation else _KNOWN:
                decompose = kernel(settings.matrix(self._x, self._x))
                errors = held_out_error(decompose, self._effects, penalties, groups)
                candidates.append((errors.min(), float(penalties[errors.argmin()]), settings))
            _, penalty, settings = min(candidates, key=lambda c: c[0])
            decompose = kernel(settings.matrix(self._x, self._x))
            self._fitted[with_new] = settings, dual_weights(decompose, self._effects, penalty)
        return self._fitted[with_new]
