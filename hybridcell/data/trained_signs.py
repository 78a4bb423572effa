"""Doses of a sign that a model was never trained on."""

from __future__ import annotations

import warnings

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.data.conditions import Conditions
from hybridcell.data.perturbation_data import PerturbationData


def check_trained_signs(given: Conditions, train: PerturbationData) -> None:
    """Refuse negative doses of a model that was trained on doses; warn of strengths of a new sign.

    A dose is 0 or more, in a question as in data. A strength has a sign, which says whether the perturbation
    inhibits or activates: where training had only one of them, the other is an experiment of another kind.
    Perturbations that the training part does not have, and those that had both signs there, are let be.

    Parameters
    ----------
    given
        The conditions of a prediction.
    train
        What the model was fitted to.

    Raises
    ------
    InvalidValueError
        On a negative dose where training had doses (``input="dose"``).

    Examples
    --------
    >>> from hybridcell.data import PerturbationData, as_conditions
    >>> from hybridcell.data.trained_signs import check_trained_signs
    >>> train = PerturbationData(
    ...     values=[[0.0], [-1.2]], readouts=["ERK"], kinds=["protein"], conditions=["c0", "c1"],
    ...     perturbations=["aMEK"], doses=[[0], [1]],
    ... )
    >>> try:
    ...     check_trained_signs(as_conditions({"aMEK": -1.0}), train)
    ... except ValueError as error:
    ...     print(str(error)[:61])
    Condition 'aMEK -1' has the dose -1 of 'aMEK', but the model
    """
    known = {name: column for name, column in zip(train.perturbations, train.doses.T) if column.any()}
    for j, drug in enumerate(given.perturbations):
        if drug not in known:
            continue
        low, high = float(known[drug].min()), float(known[drug].max())
        asked = given.doses[:, j]
        if low < 0 < high:
            continue
        wrong = np.flatnonzero(asked < 0 if high > 0 else asked > 0)
        if not len(wrong):
            continue
        dose = float(asked[wrong[0]])
        name = given.names[wrong[0]]
        more = f" (and {len(wrong) - 1} more conditions)" if len(wrong) > 1 else ""
        if train.input == "dose":
            raise InvalidValueError(
                f"Condition {name!r}{more} has the dose {dose:g} of {drug!r}, but the model was trained on "
                f"doses, which are 0 or more. Give {-dose:g}; signed strengths (negative = inhibition) are "
                "for a model that was trained on data with input='strength'."
            )
        warnings.warn(
            f"Condition {name!r}{more} has the strength {dose:g} of {drug!r}, but in training it was "
            f"{'positive' if high > 0 else 'negative'} throughout ({low:g} to {high:g}): this asks for the "
            f"opposite of what {drug!r} does, of which no data tell. Was {-dose:g} meant?",
            stacklevel=3,
        )
