"""What the data can tell of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.html import card
from hybridcell._core.html import table as html_table
from hybridcell.infer.identifiability.structural import Structure
from hybridcell.infer.identifiability.verdicts import PRACTICALLY_NOT, STRUCTURALLY_NOT, YES

if TYPE_CHECKING:
    import pandas as pd

#: Rows and sentences that a notebook shows.
_ROWS, _TEXTS = 40, 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Identifiability:
    """Verdicts on the parameters of a model, and what would change them.

    Attributes
    ----------
    table : DataFrame
        One row per parameter. Columns `value`, `lower`, `upper` (95 % interval, linear; open ends are 0 or
        infinite), `scale`, `se` (standard error on the scale, by linearization; infinite where a direction
        that nothing determines takes part), `verdict` ("identifiable", "practically not", "structurally
        not"), `by` (on what the verdict rests) and `why`.
    factor : float
        An interval within this factor of the estimate makes a parameter identifiable.
    spectrum : ndarray, shape (q,)
        Eigenvalues of the Fisher information of the measurements, per e-fold change of parameters, the
        largest first: 1 / eigenvalue is the variance along its direction. Last come zeros for what is fixed
        by its bounds.
    directions : DataFrame, parameters x q
        Their eigenvectors.
    sloppy : tuple of str
        Directions that the data leave free beyond the factor, in words, the freest first.
    structure : Structure
        Structural rank, and groups of parameters that compensate each other.
    advice : tuple of str
        What to fix, and what to measure.
    notes : tuple of str
        What to know before trusting all this: singular matrices, optima that are none, ...

    Examples
    --------
    >>> import jax.numpy as jnp, jax.random as jr, hybridcell as hc
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> t = jnp.linspace(0.0, 3.0, 9)
    >>> decay = FunctionObjective(["size", "gain", "rate"], [0.1] * 3, [10] * 3,
    ...                           residuals=lambda p: (p[0] * p[1] * jnp.exp(-p[2] * t) - jnp.exp(-t)) / 0.05)
    >>> found = hc.infer.identifiability(decay, at=[1.0, 1.0, 1.0], key=jr.key(0))
    >>> found.verdicts.to_dict()
    {'size': 'structurally not', 'gain': 'structurally not', 'rate': 'identifiable'}
    >>> found.structure.groups[0].text
    'size up while gain goes down leaves all measurements as they are'
    """

    table: pd.DataFrame
    factor: float
    spectrum: Float[np.ndarray, " q"]
    directions: pd.DataFrame
    sloppy: tuple[str, ...]
    structure: Structure
    advice: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def verdicts(self) -> pd.Series:
        """The verdict on each parameter, by name."""
        found: pd.Series = self.table["verdict"]  # pyright: ignore[reportAssignmentType]
        return found

    @property
    def identifiable(self) -> tuple[str, ...]:
        """Names of the parameters that the data tell."""
        return tuple(self.table.index[self.verdicts == YES])

    @property
    def result(self) -> str:
        """How many are identifiable, in words."""
        counts = [f"{int(np.sum(self.verdicts == v))} {v}" for v in (YES, PRACTICALLY_NOT, STRUCTURALLY_NOT)]
        return f"{len(self.table)} parameters: {', '.join(counts)}"

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"<Identifiability of {self.result}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "identifiable means": f"the 95 % interval is within a factor of {self.factor:g}",
            "result": self.result,
            "structural rank": f"{self.structure.rank} of {len(self)} ({self.structure.points} points)",
        }
        facts |= {f"note {i + 1}": text for i, text in enumerate(self.notes)}
        facts |= {f"free direction {i + 1}": text for i, text in enumerate(self.sloppy[:_TEXTS])}
        facts |= {f"advice {i + 1}": text for i, text in enumerate(self.advice)}
        rows = [
            (
                name,
                f"{r['value']:.4g}",
                f"{r['lower']:.3g} to {r['upper']:.3g}",
                r["verdict"],
                r["by"],
                r["why"],
            )
            for name, r in self.table.head(_ROWS).iterrows()
        ]
        if len(self) > _ROWS:
            rows.append((f"... ({len(self)} in all)", "", "", "", "", ""))
        header = ("parameter", "value", "95 % interval", "verdict", "by", "why")
        return card("Identifiability", facts) + html_table(header, rows)
