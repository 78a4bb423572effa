"""One screen out of two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell.data.perturbation_data import PerturbationData


def concatenate(first: PerturbationData, second: PerturbationData) -> PerturbationData:
    """Return the rows of both screens; row names that occur in both get a suffix.

    Raises
    ------
    DataError
        If readouts or their kinds, perturbations, the meaning of doses, the control, or what is known of the
        rows differ.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.data import as_perturbation_data
    >>> screen = as_perturbation_data(hc.datasets.demo())
    >>> len(concatenate(screen.subset([0, 1]), screen.subset([2])))
    3
    """
    for what in ("readouts", "kinds", "perturbations", "input", "control"):
        if getattr(first, what) != getattr(second, what):
            raise DataError(f"The two screens differ in their {what}; wanted the same, in the same order.")
    if None not in (first.scale, second.scale) and first.scale != second.scale:
        raise DataError(f"One screen is {first.scale!r}, the other {second.scale!r}; wanted one scale.")
    taken = {*first.conditions, *second.conditions}
    known, renamed = set(first.conditions), []
    for name in second.conditions:
        fresh = name
        while fresh in known or (fresh != name and fresh in taken):
            fresh += "'"
        known.add(fresh)
        renamed.append(fresh)
    joined: dict[str, object] = {}
    for what in ("sd", "weight", "time", "context", "replicate", "dose_labels"):
        a, b = getattr(first, what), getattr(second, what)
        if (a is None) != (b is None):
            raise DataError(f"Only one of the two screens has {what}; give it for both or for neither.")
        if a is not None and b is not None:
            joined[what] = np.concatenate([a, b]) if isinstance(a, np.ndarray) else (*a, *b)
    return replace(
        first,
        values=np.concatenate([first.values, second.values]),
        doses=np.concatenate([first.doses, second.doses]),
        conditions=(*first.conditions, *renamed),
        provenance=dict(first.provenance),
        scale=first.scale or second.scale,
        **joined,
    )
