"""What a COMBINE archive holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hybridcell._core.html import card
from hybridcell.io.omex.experiment import Experiment
from hybridcell.mechanisms.reactions.network import ReactionNetwork


@dataclass(frozen=True, eq=False)
class OmexContents:
    """What `hc.read_omex` found.

    Attributes
    ----------
    model : ReactionNetwork
        Of the archive's SBML file.
    experiments : tuple of Experiment
        Of its SED-ML file.
    weights : mapping of str to object
        Weights of the neural part by hole, where the archive has them.
    provenance : mapping of str to object
        Versions, seeds, hash of the data.
    card : str
        Model card in Markdown; empty where the archive has none.
    files : tuple of str
        Names of all files.
    verified : bool
        Whether the files have the hashes that the archive states; False where it states none.
    """

    model: ReactionNetwork
    experiments: tuple[Experiment, ...] = ()
    weights: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    files: tuple[str, ...] = ()
    verified: bool = False

    def __repr__(self) -> str:
        state = "verified" if self.verified else "without hashes"
        return f"OmexContents({self.model!r}, {len(self.experiments)} experiments, {state})"

    def _repr_html_(self) -> str:
        data = self.provenance.get("data")
        return card(
            "COMBINE archive",
            {
                "model": repr(self.model),
                "experiments": ", ".join(one.name for one in self.experiments[:8]),
                "hashes": "verified" if self.verified else "none stated",
                "data": data.get("sha256", "") if isinstance(data, Mapping) else data or "",
                "files": ", ".join(self.files),
            },
        )
