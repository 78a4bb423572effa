"""Networks that are computed once per span, before it: parameters and initial states from their outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import apply
from hybridcell.fit.petab.binding import Binding
from hybridcell.fit.petab.formulas import PointFormulas
from hybridcell.fit.petab.plan import Span
from hybridcell.io.petab.network_use import ArrayInput, NetworkUse


class Before:
    """The networks of one level.

    Parameters
    ----------
    uses : sequence of NetworkUse
    places : mapping
        Network -> array -> place of its entries in the vector of all parameters.
    spans : sequence of Span
    binding : Binding
    """

    def __init__(
        self,
        uses: Sequence[NetworkUse],
        places: Mapping[str, Mapping[str, np.ndarray]],
        spans: Sequence[Span],
        binding: Binding,
    ):
        self._uses, self._places, self._binding, self._lanes = uses, places, binding, len(spans)
        self._inputs = [[self._input(use, k, spans) for k in range(len(use.inputs))] for use in uses]
        columns, states = [], []
        for use in uses:
            for target, value in use.targets.items():
                value = binding.resolve(value)
                if binding.kind(target) == "column":
                    columns.append((binding.column[target], binding.value_for_column(target, value)))
                else:
                    volume = binding.volume(target)
                    amount = value if volume is None else apply("mul", value, volume)
                    states.append((binding.state[target], amount))
        self._columns = np.array([place for place, _ in columns], int)
        self._column_values = self._points([value for _, value in columns])
        self._states = np.array([place for place, _ in states], int)
        self._state_values = self._points([value for _, value in states])

    def _points(self, values: Sequence[Expression]) -> PointFormulas:
        """Return formulas of columns, and of states for their volumes: all of them in every lane."""
        m, n, c = len(self._binding.columns), self._binding.equations.n, self._lanes

        def place(leaf: Expression, points: np.ndarray) -> np.ndarray:
            lane = points % c
            if leaf.op == "constant":
                return lane * m + self._binding.column[str(leaf.value)]
            if leaf.op == "state":
                return c * m + lane * n + self._binding.state[str(leaf.value)]
            raise InvalidValueError("What networks give before a simulation cannot depend on the time.")

        return PointFormulas(list(values), np.repeat(np.arange(len(values)), c), place, c * (m + n))

    def _input(self, use: NetworkUse, argument: int, spans: Sequence[Span]) -> PointFormulas | np.ndarray:
        given = use.inputs[argument]
        if not isinstance(given, ArrayInput):
            return self._points([self._binding.resolve(expression) for expression in given])
        arrays = []
        for span in spans:
            names = [c for c in reversed(span.conditions) if c in given.values]
            if not names and "" not in given.values:
                raise InvalidValueError(
                    f"Input {argument} of network {use.id!r} has arrays for the conditions "
                    f"{', '.join(given.values)}, and none for {', '.join(span.conditions) or 'no condition'}."
                )
            arrays.append(given.values[names[0] if names else ""])
        return np.stack(arrays)

    def fill(self, theta: Float[Array, " N"], columns: Float[Array, "c M"]) -> Float[Array, "c M"]:
        """Return the columns with outputs, and with what follows from these."""
        for use, inputs in zip(self._uses, self._inputs):
            # anew for each: one network may read what another gives
            vector = self._vector(columns, jnp.zeros((self._lanes, self._binding.equations.n)))
            given = [
                each
                if isinstance(each, np.ndarray)
                else each(vector).reshape(-1, self._lanes).T.reshape(self._lanes, *use.input_shape(k))
                for k, each in enumerate(inputs)
            ]
            arrays = {name: theta[places] for name, places in self._places[use.id].items()}
            outputs = jax.vmap(lambda *x, use=use, arrays=arrays: use.network(arrays, *x))(*given)
            for id, place in use.outputs.items():
                value = outputs[place[0]][(slice(None), *place[1:])]
                columns = columns.at[:, self._binding.column[id]].set(value.reshape(self._lanes))
        if not len(self._columns):
            return columns
        vector = self._vector(columns, jnp.zeros((self._lanes, self._binding.equations.n)))
        return columns.at[:, self._columns].set(self._column_values(vector).reshape(-1, self._lanes).T)

    def begin(self, columns: Float[Array, "c M"], x: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the initial states with those that networks give."""
        if not len(self._states):
            return x
        found = self._state_values(self._vector(columns, x))
        return x.at[:, self._states].set(found.reshape(-1, self._lanes).T)

    @staticmethod
    def _vector(columns: Array, x: Array) -> Array:
        return jnp.concatenate([columns.reshape(-1), x.reshape(-1)])
