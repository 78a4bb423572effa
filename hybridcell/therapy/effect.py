"""From the responses of a readout to effects between 0 and 1, which synergy models compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import check_choice
from hybridcell.data.response_scale import BASES, SCALES, USUAL

BETTER = ("lower", "higher")


@dataclass(frozen=True)
class EffectScale:
    """How a response becomes an effect: the fraction of the untreated level that a treatment takes away.

    With x the response and x0 that of the untreated control, for a logarithmic scale of base b

        viability = min(b^(x - x0), 1),   effect = 1 - viability,

    and for the linear scale, where x is a relative change (-0.3: 30 % less), effect = -(x - x0), cut to
    0 to 1.
    Where higher is better the sign of x - x0 is turned: an effect of 0.5 then means that the readout doubled.
    Responses on the unwanted side of the control count as no effect.

    Parameters
    ----------
    scale : {"log2", "ln", "log10", "linear"}
        What the responses are: logarithms of a ratio against the control, or relative changes.
    better : {"lower", "higher"}
        Which way the readout is meant to go.

    Raises
    ------
    InvalidValueError
        On other words.

    Examples
    --------
    >>> from hybridcell.therapy import EffectScale
    >>> EffectScale("log2", "lower").effect([-1.0, 0.0, 0.5]).tolist()
    [0.5, 0.0, 0.0]
    """

    scale: str = USUAL
    better: str = "lower"

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, SCALES)
        check_choice("better", self.better, BETTER)

    @property
    def sign(self) -> float:
        """-1 where lower is better, 1 where higher is: the sign of a wanted change."""
        return -1.0 if self.better == "lower" else 1.0

    def effect(
        self, response: Float[np.ndarray, ...], control: Float[np.ndarray, ...] | float = 0.0
    ) -> Float[np.ndarray, ...]:
        """Return effects from 0 to 1; NaN stays NaN."""
        wanted = self.sign * (np.asarray(response, dtype=float) - control)
        if self.scale == "linear":
            return np.clip(wanted, 0.0, 1.0)
        return -np.expm1(-np.log(BASES[self.scale]) * np.maximum(wanted, 0.0))

    def __str__(self) -> str:
        what = "relative change" if self.scale == "linear" else f"{self.scale} ratio"
        return f"{what}, {self.better} is better"
