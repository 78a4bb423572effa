"""An objective made from functions of one vector of parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hybridcell._core.errors import InvalidValueError, check_is_list


class FunctionObjective:
    """An objective from a function in JAX, batched and differentiated.

    Parameters
    ----------
    names
        Of the parameters.
    lower, upper
        Bounds, one number for each parameter.
    residuals
        theta of shape (q,) -> residuals of shape (n,); the value is half of their sum of squares.
    value
        theta -> value; instead of residuals.
    parameters
        The `PetabParameter`s, for starts from priors.

    Raises
    ------
    InvalidValueError
        Unless there is exactly one function, or when `names` is one text.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> bowl = FunctionObjective(["x", "y"], [-1, -1], [1, 1], value=lambda p: jnp.sum(p**2))
    >>> [float(x) for x in bowl.values([[0.0, 0.5], [1.0, 1.0]])]
    [0.25, 2.0]
    """

    def __init__(
        self,
        names: Sequence[str],
        lower: Sequence[float] | np.ndarray,
        upper: Sequence[float] | np.ndarray,
        *,
        residuals: Callable[[Any], Any] | None = None,
        value: Callable[[Any], Any] | None = None,
        parameters: Sequence[Any] | None = None,
    ):
        if (residuals is None) == (value is None):
            raise InvalidValueError("Give either `residuals` or `value`, and not both.")
        check_is_list("names", names)
        self.names = tuple(names)
        self.lower, self.upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
        self.has_least_squares = residuals is not None
        self._functions = {"residuals": residuals, "value": value, "parameters": parameters}
        self.n = 0
        if parameters is not None:
            self.parameters = tuple(parameters)
        if residuals is not None:
            rest = residuals
            self.n = int(jax.eval_shape(rest, jnp.zeros(len(self.names))).shape[0])
            self._least_squares = jax.jit(jax.vmap(lambda p: (rest(p), jax.jacfwd(rest)(p))))
            value = lambda p: 0.5 * jnp.sum(rest(p) ** 2)  # noqa: E731
        assert value is not None
        #: The value of one vector, to be traced by JAX.
        self.traceable = value
        self._values = jax.jit(jax.vmap(value))
        self._gradients = jax.jit(jax.vmap(jax.value_and_grad(value)))

    def __reduce__(self) -> tuple[Any, ...]:
        # what is compiled stays behind
        return partial(FunctionObjective, **self._functions), (self.names, self.lower, self.upper)

    def values(self, thetas: Any) -> np.ndarray:
        """Return values, shape (k,)."""
        return np.asarray(self._values(jnp.asarray(thetas, dtype=float)))

    def values_and_gradients(self, thetas: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return values, shape (k,), and gradients, shape (k, q)."""
        values, gradients = self._gradients(jnp.asarray(thetas, dtype=float))
        return np.asarray(values), np.asarray(gradients)

    def least_squares(self, thetas: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals, shape (k, n), and Jacobians, shape (k, n, q)."""
        if not self.has_least_squares:
            raise InvalidValueError("This objective was made from a value; it has no residuals.")
        residuals, jacobians = self._least_squares(jnp.asarray(thetas, dtype=float))
        return np.asarray(residuals), np.asarray(jacobians)
