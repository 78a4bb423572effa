"""What a caller of `hc.write_sbml` has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import is_number
from hybridcell.io.digest import data_digest
from hybridcell.io.sbml.dialect import LEVEL_3, Dialect, dialect_named
from hybridcell.io.sbml.uncertainty import standard_deviations


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Options that networks of interactions and of reactions share.

    Attributes
    ----------
    neural, weights : str
    condition : object
    dialect : Dialect
    prune : float
    resimulate : bool
    sd : mapping of id to number
        Standard deviations of values.
    sd_asked : bool
        They were named, not taken from a fit.
    facts : mapping of str to object
        What is known about the fit: the hash of its data.
    """

    neural: str = "exact"
    weights: str = "numbers"
    condition: Any = None
    dialect: Dialect = LEVEL_3
    prune: float = 0.0
    resimulate: bool = True
    sd: Mapping[str, float] = field(default_factory=dict)
    sd_asked: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)


def checked_options(
    model: Any,
    *,
    neural: str,
    weights: str,
    condition: Any,
    level: str,
    prune: float,
    resimulate: bool,
    uncertainty: Mapping[str, float] | None,
) -> ExportOptions:
    """Return the options, or say which of them is wrong."""
    check_choice("neural", neural, ("exact", "distill", "omit", "error"))
    check_choice("weights", weights, ("numbers", "parameters"))
    if not (is_number(prune) and 0 <= float(prune) < np.inf):
        raise InvalidValueError(
            f"prune is {prune!r}; wanted a threshold, a number >= 0 (0 keeps all weights)."
        )
    train = getattr(model, "train", None)
    return ExportOptions(
        neural=neural,
        weights=weights,
        condition=condition,
        dialect=dialect_named(level),
        prune=float(prune),
        resimulate=bool(resimulate),
        sd=standard_deviations(model, uncertainty),
        sd_asked=uncertainty is not None,
        facts={} if train is None else {"data": data_digest(train)},
    )
