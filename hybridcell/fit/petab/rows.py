"""What measurements are compared with: observables and the size of their noise, row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell._core.expressions import Expression, constant
from hybridcell._core.expressions.expression import leaves, walk
from hybridcell.fit.petab.binding import Binding
from hybridcell.fit.petab.formulas import PointFormulas
from hybridcell.fit.petab.plan import Plan
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.statement import Statement


class Rows:
    """The formulas of observables and noise at all measurements.

    Parameters
    ----------
    statement : Statement
    binding : Binding
    plan : Plan
    parameters : mapping of str to int
        Id -> place in the vector of all parameters.
    """

    def __init__(self, statement: Statement, binding: Binding, plan: Plan, parameters: Mapping[str, int]):
        measured = statement.measurements
        r, n = len(measured), binding.equations.n
        self._time = np.where(np.isfinite(measured.time), measured.time, 0.0)
        self._overrides = _Overrides(statement, binding, parameters)
        lanes = max(map(len, plan.levels))
        lane = plan.level * lanes + plan.lane
        lanes *= len(plan.levels)
        width, t = self._overrides.width, len(plan.times)
        begin = np.cumsum([0, lanes * t * n, lanes * len(binding.columns), r * width, r])
        x_first = begin[0] + (lane * t + plan.when) * n
        column_first = begin[1] + lane * len(binding.columns)
        slots = {f"row:{k}": k for k in range(width)}

        def place(leaf: Expression, points: np.ndarray) -> np.ndarray:
            id = str(leaf.value)
            if leaf.op == "time":
                return begin[3] + points
            if leaf.op == "state":
                return x_first[points] + binding.state[id]
            if id in slots:
                return begin[2] + points * width + slots[id]
            return column_first[points] + binding.column[id]

        size = int(begin[-1])
        overrides = self._overrides.general
        of = np.array([row for row, _, _ in overrides], int)
        self._general = PointFormulas(
            [e for _, _, e in overrides], np.arange(len(of)), lambda leaf, k: place(leaf, of[k]), size
        )
        both = [_formulas(statement, binding, k) for k in range(len(statement.observables))]
        self._observables = PointFormulas([f for f, _ in both], measured.observable, place, size)
        self._noise = PointFormulas([g for _, g in both], measured.observable, place, size)
        self._noise_formulas, self._which = [g for _, g in both], measured.observable
        self._changed = {
            change.target for e in statement.experiments for period in e.periods for change in period.changes
        }

    def noise_moves(self, moving: Collection[str]) -> Bool[np.ndarray, " r"]:
        """Return in which rows the size of the noise depends on any of the parameters."""
        slots = self._overrides.depend_on(moving)
        found = np.zeros(len(self._which), bool)
        for number, formula in enumerate(self._noise_formulas):
            rows = self._which == number
            read = set(leaves([formula], "constant"))
            if leaves([formula], "state") or read & ({*moving} | self._changed):
                found[rows] = True
                continue
            for id in read:
                if id.startswith("row:"):
                    found[rows] |= slots[rows, int(id[4:])]
        return found

    def compute(
        self,
        theta: Float[Array, " N"],
        x: Float[Array, "k c t n"],
        columns: Float[Array, "k c M"],
    ) -> tuple[Float[Array, " r"], Float[Array, " r"]]:
        """Return observables and the size of their noise, given states and columns of all levels."""
        filled = self._overrides.fill(theta)
        given = (x.reshape(-1), columns.reshape(-1))
        t = jnp.asarray(self._time)
        vector = jnp.concatenate([*given, filled.reshape(-1), t])
        if self._overrides.general:
            row, slot = (np.array(each) for each in list(zip(*self._overrides.general))[:2])
            filled = filled.at[row, slot].set(self._general(vector))
            vector = jnp.concatenate([*given, filled.reshape(-1), t])
        return self._observables(vector), self._noise(vector)


class _Overrides:
    """What fills the placeholders of each row: numbers, parameters, or expressions."""

    def __init__(self, statement: Statement, binding: Binding, parameters: Mapping[str, int]):
        measured = statement.measurements
        self._parameters = parameters
        self.width = max(
            (len(o.placeholders) + len(o.noise_placeholders) for o in statement.observables), default=0
        )
        self._source = np.full((len(measured), self.width), -1)
        self._base = np.zeros((len(measured), self.width))
        self.general: list[tuple[int, int, Expression]] = []
        for row, values in enumerate(zip(measured.observable_parameters, measured.noise_parameters)):
            for slot, value in enumerate([*values[0], *values[1]]):
                if value.is_number:
                    self._base[row, slot] = value.value
                elif value.op == "symbol" and value.value in parameters:
                    self._source[row, slot] = parameters[str(value.value)]
                else:
                    self.general.append((row, slot, binding.resolve(value)))

    def depend_on(self, moving: Collection[str]) -> Bool[np.ndarray, "r w"]:
        """Return what depends on any of the parameters, expressions always."""
        places = np.array([self._parameters[id] for id in moving if id in self._parameters], int)
        found = np.isin(self._source, places)
        for row, slot, _ in self.general:
            found[row, slot] = True
        return found

    def fill(self, theta: Array) -> Float[Array, "r w"]:
        """Return what is known from the parameters alone."""
        return jnp.where(self._source >= 0, theta[np.maximum(self._source, 0)], self._base)


def _formulas(statement: Statement, binding: Binding, number: int) -> tuple[Expression, Expression]:
    """Return both formulas of an observable over states, columns and the slots of placeholders."""
    observable = statement.observables[number]
    ids = (*observable.placeholders, *observable.noise_placeholders)
    also = {id: constant(f"row:{place}") for place, id in enumerate(ids)}
    found = binding.resolve(observable.formula, also=also), binding.resolve(observable.noise, also=also)
    if any(node.op == "delay" for node in walk(found)):
        raise PetabError(
            statement.file.name,
            reason=f"observable {observable.id!r} reads the past of the model (`delay`), which is not kept "
            "at the measurements",
            hint="Observe what is not delayed, and measure it at earlier times.",
        )
    return found
