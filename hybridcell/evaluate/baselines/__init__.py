"""Simple predictors that every model must beat (`hc.baselines`).

Each is a class with ``fit(train)`` and ``predict(conditions) -> (C, R)``; `fit_predict` runs them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import unknown_name
from hybridcell.evaluate.baselines._base import Baseline as Baseline
from hybridcell.evaluate.baselines.control import Control
from hybridcell.evaluate.baselines.kernel_ridge import KernelRidge
from hybridcell.evaluate.baselines.nearest_neighbors import NearestNeighbors
from hybridcell.evaluate.baselines.ridge import Ridge, SaturatingRidge
from hybridcell.evaluate.baselines.shrunken_mean import ShrunkenMean
from hybridcell.evaluate.baselines.singles import Additive, HighestSingle
from hybridcell.evaluate.baselines.training_mean import TrainingMean

if TYPE_CHECKING:
    from hybridcell.data.conditions import ConditionsLike

__all__ = [
    "Additive",
    "Baseline",
    "Control",
    "HighestSingle",
    "KernelRidge",
    "NearestNeighbors",
    "Ridge",
    "SaturatingRidge",
    "ShrunkenMean",
    "TrainingMean",
    "available",
    "fit_predict",
]

_ALL: dict[str, type[Baseline]] = {
    cls.name: cls
    for cls in (
        Control,
        TrainingMean,
        Additive,
        HighestSingle,
        Ridge,
        SaturatingRidge,
        KernelRidge,
        NearestNeighbors,
        ShrunkenMean,
    )
}


def available() -> tuple[str, ...]:
    """Return the names of all baselines, in the order of tables.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from hybridcell.evaluate import baselines
    >>> baselines.available()[:3]
    ('control', 'training_mean', 'additive')
    """
    return tuple(_ALL)


def fit_predict(names: Sequence[str] | str | None, train: Any, test: ConditionsLike) -> dict[str, np.ndarray]:
    """Fit baselines to a training part and predict conditions.

    Parameters
    ----------
    names
        Names from `available()`, or one of them; None takes all.
    train
        AnnData or `PerturbationData`.
    test
        Conditions; of data only what was given is read, never what was measured.

    Returns
    -------
    dict
        Name -> (C, R) predictions, columns in the order of the training readouts.

    Raises
    ------
    UnknownNameError
        On a name that is not a baseline.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.evaluate import baselines
    >>> train, test = hc.split(hc.datasets.demo(), by="single-to-combo")
    >>> sorted(baselines.fit_predict(["additive", "ridge"], train, test))
    ['additive', 'ridge']
    """
    names = available() if names is None else (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in _ALL:
            raise unknown_name("baseline", name, _ALL)
    return {name: _ALL[name]().fit(train).predict(test) for name in names}
