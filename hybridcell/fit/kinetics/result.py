"""What a fit of a reaction network gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import card
from hybridcell.fit.result import Fit
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd

#: Relative standard error up to which a parameter counts as determined.
_DETERMINED = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class NetworkFit(Fit):
    """A fitted reaction network.

    Attributes
    ----------
    chi2 : float
        Sum of squared residuals in units of their errors.
    n_data : int
        Number of measurements.
    bic : float
        Chi-square plus, for each free number, log of the number of measurements. Weights count as far as the
        data, and not their prior, determine them.
    sd : dict of readout to float
        Errors that were estimated; empty where they were given.
    """

    chi2: float = float("nan")
    n_data: int = 0
    bic: float = float("nan")
    sd: Any = None
    _table: Any = None

    @property
    def network(self) -> ReactionNetwork:
        """The fitted network."""
        model: Any = self.model
        return model

    @property
    def parameters(self) -> pd.DataFrame:
        """Fitted constants of the mechanism: value, standard error, and whether the data determine it.

        Columns `value`, `sd`, `relative_sd`, `verdict` ("determined": relative error up to 10 %, "uncertain",
        or "at its bound"); index: ids. Errors are those of a linearization at the optimum.
        """
        return self._table.loc[~self._table["neural"]].drop(columns="neural")

    @property
    def weights(self) -> pd.DataFrame:
        """The same of the weights of neural pieces."""
        return self._table.loc[self._table["neural"]].drop(columns="neural")

    def __repr__(self) -> str:
        return f"Fit({self.model!r}, chi2 {self.chi2:.4g} of {self.n_data} measurements, {self.result})"

    def _repr_html_(self) -> str:
        uncertain = self.parameters.index[self.parameters["verdict"] != "determined"]
        facts = {
            "model": repr(self.model),
            "result": self.result,
            "chi-square": f"{self.chi2:.4g} of {self.n_data} measurements",
            "neural share": f"{self.residual_share:.1%}" if len(self.network.holes) else "",
            "not determined": ", ".join(uncertain),
            **{k: v for k, v in self.info.items() if np.ndim(v) == 0 and not isinstance(v, dict)},
        }
        return card("Fit", {k: v for k, v in facts.items() if v != ""})


def parameter_table(free: Any, theta: np.ndarray, jacobian: np.ndarray) -> pd.DataFrame:
    """Return value, standard error and verdict of every free number."""
    import jax.numpy as jnp
    import pandas as pd

    curvature = jacobian.T @ jacobian
    scale = np.sqrt(np.maximum(np.diag(curvature), 1e-300))
    correlation = np.linalg.pinv(curvature / np.outer(scale, scale), hermitian=True, rcond=1e-12)
    spread = np.sqrt(np.maximum(np.diag(correlation), 0.0)) / scale
    # what no measurement moves has no error, but an infinite one
    spread = np.where(np.diag(curvature) > 0, spread, np.inf)
    values = np.asarray(free.values(jnp.asarray(theta)))
    sd = np.abs(np.asarray(free.slopes(jnp.asarray(theta)))) * spread
    with np.errstate(all="ignore"):
        relative = sd / np.abs(values)
    at_bound = (theta <= free.low) | (theta >= free.high)
    verdict = np.where(at_bound, "at its bound", np.where(relative <= _DETERMINED, "determined", "uncertain"))
    return pd.DataFrame(
        {"value": values, "sd": sd, "relative_sd": relative, "verdict": verdict, "neural": free.neural},
        index=pd.Index(free.ids, name="id"),
    )


def effective_numbers(jacobian: np.ndarray, n_data: int) -> float:
    """Return how many free numbers the measurements determine, the prior's part left out."""
    measured = jacobian[:n_data]
    both = jacobian.T @ jacobian
    return float(np.trace(np.linalg.pinv(both, hermitian=True, rcond=1e-12) @ (measured.T @ measured)))
