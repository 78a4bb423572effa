"""Steady states of the thousands of conditions of a screen, in tiles that stay in cache."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractField, AbstractModel, make_field
from hybridcell.simulate import Solve, solve_steady_state
from hybridcell.simulate.steady.fixed_point import iterate, relaxed_rate
from hybridcell.therapy.screen.certificate import is_contractive, states_are_stable
from hybridcell.therapy.screen.design import Design

#: Rows of a tile, tiles of one call: the state of a tile stays in cache, a call keeps some megabytes.
_TILE, _TILES = 128, 16
_CHUNK = _TILE * _TILES
_CHORD_STEPS = 30
_FIXED_POINT_STEPS = 300


@eqx.filter_jit
def _fixed_point_tiles(
    field: AbstractField, u: Float[Array, "t r n"], x0: Float[Array, "t r n"], tol: Array
) -> tuple[Array, Array]:
    """Damped fixed-point iteration, tile by tile; return states and residuals."""

    def tile(given: tuple[Array, Array]) -> tuple[Array, Array]:
        x = iterate(field, given[0], given[1], n_iterations=_FIXED_POINT_STEPS, tol=tol)
        return x, jnp.max(jnp.abs(relaxed_rate(field, x, given[0])), axis=-1)

    return jax.lax.map(tile, (u, x0))


@eqx.filter_jit
def _chord_tiles(
    field: AbstractField, u: Float[Array, "t r n"], x0: Float[Array, "t r n"], tol: Array
) -> tuple[Array, Array]:
    """Chord iteration with one inverse for all tiles, taken at their mean; return states and residuals."""
    center, u_center = jnp.mean(x0, axis=(0, 1)), jnp.mean(u, axis=(0, 1))
    jacobian = jax.jacfwd(lambda y: relaxed_rate(field, y[None], u_center[None])[0])(center)
    inverse = jnp.linalg.inv(jacobian).T

    def tile(given: tuple[Array, Array]) -> tuple[Array, Array]:
        u, x = given

        def unsettled(carry: tuple[Array, Array, Array]) -> Array:
            k, _, rate = carry
            return (k < _CHORD_STEPS) & (jnp.max(jnp.abs(rate)) > tol)

        def step(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            k, x, rate = carry
            x = x - rate @ inverse
            return k + 1, x, relaxed_rate(field, x, u)

        _, x, rate = jax.lax.while_loop(unsettled, step, (jnp.asarray(0), x, relaxed_rate(field, x, u)))
        return x, jnp.max(jnp.abs(rate), axis=-1)

    return jax.lax.map(tile, (u, x0))


class ScreenSolver:
    """Solves the conditions of a design for one model after the other.

    A network that is contractive has one steady state per condition: it is found by chord iteration from the
    sum of the drugs' effects alone. Any other model is iterated from its initial state, as `hc.steady_state`
    does, and each state found is certified by its Jacobian. What stays open goes to `solve_steady_state`,
    with its dearer methods; what it cannot solve is NaN.
    """

    def __init__(self, design: Design, names: tuple[str, ...], readout: str, solve: Solve):
        self.design, self.solve = design, solve
        self.readout = names.index(readout)
        self.nodes = np.array([names.index(drug) for drug in design.drugs])
        self.n = len(names)

    @property
    def n_chunks(self) -> int:
        """Number of calls per model."""
        return len(self._chunks())

    def _chunks(self) -> list[np.ndarray]:
        """Rows of each call: the control and single drugs first, because pairs start from them."""
        bounds = [0, 1 + self.design.n_singles, self.design.n_conditions]
        return [
            np.arange(first, min(first + _CHUNK, stop))
            for start, stop in pairwise(bounds)
            for first in range(start, stop, _CHUNK)
        ]

    def inputs(self, rows: np.ndarray) -> Float[np.ndarray, "r n"]:
        """Return the inputs on nodes of some conditions."""
        u = np.zeros((len(rows), self.n))
        u[:, self.nodes] = self.design.doses(rows)
        return u

    def run(self, model: AbstractModel, advance: Callable[[], Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return readout (K,), NaN where not solved, and residual (K,); call advance after each chunk."""
        response = np.full(self.design.n_conditions, np.nan)
        residual = np.full(self.design.n_conditions, np.inf)
        fast = self.solve.method == "auto" and self.solve.backend == "jax" and self.solve.dt is None
        if fast:
            self._run_fast(model, response, residual, advance)
            left = np.flatnonzero(np.isnan(response))
            rest = [left[first : first + _CHUNK] for first in range(0, len(left), _CHUNK)]
        else:
            rest = self._chunks()
        for rows in rest:
            found = solve_steady_state(model, self.inputs(rows), solve=self.solve)
            response[rows] = np.where(found.success, found.x[:, self.readout], np.nan)
            residual[rows] = found.residual
            if not fast:
                advance()
        return response, residual

    def _run_fast(
        self, model: AbstractModel, response: np.ndarray, residual: np.ndarray, advance: Callable[[], Any]
    ) -> None:
        field, tol = make_field(model), jnp.asarray(self.solve.steadiness)
        contractive = is_contractive(field)
        alone = np.zeros((1 + self.design.n_singles, self.n))
        for rows in self._chunks():
            u = self.inputs(rows)
            given: Any = u
            x0 = np.asarray(model.initial_state(given))
            are_pairs = rows[0] >= len(alone)
            if contractive and are_pairs:
                x0 = alone[self.design.alone[rows]].sum(axis=1) - alone[0]
            tiles = _chord_tiles if contractive else _fixed_point_tiles
            x, r = tiles(field, _tiled(u), _tiled(x0), tol)
            x, r = np.asarray(x).reshape(_CHUNK, -1)[: len(rows)], np.asarray(r).reshape(-1)[: len(rows)]
            good = r <= self.solve.steadiness  # False for NaN
            if not contractive:
                good[good] = states_are_stable(field, x[good], u[good])
            if not are_pairs:
                alone[rows] = np.where(np.isfinite(x), x, 0.0)
            response[rows[good]], residual[rows[good]] = x[good, self.readout], r[good]
            advance()


def _tiled(rows: Float[np.ndarray, "r n"]) -> Float[Array, "t r n"]:
    padded = np.zeros((_CHUNK, rows.shape[1]))
    padded[: len(rows)] = rows
    return jnp.asarray(padded.reshape(_TILES, _TILE, -1))
