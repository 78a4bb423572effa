"""What a design gives back: a ranking of experiments, a batch of them, and what it would tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import card, table

if TYPE_CHECKING:
    import pandas as pd

UNITS = {
    "D": "nats of information",
    "disagreement": "nats of information on what members disagree about",
    "A": "share of the summed variance of {about}",
    "E": "share of the largest variance of {about} in any direction",
}


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """Ranked candidate experiments and the batch that was chosen.

    Attributes
    ----------
    table : DataFrame
        One row per candidate, the batch first in the order of choice, then the others by what they would
        still add. Columns: ``rank``, ``candidate``, ``chosen``, ``gain`` (what it adds by the criterion
        given the picks before it; of others, given the whole batch), ``cumulative`` (of the batch so far, NaN
        for others), ``alone`` (its gain if it were the only experiment), ``information`` (nats, if it were
        the only one), ``cost``. NaN gains: cannot be simulated.
    chosen : tuple of str
        Names of the batch, in order of choice.
    positions : tuple of int
        Their places in the candidates as given.
    criterion : str
        "D", "A", "E" or "disagreement".
    about : str
        What variances are of: "predictions" or "parameters".
    unit : str
        Unit of the gains.
    before, after : float
        Sum of variances ("A") or largest eigenvalue ("E") before and expected after the batch, NaN for other
        criteria; predictions in units of their noise.
    remarks : tuple of str
        What to know before ordering the experiments, in words.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.design import design
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> model = hc.CellBox.from_data(screen, key=jr.key(0))
    >>> fit = hc.fit(model, screen, steps=20, key=jr.key(1))
    >>> design(fit, [{"aMEK": -1.0}, {"aMEK": -1.0, "aAKT": -1.0}], key=jr.key(2)).chosen
    ('aMEK -1 + aAKT -1',)
    """

    table: pd.DataFrame
    chosen: tuple[str, ...]
    positions: tuple[int, ...]
    criterion: str
    about: str
    before: float
    after: float
    remarks: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the gains."""
        return UNITS[self.criterion].format(about=self.about)

    @property
    def cumulative(self) -> np.ndarray:
        """Gain of the batch after each pick."""
        return self.table.loc[self.table["chosen"], "cumulative"].to_numpy(float)

    def _sentence(self) -> str:
        if not self.chosen:
            return "No candidate tells anything that is not known."
        gain = self.cumulative[-1]
        if self.criterion == "A":
            return f"The batch is expected to remove {gain:.0%} of the summed variance of {self.about}."
        if self.criterion == "E":
            return f"The batch is expected to lower the largest variance of {self.about} by {gain:.0%}."
        return f"The batch is expected to bring {gain:.3g} {self.unit}."

    def __repr__(self) -> str:
        shown = ", ".join(self.chosen[:5]) + (", ..." if len(self.chosen) > 5 else "")
        text = f"Design({len(self.chosen)} of {len(self.table)} candidates by {self.criterion}: {shown})"
        return "\n".join([text, self._sentence(), *self.remarks])

    def _repr_html_(self) -> str:
        facts: dict[str, Any] = {
            "chosen": f"{len(self.chosen)} of {len(self.table)} candidates",
            "criterion": f"{self.criterion}: {self.unit}",
            "expected": self._sentence(),
        }
        for k, remark in enumerate(self.remarks):
            facts[f"note {k + 1}"] = remark
        rows = [
            (
                row["rank"],
                row["candidate"],
                f"{row['gain']:.3g}",
                f"{row['cumulative']:.3g}",
                f"{row['cost']:g}",
            )
            for row in self.table.head(max(len(self.chosen), 5)).to_dict("records")
        ]
        return card("Design", facts) + table(("rank", "candidate", "gain", "cumulative", "cost"), rows)
