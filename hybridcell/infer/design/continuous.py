"""What an experiment with doses and times of any size would tell, as a function of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.infer.design.belief import Belief
from hybridcell.infer.design.outlook import Outlook
from hybridcell.infer.design.screen_outlook import ScreenCase, ScreenKnowledge
from hybridcell.infer.design.slopes import condition_slopes
from hybridcell.simulate.steady.fixed_point import implicit_steady_state

#: Length of differences, as a share of a variable's range: sensitivities are exact, their changes are not.
_DIFFERENCE = 1e-4


class ByDifferences:
    """Gains of experiments of which only values are known; gradients are central differences of them.

    Parameters
    ----------
    outlook : callable
        Of a list of experiments (dicts): their `Outlook`.
    names : sequence of str
        Variables, in the order of vectors x.
    rest : mapping
        What else the experiments set, but not those of interest.
    lower, upper : ndarray, shape (d,)
    interest : sequence of dict
        Experiments whose predictions are to become certain; empty where only information counts.
    """

    def __init__(
        self,
        outlook: Callable[[list[dict[str, float]]], Outlook],
        names: Sequence[str],
        rest: Mapping[str, float],
        lower: Float[np.ndarray, " d"],
        upper: Float[np.ndarray, " d"],
        interest: Sequence[dict[str, float]],
    ):
        self._outlook, self._names, self._rest = outlook, list(names), dict(rest)
        self._lower, self._upper, self._interest = lower, upper, list(interest)
        self._taken: list[dict[str, float]] = []

    def values(self, xs: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """Return gains; -inf where an experiment cannot be simulated."""
        asked = [self._experiment(x) for x in xs]
        found = self._outlook([*self._taken, *self._interest, *asked])
        start, first = len(self._taken), len(self._taken) + len(self._interest)
        of_interest = found.features[start:first].reshape(-1, found.features.shape[2])
        if found.about == "parameters":
            of_interest = found.interest
        belief = Belief(Outlook(found.names, found.features, of_interest, found.about, found.usable))
        for k in range(start):
            belief.take(k)
        if len(of_interest):
            gain = belief.reduction() / max(float(np.sum(of_interest**2)), 1e-300)
        else:
            gain = belief.information()
        return np.where(found.usable, gain, -np.inf)[first:]

    def value_and_gradient(self, x: Float[np.ndarray, " d"]) -> tuple[float, Float[np.ndarray, " d"]]:
        """Return the gain and its slope; differences stay within the bounds."""
        step = _DIFFERENCE * (self._upper - self._lower)
        above = np.minimum(x + np.diag(step), self._upper)
        below = np.maximum(x - np.diag(step), self._lower)
        found = self.values(np.concatenate([x[None], above, below]))
        d = len(x)
        with np.errstate(invalid="ignore"):
            slope = (found[1 : d + 1] - found[d + 1 :]) / (np.diagonal(above) - np.diagonal(below))
        return float(found[0]), np.where(np.isfinite(slope), slope, 0.0)

    def take(self, x: Float[np.ndarray, " d"]) -> None:
        """Count an experiment as done."""
        self._taken.append(self._experiment(x))

    def _experiment(self, x: Float[np.ndarray, " d"]) -> dict[str, float]:
        return {**self._rest, **dict(zip(self._names, map(float, x)))}


class AtSteadyState:
    """Gains of a screen model's steady-state experiments, with exact gradients.

    The slopes of the predictions come from the implicit function theorem, and their gradient with respect to
    the doses from differentiating that once more.
    """

    def __init__(
        self,
        case: ScreenCase,
        names: Sequence[str],
        rest: Mapping[str, float],
        interest: Float[np.ndarray, "p q"] | None,
    ):
        known = self._known = ScreenKnowledge(case)
        model = case.model
        self._columns = jnp.asarray([model.index(name) for name in case.readouts])
        self._noise = jnp.asarray(case.noise)
        self._place = np.zeros((len(names), model.n))
        self._place[np.arange(len(names)), [model.index(name) for name in names]] = 1.0
        self._base = np.zeros(model.n)
        for name, value in rest.items():
            self._base[model.index(name)] = value
        self._measured = known.measured
        self._interest = interest
        self._factors()

    def _factors(self) -> None:
        """Factor what is known: the covariance of scaled numbers is 1 - V V'."""
        measured = self._measured
        if len(measured) > measured.shape[1]:
            size, direction = np.linalg.eigh(measured.T @ measured)
            v = direction * np.sqrt(np.maximum(size, 0.0) / (1.0 + np.maximum(size, 0.0)))
        else:
            lower = np.linalg.cholesky(np.eye(len(measured)) + measured @ measured.T)
            v = np.linalg.solve(lower, measured).T
        self._v = jnp.asarray(v)
        if self._interest is None:
            self._b, self._unit = None, 1.0
        else:
            b = self._interest.T - v @ (v.T @ self._interest.T)
            if not hasattr(self, "_unit"):
                self._unit = max(float(np.sum(self._interest.T * b)), 1e-300)
            self._b = jnp.asarray(b)

    def values(self, xs: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """Return gains; -inf where there is no steady state."""
        found = np.asarray(_gains(jnp.asarray(xs), *self._arguments()))
        return np.where(np.isfinite(found), found, -np.inf)

    def value_and_gradient(self, x: Float[np.ndarray, " d"]) -> tuple[float, Float[np.ndarray, " d"]]:
        """Return the gain and its slope."""
        value, slope = _gain_and_slope(jnp.asarray(x), *self._arguments())
        value, slope = float(value), np.asarray(slope)
        return (value if np.isfinite(value) else -np.inf), np.where(np.isfinite(slope), slope, 0.0)

    def take(self, x: Float[np.ndarray, " d"]) -> None:
        """Count an experiment as done."""
        rows = np.asarray(_scaled_slopes(jnp.asarray(x), *self._arguments()[:-3]))
        self._measured = np.concatenate([self._measured, rows])
        self._factors()

    def _arguments(self) -> tuple[Any, ...]:
        known = self._known
        return (
            jnp.asarray(self._base), jnp.asarray(self._place), known.free, known.frame, self._columns,
            self._noise, jnp.asarray(known.sd), self._v, self._b, jnp.asarray(self._unit),
        )  # fmt: skip


@eqx.filter_jit
def _scaled_slopes(
    x: Array, base: Array, place: Array, free: Any, frame: Any, columns: Array, noise: Array, sd: Array
) -> Float[Array, "r q"]:
    u = base + x @ place
    model = eqx.combine(free, frame)
    x0 = model.initial_state(u[None])
    state = implicit_steady_state(model.field(), u[None], x0, n_iterations=2000, tol=1e-11)[0]
    return condition_slopes(free, frame, u, state, columns) * sd / noise[:, None]


def _gain(
    x: Array, base: Array, place: Array, free: Any, frame: Any, columns: Array, noise: Array, sd: Array,
    v: Array, b: Any, unit: Array,
) -> Float[Array, ""]:  # fmt: skip
    rows = _scaled_slopes(x, base, place, free, frame, columns, noise, sd)
    seen = rows @ v
    lower = jnp.linalg.cholesky(jnp.eye(len(rows)) + rows @ rows.T - seen @ seen.T)
    if b is None:
        return jnp.sum(jnp.log(jnp.diagonal(lower)))
    told = jax.scipy.linalg.solve_triangular(lower, rows @ b, lower=True)
    return jnp.sum(told**2) / unit


@eqx.filter_jit
def _gains(xs: Array, *rest: Any) -> Float[Array, " k"]:
    return jax.lax.map(lambda x: _gain(x, *rest), xs)


@eqx.filter_jit
def _gain_and_slope(x: Array, *rest: Any) -> tuple[Array, Array]:
    return jax.value_and_grad(lambda x: _gain(x, *rest))(x)
