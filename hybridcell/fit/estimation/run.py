"""One run of a method from one start, and when it is to end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError

#: Columns of a history.
HISTORY = ("iteration", "evaluations", "value", "gradient_norm", "seconds")
#: Why runs end, by the code that methods give: the first is "not yet".
REASONS = (
    "",
    "the gradient is small",
    "the value changes no more",
    "the steps are small",
    "iterations",
    "the start cannot be simulated",
    "the method gave up",
    "progress was slow",
)
GOING, GRADIENT, VALUE, STEP, ITERATIONS, NO_START, GAVE_UP, SLOW = range(len(REASONS))


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """When a run has arrived.

    Attributes
    ----------
    value : float
        Relative decrease below which a value changes no more (several steps in a row).
    step : float
        Length of a step, relative to the widths of the bounds, below which steps are small.
    gradient : float
        Largest component of the gradient, each multiplied by the distance to the bound it points to where
        that is less than one (Coleman and Li), below which the gradient is small.
    """

    value: float = 1e-10
    step: float = 1e-10
    gradient: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("value", "step", "gradient"):
            if not getattr(self, name) >= 0:
                raise InvalidValueError(
                    f"The tolerance {name} is {getattr(self, name)!r}; wanted zero or more."
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What a method did from one start.

    Attributes
    ----------
    start : int
        Number of the start.
    theta0, theta : ndarray, shape (q,)
        Where it started, and the best that it met.
    value : float
        There; inf where the start cannot be simulated.
    history : ndarray, shape (m, 5)
        Columns as in `HISTORY`: best value so far, and the gradient norm there; seconds of the
        processor since the run began, an equal share of each batch that it was part of.
    reason : str
        Why it ended.
    """

    start: int
    theta0: Float[np.ndarray, " q"]
    theta: Float[np.ndarray, " q"]
    value: float
    history: Float[np.ndarray, "m 5"]
    reason: str

    @property
    def iterations(self) -> int:
        """Number of iterations."""
        return int(self.history[-1, 0]) if len(self.history) else 0

    @property
    def evaluations(self) -> int:
        """Number of evaluations of the objective (with or without derivatives)."""
        return int(self.history[-1, 1]) if len(self.history) else 0

    @property
    def seconds(self) -> float:
        """Time of the processor: an equal share of each batch that it was part of."""
        return float(self.history[-1, 4]) if len(self.history) else 0.0

    @property
    def failed(self) -> bool:
        """Whether no point with a finite value was found."""
        return not np.isfinite(self.value)

    def __repr__(self) -> str:
        return f"<Run {self.start}: {self.value:.6g} after {self.iterations} iterations, {self.reason}>"


def criticality(
    thetas: Float[np.ndarray, "k q"],
    gradients: Float[np.ndarray, "k q"],
    lower: np.ndarray,
    upper: np.ndarray,
) -> Float[np.ndarray, " k"]:
    """Return how far points are from a minimum within bounds: the largest scaled component of the gradient.

    References
    ----------
    Coleman and Li (1996), SIAM J. Optim. 6:418.
    """
    room = np.where(gradients < 0, upper - thetas, thetas - lower)
    return np.max(np.abs(gradients) * np.minimum(room, 1.0), axis=1, initial=0.0)
