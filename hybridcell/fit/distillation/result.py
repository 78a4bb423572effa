"""What a distillation gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.html import card
from hybridcell.fit.distillation.law import Law
from hybridcell.fit.distillation.learned import LearnedRate

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.kinetics.result import NetworkFit
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


@dataclass(frozen=True, eq=False, repr=False)
class Distillation:
    """Kinetic laws in the place of a learned rate, ranked.

    Attributes
    ----------
    reaction : str
    table : DataFrame
        Laws that were fitted to the data, the best first; index: law. Columns `formula`, `constants` (how
        many the law has), `chi2`, `bic` (chi-square plus, for each free constant, the log of the number of
        measurements), `delta_bic`, `rmse` (of the law against the learned rate along the data, relative to
        the rate's root mean square), `verdict`.
    screened : DataFrame
        All laws, as they describe the learned rate: `formula`, `constants`, `chi2` (expected), `score`,
        `rmse`.
    laws : mapping of str to Law
        With fitted constants, by name.
    fits : mapping of str to NetworkFit
        By name of the law.
    none_fits : bool
        Whether no law describes the data as well as the hybrid does, or neither of them does.
    hybrid : NetworkFit
    learned : LearnedRate
        What the laws were compared with.
    """

    reaction: str
    table: pd.DataFrame
    screened: pd.DataFrame
    laws: Mapping[str, Law]
    fits: Mapping[str, NetworkFit]
    none_fits: bool
    hybrid: NetworkFit
    learned: LearnedRate
    accept: bool = False
    seconds: float = field(default=float("nan"))

    @property
    def law(self) -> Law:
        """The best law."""
        return self.laws[str(self.table.index[0])]

    @property
    def fit(self) -> NetworkFit:
        """The fit of the network with the best law."""
        return self.fits[str(self.table.index[0])]

    @property
    def network(self) -> ReactionNetwork:
        """The network with the best law and its fitted constants.

        Raises
        ------
        NotConvergedError
            If no law describes the data; `distill(..., accept=True)` gives the best one all the same.
        """
        if self.none_fits and not self.accept:
            described = self.hybrid.result == "success"
            way = (
                "Keep the hybrid"
                if described
                else "Neither of them describes the data: fit the hybrid better"
            )
            raise NotConvergedError(
                f"No law of the library describes the data: {self.table.index[0]} has chi-square "
                f"{self.fit.chi2:.4g}, the hybrid {self.hybrid.chi2:.4g} of {self.hybrid.n_data} "
                f"measurements. {way}, give the rate of {self.reaction!r} other inputs, look at "
                "hc.pl.distillation, or take the best law all the same: distill(..., accept=True)."
            )
        return self.fit.network

    def __repr__(self) -> str:
        state = "no law fits" if self.none_fits else self.table.index[0]
        return (
            f"Distillation({self.reaction!r}: {state}, {len(self.table)} of {len(self.screened)} laws fitted)"
        )

    def _repr_html_(self) -> str:
        facts = {
            "law": "none describes the data" if self.none_fits else f"{self.law.name}: {self.law.formula}",
            "hybrid": f"chi-square {self.hybrid.chi2:.4g} of {self.hybrid.n_data} measurements",
            "tried": f"{len(self.screened)} laws, {len(self.table)} of them fitted to the data",
            "took": f"{self.seconds:.0f} s",
        }
        return card(f"Distillation of {self.reaction}", facts) + self.table.to_html(
            float_format="{:.4g}".format
        )
