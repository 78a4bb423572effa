"""Stability selection: which edges come out of every half of a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import DataError, InvalidValueError, NotConvergedError
from hybridcell._core.html import card, table
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.data import as_perturbation_data
from hybridcell.fit.fit import condition_numbers, fit
from hybridcell.fit.losses import mechanism_of
from hybridcell.mechanisms import CellBox

if TYPE_CHECKING:
    import pandas as pd

#: Frequency, and number of expected chance edges above it, that set how many edges count in a half.
_USUAL, _CHANCE = 0.9, 1.0
_FEWEST = 4


@dataclass(frozen=True, eq=False)
class Stability:
    """How often each edge is among the strongest, over fits to halves of the conditions.

    Attributes
    ----------
    edges : DataFrame
        Most often first: source, target, sign (of the median), frequency (share of the halves in which the
        edge is among the `n_edges` strongest), both (share of the pairs of halves in which it is in both).
    n_edges : int
        Number of strongest edges that count in each half.
    n_possible : int
        Number of edges that may exist.
    pairs : int
        Number of pairs of halves.
    """

    edges: pd.DataFrame
    n_edges: int
    n_possible: int
    pairs: int

    def bound(self, threshold: float = 0.9) -> float:
        """Return the most chance edges to expect among those with at least this frequency.

        Chance edges are those that a half selects no more often than if it drew `n_edges` blindly. An edge
        that is wrong for a reason, such as from a drug to a target of its target, may well be stable: for
        that see `Interactions.significance`.

        Raises
        ------
        InvalidValueError
            When the threshold is not above 1/2, up to 1.
        """
        if not 0.5 < threshold <= 1.0:
            raise InvalidValueError(f"threshold is {threshold!r}; wanted a share above 0.5, up to 1.")
        return self.n_edges**2 / self.n_possible / (2.0 * threshold - 1.0)

    def select(self, threshold: float = 0.9) -> pd.DataFrame:
        """Return the edges with at least this frequency."""
        self.bound(threshold)
        return self.edges.loc[self.edges["frequency"] >= threshold].reset_index(drop=True)

    def __repr__(self) -> str:
        n = len(self.select())
        return (
            f"Stability({n} of {self.n_possible} edges in at least 90 % of {2 * self.pairs} halves; at most "
            f"{self.bound():.2g} by chance)"
        )

    def _repr_html_(self) -> str:
        facts = {
            "edges that count in a half": self.n_edges,
            "halves": 2 * self.pairs,
            "expected by chance at 90 %": f"at most {self.bound():.2g}",
        }
        shown = self.edges.head(10)
        rows = [
            [v if isinstance(v, str) else f"{v:.3g}" for v in row] for row in shown.itertuples(index=False)
        ]
        return card("Stability", facts) + table(list(shown.columns), rows)


def stability(
    model: AbstractModel,
    data: Any,
    *,
    pairs: int = 25,
    n_edges: int | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Stability:
    """Fit a network to complementary halves of the conditions and count how often each edge is strong.

    Parameters
    ----------
    model : AbstractModel
        A CellBox network or a hybrid of one.
    data : AnnData or PerturbationData
        A screen.
    pairs : int
        How often the conditions are cut into two halves.
    n_edges : int, optional
        How many of the strongest edges (by \\|R\\|, the local response) count in each half; default: as many
        as let one chance edge in 90 % of the halves be expected.
    progress : bool, optional
    key : PRNGKeyArray
    **options
        As for `hc.fit`.

    Returns
    -------
    Stability

    Raises
    ------
    InvalidValueError
        On a model without weights, or a number that is not positive.
    DataError
        On fewer than four conditions.
    NotConvergedError
        When a fit to a half fails.

    References
    ----------
    Meinshausen and Bühlmann, J. R. Stat. Soc. B 72 (2010) 417-473; Shah and Samworth, J. R. Stat. Soc. B 75
    (2013) 55-80, for complementary pairs and what the bound is about.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.data import random_network, simulate_screen
    >>> from hybridcell.graph import stability
    >>> screen = simulate_screen(random_network(4, 1, 3, seed=1), seed=1)
    >>> found = stability(hc.CellBox.from_data(screen, key=jr.key(0)), screen, pairs=2, key=jr.key(1))
    >>> bool(found.edges["frequency"].between(0, 1).all())
    True
    """
    import pandas as pd

    network: Any = mechanism_of(model)
    if not isinstance(network, CellBox):
        raise InvalidValueError(
            f"stability was given a {type(network).__name__}; wanted a CellBox, which has weights."
        )
    target, source = np.nonzero(np.asarray(network.mask))
    n_edges = int(np.ceil(np.sqrt((2 * _USUAL - 1) * _CHANCE * len(target)))) if n_edges is None else n_edges
    for name, value in (("pairs", pairs), ("n_edges", n_edges)):
        if not (is_whole(value) and value > 0):
            raise InvalidValueError(f"{name} is {value!r}; wanted a positive whole number.")
    screen = as_perturbation_data(data)
    of_row = condition_numbers(screen)
    conditions = np.unique(of_row)
    if len(conditions) < _FEWEST:
        raise DataError(f"The screen has {len(conditions)} conditions; wanted at least {_FEWEST} to halve.")
    responses = []
    with progress_bar(total=2 * pairs, description="fits to halves", show=progress) as bar:
        for k in range(pairs):
            order = np.asarray(jr.permutation(jr.fold_in(key, 2 * k), conditions))
            for half in np.array_split(order, 2):
                part = screen.subset(np.flatnonzero(np.isin(of_row, half)))
                found = fit(model, part, progress=False, key=jr.fold_in(key, 2 * k + 1), **options)
                if found.result != "success":
                    raise NotConvergedError(f"The fit to half {len(responses) + 1} failed: {found.result}.")
                fitted: Any = mechanism_of(found.model)
                responses.append(np.asarray(fitted.response)[target, source])
                bar.update(1)
    values = np.stack(responses)
    rank = np.argsort(np.argsort(-np.abs(values), axis=1, kind="stable"), axis=1)
    chosen = (rank < n_edges) & (values != 0)
    edges = pd.DataFrame(
        {
            "source": [network.names[j] for j in source],
            "target": [network.names[i] for i in target],
            "sign": np.sign(np.median(values, axis=0)).astype(int),
            "frequency": chosen.mean(axis=0),
            "both": (chosen[0::2] & chosen[1::2]).mean(axis=0),
        }
    )
    order = ["frequency", "both", "source", "target"]
    edges = edges.sort_values(order, ascending=[False, False, True, True]).reset_index(drop=True)
    return Stability(edges=edges, n_edges=int(n_edges), n_possible=len(target), pairs=int(pairs))
