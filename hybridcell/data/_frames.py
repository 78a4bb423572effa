"""Two tables, values and doses, as the fields of a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, unknown_name
from hybridcell.data import _checks
from hybridcell.data._conventions import missing_control
from hybridcell.data._labels import format_label
from hybridcell.data._table_mistakes import check_identifiers, check_orientation, check_table

if TYPE_CHECKING:
    import pandas as pd


_REPLICATES = "Give replicates names of their own, such as 'a 1' and 'a 2': their doses say that they are."


def frame_fields(
    values: pd.DataFrame,
    doses: pd.DataFrame,
    *,
    kinds: str | Mapping[str, str] | Sequence[str],
    control: str,
    sd: pd.DataFrame | None,
    weight: pd.DataFrame | None,
) -> dict[str, Any]:
    """Align the tables by row name and check what the arrays alone cannot show."""
    for what, table in (("values", values), ("doses", doses), ("sd", sd), ("weight", weight)):
        if table is not None:
            check_table(what, table)
    check_orientation(values, doses)
    check_identifiers(values, doses)
    rows = _checks.unique_names("condition", list(values.index), hint=_REPLICATES)
    readouts = _checks.unique_names("readout", list(values.columns))
    names = _checks.perturbation_names(list(doses.columns))
    given = _aligned("doses", doses, values.index)
    fields: dict[str, Any] = {
        "values": _checks.float_array("values", values.to_numpy(), values.shape),
        "readouts": readouts,
        "kinds": _kinds(kinds, readouts),
        "conditions": rows,
        "perturbations": names,
        "doses": given,
        "control": control,
        "sd": None if sd is None else _aligned("sd", sd, values.index, values.columns),
        "weight": None if weight is None else _aligned("weight", weight, values.index, values.columns),
    }
    _checks.check_not_counts(fields["values"], fields["kinds"])
    _checks.check_finite_doses(given, rows, names)
    if control == "measured" and len(rows) and not (given == 0).all(axis=1).any():
        raise missing_control(sorted({format_label(names, row) for row in given}))
    return fields


def _aligned(what: str, frame: pd.DataFrame, rows: pd.Index, columns: pd.Index | None = None) -> np.ndarray:
    names = _checks.unique_names(f"row ({what})", list(frame.index), hint=_REPLICATES)
    place = {name: k for k, name in enumerate(names)}
    wanted = [str(name) for name in rows]
    for name in wanted:
        if name not in place:
            raise unknown_name(f"row in {what}", name, names)
    if len(names) != len(wanted):
        more = next(name for name in names if name not in set(wanted))
        raise DataError(
            f"{what} has {len(names)} rows and values has {len(wanted)}; wanted the same row names. "
            f"{more!r} is not in values."
        )
    if columns is not None:
        for name in columns:
            if name not in frame.columns:
                raise unknown_name(f"column in {what}", str(name), map(str, frame.columns))
    cells = (frame if columns is None else frame[list(columns)]).to_numpy()[[place[name] for name in wanted]]
    return _checks.float_array(what, cells, cells.shape)


def _kinds(kinds: str | Mapping[str, str] | Sequence[str], readouts: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(kinds, str):
        return (kinds,) * len(readouts)
    if isinstance(kinds, Mapping):
        for name in readouts:
            if name not in kinds:
                raise unknown_name("kind of readout", name, kinds)
        return tuple(kinds[name] for name in readouts)
    return tuple(kinds)
