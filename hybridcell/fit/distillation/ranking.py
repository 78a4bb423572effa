"""Laws in order: by chi-square and number of constants, with a verdict on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from hybridcell.fit.distillation.law import Law
from hybridcell.fit.distillation.learned import LearnedRate
from hybridcell.fit.distillation.screening import Screened

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.kinetics.result import NetworkFit

#: Differences in BIC that tell nothing, and that tell little.
_TIE, _WEAK = 2.0, 6.0
#: Probability of the extra chi-square under which a law does not describe the data: smaller where the law's
#: own chi-square is what errors let expect, because a hybrid also fits some of the noise.
_SIGNIFICANT, _SIGNIFICANT_YET_GOOD = 1e-3, 1e-6


@dataclass(frozen=True, eq=False)
class Fitted:
    """A law whose network was fitted to the data; `count` is the number of free constants in all."""

    law: Law
    fit: NetworkFit
    count: int

    @property
    def bic(self) -> float:
        """Chi-square plus, for each free constant, the log of the number of measurements."""
        found = self.fit.chi2 + self.count * float(np.log(self.fit.n_data))
        return found if np.isfinite(found) else float("inf")


@dataclass(frozen=True, eq=False)
class Ranking:
    """Fitted laws, the best first."""

    fitted: tuple[Fitted, ...]

    def table(self, learned: LearnedRate, hybrid: NetworkFit) -> pd.DataFrame:
        """Return the table of a `Distillation`."""
        import pandas as pd

        best = self.fitted[0].bic
        rows = [
            {
                "formula": one.law.formula,
                "constants": len(one.law.constants),
                "chi2": one.fit.chi2,
                "bic": one.bic,
                "delta_bic": one.bic - best,
                "rmse": learned.relative_error(one.law.rates(learned.points)),
                "verdict": _verdict(one, best, hybrid, first=i == 0),
            }
            for i, one in enumerate(self.fitted)
        ]
        return pd.DataFrame(rows, index=pd.Index([one.law.name for one in self.fitted], name="law"))


def rank(fitted: Sequence[Fitted]) -> Ranking:
    """Return laws by BIC; among those that tie with the best, fewer constants and laws of the books first."""
    order = sorted(fitted, key=lambda one: one.bic)
    best = order[0].bic
    ties = [one for one in order if one.bic - best < _TIE]
    ties.sort(key=lambda one: (one.count, one.law.kind != "kinetic", one.bic))
    return Ranking((*ties, *order[len(ties) :]))


def describes(fitted: Sequence[Fitted], hybrid: NetworkFit) -> bool:
    """Whether the best law describes the data about as well as the hybrid does."""
    return _describes(min(fitted, key=lambda one: one.bic), hybrid)


def screened_table(screened: Sequence[Screened]) -> pd.DataFrame:
    """Return all laws as they describe the learned rate."""
    import pandas as pd

    rows = [
        {
            "formula": one.law.formula,
            "constants": len(one.law.constants),
            "chi2": one.chi2,
            "score": one.score,
            "rmse": one.error,
        }
        for one in screened
    ]
    return pd.DataFrame(rows, index=pd.Index([one.law.name for one in screened], name="law"))


def _describes(one: Fitted, hybrid: NetworkFit) -> bool:
    """Test the law within the hybrid, as far as the data determine the hybrid's weights."""
    if not np.isfinite(one.fit.chi2):
        return False
    if one.fit.result != "success" and hybrid.result != "success":
        # as poor as a poor hybrid is not good
        return False
    more = max(float(hybrid.info["determined by data"]) - one.count, 1.0)
    extra = max(one.fit.chi2 - hybrid.chi2, 0.0)
    least = _SIGNIFICANT_YET_GOOD if one.fit.result == "success" else _SIGNIFICANT
    return bool(chi2_distribution.sf(extra, more) >= least)


def _verdict(one: Fitted, best: float, hybrid: NetworkFit, *, first: bool) -> str:
    if not np.isfinite(one.fit.chi2):
        return "cannot be simulated"
    if not _describes(one, hybrid):
        return "does not describe the data"
    own = one.fit.parameters["verdict"].reindex([c.id for c in one.law.constants])
    loose = [str(id) for id, verdict in own.items() if verdict == "at its bound"]
    remark = f" ({', '.join(loose)} at its bound)" if loose else ""
    if first:
        return f"best{remark}"
    delta = abs(one.bic - best)
    if delta < _TIE:
        return f"as good{remark}"
    return f"{'possible' if delta < _WEAK else 'worse'}{remark}"
