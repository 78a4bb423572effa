"""A perturbation screen as arrays: what was given to each row, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, check_choice, check_is_list, unknown_name
from hybridcell._core.html import card
from hybridcell.data import _checks
from hybridcell.data._labels import format_doses, format_label
from hybridcell.data.response_scale import SCALES

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

#: Fields that are lists of names, and always there.
_NAMES = ("readouts", "kinds", "conditions", "perturbations")


@dataclass(frozen=True, eq=False)
class PerturbationData:
    """A screen: C conditions (or cells), P perturbations and R readouts, checked once and then immutable.

    Most users never build one: every function that takes data takes an AnnData as well.

    Parameters
    ----------
    values
        (C, R) responses; NaN where nothing was measured. Log ratios, log expression or any other real number.
    readouts
        R unique names of what was measured.
    kinds
        Kind of each readout: "protein", "phenotype", "drug" or "gene".
    conditions
        C unique row names.
    perturbations
        P unique names of drugs, genes or ligands, none of which contains "+".
    doses
        (C, P) finite numbers, 0 where a perturbation was not given.
    input
        "dose": doses are 0 or more. "strength": signed inputs u of a CellBox, negative = inhibition.
    control
        "measured": control rows belong to the data. "implied": the values are relative to an untreated
        control, which therefore is 0 by definition.
    sd
        (C, R) measurement error in the unit of the values, positive wherever a value is.
    weight
        (C, R) loss weights, 0 or more.
    time
        (C,) time of measurement, NaN = steady state; None where all rows are steady states.
    context
        C names of cell lines, patients or batches.
    replicate
        C names of replicates; rows with the same doses, time and context are replicates in any case.
    dose_labels
        C texts of the nominal doses ("1.5+6"), where they differ from the numbers in `doses`.
    provenance
        Where the data come from and how they were understood: text, numbers, lists and dicts.
    scale
        What the values are: "log2", "ln" or "log10" of ratios to the untreated control, or "linear", relative
        changes (-0.3 for 30 % less). None where nobody said. Networks take it over.

    Raises
    ------
    DataError
        When a shape, a name, a sign or a value breaks the contract; the message says where.
    InvalidValueError
        When one text is given where a list of names is wanted.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> screen = PerturbationData(
    ...     values=[[0.0], [-1.2], [-2.0]], readouts=["ERK"], kinds=["protein"],
    ...     conditions=["c0", "c1", "c2"], perturbations=["aMEK", "aBRAF"],
    ...     doses=[[0, 0], [1, 0], [1, 0.5]], input="dose", control="measured",
    ... )
    >>> screen.labels
    ('control', 'aMEK', 'aMEK+aBRAF')
    """

    values: np.ndarray
    readouts: tuple[str, ...]
    kinds: tuple[str, ...]
    conditions: tuple[str, ...]
    perturbations: tuple[str, ...]
    doses: np.ndarray
    input: str = "dose"
    control: str = "measured"
    sd: np.ndarray | None = None
    weight: np.ndarray | None = None
    time: np.ndarray | None = None
    context: tuple[str, ...] | None = None
    replicate: tuple[str, ...] | None = None
    dose_labels: tuple[str, ...] | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    scale: str | None = None

    def __post_init__(self) -> None:
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        for name in (*_NAMES, "context", "replicate", "dose_labels"):
            check_is_list(name, getattr(self, name))
        put("readouts", _checks.unique_names("readout", self.readouts))
        put("conditions", _checks.unique_names("condition", self.conditions))
        put("perturbations", _checks.perturbation_names(self.perturbations))
        check_choice("input", self.input, _checks.INPUTS)
        check_choice("control", self.control, _checks.CONTROLS)
        if self.scale is not None:
            check_choice("scale", self.scale, SCALES)
        rows, readouts = len(self.conditions), len(self.readouts)
        put("kinds", self._per("kinds", self.kinds, readouts, "readout"))
        for kind in self.kinds:
            check_choice("kind", kind, _checks.KINDS)
        put("values", _checks.float_array("values", self.values, (rows, readouts)))
        _checks.check_values(self.values, self.conditions, self.readouts)
        put("doses", _checks.float_array("doses", self.doses, (rows, len(self.perturbations))))
        _checks.check_doses(self.doses, self.conditions, self.perturbations, input=self.input)
        if self.sd is not None:
            put("sd", _checks.float_array("sd", self.sd, (rows, readouts)))
            _checks.check_sd(self.sd, self.values, self.conditions, self.readouts)
        if self.weight is not None:
            put("weight", _checks.float_array("weight", self.weight, (rows, readouts)))
            _checks.check_weight(self.weight, self.conditions, self.readouts)
        if self.time is not None:
            put("time", _checks.float_array("time", self.time, (rows,)))
            if np.isinf(self.time).any():
                row = self.conditions[int(np.argmax(np.isinf(self.time)))]
                raise DataError(
                    f"The time of row {row!r} is infinite; wanted a number, or NaN for a steady state."
                )
            if self.time.size and np.isnan(self.time).all():
                put("time", None)
        for name in ("context", "replicate", "dose_labels"):
            texts = getattr(self, name)
            if texts is not None:
                put(name, self._per(name, texts, rows, "condition"))

    @staticmethod
    def _per(what: str, values: Sequence[object], n: int, owner: str) -> tuple[str, ...]:
        texts = tuple(str(v) for v in values)
        if len(texts) != n:
            raise DataError(f"{what} has {len(texts)} entries; wanted one per {owner}, which is {n}.")
        return texts

    @property
    def observed(self) -> np.ndarray:
        """(C, R) True where a value was measured."""
        return ~np.isnan(self.values)

    @property
    def order(self) -> np.ndarray:
        """(C,) number of perturbations given: 0 control, 1 single, 2 pair."""
        return (self.doses != 0).sum(axis=1)

    @property
    def is_control(self) -> np.ndarray:
        """(C,) True where nothing was given."""
        return self.order == 0

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of what was given to each row, "A+B" in column order or "control"."""
        return tuple(format_label(self.perturbations, row) for row in self.doses)

    def __len__(self) -> int:
        return len(self.conditions)

    def subset(self, rows: Sequence[int] | Sequence[str] | np.ndarray) -> PerturbationData:
        """Return the screen of some rows, in the order given.

        Parameters
        ----------
        rows
            Positions, a Boolean mask of length C, or row names.

        Raises
        ------
        UnknownNameError
            When a row name does not exist.
        InvalidValueError
            When a position is out of range, a mask has the wrong length, or one text stands for a list.
        """
        index = self._positions(rows)
        pick = lambda array: None if array is None else array[index]  # noqa: E731
        names = lambda texts: None if texts is None else tuple(texts[i] for i in index)  # noqa: E731
        return replace(
            self,
            values=self.values[index],
            conditions=tuple(self.conditions[i] for i in index),
            doses=self.doses[index],
            sd=pick(self.sd),
            weight=pick(self.weight),
            time=pick(self.time),
            context=names(self.context),
            replicate=names(self.replicate),
            dose_labels=names(self.dose_labels),
            provenance=dict(self.provenance),
        )

    def rename_perturbations(self, names: Mapping[str, str]) -> PerturbationData:
        """Return the screen with other names of perturbations.

        A perturbation that has the name of a readout acts on the node of that readout. Where a gene is both
        knocked out and measured, a name of its own makes the knockout a node that may act on all genes.

        Parameters
        ----------
        names
            Old name -> new name; perturbations that are not named keep theirs.

        Raises
        ------
        UnknownNameError
            When there is no such perturbation; the nearest is suggested.
        DataError
            When two perturbations would have one name, or a name contains "+".

        Examples
        --------
        >>> from hybridcell.data import PerturbationData
        >>> screen = PerturbationData(
        ...     values=[[0.0], [-1.2]], readouts=["KLF1"], kinds=["gene"], conditions=["c0", "c1"],
        ...     perturbations=["KLF1"], doses=[[0], [1]],
        ... )
        >>> screen.rename_perturbations({"KLF1": "KLF1 KO"}).labels
        ('control', 'KLF1 KO')
        """
        for name in names:
            if name not in self.perturbations:
                raise unknown_name("perturbation", name, self.perturbations)
        return replace(
            self,
            perturbations=tuple(str(names.get(name, name)) for name in self.perturbations),
            provenance=dict(self.provenance),
        )

    def _positions(self, rows: Sequence[int] | Sequence[str] | np.ndarray) -> np.ndarray:
        check_is_list("rows", rows)
        array = np.asarray(rows)
        if array.dtype.kind in "UO":
            known = {name: i for i, name in enumerate(self.conditions)}
            for name in array.tolist():
                if name not in known:
                    raise unknown_name("condition", name, self.conditions)
            return np.array([known[name] for name in array.tolist()], dtype=int)
        if array.dtype == bool:
            if array.shape != (len(self),):
                raise InvalidValueError(f"The row mask has shape {array.shape}; wanted ({len(self)},).")
            return np.flatnonzero(array)
        if array.size and array.dtype.kind not in "iu":
            raise InvalidValueError(f"Rows are {rows!r:.60}; wanted positions, a Boolean mask, or row names.")
        array = array.astype(int).reshape(-1)
        if array.size and (array.min() < -len(self) or array.max() >= len(self)):
            raise InvalidValueError(
                f"Rows reach from {array.min()} to {array.max()}; there are {len(self)} rows."
            )
        return array % len(self) if array.size else array

    @classmethod
    def from_anndata(
        cls,
        adata: AnnData,
        *,
        perturbation: str | None = None,
        control: str | None = None,
        sep: str = "+",
        dose: str | None = None,
        time: str | None = None,
        context: str | None = None,
        layer: str | None = None,
    ) -> PerturbationData:
        """Read an AnnData; how it was understood is in `provenance["understood"]`.

        With numeric `obsm["doses"]` (the contract of hybridcell) nothing is parsed. Otherwise the text
        columns of GEARS (`condition`, "A+ctrl"), CPA (`dosage`, `dose_val`), pertpy and scPerturb
        (`perturbation`) and the Virtual Cell Challenge (`target_gene`, "non-targeting") are found by name.
        What could be read in two ways is refused, with the argument that decides.

        Parameters
        ----------
        adata
            Rows are conditions or cells, columns are readouts.
        perturbation
            obs column with labels such as "A+B". Naming one reads it even where `obsm["doses"]` exists.
        control
            The label of the control rows, or "implied" when the values are log ratios to an untreated
            control.
        sep
            What joins the names of a combination.
        dose
            obs column with doses such as "0.5+2". Without one every perturbation has dose 1.
        time, context
            obs columns; by default "time" and "context" where they exist. There is a warning where rows of
            one condition differ in a column of cell lines ("cell_line", "cell_type") that is not read.
        layer
            Layer with the values; by default X.

        Raises
        ------
        DataError
            When the data are ambiguous or break the contract: no control, a separator inside a name, a dose
            count that does not match, raw counts, an empty perturbation, duplicate names, infinite values.
        UnknownNameError
            When a column, layer or label that was named does not exist.

        Examples
        --------
        >>> import anndata, numpy as np, pandas as pd
        >>> from hybridcell.data import PerturbationData
        >>> obs = pd.DataFrame({"condition": ["ctrl", "KLF1+ctrl", "KLF1+BAK1"]}, index=["a", "b", "c"])
        >>> adata = anndata.AnnData(np.array([[0.1], [0.7], [1.2]]), obs=obs)
        >>> screen = PerturbationData.from_anndata(adata)
        >>> screen.labels
        ('control', 'KLF1', 'BAK1+KLF1')
        >>> screen.provenance["understood"]["convention"]
        'GEARS'
        """
        from hybridcell.data.anndata_contract import read_anndata

        fields = read_anndata(
            adata,
            perturbation=perturbation,
            control=control,
            sep=sep,
            dose=dose,
            time=time,
            context=context,
            layer=layer,
        )
        return cls(**fields)

    @classmethod
    def from_frames(
        cls,
        values: pd.DataFrame,
        doses: pd.DataFrame,
        *,
        kinds: str | Mapping[str, str] | Sequence[str] = "protein",
        input: str = "dose",
        control: str = "measured",
        sd: pd.DataFrame | None = None,
        weight: pd.DataFrame | None = None,
        time: Sequence[float] | None = None,
        context: Sequence[str] | None = None,
        replicate: Sequence[str] | None = None,
        provenance: Mapping[str, Any] | None = None,
        scale: str | None = None,
    ) -> PerturbationData:
        """Build a screen from two tables with the same row names.

        Parameters
        ----------
        values
            Conditions x readouts.
        doses
            Conditions x perturbations; rows are matched to those of `values` by name.
        kinds
            One kind for all readouts, a kind per readout, or a mapping from readout to kind.
        input, control, sd, weight, time, context, replicate, provenance, scale
            As in the class; `time`, `context` and `replicate` may be Series with row names in any order.

        Raises
        ------
        DataError
            When the row names differ, no row is the control, or a value breaks the contract.

        Examples
        --------
        >>> import pandas as pd
        >>> from hybridcell.data import PerturbationData
        >>> values = pd.DataFrame({"ERK": [0.0, -1.2]}, index=["untreated", "drug"])
        >>> doses = pd.DataFrame({"aMEK": [0.0, 1.0]}, index=["untreated", "drug"])
        >>> PerturbationData.from_frames(values, doses).labels
        ('control', 'aMEK')
        """
        from hybridcell.data._frames import frame_fields
        from hybridcell.data._row_entries import in_row_order, times_of

        for name, texts in (("context", context), ("replicate", replicate)):
            check_is_list(name, texts)
        fields = frame_fields(values, doses, kinds=kinds, control=control, sd=sd, weight=weight)
        rows = fields["conditions"]
        return cls(
            **fields,
            input=input,
            time=None if time is None else times_of("time", in_row_order("time", time, rows)),
            context=None if context is None else tuple(in_row_order("context", context, rows)),
            replicate=None if replicate is None else tuple(in_row_order("replicate", replicate, rows)),
            provenance=dict(provenance or {}),
            scale=scale,
        )

    def to_anndata(self) -> AnnData:
        """Return an AnnData that follows the contract and can be written to h5ad.

        Examples
        --------
        >>> import hybridcell as hc
        >>> from hybridcell.data import PerturbationData
        >>> screen = PerturbationData(
        ...     values=[[0.0], [-1.2]], readouts=["ERK"], kinds=["protein"], conditions=["c0", "c1"],
        ...     perturbations=["aMEK"], doses=[[0], [0.5]],
        ... )
        >>> screen.to_anndata().obs["dose"].tolist()
        ['0', '0.5']
        """
        from hybridcell.data.anndata_contract import to_anndata

        return to_anndata(self)

    @property
    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {
            "conditions": f"{len(self)} ({self._orders()})",
            "readouts": f"{len(self.readouts)} ({self._kind_counts()})",
            "perturbations": f"{len(self.perturbations)} ({self.input})",
            "control": self.control,
            "measured": f"{self.observed.mean():.1%} of the values" if self.values.size else "no values",
        }
        if self.scale is not None:
            facts["values"] = self.scale
        if self.time is not None:
            steady = int(np.isnan(self.time).sum())
            times = len(np.unique(self.time[~np.isnan(self.time)]))
            facts["times"] = f"{times}, and {steady} rows of steady states" if steady else times
        if self.context is not None:
            facts["contexts"] = len(set(self.context))
        for key, value in self.provenance.get("understood", {}).items():
            facts[f"read: {key}"] = value
        return facts

    def _orders(self) -> str:
        counts = np.bincount(self.order, minlength=3)
        named = ["control", "single", "pair"] + [f"{k}-fold" for k in range(3, len(counts))]
        return ", ".join(f"{count} {name}" for count, name in zip(counts, named) if count)

    def _kind_counts(self) -> str:
        return ", ".join(f"{self.kinds.count(kind)} {kind}" for kind in _checks.KINDS if kind in self.kinds)

    def __repr__(self) -> str:
        return (
            f"PerturbationData({len(self)} conditions: {self._orders()}; {len(self.readouts)} readouts: "
            f"{self._kind_counts()}; {len(self.perturbations)} perturbations, input={self.input!r}, "
            f"control={self.control!r})"
        )

    def _repr_html_(self) -> str:
        return card("PerturbationData", self._facts)


def dose_texts(data: PerturbationData) -> tuple[str, ...]:
    """Return the dose text of each row: the nominal one where the data carry it, else the numbers."""
    return data.dose_labels or tuple(format_doses(row) for row in data.doses)


def as_perturbation_data(data: AnnData | PerturbationData) -> PerturbationData:
    """Return a screen as `PerturbationData`, whichever of the two types it comes in.

    Raises
    ------
    InvalidValueError
        When it is neither.
    """
    if isinstance(data, PerturbationData):
        return data
    if hasattr(data, "obsm") and hasattr(data, "obs"):
        return PerturbationData.from_anndata(data)
    raise InvalidValueError(
        f"Data are {type(data).__name__}; wanted an AnnData or PerturbationData. Two tables become one with "
        f"PerturbationData.from_frames(values, doses); anndata.read_h5ad reads a file."
    )
