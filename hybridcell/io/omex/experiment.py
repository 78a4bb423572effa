"""A simulation experiment: what is changed in the model, and what is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Experiment:
    """One condition of a model, simulated over time or to its steady state.

    Attributes
    ----------
    name : str
    changes : mapping of id to number
        Values that replace the model's own, as `hybridcell.simulate` takes them as a condition.
    end : float or None
        Time up to which is simulated; None for the steady state.
    start : float
    n_points : int
        Times at equal distances, both ends included.

    Examples
    --------
    >>> from hybridcell.io.omex import Experiment
    >>> Experiment("low glucose", {"glucose": 0.1}, end=10.0).is_steady_state
    False
    """

    name: str
    changes: Mapping[str, float] = field(default_factory=dict)
    end: float | None = None
    start: float = 0.0
    n_points: int = 101

    @property
    def is_steady_state(self) -> bool:
        """Whether what is computed is where the model comes to rest."""
        return self.end is None
