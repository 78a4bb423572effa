"""A recovered network: ranked pairs, the graph, double knockouts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import ArrayLike

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.html import card, table
from hybridcell.fit.gene_network import NetworkExperiments, NetworkFits
from hybridcell.graph.matrices import Effects
from hybridcell.graph.network import Interactions
from hybridcell.graph.recovery.courses import predicted_courses
from hybridcell.graph.recovery.doubles import double_knockouts
from hybridcell.graph.recovery.scores import edge_scores
from hybridcell.graph.table import edge_table

if TYPE_CHECKING:
    import pandas as pd

_LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Recovered:
    """What `hc.recover` found.

    Attributes
    ----------
    data : NetworkExperiments
        What was measured: arrays, the untouched cell (`reference`), the noise.
    fits : NetworkFits
        The members: networks with their members first, their misfit.
    """

    data: NetworkExperiments
    fits: NetworkFits

    @property
    def genes(self) -> tuple[str, ...]:
        """Names of the genes."""
        return self.data.genes

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Score of every pair: rows are targets, columns sources; 0 on the diagonal."""
        import pandas as pd

        values = edge_scores(self.data, self.fits.weights)
        return pd.DataFrame(values, index=pd.Index(self.genes), columns=pd.Index(self.genes))

    @property
    def rates(self) -> pd.DataFrame:
        """Learned rates per time, median over genes: one row per member with decay and turnover."""
        import pandas as pd

        networks = self.fits.networks
        values = [
            np.exp(np.median(np.asarray(r), axis=1)) for r in (networks.log_decay, networks.log_turnover)
        ]
        return pd.DataFrame({"decay": values[0], "turnover": values[1]})

    @cached_property
    def graph(self) -> Interactions:
        """The edges as a graph: median weight, interval, sign stability and selection over the members.

        The column `score` is that of `ranked`; the order is by \\|weight\\|. The interval is the spread of
        the fits, not calibrated.
        """
        import pandas as pd

        n = self.data.n
        possible = ~np.eye(n, dtype=bool)
        effects = Effects(values=self.fits.weights, neural_share=np.zeros((n, n)), possible=possible)
        edges, values = edge_table(self.genes, effects, in_prior=np.zeros((n, n), bool), level=_LEVEL)
        position = {gene: k for k, gene in enumerate(self.genes)}
        at = [[position[name] for name in edges[end]] for end in ("target", "source")]
        return Interactions(
            nodes=pd.DataFrame({"name": list(self.genes), "kind": ["gene"] * n}),
            edges=edges.assign(score=self.scores.to_numpy()[at[0], at[1]]),
            kind="structural",
            level=_LEVEL,
            at="the untouched cell",
            possible=possible,
            members=values,
        )

    def ranked(self) -> pd.DataFrame:
        """Return all ordered pairs of different genes: source, target, score; best first."""
        import pandas as pd

        names = np.array(self.genes, dtype=object)
        target, source = np.nonzero(~np.eye(self.data.n, dtype=bool))
        score = self.scores.to_numpy()[target, source]
        order = np.lexsort((target, source, -score))
        return pd.DataFrame(
            {"source": names[source[order]], "target": names[target[order]], "score": score[order]}
        )

    def predict_doubles(self, pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
        """Predict the steady states of double knockouts.

        Parameters
        ----------
        pairs
            Pairs of names of genes.

        Returns
        -------
        DataFrame
            A row per pair, named ``A+B``, a column per gene; in the unit of the data.

        Raises
        ------
        UnknownNameError
            When there is no such gene.
        InvalidValueError
            When something is not a pair of two different genes.
        """
        import pandas as pd

        known = {gene: k for k, gene in enumerate(self.genes)}
        chosen = []
        for given in pairs:
            pair = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
            if len(pair) != 2 or pair[0] == pair[1]:
                raise InvalidValueError(f"{given!r} is not a pair; wanted the names of two different genes.")
            for name in pair:
                if name not in known:
                    raise unknown_name("gene", name, self.genes)
            chosen.append((known[pair[0]], known[pair[1]]))
        values = double_knockouts(self.data, self.fits, chosen)
        rows = [f"{self.genes[a]}+{self.genes[b]}" for a, b in chosen]
        return pd.DataFrame(values, index=pd.Index(rows), columns=pd.Index(self.genes))

    def predict_courses(self, times: ArrayLike) -> pd.DataFrame:
        """Predict the time courses of the data at other times, also later ones.

        Parameters
        ----------
        times : array_like, shape (T,)
            Rising, none before the courses begin. The unknown stimulus of a course acts as it does in the
            data, and after the last time of the data as at that time: without it, where it was seen to end.

        Returns
        -------
        DataFrame
            A row per course and time (index "series", "time"), a column per gene; in the unit of the data.

        Raises
        ------
        InvalidValueError
            When there are no courses, or times are not finite, rising and within reach.
        """
        import pandas as pd

        try:
            asked = np.atleast_1d(np.asarray(times, dtype=float))
        except (TypeError, ValueError):
            asked = np.zeros(0)
        if not len(self.data.times):
            raise InvalidValueError("These experiments have no time courses to go on with.")
        begin = float(self.data.times[:, 0].max())
        bad = asked.ndim != 1 or not asked.size or not np.isfinite(asked).all()
        if bad or (np.diff(asked) <= 0).any() or asked[0] < begin:
            raise InvalidValueError(
                f"times are {times!r:.60}; wanted finite, rising times from {begin:g} on."
            )
        values = predicted_courses(self.data, self.fits, asked)
        index = pd.MultiIndex.from_product([range(len(values)), asked], names=["series", "time"])
        return pd.DataFrame(
            values.reshape(-1, self.data.n), index=index, columns=pd.Index(self.genes, dtype=object)
        )

    def __repr__(self) -> str:
        best = self.ranked().iloc[0]
        return (
            f"Recovered({self.data.n} genes, {self.fits.n_members} members, "
            f"best {best['source']} -> {best['target']})"
        )

    def _repr_html_(self) -> str:
        decay, turnover = self.rates.to_numpy().mean(axis=0)
        facts = {
            "genes": self.data.n,
            "steady states": len(self.data.steady),
            "time courses": len(self.data.times),
            "members": f"{self.fits.n_members} ({self.fits.left_out} left out)",
            "rates": f"decay {decay:.3g}, turnover {turnover:.3g} per time"
            if len(self.data.times)
            else "none",
            "noise": f"{self.data.noise.floor:.3g} + {self.data.noise.share:.1%} of the level",
        }
        top = [[a, b, f"{s:.3f}"] for a, b, s in self.ranked().head(10).itertuples(index=False)]
        return card("Recovered network", facts) + table(["source", "target", "score"], top)
