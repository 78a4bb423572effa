"""The simulated screen and what can be read from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import FileFormatError, check_choice
from hybridcell._core.files import replacing
from hybridcell._core.html import card, table
from hybridcell.data import PerturbationData
from hybridcell.therapy.effect import EffectScale
from hybridcell.therapy.screen.design import Design
from hybridcell.therapy.screen.ranking import pair_matrix, top_combinations
from hybridcell.therapy.screen.scores import EXCESSES, Summary
from hybridcell.therapy.screen.scoring import is_small, row_blocks, scores_of, whole_summary
from hybridcell.therapy.screen.screen_folder import ScreenFolder
from hybridcell.therapy.screen.stored_array import StoredArray, columns_of
from hybridcell.therapy.screen.surfaces import measured_frame, surface_frame
from hybridcell.therapy.screen.tables import screen_anndata, table_pieces

if TYPE_CHECKING:
    import anndata
    import pandas as pd

_SUFFIXES = (".csv", ".tsv", ".h5ad")


@dataclass(frozen=True, eq=False)
class CombinationScreen:
    """All pairs (and triples) of drugs over their doses, as `hc.screen_combinations` simulates them.

    Tables have the columns

    - ``response``: the readout, mean over the members of an ensemble;
    - ``effect``: the fraction of the untreated level that is taken away, 0 to 1 (see `scale`);
    - ``bliss``, ``hsa``: effect beyond Bliss independence, and beyond the better drug alone;
    - ``additive``: wanted change of the response beyond the sum of the drugs' changes alone, in the unit of
      the readout. Where responses are logarithms this is Bliss on the log scale, and not cut off;
    - ``emergent`` (triples): effect beyond what the three pairs and the three drugs predict, by the formula
      of Isserlis. NaN for pairs, whose whole excess is their own;
    - ``<column>_lower``, ``<column>_upper``: the central 90 % of the members, which is how far the fits
      spread and no interval of a measurement (`hc.predict` has those); ``bliss_probability``,
      ``hsa_probability``, ...: the share of members with an excess above 0 (ensembles);
    - ``success``: the share of the members that settled. What did not settle is NaN.

    An excess above 0 is synergy, whichever way the readout is meant to go. Doses are shown as absolute
    values.

    Attributes
    ----------
    design : Design
        Drugs, levels and the order of the K conditions.
    readout, kind : str
        The node that is read, and its kind.
    responses : ndarray or StoredArray, shape (M, K)
        Response of each member, NaN where it did not settle. Of a screen in a folder it stays there, and is
        read where it is needed; ``numpy.asarray`` reads it all.
    residual : ndarray or StoredArray, shape (K,)
        Largest \\|dx/dt\\| / alpha over the members: the certificate of each condition.
    scale : EffectScale
        How responses become effects.
    input : {"strength", "dose"}
        What the levels are.
    train : PerturbationData or None
        The data the model was fitted to.
    context : str or None
        The cell line or patient, where the model was one of several.

    References
    ----------
    Wood, Nishida, Sontag and Cluzel, PNAS 109 (2012) 12254-12259, for the prediction from pairs; Tekin et
    al., J. R. Soc. Interface 13 (2016) 20160332, for the emergent interaction.

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
    responses: np.ndarray | StoredArray
    residual: np.ndarray | StoredArray
    scale: EffectScale
    input: str = "strength"
    train: PerturbationData | None = None
    context: str | None = None
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
    def settled(self) -> np.ndarray:
        """Share of the members that settled, per condition."""
        blocks = (columns_of(self.responses, rows) for rows in row_blocks(self))
        return np.concatenate([np.isfinite(block).mean(axis=0) for block in blocks])

    @cached_property
    def success(self) -> float:
        """Share of all simulations that settled."""
        blocks = (columns_of(self.responses, rows) for rows in row_blocks(self))
        n = self.n_members * self.design.n_conditions
        return sum(int(np.isfinite(block).sum()) for block in blocks) / n

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> CombinationScreen:
        """Open the folder of a screen that `hc.screen_combinations(..., out=path)` has written.

        Responses stay on the disk; only what is asked for is read.

        Raises
        ------
        FileFormatError
            When there is no such folder, or the screen in it is not complete: then it says how much is done
            and how to go on.

        Examples
        --------
        >>> import hybridcell as hc, tempfile, os
        >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
        ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
        >>> path = os.path.join(tempfile.mkdtemp(), "screen.zarr")
        >>> screen = hc.screen_combinations(model, readout="growth", doses=3, input_range=-2.0, out=path)
        >>> hc.CombinationScreen.read(path).drugs
        ('a', 'b')
        """
        folder = ScreenFolder(Path(path))
        folder.check_finished()
        said = folder.description
        levels = tuple(np.array(level, dtype=float) for level in said["levels"])
        screen = cls(
            design=Design(tuple(said["drugs"]), levels, said["order"]),
            readout=said["readout"],
            kind=said["kind"],
            responses=folder.responses,
            residual=folder.residual,
            scale=EffectScale(said["scale"], said["better"]),
            input=said["input"],
            train=folder.train(),
            context=said["context"],
        )
        # known from the journal, and dear to count
        n_settled = sum(folder.finished().values())
        screen.__dict__["success"] = n_settled / (screen.n_members * screen.design.n_conditions)
        return screen

    def summary(self, score: str) -> Summary:
        """Return one score of the K conditions over the members: mean, lower, upper, share above 0."""
        check_choice("score", score, scores_of(self))
        if score in self._summaries:
            return self._summaries[score]
        found = whole_summary(self, score)
        if is_small(self):
            self._summaries[score] = found
        return found

    def top(
        self,
        n: int = 10,
        *,
        by: str = "bliss",
        per_combination: bool = True,
        order: int | None = None,
        per_pair: bool | None = None,
    ) -> pd.DataFrame:
        """Return the best combinations.

        Parameters
        ----------
        n
            Number of rows.
        by : {"bliss", "hsa", "effect", "additive", "emergent"}
            What ranks them, highest first; "emergent" ranks triples.
        per_combination
            List each pair and triple once, at its best doses. False: any condition with two or more drugs.
        order : {2, 3}, optional
            Only pairs, or only triples.
        per_pair
            Another word for `per_combination`.

        Returns
        -------
        DataFrame
            drug_a, drug_b, dose_a, dose_b, response, effect, bliss, hsa, additive, success; with triples
            also drug_c, dose_c ("" and 0 for a pair) and emergent; for an ensemble also `lower` and `upper`
            (central 90 % of the members: no interval of a measurement) and `probability` (share of the
            members above 0) of the ranking column.

        Raises
        ------
        InvalidValueError
            When n is below 1, or `by` or `order` is none of these.
        """
        once = per_combination if per_pair is None else per_pair
        if is_small(self) and by in scores_of(self):
            self.summary(by)
        return top_combinations(self, n, by, once, order)

    def surface(
        self, a: str, b: str, value: str = "response", *, at: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """Return one column of one pair as a matrix: doses of a (index) x doses of b (columns).

        Parameters
        ----------
        a, b
            The drugs.
        value
            The column, such as "response", "bliss" or "emergent".
        at : dict, optional
            A third drug and the level that it is given at, inside of a triple: ``{"c": 0.5}``. The sign of
            the level need not be given.

        Raises
        ------
        UnknownNameError
            When the screen has no such drug.
        InvalidValueError
            When it has no such column, a is b, or the third drug was not screened at this level.
        """
        return surface_frame(self, a, b, value, at)

    def per_pair(self, by: str = "bliss", *, statistic: str = "mean") -> pd.DataFrame:
        """Return one number per pair as a symmetric drugs x drugs matrix, NaN on the diagonal.

        Parameters
        ----------
        by : {"bliss", "hsa", "additive", "effect", "response"}
        statistic : {"mean", "max", "min"}
            Over the conditions in which these two drugs are given and no other; those that are not solved
            are left out.
        """
        return pair_matrix(self, by, statistic)

    def measured(self, a: str, b: str) -> pd.DataFrame:
        """Return what the training data hold about a pair: dose_a, dose_b, response, effect of each row.

        Rows with other perturbations are left out, and of data with several contexts those of another one
        than the screen's; of a time course the last time is taken. The table is empty where the model came
        without data or the readout was not measured.
        """
        return measured_frame(self, a, b)

    def to_dataframe(self) -> pd.DataFrame:
        """Return all pairs over all doses, those at dose 0 included, then all triples (drug_c, dose_c).

        Columns as in the class; for pairs in a screen of triples drug_c is "" and dose_c is 0.
        """
        import pandas as pd

        return pd.concat(table_pieces(self), ignore_index=True)

    def to_html(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Write the screen as one page for a browser, wholly or not at all, and return the path.

        A map of all pairs, a table to sort and search, and of the chosen pair dose surfaces with isoboles,
        the drugs alone, what was measured, and all numbers. The page holds all it needs and loads nothing;
        ``#pair=a+b`` at the end of its address opens a pair. Numbers are rounded to 16 bits; what a screen
        beyond some 15 MB leaves out stands on the page.

        Examples
        --------
        >>> import hybridcell as hc, pathlib, tempfile
        >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
        ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
        >>> screen = hc.screen_combinations(model, readout="growth", doses=4, input_range=-2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = screen.to_html(pathlib.Path(folder) / "screen.html", title="a + b")
        ...     "a + b" in path.read_text("utf-8")
        True
        """
        from hybridcell.therapy.screen.report import write_report

        return write_report(self, path, title=title)

    def to_anndata(self) -> anndata.AnnData:
        """Return each condition once (control, drugs alone, pairs, triples) x the readout.

        The table follows the data contract:

        obs holds the columns of the class, `residual` and, where the model was one of several, `context`;
        obsm["doses"] holds the levels in the model's input, layers `lower` and `upper` the spread of the
        response over the members of an ensemble.
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
                separator = "," if path.suffix == ".csv" else "\t"
                for number, piece in enumerate(table_pieces(self)):
                    mode = "a" if number else "w"
                    piece.to_csv(temporary, index=False, sep=separator, mode=mode, header=not number)
        return path

    def _counts(self) -> list[str]:
        n_pairs = len(self.design.pairs)
        counts = [f"{len(self.drugs)} drugs", f"{n_pairs:,} pair{'s' if n_pairs > 1 else ''}"]
        n_triples = self.design.n_triples
        if n_triples:
            counts.append(f"{n_triples:,} triple{'s' if n_triples > 1 else ''}")
        counts.append(f"{self.design.n_conditions:,} conditions")
        return counts

    def __repr__(self) -> str:
        members = f", {self.n_members} members" if self.n_members > 1 else ""
        context = "" if self.context is None else f", context {self.context!r}"
        return (
            f"CombinationScreen({', '.join(self._counts())}, readout {self.readout!r}{context}{members}, "
            f"{self.success:.1%} solved)"
        )

    def _repr_html_(self) -> str:
        facts = card(
            "CombinationScreen",
            {
                "screened": ", ".join(self._counts()),
                "drugs": ", ".join(self.drugs),
                "readout": f"{self.readout} ({self.scale})",
                **({} if self.context is None else {"context": self.context}),
                "members": self.n_members,
                "solved": f"{self.success:.1%}",
            },
        )
        best = self.top(5)
        names = [f"{what}_{x}" for what in ("drug", "dose") for x in "abc"[: self.design.order]]
        shown = [*names, "effect", *EXCESSES[:2]]
        rows = [
            [f"{v:.3g}" if isinstance(v, float) else v for v in row]
            for row in best[shown].to_numpy().tolist()
        ]
        return facts + table(shown, rows)
