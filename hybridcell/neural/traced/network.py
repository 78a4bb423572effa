"""A network made from a description: one computation for numbers, one for formulas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.neural.traced.algebra import NUMBERS, Algebra
from hybridcell.neural.traced.description import NetworkDescription
from hybridcell.neural.traced.formula import FORMULAS, expression_of
from hybridcell.neural.traced.layers import TracedLayer, make_layer
from hybridcell.neural.traced.steps import check_steps, run


class TracedNetwork(eqx.Module):
    """A network as a PEtab-SciML file describes it: layers of PyTorch and how they are called.

    It holds no weights; they are given with every call, so that they can be estimated like other numbers.
    Everything is computed as PyTorch does: same axes, same order, same defaults.

    Attributes
    ----------
    description : NetworkDescription

    Examples
    --------
    >>> import numpy as np
    >>> from hybridcell.neural.traced import TracedNetwork
    >>> network = TracedNetwork(
    ...     {
    ...         "nn_model_id": "net",
    ...         "inputs": [{"input_id": "x"}],
    ...         "layers": [
    ...             {"layer_id": "l", "layer_type": "Linear", "args": {"in_features": 2, "out_features": 1}}
    ...         ],
    ...         "forward": [
    ...             {"name": "x", "op": "placeholder", "target": "x"},
    ...             {"name": "l", "op": "call_module", "target": "l", "args": ["x"]},
    ...             {"name": "output", "op": "output", "target": "output", "args": ["l"]},
    ...         ],
    ...     }
    ... )
    >>> network.array_shapes
    {'l.weight': (1, 2), 'l.bias': (1,)}
    >>> arrays = {"l.weight": np.array([[1.0, 2.0]]), "l.bias": np.array([0.5])}
    >>> [y] = network(arrays, np.array([3.0, 4.0]))
    >>> y.tolist()
    [11.5]
    """

    description: NetworkDescription = eqx.field(static=True)

    def __init__(self, description: NetworkDescription | Mapping[str, Any]):
        if not isinstance(description, NetworkDescription):
            description = NetworkDescription.from_mapping(description)
        self.description = description
        check_steps(description)
        _layers_of(description)  # so that mistakes come up here

    @property
    def _layers(self) -> dict[str, TracedLayer]:
        return _layers_of(self.description)

    @property
    def id(self) -> str:
        """The id in the description."""
        return self.description.id

    @property
    def n_inputs(self) -> int:
        """Number of input arguments."""
        return sum(step.op == "placeholder" for step in self.description.forward)

    @property
    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all weights by "layer.array", in the order of the layers, of layers that are called."""
        called = {step.target for step in self.description.forward if step.op == "call_module"}
        return {
            f"{id}.{name}": shape
            for id, layer in self._layers.items()
            for name, shape in layer.shapes.items()
            if id in called
        }

    @property
    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of running statistics, which may be given besides and are never estimated."""
        return {
            f"{id}.{name}": shape
            for id, layer in self._layers.items()
            for name, shape in layer.statistics.items()
        }

    @property
    def known_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all arrays that may be given: also statistics, and weights of layers never called."""
        return {
            f"{id}.{name}": shape
            for id, layer in self._layers.items()
            for name, shape in (layer.shapes | layer.statistics).items()
        }

    def __call__(
        self, arrays: Mapping[str, Any], *inputs: Any, key: PRNGKeyArray | None = None
    ) -> tuple[Array, ...]:
        """Return the outputs.

        Parameters
        ----------
        arrays
            Weights by "layer.array".
        inputs
            One array per input argument, with or without a batch axis as the layers allow.
        key
            Of random numbers, for layers that drop entries. None: nothing is dropped.

        Raises
        ------
        InvalidValueError
            Naming the layer or step and what does not fit.
        """
        kind = jnp.result_type(float)
        # one kind of numbers: convolutions refuse to mix them
        given = {name: jnp.asarray(array, kind) for name, array in arrays.items()}
        return self._run(NUMBERS, given, [jnp.asarray(x, kind) for x in inputs], key)

    def symbolic(self, arrays: Mapping[str, Any], *inputs: Any) -> tuple[np.ndarray, ...]:
        """Return the outputs as formulas.

        Parameters
        ----------
        arrays
            Weights by "layer.array": NumPy arrays of expressions (or of numbers).
        inputs
            NumPy arrays of expressions, one per input argument.

        Returns
        -------
        tuple of ndarray of Expression

        Raises
        ------
        InvalidValueError
            A layer cannot be written as a formula; it is named.
        """
        given = {name: FORMULAS.asarray(array) for name, array in arrays.items()}
        outputs = self._run(FORMULAS, given, [FORMULAS.asarray(x) for x in inputs], None)
        return tuple(np.asarray(np.frompyfunc(expression_of, 1, 1)(y), dtype=object) for y in outputs)

    def _run(
        self, alg: Algebra, arrays: Mapping[str, Any], inputs: list[Any], key: PRNGKeyArray | None
    ) -> tuple[Any, ...]:
        if len(inputs) != self.n_inputs:
            raise InvalidValueError(
                f"Network {self.id!r} takes {self.n_inputs} inputs; {len(inputs)} are given."
            )
        self.check_arrays(arrays)
        by_layer: dict[str, dict[str, Any]] = {id: {} for id in self._layers}
        for name, array in arrays.items():
            layer, _, part = name.rpartition(".")
            by_layer[layer][part] = array
        return run(self.description, self._layers, alg, by_layer, inputs, key)

    def check_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Refuse arrays that lack, are unknown or have the wrong shape."""
        wanted, known = self.array_shapes, self.known_shapes
        for name in wanted:
            if name not in arrays:
                raise InvalidValueError(f"Network {self.id!r} lacks its array {name!r}.")
        for name, array in arrays.items():
            if name not in known:
                raise unknown_name(f"array of network {self.id!r}", name, known)
            if tuple(np.shape(array)) != known[name]:
                raise InvalidValueError(
                    f"Array {name!r} of network {self.id!r} has the shape {tuple(np.shape(array))}; "
                    f"wanted {known[name]}."
                )


@cache
def _layers_of(description: NetworkDescription) -> dict[str, TracedLayer]:
    return {layer.id: make_layer(layer) for layer in description.layers}


def output_entry(outputs: tuple[Any, ...], place: tuple[int, ...]) -> Any:
    """Return one number of the outputs: (output argument, place in it...).

    Axes that the place leaves out must have the size 1, so that (0, 0) is the one entry of an output of
    shape (1, 1).
    """
    argument, *index = place
    if not 0 <= argument < len(outputs):
        raise InvalidValueError(f"There is no output {argument}; the network has {len(outputs)}.")
    found = outputs[argument]
    shape = tuple(found.shape)
    if len(index) > len(shape) or any(not -n <= i < n for i, n in zip(index, shape)):
        raise InvalidValueError(f"There is no entry {index} in output {argument} of shape {shape}.")
    rest = found[tuple(index)]
    if np.size(rest) != 1:
        raise InvalidValueError(f"Entry {index} of output {argument} of shape {shape} is not one number.")
    return rest.reshape(()) if isinstance(rest, jax.Array) else np.asarray(rest, dtype=object).ravel()[0]
