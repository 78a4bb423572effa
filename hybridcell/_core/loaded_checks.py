"""Checks of what came out of a file: the public constructors are run again on it.

Values are not judged (an ensemble may hold a member whose training failed), only structure: names, kinds,
options and shapes. Parameters are therefore set to zero, in unconstrained numbers, for the check.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from hybridcell._core.calibration import Calibration
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import FileFormatError, check_choice
from hybridcell._core.model import AbstractModel, AbstractResidual, Hybrid
from hybridcell._core.parameter import TRANSFORMS, Parameter, is_parameter
from hybridcell._core.tree_codec import CLASSES, find_class


def check_loaded(value: Any) -> None:
    """Raise when an object that came out of a file could not have been made by its constructors."""
    if isinstance(value, Ensemble):
        _check_ensemble(value)
    elif isinstance(value, tuple | list):
        for item in value:
            check_loaded(item)
    elif isinstance(value, dict):
        for item in value.values():
            check_loaded(item)
    elif dataclasses.is_dataclass(value):
        check_field_types(value)
        if isinstance(value, Hybrid):
            _check_hybrid(value)
        for spec in dataclasses.fields(value):
            check_loaded(getattr(value, spec.name))
        if isinstance(value, Parameter):
            check_choice("transform", value.transform, TRANSFORMS)
            if not value.bounds[0] < value.bounds[1]:
                raise FileFormatError(f"The file holds a parameter with the bounds {value.bounds}.")
        elif isinstance(value, AbstractModel) and not isinstance(value, Hybrid):
            _check_rebuilt(value, _rebuild(_neutral(value)))
        elif isinstance(value, AbstractResidual):
            _check_rebuilt(value, value.reseeded(jr.key(0)))


def _check_ensemble(ensemble: Ensemble) -> None:
    losses, n = ensemble.losses, np.shape(ensemble.losses)[0] if np.ndim(ensemble.losses) == 1 else 0
    if not isinstance(losses, np.ndarray) or n == 0 or len(ensemble.result) != n:
        raise FileFormatError("The file holds an ensemble without one loss and one result for each member.")
    for leaf in jax.tree.leaves(ensemble.members):
        if np.ndim(leaf) == 0 or np.shape(leaf)[0] != n:
            raise FileFormatError(f"The file holds an ensemble of {n} members with arrays of another length.")
    # networks of reactions check themselves when they are restored
    if not (isinstance(ensemble.members, AbstractModel) or hasattr(ensemble.members, "restored")):
        raise FileFormatError("The file holds an ensemble whose members are no models.")
    check_loaded(ensemble.member(0))
    check_loaded(ensemble.train)
    _check_calibration(ensemble)


def _check_calibration(ensemble: Ensemble) -> None:
    calibration = ensemble.calibration
    if calibration is None:
        return
    if not isinstance(calibration, Calibration):
        raise FileFormatError(f"The file holds a {type(calibration).__name__} as calibration of an ensemble.")
    check_field_types(calibration)
    members = ensemble.members if calibration.members is None else calibration.members
    leaves = jax.tree.leaves(members)
    n = min((np.shape(leaf)[0] for leaf in leaves if np.ndim(leaf)), default=0)
    numbers = [calibration.fold, calibration.spreading, calibration.condition, calibration.new]
    if any(a.dtype.kind not in "iu" or np.ndim(a) != 1 for a in numbers) or any(
        a.size and (a.min() < 0 or a.max() >= n) for a in numbers[:2]
    ):
        raise FileFormatError(f"The file holds a calibration whose folds are not among its {n} members.")
    unknown = set(calibration.readouts) - set(ensemble.names)
    if unknown:
        raise FileFormatError(f"The file holds a calibration of {sorted(unknown)[0]!r}, which is no node.")
    if jax.tree.structure(ensemble.members) != jax.tree.structure(members):
        raise FileFormatError("The file holds a calibration with members of another structure.")


def _check_hybrid(model: Hybrid) -> None:
    if not isinstance(model.mechanism, AbstractModel) or not model.residuals:
        raise FileFormatError("The file holds a hybrid without a mechanism or without a residual.")
    for term in model.residuals:
        if getattr(term, "names", None) != model.names or getattr(term, "kinds", None) != model.kinds:
            raise FileFormatError(
                "The file holds a hybrid whose residual belongs to a model with other nodes."
            )


def _neutral(tree: Any) -> Any:
    """Return the tree with every free number at zero, where all transforms are well inside their range."""
    return jax.tree.map(
        lambda node: (
            eqx.tree_at(lambda p: p.raw, node, jnp.zeros_like(node.raw)) if is_parameter(node) else node
        ),
        tree,
        is_leaf=is_parameter,
    )


def _rebuild(model: Any) -> Any:
    """Run the constructor of an object on the object's own attributes."""
    names = list(inspect.signature(type(model).__init__).parameters)[1:]
    return type(model)(**{name: getattr(model, name) for name in names})


def _check_rebuilt(found: Any, wanted: Any) -> None:
    # What a Parameter says about itself (trainable, prior, bounds) may differ; its shape may not.
    bare = [
        jax.tree.map(lambda p: p.raw if is_parameter(p) else p, t, is_leaf=is_parameter)
        for t in (found, wanted)
    ]
    shapes = [[np.shape(leaf) for leaf in jax.tree.leaves(tree)] for tree in bare]
    if jax.tree.structure(bare[0]) != jax.tree.structure(bare[1]) or shapes[0] != shapes[1]:
        raise FileFormatError(
            f"The file holds a {type(found).__name__} whose names, options and arrays do not belong together."
        )


def check_field_types(value: Any) -> None:
    """Raise when a field holds another type than its annotation says, as far as that can be told."""
    for spec in dataclasses.fields(value):
        found = getattr(value, spec.name)
        if not _fits(found, str(spec.type)):
            raise FileFormatError(
                f"The file holds a {type(value).__name__} whose {spec.name} is a {type(found).__name__}; "
                f"wanted {spec.type}."
            )


def _fits(value: Any, annotation: str) -> bool:
    """Compare a value with the text of an annotation; what is not understood fits."""
    options = _split(annotation, "|")
    if len(options) > 1:
        return any(_fits(value, option) for option in options)
    head, _, inner = annotation.partition("[")
    if head == "tuple" and inner:
        items = _split(inner[:-1], ",")
        if not isinstance(value, tuple) or (items[-1] != "..." and len(items) != len(value)):
            return False
        return all(_fits(v, items[0] if items[-1] == "..." else items[i]) for i, v in enumerate(value))
    if head in _ARRAYS:
        return isinstance(value, jax.Array | np.ndarray)
    if head in _PLAIN:
        return isinstance(value, _PLAIN[head]) and isinstance(value, bool) <= (head == "bool")
    return isinstance(value, find_class(head)) if head in CLASSES else True


_ARRAYS = ("Float", "Bool", "Int", "PRNGKeyArray", "np.ndarray")
_PLAIN: dict[str, Any] = {
    "None": type(None),
    "str": str,
    "bool": bool,
    "int": int,
    "float": float | int,
    "dict": dict,
    "list": list,
}


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark that is not inside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
