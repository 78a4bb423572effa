"""`hc.predict_pairs`: what two perturbations do together, from what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import check_choice
from hybridcell._core.number_checks import checked_share
from hybridcell._core.progress import progress_bar
from hybridcell.therapy.pairs.completion import SHRINKAGES, complete
from hybridcell.therapy.pairs.reading import (
    in_order_of_names,
    least_effect,
    positions,
    read_measured,
    read_singles,
    sets_of_names,
    warn_of_percentages,
)

if TYPE_CHECKING:
    import pandas as pd

SCALES = ("relative", "log")
_FOLDS = 5
#: Pairs per perturbation from which the table is filled in; with fewer the rule for singles is kept.
_LEAST = 2.0


def predict_pairs(
    singles: Mapping[str, float] | pd.Series,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    measured: pd.DataFrame | None = None,
    scale: str = "relative",
    level: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """Predict the effects of pairs of perturbations from singles and, where there are any, measured pairs.

    From singles alone, losses are independent shares of the largest loss F that any single makes,
    a + b - a b / F: what has little left to lose loses little more. Where not both are losses, effects add.
    With measured pairs (two for each perturbation, at least) a table is filled in: terms in the two
    singles, two terms for each perturbation (its own, and on what its partners do), and a pattern of low
    rank for what perturbations of one pathway have in common; how much of it is kept is chosen by cross-
    validation. A relative change is no less than -1, unless a measured one is.

    Parameters
    ----------
    singles : dict or Series
        Name -> effect alone, 0 for none. With `scale` "relative", a relative change (-0.4: 40 % less);
        with "log", a logarithm of a ratio.
    pairs : iterable of (str, str), optional
        Pairs to predict; default: all pairs of the singles.
    measured : DataFrame, optional
        Columns a, b, effect: pairs that were measured.
    scale : {"relative", "log"}
    level : float
        Of the intervals, which come from errors on measured pairs left out.
    seed : int
        Of the folds.

    Returns
    -------
    DataFrame
        a, b, predicted, lower, upper (NaN without measured pairs), independent ((1 + a)(1 + b) - 1, or a + b
        on a log scale), epistasis (predicted minus independent).

    Raises
    ------
    UnknownNameError
        On a pair of which one has no single effect.
    DataError
        On effects that are not numbers, a pair of a perturbation with itself, a single or a pair measured
        twice.
    InvalidValueError
        On another scale, a level outside 0 to 1, fewer than two singles.

    References
    ----------
    Norman et al., Science 365 (2019) 786-793, for maps of genetic interactions; Mazumder, Hastie and
    Tibshirani, J. Mach. Learn. Res. 11 (2010) 2287-2322, for the completion.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.predict_pairs({"A": -0.2, "B": -0.5, "C": -0.6})[["a", "b", "predicted"]].round(3).values.tolist()
    [['A', 'B', -0.533], ['A', 'C', -0.6], ['B', 'C', -0.6]]
    """
    import pandas as pd

    check_choice("scale", scale, SCALES)
    level = checked_share("level", level, 0.9)
    names, alone = read_singles(singles)
    warn_of_percentages(scale, names, alone)
    position = {name: k for k, name in enumerate(names)}
    wanted = list(combinations(names, 2)) if pairs is None else sets_of_names(pairs)
    i, j = positions(wanted, position, "asked for")
    independent = _independent(alone[i], alone[j], scale)
    half, floor = np.full(len(i), np.nan), -np.inf
    predicted = _within_reach(alone[i], alone[j], alone.min())
    if measured is not None and len(measured) >= _LEAST * len(names):
        (one, other), values = read_measured(measured, position)
        floor = least_effect(scale, alone, values)
        order = in_order_of_names(names, one, other)
        one, other, values = one[order], other[order], values[order]
        shrinkage, errors = _choose(alone, one, other, values, floor, seed=seed)
        predicted = np.maximum(complete(alone, one, other, values, shrinkage=shrinkage)(i, j), floor)
        rank = min(int(np.ceil(level * (len(errors) + 1))), len(errors))
        half[:] = np.sort(errors)[rank - 1]
    elif measured is not None:
        read_measured(measured, position)  # too few to use, but mistakes in them are told
    return pd.DataFrame(
        {
            "a": [one[0] for one in wanted],
            "b": [one[1] for one in wanted],
            "predicted": predicted,
            "lower": np.maximum(predicted - half, floor),
            "upper": predicted + half,
            "independent": independent,
            "epistasis": predicted - independent,
        }
    )


def _independent(a: np.ndarray, b: np.ndarray, scale: str) -> np.ndarray:
    return a + b if scale == "log" else (1.0 + a) * (1.0 + b) - 1.0


def _within_reach(a: np.ndarray, b: np.ndarray, strongest: float) -> np.ndarray:
    """Return independent losses as shares of the strongest single's; sums where not both are losses."""
    both = (a < 0) & (b < 0)
    return a + b - np.where(both, a * b, 0.0) / (strongest if strongest < 0 else 1.0)


def _choose(
    alone: np.ndarray, i: np.ndarray, j: np.ndarray, values: np.ndarray, floor: float, *, seed: int
) -> tuple[float, Float[np.ndarray, " k"]]:
    """Return the shrinkage that predicts pairs left out best, and the absolute errors there."""
    fold = np.random.default_rng(seed).permutation(len(values)) % _FOLDS
    errors = np.empty((len(SHRINKAGES), len(values)))
    with progress_bar(total=errors.shape[0] * _FOLDS, description="pairs left out", delay=1.0) as bar:
        for s, shrinkage in enumerate(SHRINKAGES):
            for k in range(_FOLDS):
                rest, out = fold != k, fold == k
                fitted = complete(alone, i[rest], j[rest], values[rest], shrinkage=shrinkage)
                errors[s, out] = np.abs(np.maximum(fitted(i[out], j[out]), floor) - values[out])
                bar.update()
    best = int(np.argmin((errors**2).mean(axis=1)))
    return SHRINKAGES[best], errors[best]
