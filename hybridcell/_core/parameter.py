"""A free number of a model: what optimizers move, and everything that others must know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.errors import InvalidValueError, check_choice

TRANSFORMS = ("identity", "log", "softplus", "logit")
PRIORS = ("normal", "log-normal")


def _forward(transform: str, raw: Array, lower: float, upper: float) -> Array:
    if transform == "log":
        return jnp.exp(raw)
    if transform == "softplus":
        return jax.nn.softplus(raw)
    if transform == "logit":
        return lower + (upper - lower) * jax.nn.sigmoid(raw)
    return raw


def _inverse(transform: str, value: np.ndarray, lower: float, upper: float) -> np.ndarray:
    # NumPy, not JAX: parameters are made outside of programs, where each JAX operation compiles on its own
    if transform == "log":
        return np.log(value)
    if transform == "softplus":
        # log(exp(v) - 1), written so that neither large nor small values lose digits
        return value + np.log(-np.expm1(-value))
    if transform == "logit":
        # not by way of the share, which rounds to 0 or 1 next to a bound
        return np.log(value - lower) - np.log(upper - value)
    return value


def _checked(value: ArrayLike, transform: str, lower: float, upper: float) -> np.ndarray:
    """Return the value as an array; refuse what is not finite, or beyond the bounds or the transform."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidValueError(f"value is {value!r:.60}; wanted a number or an array of numbers.") from None
    good = np.isfinite(array) & (array >= lower) & (array <= upper)
    if transform in ("log", "softplus"):
        good &= array > 0
        wanted = f"above 0 and at most {upper:g}" if lower <= 0 else f"from {lower:g} to {upper:g}"
    elif transform == "logit":
        good &= (array > lower) & (array < upper)
        wanted = f"between {lower:g} and {upper:g}, neither of them included"
    else:
        wanted = f"from {lower:g} to {upper:g}"
    if not good.all():
        raise InvalidValueError(
            f"value {array[~good].flat[0]} will not do; wanted a finite number {wanted} "
            f"(transform {transform!r}). Give a value inside, or another transform or bounds."
        )
    return array


def _checked_prior(prior: Any) -> tuple[str, float, float]:
    try:
        name, location, scale = prior
        location, scale = float(location), float(scale)
    except (TypeError, ValueError):
        raise InvalidValueError(f"prior is {prior!r}; wanted for example ('normal', 0, 1).") from None
    check_choice("The kind of prior", name, PRIORS)
    if not (np.isfinite(location) and 0 < scale < np.inf):
        raise InvalidValueError(f"prior is {prior!r}; wanted a finite center and a positive, finite width.")
    return name, location, scale


@dataclass(frozen=True, kw_only=True)
class Freedom:
    """How a fit may move a number: what a `Parameter` says of it, besides its value."""

    transform: str = "identity"
    bounds: tuple[float, float] = (-np.inf, np.inf)
    prior: tuple[str, float, float] | None = None
    unit: str = ""
    trainable: bool = True


