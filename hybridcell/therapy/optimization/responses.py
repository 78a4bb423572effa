"""What doses do to some readouts of every member of an ensemble at steady state, and the slopes by dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import unknown_name
from hybridcell._core.model import AbstractField
from hybridcell.data.conditions import Conditions
from hybridcell.simulate import Solve, ensemble_states
from hybridcell.simulate.steady.fixed_point import iterate, relaxed_rate, residual_norm

_ITERATIONS = 400


class Responses:
    """Readouts of an ensemble as functions of the doses of some drugs; counts what it simulates.

    Parameters
    ----------
    ensemble
        M members.
    drugs
        D perturbations.
    readouts
        K nodes.
    """

    def __init__(
        self, ensemble: Ensemble, drugs: Sequence[str], readouts: Sequence[str], solve: Solve | None
    ) -> None:
        self.ensemble, self.drugs, self.readouts = ensemble, tuple(drugs), tuple(readouts)
        self.solve = Solve() if solve is None else solve
        first = ensemble.model
        self._rows = np.array([first.names.index(name) for name in readouts])
        basis: Any = first.inputs(self._conditions(np.eye(len(drugs))))
        nothing: Any = first.inputs(self._conditions(np.zeros((1, len(drugs)))))
        self._nothing = np.asarray(nothing, dtype=float)
        self._per_dose = np.asarray(basis, dtype=float) - self._nothing
        self.n_simulations = 0

    def watching(self, readout: str) -> Responses:
        """Return the same with one more readout, and a count of its own."""
        names = self.ensemble.names
        if readout not in names:
            raise unknown_name("readout", readout, names)
        readouts = tuple(dict.fromkeys((*self.readouts, readout)))
        return Responses(self.ensemble, self.drugs, readouts, self.solve)

    def values(self, doses: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "m c k"]:
        """Return the readouts under many conditions, NaN where a member does not settle; certified."""
        self.n_simulations += len(doses)
        states, _ = ensemble_states(self.ensemble, self._conditions(doses), solve=self.solve)
        return states[:, :, self._rows]

    def values_and_slopes(
        self, dose: Float[np.ndarray, " d"]
    ) -> tuple[Float[np.ndarray, "m k"], Float[np.ndarray, "m k d"]]:
        """Return the readouts under one condition and their derivatives by each dose.

        A member that the iteration does not settle is NaN in both.
        """
        self.n_simulations += 1
        u: Any = self._nothing + dose @ self._per_dose
        per_dose: Any = self._per_dose
        rows: Any = self._rows
        tol: Any = np.asarray(self.solve.steadiness)
        x, slopes, residual = _members(self.ensemble.members, u, per_dose, rows, tol)
        bad = ~(np.asarray(residual) <= self.solve.steadiness)
        found, change = np.array(x), np.array(slopes)
        found[bad], change[bad] = np.nan, np.nan
        return found, change

    def _conditions(self, doses: np.ndarray) -> Conditions:
        return Conditions(tuple(f"c{i}" for i in range(len(doses))), self.drugs, doses)


@eqx.filter_jit
def _members(members: Any, u: Array, per_dose: Array, rows: Array, tol: Array) -> tuple[Array, Array, Array]:
    """Return readouts (M, K), their slopes (M, K, D) by the implicit function theorem, and residuals (M,)."""

    def one(model: Any) -> tuple[Array, Array, Array]:
        field: AbstractField = model.field()
        x = iterate(field, u, model.initial_state(u), n_iterations=_ITERATIONS, tol=tol * 1e-2)
        by_state = jax.jacfwd(lambda y: relaxed_rate(field, y[None], u)[0])(x[0])
        by_dose = jax.jacfwd(lambda d: relaxed_rate(field, x, u + d @ per_dose)[0])(jnp.zeros(len(per_dose)))
        slopes = -jnp.linalg.solve(by_state, by_dose)
        return x[0][rows], slopes[rows], residual_norm(field, x, u)[0]

    return jax.vmap(one)(members)
