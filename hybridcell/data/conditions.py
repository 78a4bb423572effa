"""What is given to the cells, without any measurement: the input of a simulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import table
from hybridcell.data import _checks
from hybridcell.data._labels import CONTROL, SEPARATOR, format_doses, format_label, format_number
from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData


@dataclass(frozen=True, eq=False)
class Conditions:
    """C conditions: which of P perturbations is given at which dose (or signed strength).

    Parameters
    ----------
    names
        C unique names.
    perturbations
        P unique names.
    doses
        (C, P) finite numbers, 0 where a perturbation is not given.
    time
        (C,) time at which each condition is looked at, or None.
    context
        C names of cell lines, patients or batches, or None.

    Examples
    --------
    >>> from hybridcell.data import as_conditions
    >>> conditions = as_conditions([{"aMEK": 0.5}, {"aMEK": 0.5, "aBRAF": 1.0}])
    >>> conditions.labels
    ('aMEK', 'aMEK+aBRAF')
    """

    names: tuple[str, ...]
    perturbations: tuple[str, ...]
    doses: np.ndarray
    time: np.ndarray | None = None
    context: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        put("names", _checks.unique_names("condition", self.names))
        put("perturbations", _checks.perturbation_names(self.perturbations))
        put("doses", _checks.float_array("doses", self.doses, (len(self.names), len(self.perturbations))))
        _checks.check_doses(self.doses, self.names, self.perturbations, input="strength")
        if self.time is not None:
            put("time", _checks.float_array("time", self.time, (len(self.names),)))
        if self.context is not None:
            put("context", tuple(str(c) for c in self.context))
            if len(self.context) != len(self.names):
                raise InvalidValueError(
                    f"context has {len(self.context)} entries; wanted one per condition, which is "
                    f"{len(self.names)}."
                )

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of what is given in each condition, "A+B" or "control"."""
        return tuple(format_label(self.perturbations, row) for row in self.doses)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"Conditions({len(self)} conditions, perturbations: {', '.join(self.perturbations) or 'none'})"

    def _repr_html_(self) -> str:
        rows = [(n, label, format_doses(d)) for n, label, d in zip(self.names, self.labels, self.doses)]
        return table(("condition", "perturbation", "dose"), rows[:20])


if TYPE_CHECKING:
    ConditionsLike: TypeAlias = (
        Conditions
        | PerturbationData
        | AnnData
        | pd.DataFrame
        | Mapping[str, float]
        | Mapping[str, Mapping[str, float]]
        | Sequence[Mapping[str, float]]
    )


def as_conditions(conditions: ConditionsLike | None = None) -> Conditions:
    """Read conditions from whatever states them.

    Parameters
    ----------
    conditions
        None (one untreated control), `Conditions`, `PerturbationData`, an AnnData, a DataFrame of doses
        (index: condition names, columns: perturbations), a dict from perturbation to dose (one condition;
        an empty dict is the control), a list of such dicts, or a dict from names of conditions to such dicts.

    Raises
    ------
    InvalidValueError
        When the type is none of these, a dose is not a finite number, or a name comes twice.

    Examples
    --------
    >>> from hybridcell.data import as_conditions
    >>> as_conditions({"aMEK": 0.5, "aBRAF": 1.0}).names
    ('aMEK 0.5 + aBRAF 1',)
    >>> as_conditions({"low": {"aMEK": 0.1}, "high": {"aMEK": 1.0}}).names
    ('low', 'high')
    >>> as_conditions(None).labels
    ('control',)
    """
    if conditions is None:
        return Conditions((CONTROL,), (), np.zeros((1, 0)))
    if isinstance(conditions, Conditions):
        return conditions
    if isinstance(conditions, PerturbationData):
        c = conditions
        return Conditions(c.conditions, c.perturbations, c.doses, c.time, c.context)
    if isinstance(conditions, Mapping):
        named = are_named(conditions)
        rows: list[Any] = list(conditions.values()) if named else [conditions]
        found = _from_dicts(rows)
        return replace(found, names=tuple(map(str, conditions))) if named else found
    if hasattr(conditions, "obsm") and hasattr(conditions, "obs"):
        return _from_anndata(conditions)
    if hasattr(conditions, "columns") and hasattr(conditions, "index"):
        return _from_frame(conditions)
    if isinstance(conditions, list | tuple) and all(isinstance(c, Mapping) for c in conditions):
        return _from_dicts(conditions)
    raise InvalidValueError(
        f"Conditions are {type(conditions).__name__} {conditions!r:.60}; wanted None, an AnnData, a "
        "DataFrame of "
        f"doses, a dict such as {{'aMEK': 0.5}}, or a list of such dicts."
    )


def are_named(conditions: Any) -> TypeGuard[Mapping[str, Mapping[str, Any]]]:
    """Tell whether conditions are a dict from their names to what is given in each."""
    if not isinstance(conditions, Mapping) or not conditions:
        return False
    return all(isinstance(one, Mapping) for one in conditions.values())


def _from_anndata(adata: Any) -> Conditions:
    from hybridcell.data.anndata_contract import obs_table, read_given, read_texts, read_time

    reading, _, _ = read_given(adata, need_control=False)
    return Conditions(
        tuple(map(str, adata.obs_names)),
        reading.perturbations,
        reading.doses,
        read_time(obs_table(adata), None),
        read_texts(obs_table(adata), None, "context"),
    )


def _from_frame(frame: Any) -> Conditions:
    return Conditions(tuple(map(str, frame.index)), tuple(map(str, frame.columns)), frame.to_numpy())


def _from_dicts(dicts: Sequence[Mapping[str, float]]) -> Conditions:
    perturbations = tuple(dict.fromkeys(str(name) for one in dicts for name in one))
    index = {name: j for j, name in enumerate(perturbations)}
    doses = np.zeros((len(dicts), len(perturbations)))
    for i, one in enumerate(dicts):
        for name, dose in one.items():
            try:
                doses[i, index[str(name)]] = float(dose)
            except (TypeError, ValueError):
                raise InvalidValueError(f"The dose of {name!r} is {dose!r}; wanted a number.") from None
    return Conditions(unique_names([_describe(perturbations, row) for row in doses]), perturbations, doses)


def _describe(perturbations: Sequence[str], doses: np.ndarray) -> str:
    given = [f"{name} {format_number(dose)}" for name, dose in zip(perturbations, doses) if dose != 0]
    return f" {SEPARATOR} ".join(given) or CONTROL


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Number the second and later conditions of one name."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(unique)
