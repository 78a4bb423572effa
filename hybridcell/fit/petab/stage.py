"""How the spans of one level begin: numbers and states, from the parameters and from where they go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.expressions import Expression, number, symbol
from hybridcell._core.expressions.expression import leaves, substitute
from hybridcell.fit.petab.before import Before
from hybridcell.fit.petab.binding import Binding
from hybridcell.fit.petab.formulas import PointFormulas, make_formulas
from hybridcell.fit.petab.plan import Span

#: Where a number comes from that is no parameter: it stands in the problem; it is that of the span before.
_FIXED, _CARRIED = -1, -2


class _Write(NamedTuple):
    """A value that a span sets: in which lane, at which column or state, and what it is divided by there."""

    lane: int
    place: int
    value: Expression
    volume: Expression | None = None


class Stage:
    """The beginning of all spans of one level.

    Parameters
    ----------
    spans : list of Span
    binding : Binding
    parameters : mapping of str to int
        Id -> place in the vector of all parameters.
    networks : Before or None
        Networks that are computed at the start of the spans.
    """

    def __init__(
        self,
        spans: Sequence[Span],
        binding: Binding,
        parameters: Mapping[str, int],
        networks: Before | None = None,
    ):
        self._networks = networks
        self.binding, self.parameters = binding, parameters
        self.first = all(span.parent is None for span in spans)
        self.parents = np.array([0 if s.parent is None else s.parent.lane for s in spans], int)
        self.begin = np.array([span.begin for span in spans])
        own = np.array([parameters.get(id, _FIXED) for id in binding.columns], int)
        self._own = own
        self.source = np.tile(own if self.first else np.full_like(own, _CARRIED), (len(spans), 1))
        self.base = np.tile(binding.defaults, (len(spans), 1))
        self._to_column: list[_Write] = []
        self._to_state: list[_Write] = []
        self._to_amount: list[_Write] = []
        self._assigned: list[_Write] = []
        for lane, span in enumerate(spans):
            self._take_changes(lane, span)
        states = binding.equations.states
        n, m, c = len(states), len(binding.columns), len(spans)

        def place(leaf: Expression, lane: np.ndarray) -> np.ndarray:
            id = str(leaf.value)
            if leaf.op == "time":
                return c * (n + m) + lane
            if leaf.op == "state":
                return lane * n + binding.state[id]
            return c * n + lane * m + binding.column[id]

        writes = [*self._to_column, *self._to_state, *self._to_amount]
        self._values = self._points(writes, lambda write: write.value, place, c * (n + m + 1))
        self._sizes = self._points(
            self._to_amount, lambda write: write.volume or number(1.0), place, c * (n + m + 1)
        )
        self._assigned_values = self._points(
            self._assigned, lambda write: write.value, place, c * (n + m + 1)
        )
        self._initial = make_formulas(binding.initial, (), binding.columns)

    def _take_changes(self, lane: int, span: Span) -> None:
        set_here = {change.target for change in span.changes}
        for change in span.changes:
            if self.binding.kind(change.target) == "column":
                self._set_column(lane, change.target, change.value)
            elif change.value is not None:
                self._set_state(lane, change.target, self.binding.resolve(change.value))
        if self.first:
            self._take_assigned(lane, {change.target for change in span.changes if change.value is not None})
            return  # initial states follow the sizes of compartments
        known = self.binding.network.equations.observables
        for id in self.binding.equations.states:
            volume = self.binding.volume(id)
            if volume is None or id in set_here:
                continue
            # another size of a compartment leaves concentrations as they are
            if set_here & {*leaves([volume], "constant"), *leaves([volume], "state")}:
                self._set_state(lane, id, known[id])

    def _take_assigned(self, lane: int, set_here: set[str]) -> None:
        """Note what the model itself gives to columns that this span does not set."""
        left = {symbol(id): math for id, math in self.binding.assigned.items() if id not in set_here}
        for id in self.binding.assigned.keys() - set_here:
            value = symbol(id)
            for _ in left:  # one may read another, none itself
                value = substitute(value, left)
            self._assigned.append(_Write(lane, self.binding.column[id], self.binding.resolve(value)))

    def _set_column(self, lane: int, id: str, value: Expression | None) -> None:
        column = self.binding.column[id]
        if value is None:
            self.source[lane, column] = self._own[column]
            return
        value = self.binding.value_for_column(id, value)
        if value.is_number:
            self.source[lane, column] = _FIXED
            self.base[lane, column] = value.value
        elif value.op == "symbol" and value.value in self.parameters:
            self.source[lane, column] = self.parameters[str(value.value)]
        else:
            self._to_column.append(_Write(lane, column, self.binding.resolve(value)))

    def _set_state(self, lane: int, id: str, value: Expression) -> None:
        place, volume = self.binding.state[id], self.binding.volume(id)
        writes = self._to_state if volume is None else self._to_amount
        writes.append(_Write(lane, place, value, volume))

    @staticmethod
    def _points(
        writes: list[_Write],
        wanted: Callable[[_Write], Expression],
        place: Callable[[Expression, np.ndarray], np.ndarray],
        size: int,
    ) -> PointFormulas:
        distinct = list(dict.fromkeys(wanted(write) for write in writes))
        which = np.array([distinct.index(wanted(write)) for write in writes], int)
        lanes = np.array([write.lane for write in writes], int)
        return PointFormulas(distinct, which, lambda leaf, points: place(leaf, lanes[points]), size)

    def enter(
        self,
        theta: Float[Array, " N"],
        before: tuple[Float[Array, "b M"], Float[Array, "b n"]] | None,
    ) -> tuple[Float[Array, "c M"], Float[Array, "c n"]]:
        """Return columns and states at the start of every span.

        Parameters
        ----------
        theta : (N,)
            All parameters, on the linear scale.
        before : (columns, states) or None
            At the end of the spans of the level above; None at the first level.
        """
        t = jnp.asarray(self.begin)
        if before is None:
            old = self._fill(theta, np.broadcast_to(self._own, self.source.shape), None)
            x_old = self._start(t, old)
        else:
            old, x_old = (each[self.parents] for each in before)
        columns = self._fill(theta, self.source, old)
        found = self._values(jnp.concatenate([x_old.reshape(-1), old.reshape(-1), t]))
        a, b = len(self._to_column), len(self._to_column) + len(self._to_state)
        columns = _write(columns, self._to_column, found[:a])
        if self._assigned:
            vector = jnp.concatenate([x_old.reshape(-1), columns.reshape(-1), t])
            columns = _write(columns, self._assigned, self._assigned_values(vector))
        if self._networks is not None:
            columns = self._networks.fill(theta, columns)
        x = self._start(t, columns) if before is None else x_old
        x = _write(x, self._to_state, found[a:b])
        sizes = self._sizes(jnp.concatenate([x.reshape(-1), columns.reshape(-1), t]))
        x = _write(x, self._to_amount, found[b:] * sizes)
        if self._networks is not None and before is None:
            x = self._networks.begin(columns, x)
        return columns, x

    def _fill(self, theta: Array, source: np.ndarray, old: Array | None) -> Array:
        filled = jnp.where(source >= 0, theta[np.maximum(source, 0)], self.base)
        return filled if old is None else jnp.where(source == _CARRIED, old, filled)

    def _start(self, t: Array, columns: Array) -> Array:
        return self._initial(t, jnp.zeros((0, len(t))), columns.T).T


def _write(table: Array, writes: list[_Write], values: Array) -> Array:
    """Return the table with entries set."""
    if not writes:
        return table
    lane, place = np.array([(write.lane, write.place) for write in writes]).T
    return table.at[lane, place].set(values)
