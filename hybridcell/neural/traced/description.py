"""The description of a network: its layers and the steps of its forward pass, as in a PEtab-SciML file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybridcell._core.errors import InvalidValueError, check_choice, nearest

#: Kinds of steps of a forward pass.
OPS = ("placeholder", "call_module", "call_function", "call_method", "output")


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerDescription:
    """A layer: its id, its type as in ``torch.nn``, and the arguments of its constructor."""

    id: str
    type: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class StepDescription:
    """A step of the forward pass. Strings in its arguments name earlier steps."""

    name: str
    op: str
    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkDescription:
    """What a PEtab-SciML network file says. Equal where all its entries are.

    Attributes
    ----------
    id : str
    inputs : tuple of str
        Ids of the input arguments, in order.
    layers : tuple of LayerDescription
    forward : tuple of StepDescription
    """

    id: str
    inputs: tuple[str, ...]
    layers: tuple[LayerDescription, ...]
    forward: tuple[StepDescription, ...]
    _text: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        # arguments are nested lists and mappings: as text they compare and hash
        object.__setattr__(self, "_text", json.dumps(self.to_mapping(), default=str, sort_keys=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NetworkDescription) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def to_mapping(self) -> dict[str, Any]:
        """Return plain dictionaries and lists, in the layout of the file."""
        return {
            "nn_model_id": self.id,
            "inputs": [{"input_id": name} for name in self.inputs],
            "layers": [{"layer_id": x.id, "layer_type": x.type, "args": _plain(x.args)} for x in self.layers],
            "forward": [
                {
                    "name": x.name,
                    "op": x.op,
                    "target": x.target,
                    "args": _plain(x.args),
                    "kwargs": _plain(x.kwargs),
                }
                for x in self.forward
            ],
        }

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> NetworkDescription:
        """Return the description that plain dictionaries and lists (a parsed file) say.

        Raises
        ------
        InvalidValueError
            Naming the layer or the step and what is wrong with it.
        """
        keys = ("nn_model_id", "inputs", "layers", "forward")
        _check_keys("the network", content, keys, required=("nn_model_id", "forward"))
        name = str(content["nn_model_id"])
        inputs = []
        for i, entry in enumerate(_entries("inputs", content.get("inputs"))):
            _check_keys(f"input {i}", entry, ("input_id",), required=("input_id",))
            inputs.append(str(entry["input_id"]))
        layers = []
        for i, entry in enumerate(_entries("layers", content.get("layers"))):
            keys = ("layer_id", "layer_type", "args")
            where = f"layer {entry.get('layer_id', i) if isinstance(entry, Mapping) else i!r}"
            _check_keys(where, entry, keys, required=keys[:2])
            args = entry.get("args") or {}
            if not isinstance(args, Mapping):
                raise InvalidValueError(f"args of {where} is {args!r:.60}; wanted names with values.")
            layers.append(
                LayerDescription(id=str(entry["layer_id"]), type=str(entry["layer_type"]), args=args)
            )
        steps = [_step(i, entry) for i, entry in enumerate(_entries("forward", content["forward"]))]
        _distinct("input", inputs)
        _distinct("layer", [layer.id for layer in layers])
        _distinct("step", [step.name for step in steps])
        return cls(id=name, inputs=tuple(inputs), layers=tuple(layers), forward=tuple(steps))


def _step(place: int, entry: Any) -> StepDescription:
    keys = ("name", "op", "target", "args", "kwargs")
    where = f"step {entry.get('name', place) if isinstance(entry, Mapping) else place!r} of forward"
    _check_keys(where, entry, keys, required=keys[:3])
    op = check_choice(f"op of {where}", entry["op"], OPS)
    args, kwargs = entry.get("args") or [], entry.get("kwargs") or {}
    if not isinstance(args, Sequence) or isinstance(args, str):
        raise InvalidValueError(f"args of {where} is {args!r:.60}; wanted a list.")
    if not isinstance(kwargs, Mapping):
        raise InvalidValueError(f"kwargs of {where} is {kwargs!r:.60}; wanted names with values.")
    return StepDescription(
        name=str(entry["name"]), op=op, target=str(entry["target"]), args=tuple(args), kwargs=kwargs
    )


def _entries(what: str, value: Any) -> Sequence[Any]:
    if value is None:
        return []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidValueError(f"{what} is {value!r:.60}; wanted a list.")
    return value


def _check_keys(where: str, entry: Any, keys: Sequence[str], *, required: Sequence[str]) -> None:
    if not isinstance(entry, Mapping):
        raise InvalidValueError(f"{where} is {entry!r:.60}; wanted the entries {', '.join(keys)}.")
    for key in entry:
        if key not in keys:
            guess = nearest(str(key), keys)
            hint = f" Did you mean {guess!r}?" if guess else ""
            raise InvalidValueError(f"{where} has an unknown entry {key!r}.{hint} Known: {', '.join(keys)}.")
    for key in required:
        if entry.get(key) is None:
            raise InvalidValueError(f"{where} lacks its entry {key!r}.")


def _distinct(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidValueError(f"There are two {what}s {name!r}; wanted every id once.")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
