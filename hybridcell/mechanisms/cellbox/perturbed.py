"""What perturbations in words mean for an interaction network: inputs on its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell.data.perturbation import Action, Perturbation
from hybridcell.data.response_scale import response_of
from hybridcell.data.units import convert_dose
from hybridcell.mechanisms.cellbox.cellbox import CellBox

#: What a knockout leaves: states are logarithms, of which that of nothing is not a number.
LEAST_LEFT = 0.01


def perturbed_inputs(model: AbstractModel, perturbations: Sequence[Perturbation]) -> list[dict[str, float]]:
    """Return the inputs on nodes of each condition.

    The dose of a drug is the input of its node: in the unit of the model's dose layer, or, without a layer, a
    signed strength without a unit. To leave the factor f of a node (0.2 after a knockdown 80%, 3 after an
    overexpression 3x, 0.01 after a knockout), the node gets the input that moves it alone to f on the
    network's scale where the envelope has slope 1: log2 f alpha / epsilon for the scale "log2", or
    log2 f alpha / psi for ``input="scaled"``. The envelope saturates strong perturbations as others.

    Raises
    ------
    UnknownNameError
        On a name that is no node; the nearest is suggested.
    InvalidValueError
        On a unit where the model knows none, something other than a dose given to a drug, or a word that is
        no dose for a model other than a CellBox.
    """
    return [{action.name: _input(model, action) for action in one.actions} for one in perturbations]


def _input(model: AbstractModel, action: Action) -> float:
    mechanism: Any = model.mechanistic_only()
    if action.name not in model.names:
        drugs = [name for name, kind in zip(model.names, model.kinds) if kind == "drug"]
        what = "drug or node" if action.word == "dose" else "node"
        raise unknown_name(what, action.name, [*drugs, *(n for n in model.names if n not in drugs)])
    place = model.index(action.name)
    if action.word == "dose":
        layer = getattr(mechanism, "doses", None)
        if layer is not None and action.name in layer.drugs:
            return convert_dose(action.size, action.unit, layer.unit) if action.unit else action.size
        if action.unit:
            raise InvalidValueError(
                f"{str(action)!r} has a unit, but the inputs of this model have none: they are strengths. "
                f"Leave it out, or put a dose layer in front: network.with_doses(hc.DoseLayer(...))."
            )
        return action.size
    if model.kinds[place] == "drug":
        raise InvalidValueError(f"{action.name!r} is a drug; wanted its dose, not {str(action)!r}.")
    if not isinstance(mechanism, CellBox):
        raise InvalidValueError(
            f"{str(action)!r} has a meaning for a CellBox; a {type(mechanism).__name__} takes doses only."
        )
    gain = mechanism.psi / mechanism.alpha if mechanism.input == "scaled" else mechanism.gain
    return float(response_of(max(action.factor, LEAST_LEFT), mechanism.scale) / gain[place])
