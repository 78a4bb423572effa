"""The steps of a forward pass: checked once, then run in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jax

from hybridcell._core.errors import InvalidValueError, nearest, unknown_name
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.binding import bind, parameters_of
from hybridcell.neural.traced.description import LayerDescription, NetworkDescription, StepDescription
from hybridcell.neural.traced.functions import FUNCTIONS
from hybridcell.neural.traced.layers import LAYERS, TracedLayer, make_layer

#: Arguments whose strings are words, not names of steps.
_WORDS = ("approximate", "padding_mode", "mode", "dtype", "device", "memory_format", "reduction")
_SLICE = re.compile(r"slice\((-?\d+|None), (-?\d+|None), (-?\d+|None)\)")
#: Functions of PyTorch that are layers without weights.
_POOLS = {
    f"{short}_pool{n}d": f"{long}Pool{n}d"
    for short, long in (
        ("max", "Max"), ("avg", "Avg"), ("lp", "LP"), ("adaptive_max", "AdaptiveMax"),
        ("adaptive_avg", "AdaptiveAvg"),
    )
    for n in (1, 2, 3)
}  # fmt: skip
_DROPS = {
    "dropout": "Dropout", "dropout1d": "Dropout1d", "dropout2d": "Dropout2d", "dropout3d": "Dropout3d",
    "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout",
}  # fmt: skip


def check_steps(description: NetworkDescription) -> None:
    """Refuse a forward pass that calls what does not exist."""
    layers = [layer.id for layer in description.layers]
    known: list[str] = []
    for step in description.forward:
        where = f"step {step.name!r}"
        if step.op == "call_module" and step.target not in layers:
            raise InvalidValueError(f"{where}: {unknown_name('layer', step.target, layers)}")
        if step.op in ("call_function", "call_method") and not callable_name(step.target):
            names = [*FUNCTIONS, *_POOLS, *_DROPS]
            raise InvalidValueError(f"{where}: {unknown_name('function', step.target, names)}")
        # the second argument of getattr is a word
        words = step.args[1:] if step.target == "getattr" else ()
        for name in _named([*step.args, *(v for k, v in step.kwargs.items() if k not in _WORDS)]):
            if name not in known and name not in words and not _SLICE.fullmatch(name):
                guess = nearest(name, known)
                hint = f" Did you mean {guess!r}?" if guess else ""
                raise InvalidValueError(f"{where} reads {name!r}, which no earlier step computes.{hint}")
        known.append(step.name)
    ops = [step.op for step in description.forward]
    if ops.count("output") != 1 or ops[-1] != "output":
        raise InvalidValueError(f"forward has {ops.count('output')} outputs; wanted one, as its last step.")
    if description.inputs and len(description.inputs) != ops.count("placeholder"):
        raise InvalidValueError(
            f"There are {len(description.inputs)} inputs and {ops.count('placeholder')} steps of the kind "
            "'placeholder'; wanted as many."
        )


def callable_name(target: str) -> bool:
    """Whether this is a function or method that can be computed."""
    return _short(target) in FUNCTIONS or target in _POOLS or target in _DROPS


def run(
    description: NetworkDescription,
    layers: Mapping[str, TracedLayer],
    alg: Algebra,
    arrays: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[Any],
    key: Any,
) -> tuple[Any, ...]:
    """Compute the steps in order and return the outputs."""
    values: dict[str, Any] = {}
    waiting = list(inputs)
    for place, step in enumerate(description.forward):
        own_key = None if key is None else jax.random.fold_in(key, place)
        if step.op == "placeholder":
            values[step.name] = waiting.pop(0)
            continue
        args = [_resolve(arg, values) for arg in step.args]
        kwargs = {k: v if k in _WORDS else _resolve(v, values) for k, v in step.kwargs.items()}
        if step.op == "output":
            found = args[0] if len(args) == 1 else args
            return tuple(found) if isinstance(found, list | tuple) else (found,)
        what = f"Layer {step.target!r}" if step.op == "call_module" else f"Step {step.name!r}"
        where = f"{what} of network {description.id!r}"
        try:
            if step.op == "call_module":
                layer = layers[step.target]
                found = layer(alg, arrays.get(step.target, {}), *args, **kwargs, key=own_key)
            else:
                found = _call(alg, step, where, args, kwargs, own_key)
            values[step.name] = alg.array(found)
        except InvalidValueError as error:
            text = str(error)
            raise InvalidValueError(text if text.startswith(where) else f"{where}: {text}") from None
        except (TypeError, ValueError, IndexError) as error:
            raise InvalidValueError(f"{where} cannot be computed with {alg.name}: {error}") from error
    raise AssertionError("forward has no output")


def _call(
    alg: Algebra,
    step: StepDescription,
    where: str,
    args: list[Any],
    kwargs: dict[str, Any],
    key: Any,
) -> Any:
    if step.target in _POOLS or step.target in _DROPS:
        return _call_as_layer(alg, step, where, args, kwargs, key)
    name = _short(step.target)
    function = FUNCTIONS[name]
    kwargs = {_RENAMED.get(k, k): v for k, v in kwargs.items()}
    first = _FIRST.get(name, "input")
    if not args and first in kwargs:
        args = [kwargs.pop(first)]
    given, named = bind(where, function, args, kwargs, skipped=1)
    return function(alg, *given, **named)


#: Other names that PyTorch has for arguments, as NumPy's.
_RENAMED = {"axis": "dim", "axis0": "dim0", "axis1": "dim1", "split_size_or_sections": "split_size"}
#: What PyTorch calls the array that a function acts on, where that is not "input".
_FIRST = {"split": "tensor"}


def _call_as_layer(
    alg: Algebra,
    step: StepDescription,
    where: str,
    args: list[Any],
    kwargs: dict[str, Any],
    key: Any,
) -> Any:
    type_ = _POOLS.get(step.target) or _DROPS[step.target]
    rest = dict(kwargs)
    x = args[0] if args else rest.pop("input", None)
    if step.target in _DROPS and not rest.pop("training", True):
        key = None
    if step.target.startswith("max_pool") and len(args) > 5:
        # the function has ceil_mode before return_indices, the layer behind
        rest["ceil_mode"], args = args[5], args[:5]
    _, named = bind(where, LAYERS[type_], args[1:], rest)
    names = [parameter.name for parameter in parameters_of(LAYERS[type_], 0)]
    layer = make_layer(LayerDescription(id=step.name, type=type_, args=dict(zip(names, args[1:])) | named))
    return layer(alg, {}, x, key=key)


def _short(target: str) -> str:
    # "torch.nn.functional.relu" and "operator.add" mean their last word
    return target.rsplit(".", 1)[-1].strip("_") if target not in FUNCTIONS else target


def _named(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [name for entry in value.values() for name in _named(entry)]
    return [name for entry in value for name in _named(entry)] if isinstance(value, list | tuple) else []


def _resolve(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        if value in values:
            return values[value]
        match = _SLICE.fullmatch(value)
        return slice(*(None if g == "None" else int(g) for g in match.groups())) if match else value
    if isinstance(value, Mapping):
        return {k: _resolve(v, values) for k, v in value.items()}
    return [_resolve(v, values) for v in value] if isinstance(value, list | tuple) else value
