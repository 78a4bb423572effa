"""Two predictors scored on the same splits: is the difference more than luck?"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card


@dataclass(frozen=True)
class PairedComparison:
    """The outcome of `compare_paired`; differences are a minus b.

    Attributes
    ----------
    n
        Number of splits.
    mean_difference
        Mean of a - b, in the unit of the scores.
    standard_error
        Standard error of that mean, taking the splits as independent.
    wins, losses
        Number of splits with a > b, and with a < b.
    p_t
        Two-sided p of the paired t-test.
    p_wilcoxon
        Two-sided p of the Wilcoxon signed-rank test.
    """

    n: int
    mean_difference: float
    standard_error: float
    wins: int
    losses: int
    p_t: float
    p_wilcoxon: float

    def __str__(self) -> str:
        return (
            f"{self.mean_difference:+.4f} (se {self.standard_error:.4f}), wins {self.wins} of {self.n}, "
            f"p {self.p_t:.2g} (t), {self.p_wilcoxon:.2g} (Wilcoxon)"
        )

    def _repr_html_(self) -> str:
        return card("Paired comparison, a - b", asdict(self))


def compare_paired(scores_a: ArrayLike, scores_b: ArrayLike) -> PairedComparison:
    """Compare two predictors by their scores on the same splits.

    Random partitions of one data set share rows, so their scores are not independent and the p values are too
    small; read them as a ranking aid, and the number of wins beside them.

    Parameters
    ----------
    scores_a, scores_b
        One score per split, in the same order, no NaN.

    Returns
    -------
    PairedComparison

    Raises
    ------
    InvalidValueError
        When the lengths differ, there are fewer than two splits, or a score is not finite.

    Examples
    --------
    >>> from hybridcell.evaluate import compare_paired
    >>> print(compare_paired([0.95, 0.94, 0.96], [0.94, 0.94, 0.93]))
    +0.0133 (se 0.0088), wins 2 of 3, p 0.27 (t), 0.5 (Wilcoxon)
    """
    a, b = np.asarray(scores_a, dtype=float), np.asarray(scores_b, dtype=float)
    if a.ndim != 1 or a.shape != b.shape:
        raise InvalidValueError(f"Scores have shapes {a.shape} and {b.shape}; wanted one per split for both.")
    if a.size < 2:
        raise InvalidValueError(f"There are scores of {a.size} split(s); a comparison needs at least two.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        bad = int(np.argmin(np.isfinite(a) & np.isfinite(b)))
        raise InvalidValueError(
            f"The scores of split {bad} are {a[bad]} and {b[bad]}; wanted finite numbers."
        )
    difference = a - b
    spread = float(difference.std(ddof=1))
    p_t, p_wilcoxon = _p_values(difference, spread)
    return PairedComparison(
        n=a.size,
        mean_difference=float(difference.mean()),
        standard_error=spread / np.sqrt(a.size),
        wins=int((difference > 0).sum()),
        losses=int((difference < 0).sum()),
        p_t=p_t,
        p_wilcoxon=p_wilcoxon,
    )


def _p_values(difference: np.ndarray, spread: float) -> tuple[float, float]:
    from scipy import stats

    if not difference.any():
        return 1.0, 1.0
    # The t statistic of a constant difference is infinite; SciPy would warn on its way there.
    constant = spread <= 1e-12 * np.abs(difference).max()
    p_t = 0.0 if constant else float(np.asarray(stats.ttest_1samp(difference, 0.0))[1])
    return p_t, float(np.asarray(stats.wilcoxon(difference[difference != 0]))[1])
