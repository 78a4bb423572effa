"""What is minimized: a function of scaled parameters, evaluated for many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.workers import Parcel, Workers

#: What an evaluation asks for.
KINDS = ("values", "gradients", "least-squares")


@runtime_checkable
class Objective(Protocol):
    """A function of scaled parameters that is to be minimized.

    Every row of a batch must be computed on its own: what one row gives does not depend on the others. Rows
    that cannot be simulated give a value of ``inf`` (or NaN). Batches are filled up with rows of NaN, for
    which an objective may return NaN at once.

    Attributes
    ----------
    names : sequence of str
        Of the parameters.
    lower, upper : ndarray, shape (q,)
        Bounds on the scale of the parameters; may be infinite.
    n : int
        Number of measurements.
    has_least_squares : bool
        `least_squares` can be called.

    Notes
    -----
    An objective may also have ``parameters``, its `PetabParameter`s in the order of the names, from whose
    priors starts are drawn, and ``accepts_rows = True`` where ``values_and_gradients`` takes ``rows``, the
    numbers of the measurements that count.
    """

    @property
    def names(self) -> Sequence[str]: ...  # noqa: D102

    @property
    def lower(self) -> Float[np.ndarray, " q"]: ...  # noqa: D102

    @property
    def upper(self) -> Float[np.ndarray, " q"]: ...  # noqa: D102

    @property
    def n(self) -> int: ...  # noqa: D102

    @property
    def has_least_squares(self) -> bool: ...  # noqa: D102

    def values(self, thetas: Any) -> Any:
        """Return the values, shape (k,), of parameters of shape (k, q)."""
        ...

    def values_and_gradients(self, thetas: Any) -> Any:
        """Return values, shape (k,), and gradients, shape (k, q)."""
        ...

    def least_squares(self, thetas: Any) -> Any:
        """Return residuals, shape (k, n), and Jacobians, shape (k, n, q).

        Half of the sum of squares differs from the value by a number that does not depend on theta.
        """
        ...


@dataclass(frozen=True, eq=False)
class Found:
    """What a batch of evaluations gave.

    Attributes
    ----------
    values : ndarray, shape (k,)
        Inf where any number that was asked for is not finite. Of least squares: half of the sum of squares.
    gradients : ndarray, shape (k, q), or None
    residuals : ndarray, shape (k, n), or None
    jacobians : ndarray, shape (k, n, q), or None
    """

    values: np.ndarray
    gradients: np.ndarray | None = None
    residuals: np.ndarray | None = None
    jacobians: np.ndarray | None = None

    def __getitem__(self, rows: Any) -> Found:
        parts = (self.values, self.gradients, self.residuals, self.jacobians)
        return Found(*(None if part is None else part[rows] for part in parts))  # pyright: ignore[reportArgumentType]


class Evaluator:
    """Evaluates an objective in batches of one size, so that compiled functions are compiled once.

    Parameters
    ----------
    objective
        What is evaluated.
    batch
        Size of every call: fewer rows are filled up with rows of NaN, more are several calls.
    workers
        Who evaluates; None: this process. Each of them makes calls of the same size, so that they run the
        same program, and no number depends on them.
    """

    def __init__(self, objective: Objective, batch: int, workers: Workers | None = None):
        self.objective, self.batch, self._workers = objective, int(batch), workers
        self._parcel = Parcel(objective)
        self.lower = np.asarray(objective.lower, dtype=float)
        self.upper = np.asarray(objective.upper, dtype=float)
        q = len(objective.names)
        if self.lower.shape != (q,) or self.upper.shape != (q,):
            raise InvalidValueError(
                f"The objective has {q} names but bounds of shape {self.lower.shape} and {self.upper.shape}."
            )
        wrong = np.flatnonzero(~(self.lower <= self.upper))
        if len(wrong):
            name = objective.names[wrong[0]]
            raise InvalidValueError(
                f"The bounds of {name!r} are {self.lower[wrong[0]]} and {self.upper[wrong[0]]}; wanted "
                "lower <= upper."
            )

    def __call__(self, kind: str, thetas: Float[np.ndarray, "k q"], **options: Any) -> Found:
        """Evaluate "values", "gradients" or "least-squares" of all rows."""
        thetas = np.asarray(thetas, dtype=float)
        share = self.batch
        if self._workers is not None:  # a share for each
            share = max(1, min(share, -(-len(thetas) // self._workers.size)))
        parts = [thetas[i : i + share] for i in range(0, len(thetas), share)]
        if self._workers is None:
            pieces = [_piece(self.objective, self.batch, kind, part, options) for part in parts]
        else:
            tasks = [(self._parcel, self.batch, kind, part, options) for part in parts]
            pieces = self._workers.map(_piece_there, tasks)
        if len(pieces) == 1:
            return pieces[0]
        columns = [[getattr(p, part) for p in pieces] for part in ("gradients", "residuals", "jacobians")]
        joined = [None if part[0] is None else np.concatenate(part) for part in columns]
        return Found(np.concatenate([p.values for p in pieces]), *joined)


def _piece_there(parcel: Parcel, *given: Any) -> Found:
    return _piece(parcel.value, *given)


def _piece(objective: Objective, batch: int, kind: str, thetas: np.ndarray, options: dict[str, Any]) -> Found:
    k = len(thetas)
    padded = np.concatenate([thetas, np.full((batch - k, thetas.shape[1]), np.nan)])
    if kind == "values":
        values = np.array(objective.values(padded), dtype=float)[:k]
        return Found(np.where(np.isfinite(values), values, np.inf))
    if kind == "gradients":
        values, gradients = objective.values_and_gradients(padded, **options)
        values, gradients = np.array(values, dtype=float)[:k], np.array(gradients, dtype=float)[:k]
        fine = np.isfinite(values) & np.isfinite(gradients).all(axis=1)
        gradients[~fine] = 0.0
        return Found(np.where(fine, values, np.inf), gradients)
    residuals, jacobians = objective.least_squares(padded)
    residuals, jacobians = np.array(residuals, dtype=float)[:k], np.array(jacobians, dtype=float)[:k]
    fine = np.isfinite(residuals).all(axis=1) & np.isfinite(jacobians).all(axis=(1, 2))
    residuals[~fine], jacobians[~fine] = 0.0, 0.0
    cost = 0.5 * np.sum(residuals**2, axis=1)
    fine &= np.isfinite(cost)
    gradients = np.matmul(residuals[:, None], jacobians)[:, 0]
    return Found(np.where(fine, cost, np.inf), gradients, residuals, jacobians)
