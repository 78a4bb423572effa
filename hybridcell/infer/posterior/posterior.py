"""Draws of the posterior of parameters, and what they say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card, table
from hybridcell._core.number_checks import checked_share, is_whole
from hybridcell.infer.posterior import diagnostics
from hybridcell.infer.posterior.bands import posterior_bands
from hybridcell.infer.posterior.members import ensemble_of

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.infer.target import Target


class Posterior:
    """Draws of parameters, from `hybridcell.infer.laplace` or `hybridcell.infer.sample`.

    Attributes
    ----------
    draws : ndarray, shape (chains, n, q)
        Parameters on their scales. Independent draws (Laplace, Pathfinder) are one chain.
    names, scales : tuple of str
        Of the q parameters.
    log_density : ndarray, shape (chains, n)
        Log-posterior density of the scaled parameters, up to a constant.
    method : str
        "laplace", "pathfinder" or "nuts".
    target : Target
        Whose posterior it is.
    problems : tuple of str
        What is wrong with the draws, in words; empty where nothing is known to be.
    notes : tuple of str
        What else is to be known: parameters without a finite width, how many draws were cut off at bounds.
    covariance : ndarray, shape (q, q), or None
        Of Laplace: of the Gaussian that bounds have not cut, infinite where it has no width.

    Examples
    --------
    >>> import hybridcell as hc, jax
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: 2 * p)
    >>> found = hc.infer.laplace(bowl, at=[0.0], n=200, key=jax.random.key(0))
    >>> found.method, found.draws.shape
    ('laplace', (1, 200, 1))
    >>> found.summary()["sd"].round(1).tolist()
    [0.5]
    """

    def __init__(
        self,
        target: Target,
        draws: Float[np.ndarray, "c n q"],
        log_density: Float[np.ndarray, "c n"],
        method: str,
        *,
        problems: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
        covariance: np.ndarray | None = None,
        statistics: dict[str, np.ndarray] | None = None,
    ):
        self.target, self.method = target, method
        self.names, self.scales = target.names, target.scales
        self.draws, self.log_density = np.asarray(draws, float), np.asarray(log_density, float)
        self.covariance, self.notes = covariance, tuple(notes)
        self.statistics = {} if statistics is None else statistics
        self._problems = tuple(problems)

    @property
    def n(self) -> int:
        """Number of draws of all chains."""
        return self.draws.shape[0] * self.draws.shape[1]

    @property
    def chains(self) -> int:
        """Number of chains."""
        return self.draws.shape[0]

    @property
    def flat(self) -> Float[np.ndarray, "n q"]:
        """Draws of all chains, one after the other."""
        return self.draws.reshape(-1, self.draws.shape[2])

    @property
    def linear(self) -> Float[np.ndarray, "c n q"]:
        """The draws on the linear scale."""
        return self.target.linear(self.draws)

    @cached_property
    def rhat(self) -> pd.Series:
        """Split R-hat of normalized ranks, by parameter; below 1.01 chains have mixed.

        Raises
        ------
        InvalidValueError
            Of Laplace and Pathfinder, whose draws are no chains.
        """
        return self._of_chains("R-hat", diagnostics.rhat)

    @cached_property
    def ess(self) -> pd.Series:
        """Effective number of independent draws (bulk), by parameter."""
        if self.method != "nuts":
            import pandas as pd

            return pd.Series(float(self.n), index=list(self.names), name="ess")
        return self._of_chains("an effective size", diagnostics.ess)

    def _of_chains(self, what: str, compute: Any) -> pd.Series:
        import pandas as pd

        if self.method != "nuts":
            raise InvalidValueError(
                f"Draws of {self.method} are independent of each other: there are no chains that could have "
                f"{what}. Whether they describe the posterior, .problems says; or take method='nuts'."
            )
        values = compute(self.draws)
        return pd.Series(values, index=list(self.names), name=compute.__name__)

    @property
    def divergences(self) -> int:
        """How many trajectories left the level set of their energy: there the posterior may be missed."""
        divergent = self.statistics.get("diverging")
        return 0 if divergent is None else int(np.sum(divergent))

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the draws, in words."""
        if self.method != "nuts":
            return self._problems
        return (*self._problems, *diagnostics.problems(self))

    @property
    def success(self) -> bool:
        """Whether nothing is known to be wrong with the draws."""
        return not self.problems

    @property
    def result(self) -> str:
        """How it went, in words."""
        how = f"{self.n} draws by {self.method}"
        if self.method == "nuts":
            how += f" in {self.chains} chains, {self.divergences} divergences"
        return "; ".join([how, *(self.problems or ("nothing is known to be wrong",)), *self.notes])

    def summary(self, level: float = 0.9) -> pd.DataFrame:
        """Return one row per parameter.

        Columns ``scale``; ``mean``, ``sd``, ``median``, ``lower``, ``upper`` (the central interval of this
        level) on the scale; ``median_linear``, ``lower_linear``, ``upper_linear``; of chains ``ess`` and
        ``rhat``.
        """
        import pandas as pd

        low, middle, high = _quantiles(self.flat, level)
        linear = [self.target.linear(x) for x in (middle, low, high)]
        frame = pd.DataFrame(
            {
                "scale": self.scales, "mean": self.flat.mean(axis=0), "sd": self.flat.std(axis=0, ddof=1),
                "median": middle, "lower": low, "upper": high, "median_linear": linear[0],
                "lower_linear": linear[1], "upper_linear": linear[2],
            },
            index=pd.Index(self.names, name="parameter"),
        )  # fmt: skip
        if self.method == "nuts":
            frame["ess"], frame["rhat"] = self.ess, self.rhat
        return frame

    def to_arviz(self) -> Any:
        """Return the draws as ArviZ's InferenceData: parameters on their scales, and statistics of chains."""
        return diagnostics.to_arviz(self)

    def thinned(self, n: int | None = None) -> Float[np.ndarray, "n q"]:
        """Return n draws, evenly taken from all chains; all for None."""
        if n is None:
            return self.flat
        if not is_whole(n) or n < 1:
            raise InvalidValueError(f"n is {n!r}; wanted a whole number, at least one draw.")
        if n >= self.n:
            return self.flat
        return self.flat[np.linspace(0, self.n - 1, int(n)).round().astype(int)]

    def ensemble(self, n: int | None = None) -> Ensemble:
        """Return reaction networks with the drawn parameters, as one batched PyTree.

        Parameters
        ----------
        n : int, optional
            How many, evenly taken from all chains; by default all draws, at most 1000.

        Raises
        ------
        InvalidValueError
            If the posterior is that of a function, which has no network.
        """
        return ensemble_of(self, min(self.n, 1000) if n is None else n)

    def predict(self, level: float = 0.9, *, n: int = 200) -> pd.DataFrame:
        """Return what is expected at every measurement, with and without noise.

        Parameters
        ----------
        level : float
            Of the bands.
        n : int
            Draws that are simulated.

        Returns
        -------
        DataFrame
            One row per measurement: ``observable``, ``condition``, ``time``, ``measurement``; ``mean`` over
            draws; ``epistemic``, the standard deviation of what is expected over draws; ``aleatoric``, that
            of the noise; ``lower``, ``upper``: where the level's share of *measurements* is expected;
            ``lower_expected``, ``upper_expected``: of what is expected, without noise; ``simulated``, the
            share of the draws that could be simulated (others are left out).
        """
        return posterior_bands(self, level, n)

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        return f"<Posterior of {self.target.source.what}: {self.result}>"

    def _repr_html_(self) -> str:
        facts = {"of": self.target.source.what, "method": self.method, "result": self.result}
        frame = self.summary()
        shown = [c for c in ("scale", "median", "lower", "upper", "sd", "ess", "rhat") if c in frame]
        rows = [
            (name, *(row[c] if isinstance(row[c], str) else f"{row[c]:.4g}" for c in shown))
            for name, row in frame.head(40).iterrows()
        ]
        return card("Posterior", facts) + table(("parameter", *shown), rows)


def _quantiles(draws: np.ndarray, level: float) -> np.ndarray:
    level = checked_share("level", level, 0.9)
    return np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
