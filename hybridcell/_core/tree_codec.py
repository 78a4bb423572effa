"""Objects as plain JSON plus arrays, and back, without ever running code from a file.

Every value becomes JSON that names its type: ``{"tuple": [...]}``, ``{"numpy": "a3"}`` for array number 3,
``{"class": "CellBox", "fields": {...}}``. Only the classes of `CLASSES` exist for a file.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from hybridcell._core.errors import FileFormatError, InvalidValueError, nearest
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.table import from_table, to_table

#: What a file may hold: name in the file -> "module:class". Modules are imported when they are met, so that
#: this layer needs none of those above it.
CLASSES = {
    "Parameter": "hybridcell._core.parameter:Parameter",
    "Hybrid": "hybridcell._core.model:Hybrid",
    "Ensemble": "hybridcell._core.ensemble:Ensemble",
    "Calibration": "hybridcell._core.calibration:Calibration",
    "PerturbationData": "hybridcell.data.perturbation_data:PerturbationData",
    "Conditions": "hybridcell.data.conditions:Conditions",
    "CellBox": "hybridcell.mechanisms.cellbox.cellbox:CellBox",
    "EdgePrior": "hybridcell.mechanisms.cellbox.edge_prior:EdgePrior",
    "DrugEffects": "hybridcell.mechanisms.cellbox.drug_effects:DrugEffects",
    "DoseLayer": "hybridcell.mechanisms.doses.layer:DoseLayer",
    "PriorNetwork": "hybridcell.mechanisms.prior_network.prior_network:PriorNetwork",
    "SignalFlow": "hybridcell.mechanisms.prior_network.signal_flow:SignalFlow",
    "NeuralResidual": "hybridcell.neural.residual:NeuralResidual",
    "Perceptron": "hybridcell.neural.perceptron:Perceptron",
    "ReactionNetwork": "hybridcell.mechanisms.reactions.network:ReactionNetwork",
    "Element": "hybridcell.mechanisms.reactions.elements:Element",
    "UnitDefinition": "hybridcell.mechanisms.reactions.elements:UnitDefinition",
    "FunctionDefinition": "hybridcell.mechanisms.reactions.elements:FunctionDefinition",
    "Compartment": "hybridcell.mechanisms.reactions.elements:Compartment",
    "Species": "hybridcell.mechanisms.reactions.elements:Species",
    "ParameterElement": "hybridcell.mechanisms.reactions.elements:ParameterElement",
    "SpeciesReference": "hybridcell.mechanisms.reactions.elements:SpeciesReference",
    "Reaction": "hybridcell.mechanisms.reactions.elements:Reaction",
    "InitialAssignment": "hybridcell.mechanisms.reactions.elements:InitialAssignment",
    "Rule": "hybridcell.mechanisms.reactions.elements:Rule",
    "Event": "hybridcell.mechanisms.reactions.elements:Event",
    "Definition": "hybridcell.mechanisms.reactions.elements:Definition",
    "Holes": "hybridcell._core.hole:Holes",
    "Hole": "hybridcell._core.hole:Hole",
    "Freedom": "hybridcell._core.parameter:Freedom",
    "Multilayer": "hybridcell.neural.multilayer:Multilayer",
    "NeuralRate": "hybridcell.neural.rate:NeuralRate",
    "NeuralParameter": "hybridcell.neural.parameter:NeuralParameter",
    "NeuralReadout": "hybridcell.neural.readout:NeuralReadout",
    "Solve": "hybridcell.simulate.solve:Solve",
    "Trajectory": "hybridcell.simulate.trajectory:Trajectory",
    "Fit": "hybridcell.fit.result:Fit",
    "NetworkFit": "hybridcell.fit.kinetics.result:NetworkFit",
    "Interactions": "hybridcell.graph:Interactions",
    "CombinationScreen": "hybridcell.therapy:CombinationScreen",
    "Design": "hybridcell.therapy.screen.design:Design",
    "Summary": "hybridcell.therapy.screen.scores:Summary",
    "EffectScale": "hybridcell.therapy.effect:EffectScale",
}
_KEY_KINDS = ("threefry2x32", "rbg", "unsafe_rbg")
#: Kinds of NumPy arrays that are plain numbers, truth values or text.
_ARRAY_KINDS = "biufcU"


def encode(value: Any, arrays: list[np.ndarray], where: str = "object") -> Any:
    """Return JSON for a value; its arrays are appended to `arrays`.

    Raises
    ------
    InvalidValueError
        For a value that a file cannot hold; the message says where in the object it is.
    """
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, tuple | list):
        items = [encode(v, arrays, f"{where}[{i}]") for i, v in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, Mapping):
        pairs = [[encode(k, arrays, where), encode(v, arrays, f"{where}[{k!r}]")] for k, v in value.items()]
        return {"dict": pairs}
    if isinstance(value, jax.Array | np.ndarray | np.generic):
        return _encode_array(value, arrays, where)
    if isinstance(value, Expression):
        return {"formula": to_table(value)}
    if type(value).__name__ == "DataFrame":
        return {"frame": _encode_frame(value, arrays, where)}
    if type(value).__name__ == "AnnData":
        return {"anndata": _encode_anndata(value, arrays, where)}
    return _encode_instance(value, arrays, where)


def _encode_anndata(data: Any, arrays: list[np.ndarray], where: str) -> Any:
    """Encode time courses: values, names, layers, and tables of what was given."""
    layers = {name: layer for name, layer in data.layers.items() if name is not None}  # None is X, as of 0.13
    parts = {"obs": data.obs, "var": data.var, "layers": layers, "obsm": dict(data.obsm)}
    dense = data.X.toarray() if hasattr(data.X, "toarray") else data.X
    return {
        name: encode(part, arrays, f"{where}.{name}")
        for name, part in {"X": np.asarray(dense), **parts}.items()
    }


def _encode_array(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    tag: dict[str, Any]
    if isinstance(value, jax.Array) and jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key):
        tag = {"kind": str(jr.key_impl(value))}
        label, array = "key", np.asarray(jr.key_data(value))
    elif isinstance(value, jax.Array):
        tag, label, array = {}, "jax", np.asarray(value)
    else:
        tag, label, array = {}, "scalar" if isinstance(value, np.generic) else "numpy", np.asarray(value)
    if array.dtype == object and all(isinstance(v, str) for v in array.flat):
        return {"texts": [str(v) for v in array.flat], "shape": list(array.shape)}
    if array.dtype.kind not in _ARRAY_KINDS:
        raise InvalidValueError(
            f"{where} is an array of {array.dtype}, which a file cannot hold; wanted numbers, truth values "
            "or text."
        )
    arrays.append(array)
    return {label: f"a{len(arrays) - 1}", **tag}


def _encode_frame(frame: Any, arrays: list[np.ndarray], where: str) -> Any:
    for what, axis in (("index", frame.index), ("columns", frame.columns)):
        if axis.nlevels != 1:
            raise InvalidValueError(
                f"{where} is a table whose {what} has several levels; a file cannot hold it."
            )
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    return {
        "columns": _encode_labels(frame.columns, arrays, f"{where}.columns"),
        "index": _encode_labels(frame.index, arrays, f"{where}.index"),
        "names": encode([frame.index.name, frame.columns.name], arrays, f"{where}.index.name"),
        "data": [_encode_labels(c, arrays, f"{where}[{c.name!r}]") for c in columns],
    }


def _encode_labels(labels: Any, arrays: list[np.ndarray], where: str) -> Any:
    """Encode a column or an axis: numbers as an array, anything else value by value."""
    numeric = isinstance(labels.dtype, np.dtype) and labels.dtype != object
    return encode(labels.to_numpy() if numeric else labels.tolist(), arrays, where)


def _encode_instance(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    name = type(value).__name__
    if name not in CLASSES or not dataclasses.is_dataclass(value) or find_class(name) is not type(value):
        raise InvalidValueError(
            f"{where} is a {type(value).__name__}, which a file cannot hold; wanted a model, a fit, an "
            "ensemble, a screen, a result table, or plain numbers, text and arrays."
        )
    left_out = derived_fields(type(value))
    return {
        "class": name,
        "fields": {
            f.name: encode(getattr(value, f.name), arrays, f"{where}.{f.name}")
            for f in dataclasses.fields(value)
            if f.name not in left_out
        },
    }


def derived_fields(cls: type) -> tuple[str, ...]:
    """Return fields that a class names as `derived`: `restored` makes them of the others, or they get their
    defaults."""
    return getattr(cls, "derived", ())


def find_class(name: str) -> type:
    """Return the class that a file may name so.

    Raises
    ------
    FileFormatError
        When no such class may be in a file.
    """
    if name not in CLASSES:
        guess = nearest(name, CLASSES)
        hint = f" Did a newer version write it? The nearest known is {guess!r}." if guess else ""
        raise FileFormatError(
            f"The file holds a {name!r}, which this version of hybridcell does not know.{hint}"
        )
    module, attribute = CLASSES[name].split(":")
    return getattr(import_module(module), attribute)


class Decoder:
    """Turns the JSON of `encode` back into objects.

    Parameters
    ----------
    array
        Gives the array of a name such as "a3".
    """

    def __init__(self, array: Callable[[str], np.ndarray]) -> None:
        self._array = array
        self._readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "float": self._float,
            "tuple": lambda node: tuple(self.decode(v) for v in _expect(node["tuple"], list)),
            "list": lambda node: [self.decode(v) for v in _expect(node["list"], list)],
            "dict": lambda node: {self.decode(k): self.decode(v) for k, v in _expect(node["dict"], list)},
            "numpy": lambda node: self._array(_expect(node["numpy"], str)),
            "scalar": lambda node: self._array(_expect(node["scalar"], str))[()],
            "jax": self._jax,
            "key": self._key,
            "texts": self._texts,
            "frame": self._frame,
            "anndata": self._anndata,
            "formula": lambda node: from_table(node["formula"]),
            "class": self._instance,
        }

    def decode(self, node: Any) -> Any:
        """Return the value of a JSON node.

        Raises
        ------
        FileFormatError
            When the node is of no known type, or of a class with other fields than ours.
        """
        if node is None or isinstance(node, bool | str | int | float):
            return node
        for label in _expect(node, dict):
            if label in self._readers:
                return self._readers[label](node)
        raise FileFormatError(f"The file holds a value of unknown type: {sorted(node)!r:.80}.")

    @staticmethod
    def _float(node: dict[str, Any]) -> float:
        if node["float"] not in ("nan", "inf", "-inf"):
            raise FileFormatError(
                f"The file holds the number {node['float']!r:.40}; wanted nan, inf or -inf."
            )
        return float(node["float"])

    def _jax(self, node: dict[str, Any]) -> jax.Array:
        array = self._array(_expect(node["jax"], str))
        if jax.dtypes.canonicalize_dtype(array.dtype) != array.dtype:
            raise FileFormatError(
                f"The file holds {array.dtype} numbers, but the precision is single. Set "
                "hc.config.precision = 'float64' before loading."
            )
        return jnp.asarray(array)

    def _key(self, node: dict[str, Any]) -> jax.Array:
        if node.get("kind") not in _KEY_KINDS:
            raise FileFormatError(
                f"The file holds a random key of kind {node.get('kind')!r}; known: {_KEY_KINDS}."
            )
        return jr.wrap_key_data(jnp.asarray(self._array(_expect(node["key"], str))), impl=node["kind"])

    @staticmethod
    def _texts(node: dict[str, Any]) -> np.ndarray:
        texts = _expect(node["texts"], list)
        if not all(isinstance(text, str) for text in texts):
            raise FileFormatError("The file holds a list of texts in which not all are text.")
        array = np.empty(len(texts), dtype=object)
        array[:] = texts
        return array.reshape([int(size) for size in _expect(node["shape"], list)])

    def _frame(self, node: dict[str, Any]) -> Any:
        import pandas as pd

        table = _expect(node["frame"], dict)
        columns, index = self.decode(table["columns"]), self.decode(table["index"])
        index_name, columns_name = self.decode(table["names"])
        data = [self.decode(column) for column in _expect(table["data"], list)]
        if len(data) != len(columns) or any(len(column) != len(index) for column in data):
            raise FileFormatError("The file holds a table whose columns are not all as long as its index.")
        kind = lambda values: object if isinstance(values, list) else None  # noqa: E731
        labels = pd.Index(index, name=index_name, dtype=kind(index))
        series = {i: pd.Series(c, index=labels, dtype=kind(c)) for i, c in enumerate(data)}
        frame = pd.DataFrame(series, index=labels)
        frame.columns = pd.Index(columns, name=columns_name, dtype=kind(columns))
        return frame

    def _anndata(self, node: dict[str, Any]) -> Any:
        from anndata import AnnData

        parts = {name: self.decode(part) for name, part in _expect(node["anndata"], dict).items()}
        if sorted(parts) != ["X", "layers", "obs", "obsm", "var"]:
            raise FileFormatError(f"The file holds time courses of {sorted(parts)!r:.80}; it is damaged.")
        return AnnData(**parts)

    def _instance(self, node: dict[str, Any]) -> Any:
        cls = find_class(_expect(node["class"], str))
        found = {name: self.decode(v) for name, v in _expect(node["fields"], dict).items()}
        wanted = {f.name: f for f in dataclasses.fields(cls) if f.name not in derived_fields(cls)}
        for name in found:
            if name not in wanted:
                guess = nearest(name, wanted)
                hint = f" The nearest known is {guess!r}." if guess else ""
                raise FileFormatError(
                    f"The file holds a {cls.__name__} with the field {name!r}, which this version of "
                    f"hybridcell does not know.{hint} If a newer version wrote it, upgrade hybridcell."
                )
        for name, spec in wanted.items():
            if name not in found:
                found[name] = _default(cls, spec)
        restored = getattr(cls, "restored", None)
        if restored is not None:
            return restored(**found)
        if not issubclass(cls, eqx.Module) and cls.__dataclass_params__.init:  # pyright: ignore
            return cls(**found)
        # A module's constructor takes other arguments than its fields, and would not give the same bits.
        module = object.__new__(cls)
        for name, value in found.items():
            object.__setattr__(module, name, value)
        return module


def _default(cls: type, spec: dataclasses.Field[Any]) -> Any:
    """Return the value of a field that an older version did not write."""
    if spec.default is not dataclasses.MISSING:
        return spec.default
    if spec.default_factory is not dataclasses.MISSING:
        return spec.default_factory()
    raise FileFormatError(f"The file holds a {cls.__name__} without its field {spec.name!r}; it is damaged.")


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise FileFormatError(f"The file holds a {type(value).__name__} where a {kind.__name__} belongs.")
    return value
