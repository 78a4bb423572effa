"""Folds of whole conditions, and the errors of members on the folds they were not fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import Bool, PRNGKeyArray

from hybridcell._core.calibration import Calibration, jackknife_sd
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.simulate import Solve, ensemble_states

#: Folds of conditions that an ensemble is calibrated with.
FOLDS = 10
#: With no more conditions than this each is a fold of its own: a tenth of them would be missed too much.
SMALL = 30
#: Perturbations are left out in at most so many groups; one by one where there are no more.
GROUPS = 20
#: Conditions with which the level 0.9 can be reached at all: (n + 1) (1 - 0.9) = 1.
FEWEST = 9


@dataclass(frozen=True, eq=False)
class Folds:
    """Which rows each member does not see.

    Attributes
    ----------
    held : ndarray, shape (K, N)
        True where member k was not fitted to row i.
    spreading : ndarray
        Positions of the folds of conditions, whose members' disagreement is taken for epistemic error.
    design : str
        In words.
    """

    held: Bool[np.ndarray, "k n"]
    spreading: np.ndarray
    design: str

    def __len__(self) -> int:
        return len(self.held)

    def __add__(self, other: Folds) -> Folds:
        return Folds(
            np.concatenate([self.held, other.held]),
            np.concatenate([self.spreading, other.spreading + len(self)]).astype(int),
            f"{self.design}, {other.design}",
        )


def condition_ids(data: PerturbationData) -> np.ndarray:
    """Return the number of each row's condition (equal doses), by its doses and not by the order of rows."""
    return np.unique(np.asarray(data.doses), axis=0, return_inverse=True)[1].reshape(-1)


def measured_conditions(data: PerturbationData) -> np.ndarray:
    """Return the numbers of the conditions that can be held out: measured, and not the control."""
    rows = ~data.is_control & data.observed.any(axis=1)
    return np.unique(condition_ids(data)[rows])


def random_folds(data: PerturbationData, n: int, key: PRNGKeyArray) -> Folds:
    """Cut the conditions into n folds at random; replicates and times of a condition stay together.

    Controls are always fitted to. With at least as many folds as conditions each is a fold of its own.

    Raises
    ------
    DataError
        When fewer than two conditions can be held out.
    """
    if not (is_whole(n) and n >= 2):
        raise InvalidValueError(f"folds is {n!r}; wanted a whole number from 2 on, or one label per row.")
    condition, can = condition_ids(data), measured_conditions(data)
    if len(can) < 2:
        raise DataError(f"The data have {len(can)} condition(s) besides controls; folds need at least two.")
    n = min(int(n), len(can))
    order = np.asarray(jr.permutation(key, len(can)))
    place = np.full(int(condition.max()) + 1, -1)
    place[can[order]] = np.arange(len(can)) % n
    held = place[condition] == np.arange(n)[:, None]
    what = "each condition left out" if n == len(can) else f"{n} folds of conditions"
    return Folds(held, np.arange(n), what)


def leaves_one_out(folds: Folds, data: PerturbationData) -> bool:
    """Tell whether each condition that can be held out is so by itself, in one of the folds of conditions."""
    condition, can = condition_ids(data), measured_conditions(data)
    held = [np.intersect1d(condition[rows], can) for rows in folds.held[folds.spreading]]
    return all(len(one) == 1 for one in held) and np.array_equal(np.sort(np.concatenate(held)), can)


def default_count(data: PerturbationData) -> int:
    """Return how many random folds to cut where nothing was asked."""
    n = len(measured_conditions(data))
    return n if 2 <= n <= SMALL else FOLDS


def labeled_folds(data: PerturbationData, labels: Sequence[Any]) -> Folds:
    """Return one fold per label; rows without a label (None, NaN or empty) are always fitted to.

    Raises
    ------
    InvalidValueError
        When there is not one label per row, rows of one condition have different labels, or fewer than two
        labels are left.
    """
    if isinstance(labels, str) or not np.iterable(labels):
        raise InvalidValueError(
            f"folds is {labels!r}; wanted a whole number from 2 on, or one label per row."
        )
    given = ["" if v is None or v != v else str(v) for v in labels]
    if len(given) != len(data):
        raise InvalidValueError(f"folds has {len(given)} labels; wanted one per row, which is {len(data)}.")
    texts = np.array(given)
    condition = condition_ids(data)
    for c in np.unique(condition):
        rows = np.flatnonzero(condition == c)
        if len(set(texts[rows])) > 1:
            raise InvalidValueError(
                f"The rows {data.conditions[rows[0]]!r} and another of the same condition are in different "
                f"folds ({', '.join(sorted(set(texts[rows])))}); a condition must be held out as a whole."
            )
    names = sorted(set(given) - {""})
    if len(names) < 2:
        raise InvalidValueError(f"folds names {len(names)} label(s); wanted at least two.")
    held = np.stack([texts == name for name in names])
    return Folds(held, np.arange(len(names)), f"{len(names)} folds as labeled")


