"""Adam, or any optimizer of optax: small steps down the slope, for many starts in lock-step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Found, Objective
from hybridcell.fit.estimation.run import GOING, GRADIENT, NO_START, VALUE, Tolerances, criticality

#: Steps without a lower value, before that is the end.
_PATIENCE = 200


class Adam:
    """A method for `Lockstep`: optax's updates, projected on the bounds; the best point is kept.

    Parameters
    ----------
    optimizer
        A gradient transformation of optax; by default Adam.
    learning_rate
        Of Adam, on the scale of the parameters; it falls to a hundredth over the iterations (cosine).
    rows
        How many measurements each step draws. Then the last point is kept, for values cannot be compared.
    """

    kind = "gradients"

    def __init__(
        self,
        objective: Objective,
        *,
        tolerances: Tolerances,
        capacity: int,
        max_iterations: int,
        seed: int,
        optimizer: Any = None,
        learning_rate: float = 0.05,
        rows: int | None = None,
    ):
        import optax

        if rows is not None and not getattr(objective, "accepts_rows", False):
            raise InvalidValueError(
                "This objective computes all measurements at once (it has no accepts_rows); leave rows out."
            )
        if rows is not None and not 0 < rows <= objective.n:
            raise InvalidValueError(f"rows is {rows}; wanted from 1 to the {objective.n} measurements.")
        self._lower, self._upper = np.asarray(objective.lower), np.asarray(objective.upper)
        if optimizer is None:
            optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, max_iterations, alpha=0.01))
        self._optimizer = optimizer
        self._tolerances, self._capacity = tolerances, capacity
        self._n, self._rows, self._seed = objective.n, rows, seed

    def options(self, state: Mapping[str, np.ndarray], n_new: int) -> dict[str, Any]:
        """Return the rows of the next step, which depend on nothing but the state."""
        if self._rows is None:
            return {}
        rng = np.random.default_rng([self._seed, n_new, *state.get("iteration", np.zeros(0, int)).tolist()])
        return {"rows": np.sort(rng.choice(self._n, self._rows, replace=False))}

    @cached_property
    def _compiled(self) -> tuple[Any, Any]:
        def step(gradient: Any, inner: Any, theta: Any) -> Any:
            moves, inner = self._optimizer.update(gradient, inner, theta)
            return moves, inner

        return jax.jit(jax.vmap(self._optimizer.init)), jax.jit(jax.vmap(step))

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts."""
        assert found.gradients is not None
        k = len(thetas)
        state = {
            "theta": thetas.copy(), "value": found.values.copy(), "point": thetas.copy(),
            "gradient": found.gradients.copy(), "damping": np.ones(k), "idle": np.zeros(k, int),
            "last": found.values.copy(),
            "code": np.where(np.isfinite(found.values), GOING, NO_START),
        }  # fmt: skip
        state["gradient_norm"] = criticality(thetas, found.gradients, self._lower, self._upper)
        return state | self._inner(thetas)

    def _inner(self, thetas: np.ndarray) -> State:
        leaves = jax.tree.leaves(self._compiled[0](self._padded(thetas)))
        return {f"inner{i}": np.array(leaf)[: len(thetas)] for i, leaf in enumerate(leaves)}

    def _padded(self, rows: np.ndarray) -> np.ndarray:
        # one size, so that one program does for any number of runs
        return np.concatenate([rows, np.repeat(rows[:1], max(self._capacity - len(rows), 0), axis=0)])

    def propose(self, state: State) -> np.ndarray:
        """Return the next points."""
        k = len(state["point"])
        point, gradient = self._padded(state["point"]), self._padded(state["gradient"])
        like = jax.eval_shape(self._compiled[0], point)
        structure = jax.tree.structure(like)
        names = [f"inner{i}" for i in range(structure.num_leaves)]
        inner = jax.tree.unflatten(structure, [self._padded(state[name]) for name in names])
        moves, inner = self._compiled[1](gradient, inner, point)
        for name, leaf in zip(names, jax.tree.leaves(inner)):
            state[name] = np.array(leaf)[:k]
        trial = state["point"] + state["damping"][:, None] * np.asarray(moves)[:k]
        return np.clip(trial, self._lower, self._upper)

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        assert found.gradients is not None
        state = dict(state)
        fine = np.isfinite(found.values)
        better = fine & ((found.values < state["value"]) | (self._rows is not None))
        much = found.values < state["last"] - self._tolerances.value * np.maximum(np.abs(state["last"]), 1.0)
        norm = criticality(thetas, found.gradients, self._lower, self._upper)
        # where nothing could be computed: back to the best point, with shorter steps
        state["point"] = np.where(fine[:, None], thetas, state["theta"])
        state["gradient"] = np.where(fine[:, None], found.gradients, state["gradient"])
        state["damping"] = np.where(fine, state["damping"], 0.5 * state["damping"])
        state["theta"] = np.where(better[:, None], thetas, state["theta"])
        state["value"] = np.where(better, found.values, state["value"])
        state["gradient_norm"] = np.where(better, norm, state["gradient_norm"])
        state["idle"] = np.where(fine & much, 0, state["idle"] + 1)
        state["last"] = np.where(fine & much, found.values, state["last"])
        if self._rows is None:
            small = state["gradient_norm"] <= self._tolerances.gradient
            late = state["idle"] >= _PATIENCE
            state["code"] = np.where(small, GRADIENT, np.where(late, VALUE, GOING))
        return state
