"""Steady states of the thousands of conditions of a screen, in tiles that stay in cache."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.devices import map_shared
from hybridcell._core.model import AbstractField, AbstractModel, make_field
from hybridcell.mechanisms.cellbox.field import CellBoxField
from hybridcell.simulate import Solve, solve_steady_state
from hybridcell.simulate.steady.fixed_point import iterate, relaxed_rate
from hybridcell.therapy.screen.blocks import CALL
from hybridcell.therapy.screen.certificate import has_one_state, states_are_stable
from hybridcell.therapy.screen.combined_states import combined_states
from hybridcell.therapy.screen.design import Design

#: Rows of a call and of a tile: the state of a tile stays in cache, a call keeps some megabytes.
_CHUNK, _TILE = CALL, 128
_TILES = _CHUNK // _TILE
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

    return map_shared(tile, (u, x0))


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

    return map_shared(tile, (u, x0))


class ScreenSolver:
    """Solves the conditions of a design for one model after the other.

    Where a network is known to have one steady state per condition, it is found by chord iteration from the
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
    def n_alone(self) -> int:
        """Number of conditions that the others start from: the control and the drugs alone."""
        return 1 + self.design.n_singles

    def inputs(self, rows: np.ndarray) -> Float[np.ndarray, "r n"]:
        """Return the inputs on nodes of some conditions."""
        u = np.zeros((len(rows), self.n))
        u[:, self.nodes] = self.design.doses(rows)
        return u

    def run(
        self,
        model: AbstractModel,
        conditions: slice,
        alone: Float[np.ndarray, "s n"] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Solve a block of conditions of one model.

        Parameters
        ----------
        model
            One model.
        conditions
            Start and stop. The first block starts at 0 and holds all drugs alone.
        alone : ndarray, shape (1 + S, n), optional
            What the first block returned; later blocks want it.

        Returns
        -------
        tuple of ndarray
            Readout of the block, NaN where not solved; residual; and, of a network with one state, the
            states of the control and the drugs alone, which the other blocks start from.
        """
        rows = np.arange(conditions.start, conditions.stop)
        response, residual = np.full(len(rows), np.nan), np.full(len(rows), np.inf)
        if self.solve.method == "auto" and self.solve.backend == "jax" and self.solve.dt is None:
            alone = self._run_fast(model, rows, response, residual, alone)
        left = np.flatnonzero(np.isnan(response))
        for first in range(0, len(left), _CHUNK):
            here = left[first : first + _CHUNK]
            found = solve_steady_state(model, self.inputs(rows[here]), solve=self.solve)
            response[here] = np.where(found.success, found.x[:, self.readout], np.nan)
            residual[here] = found.residual
        return response, residual, alone

    def _run_fast(
        self,
        model: AbstractModel,
        rows: np.ndarray,
        response: np.ndarray,
        residual: np.ndarray,
        alone: np.ndarray | None,
    ) -> np.ndarray | None:
        field, tol = make_field(model), jnp.asarray(self.solve.steadiness)
        n_first = max(self.n_alone - int(rows[0]), 0)
        one_state = has_one_state(field) if n_first else alone is not None
        if n_first and one_state:
            alone = np.zeros((self.n_alone, self.n))
        singles: tuple[Array, Array] | None = None
        for here in _calls(n_first, len(rows)):
            if alone is not None and here.start >= n_first and isinstance(field, CellBoxField):
                if singles is None:  # moved once, not for each call
                    singles = jnp.asarray(self.inputs(np.arange(self.n_alone))), jnp.asarray(alone)
                value, r = self._combined(field, singles, rows[here], tol)
                good = r <= self.solve.steadiness  # False for NaN
                response[here] = np.where(good, value, np.nan)
                residual[here] = np.where(good, r, np.inf)
                continue
            u = self.inputs(rows[here])
            given: Any = u
            x0 = np.asarray(model.initial_state(given))
            x, r = _settle(_chord_tiles if one_state else _fixed_point_tiles, field, u, x0, tol)
            good = r <= self.solve.steadiness
            if not one_state:
                good[good] = states_are_stable(field, x[good], u[good])
            elif alone is not None:
                alone[here] = np.where(np.isfinite(x), x, 0.0)
            response[here] = np.where(good, x[:, self.readout], np.nan)
            residual[here] = np.where(good, r, np.inf)
        return alone

    def _combined(
        self, field: CellBoxField, singles: tuple[Array, Array], rows: np.ndarray, tol: Array
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return readout and residual of up to one call of combinations."""
        parts = self.design.parts(rows).astype(np.int32)
        tiled = np.resize(parts, (_TILES, _TILE, parts.shape[1]))  # rows again, where there are fewer
        found = combined_states(field, *singles, jnp.asarray(tiled), self.readout, tol)
        value, residual = (np.asarray(part).reshape(-1)[: len(rows)] for part in found)
        return value, residual


def _calls(n_first: int, n: int) -> list[slice]:
    """Return the rows of each call: those that the others start from are solved before them."""
    return [
        slice(first, min(first + _CHUNK, stop))
        for start, stop in pairwise(sorted({0, min(n_first, n), n}))
        for first in range(start, stop, _CHUNK)
    ]


def _settle(tiles: Any, field: AbstractField, u: np.ndarray, x0: np.ndarray, tol: Array) -> Any:
    """Return states and residuals of up to one call of rows."""
    x, r = tiles(field, _tiled(u), _tiled(x0), tol)
    return np.asarray(x).reshape(_CHUNK, -1)[: len(u)], np.asarray(r).reshape(-1)[: len(u)]


def _tiled(rows: Float[np.ndarray, "r n"]) -> Float[Array, "t r n"]:
    padded = np.zeros((_CHUNK, rows.shape[1]))
    padded[: len(rows)] = rows
    return jnp.asarray(padded.reshape(_TILES, _TILE, -1))
