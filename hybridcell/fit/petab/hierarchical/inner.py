"""Formulas at the measurements with the inner parameters found: what a simulation of outer ones ends in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from jaxtyping import Array, Float

from hybridcell.fit.petab.hierarchical.layout import TINY, Groups, Layout
from hybridcell.fit.petab.hierarchical.linear import box_least_squares, weighted_median
from hybridcell.fit.petab.hierarchical.newton import minimize_groups
from hybridcell.fit.petab.noise import Noise
from hybridcell.fit.petab.rows import Rows

#: Most turns between scalings and noise where they are coupled, and the relative change that is none.
_TURNS, _SAME = 1000, 1e-13
#: What bounds of numerical inner parameters are where there are none, on their scales.
_WIDE = 10.0
#: Added to the diagonal of the scaled normal equations of the projection.
_RIDGE = 1e-12

#: Observables and noise as a function of the inner parameters on the linear scale.
Evaluate = Callable[[Float[Array, " m"]], tuple[Float[Array, " r"], Float[Array, " r"]]]


class InnerRows:
    """Stands for the `Rows` of a simulator; `compute` finds the inner parameters first.

    Parameters
    ----------
    rows : Rows
    layout : Layout
    noise : Noise
    residual : callable or None
        Residuals of observables and noise, which the derivatives are then projected for (Kaufman): along
        what the inner parameters cannot follow. Without it derivatives are at fixed inner parameters, which
        by the envelope theorem are those of the minimum over them.
    show : bool
        `compute` returns the inner parameters in place of observables.
    """

    def __init__(
        self,
        rows: Rows,
        layout: Layout,
        noise: Noise,
        *,
        residual: Callable[[Array, Array], Array] | None = None,
        show: bool = False,
    ):
        self.rows, self.layout, self.noise, self.residual, self.show = rows, layout, noise, residual, show

    def compute(self, theta: Array, x: Array, columns: Array) -> tuple[Array, Array]:
        """Return observables and noise, as `Rows.compute` does."""
        layout = self.layout

        def evaluate_of(theta: Array, x: Array, columns: Array) -> Evaluate:
            return lambda z: self.rows.compute(
                theta.at[layout.places].set(z), x, columns.at[..., layout.columns].set(z)
            )

        evaluate = evaluate_of(theta, x, columns)
        still = evaluate_of(stop_gradient(theta), stop_gradient(x), stop_gradient(columns))
        z, row = self._solve(still)
        z = stop_gradient(z)
        if self._is_laplace.any():
            z = self._through_median(evaluate, z, stop_gradient(row))
        if self.residual is not None:
            z = self._followed(evaluate, still, z)
        found, sigma = evaluate(z)
        return (z if self.show else found), sigma

    @property
    def _is_laplace(self) -> np.ndarray:
        """Which groups of scalings are of Laplace noise."""
        linear = self.layout.linear
        return np.array([self.noise.laplace[linear.of_row == g].any() for g in range(len(linear))], bool)

    def _solve(self, evaluate: Evaluate) -> tuple[Array, Array]:
        """Return the inner optimum, and the rows that weighted medians meet."""
        layout, m = self.layout, len(self.layout.ids)
        z = jnp.asarray(np.where(layout.noise, 1.0, 0.0))
        row = jnp.zeros(len(layout.linear), int)
        if len(layout.numerical):
            z = _scatter(z, layout.numerical, self._numerical(evaluate, z))
        if len(layout.linear):
            # affine in scalings and offsets: exact from one value and the slopes
            unit = jnp.where(jnp.asarray(layout.noise), 1.0, z)
            slopes, target = self._linear_parts(evaluate, unit)
            size = evaluate(unit)[1]
            z, row = self._alternate(evaluate, z, slopes, target, size)
        if m and layout.noise.any():
            z = self._sizes(evaluate, z)
        return z, row

    def _linear_parts(self, evaluate: Evaluate, z: Array) -> tuple[Array, Array]:
        """Return slopes (r, c) and what they are to meet (r,), on the scale of the noise."""
        linear, m, noise = self.layout.linear, len(self.layout.ids), self.noise
        columns, rest = [], evaluate(z)[0]
        for c in range(linear.width):
            unit = np.zeros(m + 1)
            unit[linear.members[:, c]] = 1.0
            columns.append(jax.jvp(lambda z: evaluate(z)[0], (z,), (jnp.asarray(unit[:m]),))[1])
        slopes = jnp.stack(columns, axis=1)
        inside = (linear.of_row < len(linear))[:, None]
        logarithmic = noise.logarithmic[:, None]
        usable = jnp.where(logarithmic & (slopes > 0), slopes, 1.0)
        # log(s h) / base = log(s) / base + log(h) / base; what has no logarithm has no likelihood anyway
        target = noise.target - jnp.where(
            noise.logarithmic, jnp.sum(jnp.log(usable), axis=1) / noise.base, rest
        )
        first = (np.arange(linear.width) == 0) / noise.base[:, None]
        slopes = jnp.where(inside, jnp.where(logarithmic, first, slopes), 0.0)
        return slopes, jnp.where(inside[:, 0], target, 0.0)

    def _alternate(
        self, evaluate: Evaluate, z: Array, slopes: Array, target: Array, size: Array
    ) -> tuple[Array, Array]:
        """Return scalings and offsets given the noise; in turns with it where they are coupled."""
        layout = self.layout
        if not layout.coupled:
            return self._linear(z, slopes, target, size)
        inside = layout.linear.of_row < len(layout.linear)

        def turn(state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            z, _, _, count = state
            fresh, row = self._linear(z, slopes, target, size * self._by_row(z))
            fresh = self._sizes(evaluate, fresh)
            change = jnp.max(jnp.abs(fresh - z) / (jnp.abs(fresh) + TINY))
            return fresh, row, change, count + 1

        # the noise that there is if everything is
        scale = jnp.where(inside, target, 1.0)
        start = self._sizes_of(z, jnp.abs(scale) / size)
        begun = (start, jnp.zeros(len(layout.linear), int), jnp.asarray(jnp.inf), jnp.asarray(0))
        going = lambda state: (state[2] > _SAME) & (state[3] < _TURNS)  # noqa: E731
        z, row, _, _ = jax.lax.while_loop(going, turn, begun)
        return z, row

    def _by_row(self, z: Array) -> Float[Array, " r"]:
        """Return the unknown size of noise of each row, 1 where there is none."""
        sizes = jnp.concatenate([jnp.where(jnp.asarray(self.layout.noise), z, 1.0), jnp.ones(1)])
        return sizes[self.layout.sizes]

    def _linear(self, z: Array, slopes: Array, target: Array, sigma: Array) -> tuple[Array, Array]:
        layout, linear = self.layout, self.layout.linear
        lower, upper = self._linear_bounds()
        sigma = jnp.where(linear.of_row < len(linear), sigma, 1.0)
        weight = sigma**-2
        values = box_least_squares(slopes, target, weight, linear.of_row, lower, upper)
        row = jnp.zeros(len(linear), int)
        laplace = self._is_laplace
        if laplace.any():
            median, row = weighted_median(slopes[:, 0], target, 1 / sigma, linear.of_row, len(linear))
            values = jnp.where(laplace[:, None], jnp.clip(median[:, None], lower, upper), values)
        values = jnp.where(self._logs[:, None], jnp.exp(values), values)
        z = _scatter(z, linear, values)
        places = np.setdiff1d(linear.members, [len(layout.ids)])
        return z.at[places].set(jnp.clip(z[places], layout.lower[places], layout.upper[places])), row

    @property
    def _logs(self) -> np.ndarray:
        """Which groups of scalings are offsets of logarithms."""
        linear = self.layout.linear
        return np.array([self.noise.logarithmic[linear.of_row == g].any() for g in range(len(linear))], bool)

    def _linear_bounds(self) -> tuple[Array, Array]:
        lower, upper = (
            np.append(bound, 0.0)[self.layout.linear.members]
            for bound in (self.layout.lower, self.layout.upper)
        )
        logs = self._logs[:, None]
        positive = np.where(logs, lower, 1.0), np.where(logs, upper, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = (
                np.where(logs & (p > 0), np.log(p), bound) for p, bound in zip(positive, (lower, upper))
            )
        return jnp.asarray(lower), jnp.asarray(upper)

    def _sizes(self, evaluate: Evaluate, z: Array) -> Array:
        """Return z with the sizes of noise that are best for its observables."""
        unit = jnp.where(jnp.asarray(self.layout.noise), 1.0, z)
        found, factor = evaluate(unit)
        return self._sizes_of(z, jnp.abs(self.noise.residual(found, factor)))

    def _sizes_of(self, z: Array, residual: Float[Array, " r"]) -> Array:
        """Return z with the best sizes of noise for residuals of size 1.

        The root of ``n s^2 = sum |r| s + sum r^2``, sums over measurements of Laplace and of normal noise.
        """
        layout, m = self.layout, len(self.layout.ids)
        sums = lambda terms: jax.ops.segment_sum(terms, layout.sizes, num_segments=m + 1)[:m]  # noqa: E731
        first = sums(jnp.where(self.noise.laplace, residual, 0.0))
        second = sums(jnp.where(self.noise.laplace, 0.0, residual**2))
        count = jnp.maximum(sums(jnp.ones_like(residual)), 1.0)
        best = (first + jnp.sqrt(first**2 + 4 * count * second)) / (2 * count)
        return jnp.where(layout.noise, jnp.clip(best, layout.lower, layout.upper), z)

    def _numerical(self, evaluate: Evaluate, z: Array) -> Float[Array, "g c"]:
        """Return the numerical inner parameters on the linear scale, by group."""
        layout, groups = self.layout, self.layout.numerical
        m = len(layout.ids)
        bounds = layout.scales.to_scaled(np.stack([layout.lower, layout.upper]))
        bounds = np.stack([np.maximum(bounds[0], -_WIDE), np.minimum(bounds[1], _WIDE)])
        lower, upper = (np.append(bound, 0.0)[groups.members] for bound in bounds)

        def linear(y: Array) -> Array:
            return layout.scales.to_linear(_scatter(jnp.zeros(m), groups, y))

        chosen = np.zeros(m + 1, bool)
        chosen[groups.members] = True

        def value(y: Array) -> Array:
            found, sigma = evaluate(jnp.where(chosen[:m], linear(y), z))
            terms = jnp.where(groups.of_row < len(groups), -self.noise.log_density(found, sigma), 0.0)
            return jax.ops.segment_sum(terms, groups.of_row, num_segments=len(groups) + 1)[:-1]

        best = minimize_groups(value, lower, upper)
        return jnp.append(linear(best), 0.0)[groups.members]

    def _through_median(self, evaluate: Evaluate, z: Array, row: Array) -> Array:
        """Return z in which weighted medians are functions of the measurement that they meet.

        The absolute value has a kink there, so that the derivative at a fixed median is not that of the
        minimum.
        """
        linear, m = self.layout.linear, len(self.layout.ids)
        base = jnp.where(jnp.asarray(self.layout.noise), 1.0, z)
        base = _scatter(base, linear, jnp.zeros(linear.members.shape))
        slopes, target = self._linear_parts(evaluate, base)
        met = target[row] / jnp.where(slopes[row, 0] == 0, 1.0, slopes[row, 0])
        met = jnp.where(self._logs, jnp.exp(met), met)
        now = jnp.append(z, 0.0)[linear.members[:, 0]]
        inside = self._is_laplace & (jnp.abs(met - now) <= 1e-9 * jnp.abs(now)) & (slopes[row, 0] != 0)
        moved = jnp.where(inside, stop_gradient(now) + (met - stop_gradient(met)), now)
        values = jnp.append(z, 0.0)[linear.members].at[:, 0].set(moved)
        return _scatter(z, linear, values) if m else z

    def _followed(self, evaluate: Evaluate, still: Evaluate, z: Array) -> Array:
        """Return z with the derivatives by which it keeps residuals least, to first order."""
        assert self.residual is not None
        layout, residual = self.layout, self.residual

        def residuals(evaluate: Evaluate, z: Array) -> Array:
            return residual(*evaluate(z))

        jacobian = jax.jacfwd(lambda z: residuals(still, z))(z)
        inside = (z > layout.lower * (1 + 1e-12)) & (z < layout.upper * (1 - 1e-12))
        length = jnp.sqrt(jnp.sum(jacobian**2, axis=0))
        usable = inside & (length > 0)
        scale = jnp.where(usable, 1 / jnp.where(usable, length, 1.0), 0.0)
        unit = jacobian * scale
        gram = unit.T @ unit + jnp.diag(jnp.where(usable, _RIDGE, 1.0))
        moved = residuals(evaluate, z)
        change = jnp.linalg.solve(gram, unit.T @ (moved - stop_gradient(moved)))
        return z - scale * change


def _scatter(z: Array, groups: Groups, values: Any) -> Array:
    """Return z with the members of groups set."""
    return jnp.append(z, 0.0).at[groups.members].set(values)[:-1]
