"""What a fit of a reaction network gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.html import card
from hybridcell.fit.result import Fit
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.distillation import Distillation

#: Relative standard error up to which a parameter counts as determined.
_DETERMINED = 0.1
#: How much wider the priors of weights are made before a number counts as determined by data.
_WIDER = 5.0
#: Curvature, relative to the largest, below which a direction counts as not determined at all.
_NOTHING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class NetworkFit(Fit):
    """A fitted reaction network.

    Attributes
    ----------
    train : AnnData
        The time courses it was fitted to.
    chi2 : float
        Sum of squared residuals in units of their errors.
    n_data : int
        Number of measurements.
    bic : float
        Chi-square plus, for each free number, log of the number of measurements. Weights count as far as the
        data, and not their prior, determine them.
    sd : dict of readout to float
        Errors that were estimated; empty where they were given.
    search : Search or None
        What was minimized, with the errors of the end and the numbers that were free: what `hybridcell.infer`
        works on. None where the fit was put together otherwise, as from a file.
    """

    #: Compiled functions are in no file.
    derived: ClassVar[tuple[str, ...]] = ("search",)

    train: Any
    chi2: float = float("nan")
    n_data: int = 0
    bic: float = float("nan")
    sd: Any = None
    search: Any = None
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
        or "at its bound"); index: ids. Errors are those of a linearization at the optimum; what would be less
        certain with wider priors of weights is "uncertain".
        """
        return self._table.loc[~self._table["neural"]].drop(columns="neural")

    @property
    def weights(self) -> pd.DataFrame:
        """The same of the weights of neural pieces."""
        return self._table.loc[self._table["neural"]].drop(columns="neural")

    def distill(
        self,
        target: str,
        *,
        n_fits: int = 8,
        accept: bool = False,
        key: PRNGKeyArray | None = None,
        progress: bool | None = None,
        **options: Any,
    ) -> Distillation:
        """Replace a learned rate by the kinetic law that describes the data best.

        Some hundred laws (mass action, Michaelis-Menten, Hill, substrate and product inhibition, activation
        and inhibition by every input, reversible and predator-prey laws, power laws, sparse formulas) are
        fitted to the learned rate along the data. The most promising ones then take its place in the network,
        whose free constants are fitted anew to the data.

        Parameters
        ----------
        target : str
            Id of a reaction with a `NeuralRate`, or of what a `NeuralResidual` with one term moves.
        n_fits : int
            Laws that are fitted to the data at most.
        accept : bool
            Hand out the best law's network even where no law describes the data.
        key : PRNGKeyArray, optional
            Decides where second attempts start, where no law describes the data.
        **options
            ``sd``, ``noise``, ``solve``, ``iterations``: as the hybrid was fitted.

        Raises
        ------
        UnknownNameError, InvalidValueError
            If nothing of that name is learned, or what is learned cannot be replaced by one law.

        Notes
        -----
        Laws are ranked by chi-square plus, for each free constant, the log of the number of measurements.
        They nest each other: where the difference is below 2, the one with fewer constants comes first.

        Examples
        --------
        >>> import hybridcell as hc, jax.random as jr, numpy as np, pandas as pd
        >>> from anndata import AnnData
        >>> network = hc.read_sbml("S -> P; 2*S/(1 + S); S = 5; P = 0")
        >>> ts = np.linspace(0.5, 6, 12)
        >>> exact = hc.simulate(network, t1=6.0, ts=ts)["S"].T
        >>> data = AnnData(exact, obs=pd.DataFrame({"time": ts}, index=[f"{t:g}" for t in ts]))
        >>> data.var_names, data.layers["sd"] = ["S"], np.full(exact.shape, 0.02)
        >>> hybrid = network.replace("_J0", hc.NeuralRate(["S"], width=3, key=jr.key(0)))
        >>> hc.fit(hybrid, data, key=jr.key(1)).distill("_J0", n_fits=2).law.name
        'Michaelis-Menten in S'
        """
        from hybridcell.fit.distillation import distill

        return distill(self, target, n_fits=n_fits, accept=accept, key=key, progress=progress, **options)

    def card(self, *, date: str | None = None, intended_use: str | None = None) -> str:
        """Return a model card: what to know of the fitted network before using it, as Markdown.

        Model, data and their SHA-256, what is mechanism and what is learned, how well it describes the data,
        parameters with errors and verdicts, the ranges in which neural pieces were trained, limits, versions.

        Parameters
        ----------
        date : str, optional
            Such as "2026-01-31"; without it the card has none, and equal fits give equal cards.
        intended_use : str, optional
            What the model is for, in your words.

        Examples
        --------
        ``Path("card.md").write_text(fit.card(date="2026-01-31"))``
        """
        from hybridcell.fit.kinetics.card import model_card

        return model_card(self, date=date, intended_use=intended_use)

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

    values, slopes = (np.asarray(f(jnp.asarray(theta))) for f in (free.values, free.slopes))
    sd = np.abs(slopes) * _standard_errors(jacobian)
    # what only the priors of weights hold is not determined by data: with wider ones it must not move
    weaker = jacobian.copy()
    weaker[len(weaker) - len(theta) :][free.neural] /= _WIDER
    loose = np.abs(slopes) * _standard_errors(weaker)
    with np.errstate(all="ignore"):
        relative, relative_loose = sd / np.abs(values), loose / np.abs(values)
    at_bound = (theta <= free.low) | (theta >= free.high)
    determined = relative_loose <= _DETERMINED
    verdict = np.where(at_bound, "at its bound", np.where(determined, "determined", "uncertain"))
    return pd.DataFrame(
        {"value": values, "sd": sd, "relative_sd": relative, "verdict": verdict, "neural": free.neural},
        index=pd.Index(free.ids, name="id"),
    )


def _standard_errors(jacobian: np.ndarray) -> np.ndarray:
    """Return the error of each number; infinite where a direction that nothing determines takes part."""
    curvature = jacobian.T @ jacobian
    scale = np.sqrt(np.maximum(np.diag(curvature), 1e-300))
    size, direction = np.linalg.eigh(curvature / np.outer(scale, scale))
    known = size > _NOTHING * max(float(size.max(initial=0.0)), 1e-300)
    spread = np.sqrt((direction[:, known] ** 2) @ (1.0 / size[known])) / scale
    loose = (direction[:, ~known] ** 2).sum(axis=1) > 1e-6
    return np.where(loose | (np.diag(curvature) <= 0), np.inf, spread)


def effective_numbers(jacobian: np.ndarray, n_data: int) -> float:
    """Return how many free numbers the measurements determine, the prior's part left out."""
    measured = jacobian[:n_data]
    both = jacobian.T @ jacobian
    return float(np.trace(np.linalg.pinv(both, hermitian=True, rcond=1e-12) @ (measured.T @ measured)))
