"""Errors of predictions that were held out, and how they become intervals: plain numbers, no models run here.

A fold is a part of the data that one member, the fold's, was not fitted to. With mu_k the prediction of the
member of fold k and e_i = y_i - mu_k(i)(x_i) the error of entry i under the member that did not see it, the
interval of a new condition x is (CV+; with one condition per fold, jackknife+)

    [ the k-th smallest of  mu_k(i)(x) - |e_i| w_i(x),
      the k-th largest  of  mu_k(i)(x) + |e_i| w_i(x) ],     k = floor((n + 1) (1 - level)),

per readout. "cv+" has w = 1. "widened" has w_i(x) = max(1, s(x) / s(x_i)) with s(x)^2 = aleatoric^2 +
epistemic(x)^2: wider where the folds disagree more than they did about the held-out entry, never narrower,
so that what CV+ guarantees stays. Rows of one condition share the weight of one. With n too small, k is 0 and
the interval unbounded. "gaussian" takes s(x) times a quantile of Student's t, and assumes normal errors.

References: Barber, Candes, Ramdas, Tibshirani, Annals of Statistics 49 (2021); Lei et al., JASA 113 (2018),
for the scale; Lee, Barber, Willett, arXiv:2306.06342, for repeated measurements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.predictive import Predictive

METHODS = ("widened", "cv+", "gaussian")
#: What a condition is to the training data: like them, larger than any (more perturbations at once), or new
#: (a perturbation that was never given).
ALIKE, LARGER, NEW = 0, 1, 2
#: Entries under which conditions like the training ones are told apart from those with something new.
ENOUGH = 19
#: Least share of the variance of held-out errors that counts as noise, or folds that agree would give none.
_FLOOR = 0.1


@dataclass(frozen=True, eq=False)
class Calibration:
    """Held-out errors of an ensemble, with which `hc.predict` makes intervals.

    Attributes
    ----------
    readouts : tuple of str, length R
        What the errors are of.
    errors : ndarray, shape (N, R)
        Measurement minus the prediction of the member that did not see the row; NaN where not measured.
    spread : ndarray, shape (N, R)
        Epistemic standard deviation at the entry (see `jackknife_sd`); 0 where nothing tells.
    fold : ndarray, shape (N,)
        Position in `members` of the member that did not see the row.
    condition : ndarray, shape (N,)
        Number of the row's condition; rows of one condition are one observation.
    new : ndarray, shape (N,)
        -1, or where the row holds perturbations that its fold's member never saw, a number for that set: rows
        with the same new perturbations are one observation.
    given : tuple of str
        Perturbations that the training data hold at a dose other than 0.
    spreading : ndarray
        Positions of the members whose disagreement is the epistemic part: folds of conditions.
    order : int
        Most perturbations that a training condition holds at once.
    method : {"widened", "cv+", "gaussian"}
        How errors become intervals.
    members : PyTree or None
        The models of the folds; None where they are the members of the ensemble itself.
    design : str
        The folds in words.
    """

    readouts: tuple[str, ...]
    errors: np.ndarray
    spread: np.ndarray
    fold: np.ndarray
    condition: np.ndarray
    new: np.ndarray
    given: tuple[str, ...]
    spreading: np.ndarray
    order: int
    method: str = "widened"
    members: Any = None
    design: str = ""

    def __post_init__(self) -> None:
        check_choice("method", self.method, METHODS)
        n = len(self.errors)
        shapes = {
            "errors": (n, len(self.readouts)), "spread": (n, len(self.readouts)),
            "fold": (n,), "condition": (n,), "new": (n,),
        }  # fmt: skip
        for name, shape in shapes.items():
            if np.shape(getattr(self, name)) != shape:
                raise InvalidValueError(
                    f"{name} of a calibration has shape {np.shape(getattr(self, name))}; wanted {shape}."
                )

    def kinds(self, perturbations: Sequence[str], doses: Float[np.ndarray, "c p"]) -> Int[np.ndarray, " c"]:
        """Return what each condition is to the training data: `ALIKE`, `LARGER` or `NEW`."""
        given = np.asarray(doses) != 0
        new = [j for j, name in enumerate(perturbations) if name not in self.given]
        larger = given.sum(axis=1) > self.order
        return np.where(given[:, new].any(axis=1), NEW, np.where(larger, LARGER, ALIKE))

    def predictive(
        self,
        mean: Float[np.ndarray, "c r"],
        folds: Float[np.ndarray, "k c r"],
        kinds: Int[np.ndarray, " c"],
    ) -> Predictive:
        """Return the distribution of new measurements of the readouts.

        Parameters
        ----------
        mean : ndarray, shape (C, R)
            What is predicted.
        folds : ndarray, shape (K, C, R)
            Predictions of the members of the folds; a NaN makes the interval unbounded.
        kinds : ndarray, shape (C,)
            From `kinds`.
        """
        spread = jackknife_sd(folds[self.spreading]) if self.spreading.size else np.zeros(mean.shape)
        parts = []
        for kind in (ALIKE, LARGER, NEW):
            rows = np.flatnonzero(kinds == kind)
            if rows.size:
                parts.append((rows, self._part(kind, mean[rows], folds[:, rows], spread[rows])))
        return Predictive.joined(parts, mean)

    def _part(self, kind: int, mean: np.ndarray, folds: np.ndarray, spread: np.ndarray) -> Predictive:
        new = kind == NEW
        kept, unit = self.entries(unseen=new)
        errors, inner = self.errors[kept], self.spread[kept]
        weight, n = unit_weights(errors, unit)
        total = mean_square(errors, weight)
        known = self.aleatoric
        # what a new perturbation adds is in its errors alone: the folds agree about what none of them saw
        more = np.sqrt(np.maximum(total - known**2, 0.0)) if new else 0.0
        sd: dict[str, Any] = {
            "aleatoric": np.broadcast_to(known, mean.shape),
            "epistemic": np.maximum(spread, more),
        }
        noise = np.maximum(total - mean_square(inner, weight), _FLOOR * total)
        if self.method == "gaussian":
            scale = np.broadcast_to(np.sqrt(total), mean.shape) if new else np.sqrt(noise + spread**2)
            return Predictive(mean=mean, n=n, scale=scale, **sd)
        scales: dict[str, Any] = {}
        # nothing larger was ever held out, so that how a scale carries over to it cannot be known
        if self.method == "widened" and kind == ALIKE:
            inside = np.sqrt(noise + inner**2)
            scales["inside"] = np.where(inside > 0, inside, 1.0)  # no error, no spread: nothing to widen
            scales["outside"] = np.sqrt(noise + spread**2)
        points = {"center": folds, "fold": self.fold[kept], "size": np.abs(errors), "weight": weight}
        return Predictive(mean=mean, n=n, **points, **scales, **sd)

    def entries(self, *, unseen: bool) -> tuple[Int[np.ndarray, " e"], Int[np.ndarray, " e"]]:
        """Return the entries whose errors are like those of conditions with or without something new.

        Where too few entries without anything new remain, all count, which is wider. Beside the entries stand
        the numbers of the observations they belong to.
        """
        if unseen:
            kept = np.flatnonzero(self.new >= 0)
            return kept, self.new[kept]
        among = np.isin(self.fold, self.spreading) if self.spreading.size else np.ones(len(self.fold), bool)
        clean = among & (self.new < 0)
        enough = len(np.unique(self.condition[clean])) >= ENOUGH
        kept = np.flatnonzero(clean if enough else among)
        return kept, self.condition[kept]

    @property
    def aleatoric(self) -> Float[np.ndarray, " r"]:
        """Standard deviation of held-out errors beyond what the folds disagree about, (R,)."""
        kept, unit = self.entries(unseen=False)
        weight, _ = unit_weights(self.errors[kept], unit)
        total, inner = (mean_square(a[kept], weight) for a in (self.errors, self.spread))
        return np.sqrt(np.maximum(total - inner, 0.0))

    def n_units(self, *, unseen: bool = False) -> int:
        """Return how many conditions (or sets of new perturbations) the errors come from."""
        kept, unit = self.entries(unseen=unseen)
        measured = ~np.isnan(self.errors[kept]).all(axis=1)
        return len(np.unique(unit[measured]))

    def __repr__(self) -> str:
        new = f", {self.n_units(unseen=True)} new perturbations" if (self.new >= 0).any() else ""
        return f"Calibration({self.method!r}, {self.design}, {self.n_units()} conditions{new})"


def jackknife_sd(folds: Float[np.ndarray, "k ..."]) -> np.ndarray:
    """Return the standard deviation of a prediction over data like these, from members that lack a fold each.

    The delete-a-group jackknife: (K - 1) / K times the sum of squared differences from the mean. NaN where a
    member has none.
    """
    k = len(folds)
    return np.sqrt((k - 1) / k * np.sum((folds - folds.mean(axis=0)) ** 2, axis=0))


def unit_weights(
    errors: Float[np.ndarray, "n r"], unit: Int[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, "n r"], Int[np.ndarray, " r"]]:
    """Return each entry's weight, one over the entries of its unit, and the number of units per readout."""
    measured = ~np.isnan(errors)
    numbers, place = np.unique(unit, return_inverse=True)
    count = np.zeros((len(numbers), errors.shape[1]))
    np.add.at(count, place.reshape(-1), measured)
    weight = np.where(measured, 1.0 / np.maximum(count, 1.0)[place.reshape(-1)], 0.0)
    return weight, (count > 0).sum(axis=0)


def mean_square(
    values: Float[np.ndarray, "n r"], weight: Float[np.ndarray, "n r"]
) -> Float[np.ndarray, " r"]:
    """Return the weighted mean square per column; 0 where nothing weighs."""
    total = np.sum(weight, axis=0)
    return np.sum(weight * np.nan_to_num(values) ** 2, axis=0) / np.where(total > 0, total, 1.0)