class Parameter(eqx.Module):
    """A free number (or array of them) inside a model.

    Parameters
    ----------
    value : array_like
        The value in its own unit.
    transform : {"identity", "log", "softplus", "logit"}
        How the optimizer's unconstrained number becomes the value. "log" and "softplus" keep it
        positive, "logit" keeps it between `bounds`.
    bounds : tuple of float
        Lower and upper bound of the value.
    prior : tuple of (str, float, float), optional
        ``("normal", mean, sd)`` of the value, or ``("log-normal", mean, sd)`` of its logarithm; read by fits
        of reaction networks and by profiles of them, which take it where the transform lets them: one of the
        value, of a number on a logarithmic scale, to first order.
    unit : str
        Unit of the value, "" for none.
    trainable : bool
        Whether a fit may move it.

    Attributes
    ----------
    raw : Array
        The unconstrained number, the one leaf that optimizers see.

    Raises
    ------
    InvalidValueError
        If a value is not finite or lies outside what the transform can reach; if the prior is none of the
        two, or has no finite center and width.

    Examples
    --------
    >>> import hybridcell as hc
    >>> rate = hc.Parameter(0.5, transform="log", unit="1/h")
    >>> float(rate.value)
    0.5
    """

    raw: Float[Array, ...]
    transform: str = eqx.field(static=True)
    bounds: tuple[float, float] = eqx.field(static=True)
    prior: tuple[str, float, float] | None = eqx.field(static=True)
    unit: str = eqx.field(static=True)
    trainable: bool = eqx.field(static=True)

    def __init__(
        self,
        value: ArrayLike,
        *,
        transform: str = "identity",
        bounds: tuple[float, float] = (-np.inf, np.inf),
        prior: tuple[str, float, float] | None = None,
        unit: str = "",
        trainable: bool = True,
    ):
        check_choice("transform", transform, TRANSFORMS)
        lower, upper = (float(b) for b in bounds)
        if not lower < upper:
            raise InvalidValueError(f"bounds are ({lower}, {upper}); wanted lower < upper.")
        if transform == "logit" and not np.isfinite([lower, upper]).all():
            raise InvalidValueError(f"transform 'logit' needs finite bounds; found ({lower}, {upper}).")
        array = _checked(value, transform, lower, upper)
        self.raw = jnp.asarray(_inverse(transform, array, lower, upper))
        self.transform = transform
        self.bounds = (lower, upper)
        self.prior = None if prior is None else _checked_prior(prior)
        self.unit = unit
        self.trainable = trainable

    @property
    def value(self) -> Float[Array, ...]:
        """The value in its own unit."""
        return _forward(self.transform, self.raw, *self.bounds)

    @property
    def freedom(self) -> Freedom:
        """How a fit may move it."""
        return Freedom(
            transform=self.transform,
            bounds=self.bounds,
            prior=self.prior,
            unit=self.unit,
            trainable=self.trainable,
        )

    def with_value(self, value: ArrayLike) -> Parameter:
        """Return the same parameter with another value."""
        return Parameter(
            value,
            transform=self.transform,
            bounds=self.bounds,
            prior=self.prior,
            unit=self.unit,
            trainable=self.trainable,
        )

    def frozen(self) -> Parameter:
        """Return the same parameter, not moved by fits."""
        return self._with_trainable(False)

    def freed(self) -> Parameter:
        """Return the same parameter, moved by fits."""
        return self._with_trainable(True)

    def _with_trainable(self, trainable: bool) -> Parameter:
        fresh = object.__new__(Parameter)
        for name in ("raw", "transform", "bounds", "prior", "unit"):
            object.__setattr__(fresh, name, getattr(self, name))
        object.__setattr__(fresh, "trainable", trainable)
        return fresh

    def __repr__(self) -> str:
        shape = np.shape(self.raw)  # raw may be anything: trees of filters and gradients hold Parameters too
        size = "x".join(map(str, shape)) or "scalar"
        unit = f" {self.unit}" if self.unit else ""
        return f"Parameter({size}{unit}, {self.transform}, {'free' if self.trainable else 'fixed'})"


def is_parameter(node: Any) -> bool:
    """Tell whether a tree node is a Parameter (for `is_leaf` arguments)."""
    return isinstance(node, Parameter)


def trainable_filter(tree: Any) -> Any:
    """Return a tree of booleans, True on the leaves that a fit may move."""

    def mark(node: Any) -> Any:
        if is_parameter(node):
            return eqx.tree_at(lambda p: p.raw, node, replace=node.trainable)
        return jax.tree.map(lambda _: False, node)

    return jax.tree.map(mark, tree, is_leaf=is_parameter)


def count_trainable(tree: Any) -> int:
    """Return how many free numbers a tree holds."""
    found = jax.tree.leaves(eqx.filter(tree, trainable_filter(tree)))
    return int(sum(leaf.size for leaf in found))
