"""What a simulation of a reaction network gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.trajectory import Trajectory

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class NetworkTrajectory(Trajectory):
    """A trajectory of a reaction network; every id of the network can be asked for.

    Attributes
    ----------
    network : ReactionNetwork
    constants : ndarray, shape (C, m)
        Of each condition, in the order of ``network.equations.constants``.
    delayed : ndarray, shape (C, T, k)
        Values of the network's delayed terms; k is 0 without any.

    Notes
    -----
    `values` are states: amounts of species, values of anything else that varies.
    """

    network: ReactionNetwork
    constants: Float[Array, "c m"]
    delayed: Float[Array, "c t k"]

    def __getitem__(self, name: str) -> np.ndarray:
        """Return what an id means in the network's math, shape (C, T): species as concentration or amount.

        Inside a JAX transformation this is an array of JAX, through which derivatives flow.
        """
        return self.observe([self._expression(name, self.network.equations.observables, "id")])[0]

    def to_dataframe(self, amounts: Sequence[str] = (), concentrations: Sequence[str] = ()) -> pd.DataFrame:
        """Return a table with index "time" (and level "condition" when there are several).

        Parameters
        ----------
        amounts, concentrations : sequence of str
            Any ids of the network: species as amounts or as concentrations; compartments, parameters, species
            references and reactions by their value (size, value, stoichiometry, flux), in either list. Both
            empty gives all species as they are meant in the network's math.
        """
        import pandas as pd

        if is_traced(self.values):
            raise InvalidValueError(
                "A table needs numbers, which are not known inside a JAX transformation; take trajectory[id] "
                "there."
            )
        equations = self.network.equations
        if isinstance(amounts, str) or isinstance(concentrations, str):
            amounts, concentrations = _listed(amounts), _listed(concentrations)
        columns = {name: self._expression(name, equations.amounts, "id") for name in amounts}
        for name in concentrations:
            asked = self._expression(name, equations.concentrations, "id")
            if columns.setdefault(name, asked) is not asked:
                raise InvalidValueError(
                    f"{name!r} is asked for as amount and as concentration; a table has one column per id. "
                    "Ask for them in two tables."
                )
        if not columns:
            columns = {name: equations.observables[name] for name in equations.amounts}
        found = self.observe(list(columns.values()))
        data = {name: values.reshape(-1) for name, values in zip(columns, found)}
        if len(self.conditions) == 1:
            return pd.DataFrame(data, index=pd.Index(self.ts, name="time"))
        index = pd.MultiIndex.from_product([self.conditions, self.ts], names=["condition", "time"])
        return pd.DataFrame(data, index=index)

    def observe(self, expressions: Sequence[Expression]) -> np.ndarray:
        """Return the values of expressions over the network's states, shape (len(expressions), C, T)."""
        if is_traced(self.values) or is_traced(self.constants):
            return self._observe_by_jax(expressions)
        evaluate = Interpreter(expressions, self.network.equations)
        x, p, delayed = (np.asarray(a) for a in (self.values, self.constants, self.delayed))
        found = [evaluate(self.ts, x[c].T, p[c][:, None], delayed[c].T) for c in range(len(x))]
        found = [np.broadcast_to(rows, (len(expressions), len(self.ts))) for rows in found]
        values = np.stack(found, axis=1) if found else np.empty((len(expressions), 0, len(self.ts)))
        # what needs no state would look right after a failure
        lost = np.isnan(x).any(axis=2) & ~self.success[:, None]
        return np.where(lost, np.nan, values)

    def _observe_by_jax(self, expressions: Sequence[Expression]) -> Any:
        import jax.numpy as jnp

        from hybridcell.mechanisms.program.observation import make_observation

        lanes, count, _ = self.values.shape
        points = lanes * count
        x, delayed = (jnp.moveaxis(a, -1, 0).reshape(-1, points) for a in (self.values, self.delayed))
        p = jnp.repeat(jnp.asarray(self.constants).T, count, axis=1)
        observe = make_observation(expressions, self.network.equations)
        found = observe(jnp.tile(jnp.asarray(self.ts), lanes), x, p, delayed)
        return jnp.where(jnp.isnan(x).any(axis=0), jnp.nan, found).reshape(-1, lanes, count)

    def _expression(self, name: str, first: Mapping[str, Expression], what: str) -> Expression:
        observables = self.network.equations.observables
        if not isinstance(name, str):
            raise InvalidValueError(
                f"{name!r} is no {what}; wanted one {what}, as text. Ask for each by itself."
            )
        if name in first:
            return first[name]
        if name not in observables:
            raise unknown_name(what, name, observables)
        return observables[name]


def _listed(names: Any) -> Sequence[str]:
    return [names] if isinstance(names, str) else names
