"""The simulated screen and what can be read from it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import FileFormatError, InvalidValueError, check_choice
from hybridcell._core.files import replacing
from hybridcell._core.html import card, table
from hybridcell.data import PerturbationData
from hybridcell.therapy.effect import EffectScale
from hybridcell.therapy.screen.design import Design
from hybridcell.therapy.screen.scores import EXCESSES, SCORES, Summary, member_scores, summarize
from hybridcell.therapy.screen.tables import condition_columns, pair_frame, screen_anndata

if TYPE_CHECKING:
    import anndata
    import pandas as pd

_SUFFIXES = (".csv", ".tsv", ".h5ad")


@dataclass(frozen=True, eq=False)
class CombinationScreen:
    """All pairs of drugs over their doses, as `hc.screen_combinations` simulates them.

    Tables have the columns

    - ``response``: the readout, mean over the members of an ensemble;
    - ``effect``: the fraction of the untreated level that is taken away, 0 to 1 (see `scale`);
    - ``bliss``, ``hsa``: effect beyond Bliss independence, and beyond the better drug alone;
    - ``additive``: wanted change of the response beyond the sum of the drugs' changes alone, in the unit of
      the readout. Where responses are logarithms this is Bliss on the log scale, and not cut off;
    - ``<column>_lower``, ``<column>_upper``: the central 90 % of the members, which is how far the fits
      spread and no interval of a measurement (`hc.predict` has those); ``bliss_probability``,
      ``hsa_probability``, ``additive_probability``: the share of members with an excess above 0 (ensembles);
    - ``success``: the share of the members that settled. What did not settle is NaN.

    An excess above 0 is synergy, whichever way the readout is meant to go. Doses are shown as absolute
    values.

    Attributes
    ----------
    design : Design
        Drugs, levels and the order of the K conditions.
    readout, kind : str
        The node that is read, and its kind.
    responses : ndarray, shape (M, K)
        Response of each member, NaN where it did not settle.
    residual : ndarray, shape (K,)
        Largest \\|dx/dt\\| / alpha over the members: the certificate of each condition.
    scale : EffectScale
        How responses become effects.
    input : {"strength", "dose"}
        What the levels are.
    train : PerturbationData or None
        The data the model was fitted to.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
    ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    >>> screen = hc.screen_combinations(model, readout="growth", doses=3, input_range=-2.0)
    >>> screen
    CombinationScreen(2 drugs, 1 pair, 9 conditions, readout 'growth', 100.0% solved)
    >>> screen.surface("a", "b").shape
    (3, 3)
    """

    design: Design
    readout: str
    kind: str
    responses: Float[np.ndarray, "m k"]
    residual: Float[np.ndarray, " k"]
    scale: EffectScale
    input: str = "strength"
    train: PerturbationData | None = None
    _summaries: dict[str, Summary] = field(default_factory=dict, repr=False)

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs."""
        return self.design.drugs

    @property
    def levels(self) -> dict[str, np.ndarray]:
        """Levels of each drug in the model's input: signed strengths or doses, 0 first."""
        return dict(zip(self.design.drugs, self.design.levels))

    @property
    def n_members(self) -> int:
        """Number of models that were screened."""
        return len(self.responses)

    @property
    def settled(self) -> Float[np.ndarray, " k"]:
        """Share of the members that settled, per condition."""
        return np.isfinite(self.responses).mean(axis=0)

    @property
    def success(self) -> float:
        """Share of all simulations that settled."""
        return float(np.isfinite(self.responses).mean())

    def summary(self, score: str) -> Summary:
        """Return one score of the K conditions over the members: mean, lower, upper, share above 0."""
        check_choice("score", score, SCORES)
        if score not in self._summaries:
            values = member_scores(score, self.responses, self.design.alone, self.scale)
            self._summaries[score] = summarize(values)
        return self._summaries[score]

    def top(self, n: int = 10, *, by: str = "bliss", per_pair: bool = True) -> pd.DataFrame:
        """Return the best combinations.

        Parameters
        ----------
        n
            Number of rows.
        by : {"bliss", "hsa", "effect", "additive"}
            What ranks them, highest first.
        per_pair
            List each pair once, at its best doses. False: any condition with two drugs.

        Returns
        -------
        DataFrame
            drug_a, drug_b, dose_a, dose_b, response, effect, bliss, hsa, additive, success; for an ensemble
            also `lower` and `upper` (central 90 % of the members: no interval of a measurement) and
            `probability` (share of the members above 0) of the ranking column.

        Raises
        ------
        InvalidValueError
            When n is below 1 or `by` is none of these.
        """
        check_choice("by", by, ("bliss", "hsa", "effect", "additive"))
        if n < 1:
            raise InvalidValueError(f"n is {n}; wanted 1 or more rows.")
        ranked = self.summary(by)
        columns = {score: self.summary(score).mean for score in SCORES}
        if self.n_members > 1:
            columns |= {"lower": ranked.lower, "upper": ranked.upper, "probability": ranked.positive}
        columns["success"] = self.settled
        frame = pair_frame(self, columns)
        frame = frame.loc[(frame["dose_a"] > 0) & (frame["dose_b"] > 0) & frame[by].notna()]
        frame = frame.sort_values(by=by, ascending=False, kind="stable")
        if per_pair:
            frame = frame.drop_duplicates(["drug_a", "drug_b"])
        return frame.head(n).reset_index(drop=True)

    def surface(self, a: str, b: str, value: str = "response") -> pd.DataFrame:
        """Return one column of one pair as a matrix: doses of a (index) x doses of b (columns).

        Raises
        ------
        UnknownNameError
            When the screen has no such drug.
        InvalidValueError
            When it has no such column, or a is b.
        """
        import pandas as pd

        q, swapped = self.design.pair(a, b)
        values = self._column(value)[self.design.grid(q)]
        i, j = self.design.pairs[q]
        frame = pd.DataFrame(
            values,
            index=pd.Index(np.abs(self.design.levels[i]), name=self.drugs[i]),
            columns=pd.Index(np.abs(self.design.levels[j]), name=self.drugs[j]),
        )
        return frame.T if swapped else frame

    def _column(self, value: str) -> np.ndarray:
        if value in SCORES:
            return self.summary(value).mean
        columns = condition_columns(self)
        return columns[check_choice("value", value, columns)]

    def per_pair(self, by: str = "bliss", *, statistic: str = "mean") -> pd.DataFrame:
        """Return one number per pair as a symmetric drugs x drugs matrix, NaN on the diagonal.

        Parameters
        ----------
        by : {"bliss", "hsa", "additive", "effect", "response"}
        statistic : {"mean", "max", "min"}
            Over the conditions in which both drugs are given; those that are not solved are left out.
        """
        import pandas as pd

        check_choice("by", by, SCORES)
        reduce = {"mean": np.mean, "max": np.max, "min": np.min}
        check_choice("statistic", statistic, reduce)
        values = self.summary(by).mean
        matrix = np.full((len(self.drugs),) * 2, np.nan)
        for q, (i, j) in enumerate(self.design.pairs):
            known = values[self.design.interior(q)]
            known = known[~np.isnan(known)]
            if known.size:
                matrix[i, j] = matrix[j, i] = reduce[statistic](known)
        return pd.DataFrame(matrix, index=pd.Index(self.drugs), columns=pd.Index(self.drugs))

    def measured(self, a: str, b: str) -> pd.DataFrame:
        """Return what the training data hold about a pair: dose_a, dose_b, response, effect of each row.

        Rows with other perturbations are left out; of a time course the last time is taken. The table is
        empty where the model came without data or the readout was not measured.
        """
        import pandas as pd

        self.design.pair(a, b)
        names = ["dose_a", "dose_b", "response", "effect"]
        train = self.train
        if train is None or self.readout not in train.readouts:
            return pd.DataFrame({name: np.zeros(0) for name in names})
        doses = np.stack(
            [
                train.doses[:, train.perturbations.index(d)]
                if d in train.perturbations
                else np.zeros(len(train))
                for d in (a, b)
            ],
            axis=1,
        )
        response = train.values[:, train.readouts.index(self.readout)]
        keep = ~np.isnan(response) & (train.order == (doses != 0).sum(axis=1))
        if train.time is not None:
            keep &= train.time == train.time.max()
        controls = response[keep & train.is_control]
        control = float(controls.mean()) if controls.size else 0.0
        columns = [*np.abs(doses[keep]).T, response[keep], self.scale.effect(response[keep], control)]
        return pd.DataFrame(dict(zip(names, columns)))

    def to_dataframe(self) -> pd.DataFrame:
        """Return all pairs over all doses, those at dose 0 included; columns as in the class."""
        return pair_frame(self)

    def to_anndata(self) -> anndata.AnnData:
        """Return each condition once (control, drugs alone, pairs) x the readout, after the data contract.

        obs holds the columns of the class and `residual`, obsm["doses"] the levels in the model's input,
        layers `lower` and `upper` the spread of the response over the members of an ensemble.
        """
        return screen_anndata(self)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the screen as .csv or .tsv (the DataFrame) or .h5ad (the AnnData), wholly or not at all.

        Raises
        ------
        FileFormatError
            On another ending.
        """
        path = Path(path)
        if path.suffix not in _SUFFIXES:
            raise FileFormatError(
                f"A screen cannot be written as {path.name!r}; wanted a name that ends in "
                f"{', '.join(_SUFFIXES)}."
            )
        with replacing(path) as temporary:
            if path.suffix == ".h5ad":
                self.to_anndata().write_h5ad(temporary)
            else:
                self.to_dataframe().to_csv(temporary, index=False, sep="," if path.suffix == ".csv" else "\t")
        return path

    def _counts(self) -> list[str]:
        n_pairs = len(self.design.pairs)
        counts = [f"{len(self.drugs)} drugs", f"{n_pairs:,} pair{'s' if n_pairs > 1 else ''}"]
        counts.append(f"{self.design.n_conditions:,} conditions")
        return counts

    def __repr__(self) -> str:
        members = f", {self.n_members} members" if self.n_members > 1 else ""
        return (
            f"CombinationScreen({', '.join(self._counts())}, readout {self.readout!r}{members}, "
            f"{self.success:.1%} solved)"
        )

    def _repr_html_(self) -> str:
        facts = card(
            "CombinationScreen",
            {
                "screened": ", ".join(self._counts()),
                "drugs": ", ".join(self.drugs),
                "readout": f"{self.readout} ({self.scale})",
                "members": self.n_members,
                "solved": f"{self.success:.1%}",
            },
        )
        best = self.top(5)
        shown = ["drug_a", "drug_b", "dose_a", "dose_b", "effect", *EXCESSES[:2]]
        rows = [
            [f"{v:.3g}" if isinstance(v, float) else v for v in row]
            for row in best[shown].to_numpy().tolist()
        ]
        return facts + table(shown, rows)
