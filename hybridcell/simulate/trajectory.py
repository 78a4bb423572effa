"""What a simulation gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import unknown_name
from hybridcell._core.html import card
from hybridcell.simulate.tables import node_table

if TYPE_CHECKING:
    import anndata
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States over time, for one or more conditions.

    Attributes
    ----------
    ts : ndarray, shape (T,)
        Times.
    values : Array, shape (C, T, n)
        States: conditions x times x states.
    names, kinds : tuple of str, length n
        The states.
    conditions : tuple of str, length C
    result : tuple of str, length C
        "success", or why a condition could not be solved. Values of a failed condition are not to be used;
        they are NaN from the point of failure on.
    method : str
        The integration method that was used; with ``backend="numpy"`` that of SciPy, such as "LSODA".

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> trajectory = hc.simulate(model, t1=5.0, n_points=6, conditions={"d": -1.0})
    >>> trajectory.result
    ('success',)
    >>> list(trajectory.to_dataframe().columns)
    ['a', 'd']
    """

    ts: np.ndarray
    values: Float[Array, "c t n"]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    conditions: tuple[str, ...]
    result: tuple[str, ...]
    method: str

    @property
    def success(self) -> np.ndarray:
        """Whether each condition was solved, shape (C,)."""
        return np.array([r == "success" for r in self.result])

    def __getitem__(self, name: str) -> np.ndarray:
        """Return one state, shape (C, T)."""
        if name not in self.names:
            raise unknown_name("state", name, self.names)
        return np.asarray(self.values[:, :, self.names.index(name)])

    def to_dataframe(self, amounts: Sequence[str] = (), concentrations: Sequence[str] = ()) -> pd.DataFrame:
        """Return a table with index "time" (and level "condition" when there are several).

        Parameters
        ----------
        amounts, concentrations : sequence of str
            Columns to give; both empty gives all states. States of an interaction network have no
            compartment, so that both words mean the state itself.
        """
        import pandas as pd

        columns = [*amounts, *concentrations] or list(self.names)
        data = {name: self[name].reshape(-1) for name in columns}
        if len(self.conditions) == 1:
            return pd.DataFrame(data, index=pd.Index(self.ts, name="time"))
        index = pd.MultiIndex.from_product([self.conditions, self.ts], names=["condition", "time"])
        return pd.DataFrame(data, index=index)

    def to_anndata(self) -> anndata.AnnData:
        """Return conditions x times as rows and states as columns; obs holds condition, time and result."""
        import anndata
        import pandas as pd

        c, t, n = self.values.shape
        obs = pd.DataFrame(
            {
                "condition": np.repeat(self.conditions, t),
                "time": np.tile(self.ts, c),
                "result": np.repeat(self.result, t),
            },
            index=pd.Index([f"{name}@{float(time)}" for name in self.conditions for time in self.ts]),
        )
        return anndata.AnnData(X=np.asarray(self.values).reshape(c * t, n), obs=obs, var=node_table(self))

    def __repr__(self) -> str:
        c, t, n = self.values.shape
        failed = int((~self.success).sum())
        note = f", {failed} failed" if failed else ""
        return f"Trajectory({c} conditions x {t} times x {n} states, {self.method}{note})"

    def _repr_html_(self) -> str:
        c, t, n = self.values.shape
        return card(
            "Trajectory",
            {
                "conditions": c,
                "times": f"{t}, from {self.ts[0]:g} to {self.ts[-1]:g}",
                "states": n,
                "method": self.method,
                "solved": f"{int(self.success.sum())} of {c}",
            },
        )
