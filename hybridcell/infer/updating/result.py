"""What an update gives back: the new fit, and in words what the new data changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Update:
    """A model that has learned from new data.

    Attributes
    ----------
    fit : Fit, Ensemble, NetworkFit or PetabProblem
        Fitted to old and new data; a PEtab problem with the new measurements and its estimates as nominal
        values.
    predictions : DataFrame
        One row per new measurement: condition, readout, measured, ``before`` and ``after``, and, where there
        is one, the 90 % interval ``lower``, ``upper`` before the update and ``outside`` of it or not.
    moved : DataFrame
        Edges (source, target) or parameters: ``before``, ``after``, ``lower``, ``upper`` (where the old fit
        believed them to be, 90 %; NaN where it did not say) and ``beyond``; largest change first.
    error_before, error_after : float
        Root mean square error on the new measurements, in their units (PEtab: in units of the noise).
    surprise : float
        Share of the new measurements outside their 90 % intervals; NaN without intervals.
    steps, cold_steps : int or None
        Steps (of PEtab problems and networks, iterations) until the objective is as low as where a fit from
        scratch ends, to 2 %, warm and cold; None where not compared or not reached.
    remarks : tuple of str
        What else is to be known, in words.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0])
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen[:3], steps=20, key=jr.key(1))
    >>> found = hc.infer.update(fit, screen[3:], key=jr.key(2))
    >>> found.predictions.columns.tolist()[:3], found.moved.columns.tolist()[:2]
    (['condition', 'readout', 'measured'], ['name', 'source'])
    """

    fit: Any
    predictions: pd.DataFrame
    moved: pd.DataFrame
    error_before: float
    error_after: float
    surprise: float
    steps: int | None
    cold_steps: int | None
    remarks: tuple[str, ...] = ()

    @property
    def beyond(self) -> pd.DataFrame:
        """What moved beyond where the old fit believed it to be."""
        moved: Any = self.moved
        return moved[moved["beyond"].astype(bool)]

    def _sentences(self) -> list[str]:
        n = len(self.predictions)
        found = [
            f"{n} new measurements; their error went from {self.error_before:.3g} to {self.error_after:.3g}."
        ]
        if np.isfinite(self.surprise):
            verdict = (
                "as expected"
                if self.surprise <= _expected(n)
                else "more than expected: the old fit was too sure"
            )
            found.append(f"{self.surprise:.0%} of them lay outside of their 90 % intervals, {verdict}.")
        if len(self.moved):
            known = bool(np.isfinite(self.moved["lower"].to_numpy(float)).any())
            if known:
                found.append(
                    f"{len(self.beyond)} of {len(self.moved)} numbers moved beyond where they were believed."
                )
            first = self.moved.iloc[0]
            found.append(
                f"The largest change: {first['name']} from {first['before']:.3g} to {first['after']:.3g}."
            )
        if self.steps is not None and self.cold_steps is not None:
            found.append(f"{self.steps} steps to where a fit from scratch needs {self.cold_steps}.")
        return [*found, *self.remarks]

    def __repr__(self) -> str:
        return "\n".join([f"Update({self.fit!r})", *self._sentences()])

    def _repr_html_(self) -> str:
        return card("Update", {f"{k + 1}": text for k, text in enumerate(self._sentences())})


def _expected(n: int) -> float:
    """Return the share outside of 90 % intervals that chance exceeds once in 40 times."""
    return 0.1 + 1.96 * np.sqrt(0.09 / max(n, 1))


def rms(off: Any) -> float:
    """Return the root mean square of what is finite; NaN of nothing."""
    found = np.asarray(off, float)
    found = found[np.isfinite(found)]
    return float(np.sqrt(np.mean(found**2))) if found.size else float("nan")


def share_outside(outside: Any, told: Any) -> float:
    """Return the share outside among the measurements that have an interval; NaN without any."""
    told = np.asarray(told, bool)
    return float(np.mean(np.asarray(outside, bool)[told])) if told.any() else float("nan")


def moved_table(rows: list[dict[str, Any]]) -> Any:
    """Return the table of changes, the largest first."""
    import pandas as pd

    columns = ["name", "before", "after", "lower", "upper", "beyond"]
    table = pd.DataFrame(rows, columns=pd.Index([*(c for c in (rows[0] if rows else columns))]))
    if not rows:
        return table
    order = np.argsort(-np.abs(table["after"] - table["before"]).to_numpy(float), kind="stable")
    return table.iloc[order].reset_index(drop=True)
