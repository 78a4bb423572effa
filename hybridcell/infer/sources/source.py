"""What a thing with parameters must tell, so that inference can work on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from jaxtyping import Float

Array = Any


@dataclass(frozen=True, eq=False)
class Observed:
    """Measurements, and what is expected of them.

    Attributes
    ----------
    table : DataFrame
        One row per measurement, with ``observable``, ``condition``, ``time`` and ``measurement``.
    found : ndarray, shape (k, r)
        Expected values; NaN where a simulation failed.
    sigma : ndarray, shape (k, r)
        Size of the noise.
    laplace, base : ndarray, shape (r,)
        Whether noise is of Laplace; and 0 where it is one of values, or else that of their logarithms: 1 for
        natural ones, log(10) for decadic ones.
    """

    table: Any
    found: Array
    sigma: Array
    laplace: Array
    base: Array


class Source(Protocol):
    """An objective, and what it means in terms of measurements, priors and networks.

    Attributes
    ----------
    objective : Objective
        What is minimized: minus the log-posterior, up to a constant.
    scales : tuple of str
        "lin", "log", "log10" or "logit", one for each parameter.
    nominal : ndarray, shape (q,), or None
        Where the parameters are when nothing else is said.
    what : str
        What it is, in words: "the problem 'Boehm'".
    """

    objective: Any
    scales: tuple[str, ...]
    nominal: Any
    what: str

    def models(self, thetas: Array) -> tuple[Array, Array, Array | None]:
        """Return values (k,), gradients (k, q) and curvatures (k, q, q), or None for these."""
        ...

    def fisher(self, theta: Array) -> Float[Array, "q q"]:
        """Return the information that the measurements have at theta."""
        ...

    def prior_information(self, theta: Array) -> Float[Array, "q q"]:
        """Return the information that priors and penalties have at theta."""
        ...

    def linear(self, thetas: Array) -> Array:
        """Return parameters (..., q) on the linear scale."""
        ...

    def scaled(self, values: Array) -> Array:
        """Return linear values (..., q) on the scales of the parameters."""
        ...

    def network(self, theta: Array) -> Any:
        """Return the reaction network with these parameters."""
        ...

    def support(self) -> tuple[Float[Array, " q"], Float[Array, " q"]]:
        """Return between which bounds the prior has any mass."""
        ...

    def improper(self, theta: Array) -> Any:
        """Return, one for each parameter, whether nothing makes its posterior a proper one."""
        ...

    def observed(self, thetas: Array) -> Observed:
        """Return what was measured, as predicted with each of the thetas (k, q)."""
        ...

    def log_stretch(self, thetas: Array) -> Float[Array, " k"]:
        """Return what `density` has beyond minus the objective, of thetas (k, q): Jacobians of scales."""
        ...

    def density(self) -> Callable[[Array], Array]:
        """Return a function of JAX, of thetas (k, q): the log-posterior densities (k,), differentiable.

        The density is one of the scaled parameters: where a prior is one of the linear value, the Jacobian
        of the scale is in it.
        """
        ...
