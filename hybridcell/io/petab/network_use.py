"""A neural network in a PEtab-SciML problem: where its inputs come from and where its outputs go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.expressions import Expression

if TYPE_CHECKING:
    from hybridcell.io.petab.statement import Prior
    from hybridcell.neural.traced import TracedNetwork


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrayInput:
    """An input that a file gives: one array, or one for each condition.

    Attributes
    ----------
    values : mapping of str to ndarray
        Condition id -> array; under "" the one of all conditions.
    """

    values: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkArray:
    """One array of weights.

    Attributes
    ----------
    value : ndarray
        Nominal.
    estimate : bool
        Or frozen.
    prior : Prior or None
        Of every entry.
    lower, upper : float
    """

    value: np.ndarray
    estimate: bool = True
    prior: Prior | None = None
    lower: float = -np.inf
    upper: float = np.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkUse:
    """A network, its numbers, and how it is tied to the problem.

    Attributes
    ----------
    id : str
    network : TracedNetwork
        What it computes.
    arrays : mapping of str to NetworkArray
        ``"layer.array"`` -> numbers, in the order of the network's layers.
    inputs : tuple of (tuple of Expression, or ArrayInput)
        One entry per input argument of the network: an expression for each of its entries, in order, or an
        array. Expressions read ids of the model (then the network is computed along the simulation), of the
        parameter or condition table (then once per condition).
    outputs : mapping of str to tuple of int
        PEtab id of an output -> (output argument, place in it...).
    targets : mapping of str to Expression
        Id of the model -> its value, over outputs of this network (from the hybridization table). Outputs
        that formulas of observables read appear in those formulas.
    input_shapes : tuple of (tuple of int, or None)
        Shape of each input that is given by expressions, whose entries are in row order; None or missing:
        one axis.
    """

    id: str
    network: TracedNetwork
    arrays: Mapping[str, NetworkArray]
    inputs: tuple[tuple[Expression, ...] | ArrayInput, ...]
    outputs: Mapping[str, tuple[int, ...]]
    targets: Mapping[str, Expression] = field(default_factory=dict)
    input_shapes: tuple[tuple[int, ...] | None, ...] = ()

    def input_shape(self, argument: int) -> tuple[int, ...]:
        """Return the shape of an input argument; the entries of an input of expressions are in row order."""
        value = self.inputs[argument]
        if isinstance(value, ArrayInput):
            return next(iter(value.values.values())).shape
        declared = self.input_shapes[argument] if argument < len(self.input_shapes) else None
        return (len(value),) if declared is None else declared

    def output_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Return the shapes of the outputs, from those of arrays and inputs.

        Raises
        ------
        InvalidValueError
            Something does not fit; the layer is named.
        """
        import jax

        kind = jax.dtypes.canonicalize_dtype(float)
        arrays = {name: jax.ShapeDtypeStruct(np.shape(a.value), kind) for name, a in self.arrays.items()}
        inputs = [jax.ShapeDtypeStruct(self.input_shape(i), kind) for i in range(len(self.inputs))]
        outputs = jax.eval_shape(self.network, arrays, *inputs)
        return tuple(tuple(output.shape) for output in outputs)
