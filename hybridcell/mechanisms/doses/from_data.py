"""The doses at which drugs were tested."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import DataError
from hybridcell.data import as_perturbation_data
from hybridcell.mechanisms.doses.reading import index_of


def tested_doses(
    data: Any, drugs: tuple[str, ...] | None
) -> tuple[tuple[str, ...], Float[np.ndarray, " p"], Float[np.ndarray, " p"]]:
    """Return drugs, the geometric middle of their doses (lowest to highest above 0), and the highest.

    Parameters
    ----------
    drugs
        Default: all that are given at two doses at least.

    Raises
    ------
    DataError
        When the data hold strengths, a drug is never given, or none has two doses.
    UnknownNameError
        On a drug that is no perturbation of the data.
    """
    screen = as_perturbation_data(data)
    if screen.input != "dose":
        raise DataError(
            "The data hold signed strengths (input 'strength'); a dose layer learns from doses. Give the "
            "doses, with uns['hybridcell']['input'] = 'dose', or use the network without a layer."
        )
    given = {name: _given(screen.doses[:, j]) for j, name in enumerate(screen.perturbations)}
    if drugs is None:
        drugs = tuple(name for name, doses in given.items() if len(doses) > 1)
        if not drugs:
            raise DataError(
                "No perturbation of the data is given at two doses or more, so that there is no curve to "
                "learn. Name the drugs with targets={...}, or build DoseLayer(drugs, ec50=...)."
            )
    for drug in drugs:
        index_of("drug (perturbation of the data)", drug, screen.perturbations)
        if not len(given[drug]):
            raise DataError(f"The data never give {drug!r}, so that the range of its doses is not known.")
    middle = [np.sqrt(given[drug][0] * given[drug][-1]) for drug in drugs]
    return drugs, np.array(middle), np.array([given[drug][-1] for drug in drugs])


def _given(column: np.ndarray) -> np.ndarray:
    """Return the doses above 0 in rising order, each once."""
    return np.unique(column[column > 0])
