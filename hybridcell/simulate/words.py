"""Conditions in words, such as "MEKi 0.5 uM + BRAF knockout", as the conditions of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Perturbation, as_conditions
from hybridcell.data.conditions import unique_names
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.cellbox.perturbed import perturbed_inputs
from hybridcell.mechanisms.reactions.perturbed import perturbed_network


def lower_words(model: Any, conditions: Any) -> tuple[Any, Any]:
    """Return the model and conditions as it reads them; what is not in words stays.

    Words may stand alone, in a list, or in a dict from the name of a condition to its words. What they mean
    is said by `hybridcell.mechanisms.reactions.perturbed.perturbed_network` and, for interaction networks, by
    `hybridcell.mechanisms.cellbox.perturbed.perturbed_inputs`.

    Parameters
    ----------
    model
        A reaction network or an interaction network. A reaction network whose rates are perturbed comes back
        with a factor on each.
    conditions
        As for `hybridcell.simulate.simulate`.

    Raises
    ------
    InvalidValueError
        On a list that mixes words with dicts, or words that have no meaning for the model.
    UnknownNameError
        On names that the model does not have.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.simulate.words import lower_words
    >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> lower_words(model, ["aMEK -0.5", "control"])[1].names
    ('aMEK -0.5', 'control')
    """
    found = _words(conditions)
    if found is None:
        return model, conditions
    names, perturbations = found
    if isinstance(model, ReactionNetwork):
        network, settings = perturbed_network(model, perturbations)
        return network, dict(zip(names, settings))
    given = as_conditions(perturbed_inputs(model, perturbations))
    return model, type(given)(names, given.perturbations, given.doses)


def _words(conditions: Any) -> tuple[tuple[str, ...], list[Perturbation]] | None:
    """Return names and perturbations where conditions are in words, None where they are not."""
    if isinstance(conditions, str | Perturbation):
        conditions = [conditions]
    if isinstance(conditions, Mapping):
        values = list(conditions.values())
        if not values or not all(isinstance(one, str | Perturbation) for one in values):
            return None
        return tuple(map(str, conditions)), [Perturbation(one) for one in values]
    if not isinstance(conditions, list | tuple) or not any(
        isinstance(c, str | Perturbation) for c in conditions
    ):
        return None
    for one in conditions:
        if not isinstance(one, str | Perturbation):
            raise InvalidValueError(
                f"Conditions mix words with {type(one).__name__} {one!r:.60}; say all of them in words (an "
                'untreated one is "control"), or none.'
            )
    perturbations = [Perturbation(one) for one in conditions]
    return unique_names([str(one) for one in perturbations]), perturbations
