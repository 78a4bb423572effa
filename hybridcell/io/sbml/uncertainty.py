"""How well calibrated values are known, as a caller or a fit says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, UnsupportedSBMLError, unknown_name
from hybridcell._core.number_checks import is_number
from hybridcell.io.sbml.dialect import Dialect
from hybridcell.io.sbml.packages import standard_deviation


def standard_deviations(model: Any, given: Mapping[str, float] | None) -> dict[str, float]:
    """Return the standard deviation of values by id: those that are given, else those of a fit.

    A fit that has them has a table `parameters` with the ids as its index and a column "sd".
    """
    if given is not None:
        if not isinstance(given, Mapping):
            raise InvalidValueError(
                f"uncertainty is a {type(given).__name__}; wanted standard deviations by id, such as "
                "{'k1': 0.05}."
            )
        for id, value in given.items():
            if not (is_number(value) and 0 <= float(value) < np.inf):
                raise InvalidValueError(
                    f"uncertainty of {id!r} is {value!r}; wanted a standard deviation, a number >= 0."
                )
        return {str(id): float(value) for id, value in given.items()}
    table = getattr(model, "parameters", None)
    columns = getattr(table, "columns", ())
    if table is None or "sd" not in columns:
        return {}
    sd = table["sd"].astype(float)
    return {str(id): float(value) for id, value in sd.items() if np.isfinite(value)}


def uncertainty_elements(
    sd: Mapping[str, float], known: Collection[str], dialect: Dialect, *, asked: bool
) -> dict[str, str]:
    """Return the elements to put into quantities.

    Parameters
    ----------
    sd : mapping of id to number
    known : collection of str
        Ids of quantities in the file.
    dialect : Dialect
    asked : bool
        The caller named the ids, so that none of them may go amiss.
    """
    if asked and sd and dialect.level < 3:
        raise UnsupportedSBMLError(
            "SBML Level 2 cannot say uncertainties", hint="Write Level 3 with level='3.2'."
        )
    if asked:
        for id in sd:
            if id not in known:
                raise unknown_name("quantity in the file (named in uncertainty)", id, known)
    if dialect.level < 3:
        return {}
    return {id: standard_deviation(value) for id, value in sd.items() if id in known}


def uncertainty_rows(
    sd: Mapping[str, float], written: Mapping[str, str]
) -> tuple[tuple[str, int, str, str], ...]:
    """Return what the report says: element, count, exact or left out, and how."""
    rows = []
    if written:
        rows.append(("uncertainties", len(written), "exact", "standard deviations, in the package distrib"))
    if len(sd) > len(written):
        why = "of what is not a value in the file, or the level has no place for them"
        rows.append(("uncertainties", len(sd) - len(written), "left out", why))
    return tuple(rows)
