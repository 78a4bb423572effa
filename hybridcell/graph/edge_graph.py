"""The fields of an interaction graph, and look-ups that everything asked of it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, unknown_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class EdgeGraph:
    """Nodes and edges as tables, with each member's weights; see `Interactions` for the fields."""

    #: Files hold the graph, not the fits behind it.
    derived: ClassVar[tuple[str, ...]] = ("_ensemble",)

    nodes: pd.DataFrame
    edges: pd.DataFrame
    kind: str
    level: float
    at: str
    possible: np.ndarray
    members: np.ndarray
    _ensemble: Ensemble | None = field(default=None, repr=False)

    @property
    def n_members(self) -> int:
        """Number of models behind each edge."""
        return len(self.members)

    def __len__(self) -> int:
        return len(self.edges)

    def _check_node(self, node: str) -> None:
        if node not in set(self.nodes["name"]):
            raise unknown_name("node", node, self.nodes["name"])

    def _matrix(self, column: str) -> np.ndarray:
        """Return a column of the edges as a matrix [target, source]."""
        matrix = np.zeros((len(self.nodes), len(self.nodes)))
        matrix[self._ends()] = self.edges[column]
        return matrix

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of each edge's target and source."""
        position = {name: i for i, name in enumerate(self.nodes["name"])}
        target, source = (
            np.array([position[name] for name in self.edges[end]], dtype=int) for end in ("target", "source")
        )
        return target, source

    def _need_members(self, what: str) -> None:
        if self.n_members < 2:
            raise InvalidValueError(
                f"{what} needs several members, this graph is that of a single model; use hc.fit_ensemble."
            )

    def _need_model(self, what: str) -> Ensemble:
        if self._ensemble is None:
            raise InvalidValueError(
                f"This graph has edges but no model, so there is no {what}. Take hc.interactions(model)."
            )
        return self._ensemble