def perturbation_folds(data: PerturbationData, key: PRNGKeyArray) -> Folds:
    """Leave out each perturbation with every row that holds it (groups of them where there are many).

    Raises
    ------
    DataError
        When fewer than two perturbations are given, or every row holds the same one.
    """
    uses = np.asarray(data.doses) != 0
    given = np.flatnonzero((uses & data.observed.any(axis=1, keepdims=True)).any(axis=0))
    n = min(len(given), GROUPS)
    order = np.asarray(jr.permutation(key, len(given))) if n < len(given) else np.arange(len(given))
    group = [given[order[k::n]] for k in range(n)]
    held = np.zeros((n, len(data)), dtype=bool)
    for k, columns in enumerate(group):
        held[k] = uses[:, columns].any(axis=1)
    fitted = data.observed.any(axis=1) & ~data.is_control
    held = held[(fitted & np.logical_not(held)).any(axis=1)]
    if len(held) < 2:
        raise DataError(
            f"Of {len(given)} perturbations {len(held)} can be left out with something left to fit to; "
            "wanted at least two."
        )
    what = (
        "each perturbation left out" if n == len(given) else f"{len(held)} groups of perturbations left out"
    )
    return Folds(held, np.zeros(0, dtype=int), what)


def never_given(names: Sequence[str], kinds: Sequence[str], data: PerturbationData) -> list[str]:
    """Return perturbations that a model could be asked about and that the data never give."""
    used = (np.asarray(data.doses) != 0).any(axis=0)
    seen = {name for name, u in zip(data.perturbations, used) if u}
    asked = [n for n, k in zip(names, kinds) if k == "drug"]
    return [name for name in dict.fromkeys([*data.perturbations, *asked]) if name not in seen]


def calibrated(
    folds: Folds, members: Ensemble, data: PerturbationData, *, method: str, solve: Solve | None, own: bool
) -> Calibration:
    """Return the errors of the folds' members on the rows they did not see.

    Parameters
    ----------
    members
        The member of each fold; one whose fit did not succeed is left out.
    own : bool
        Whether they are the members of the ensemble that is calibrated, and need not be kept twice.
    """
    times = None if data.time is None or np.isnan(data.time).all() else np.asarray(data.time, dtype=float)
    states, _ = ensemble_states(members, as_conditions(data), times=times, solve=solve)
    predicted = states[:, :, [members.names.index(r) for r in data.readouts]]
    usable = np.array([r == "success" for r in members.result])
    spreading = folds.spreading[usable[folds.spreading]]
    fold, row = np.nonzero(folds.held & usable[:, None])
    spread = np.zeros((len(row), len(data.readouts)))
    if len(spreading) > 1:
        inside = np.isin(fold, spreading)
        spread[inside] = jackknife_sd(predicted[spreading])[row[inside]]
    else:
        spreading = np.zeros(0, dtype=int)
    uses = np.asarray(data.doses) != 0
    seen = np.stack([uses[~held].any(axis=0) for held in folds.held])
    unknown = uses[row] & ~seen[fold]
    _, number = np.unique(unknown, axis=0, return_inverse=True)
    return Calibration(
        readouts=data.readouts,
        errors=np.asarray(data.values)[row] - predicted[fold, row],
        spread=np.where(np.isnan(spread), 0.0, spread),
        fold=fold,
        condition=condition_ids(data)[row],
        new=np.where(unknown.any(axis=1), number.reshape(-1), -1),
        given=tuple(name for name, u in zip(data.perturbations, uses.any(axis=0)) if u),
        spreading=spreading,
        order=int(data.order[data.observed.any(axis=1)].max(initial=0)),
        method=method,
        members=None if own else members.members,
        design=folds.design,
    )
