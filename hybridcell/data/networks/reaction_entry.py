"""A shipped reaction network: an SBML file with what to read out and what comes out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.html import card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ReactionEntry(os.PathLike[str]):
    """A reaction network as SBML. It goes where the path of its file goes.

    Attributes
    ----------
    name, description
        What it is called and what it is.
    path
        Of `model.xml`.
    readouts
        Ids worth looking at, each with its meaning.
    reference
        DataFrame of one simulation by an independent integrator: index time, one column per id. A column is a
        concentration (or the value of a parameter) unless `amounts` names it.
    amounts
        Columns of `reference` that are amounts.
    counts
        How many species, reactions, rules and events the file has.
    about
        Everything else in `network.toml`: title, units, references, how the reference was computed.
    petab
        YAML file of an estimation problem about the network, for `hc.read_petab`; None where there is none.

    Examples
    --------
    >>> import hybridcell as hc
    >>> entry = hc.networks.load("cell_division")
    >>> entry
    ReactionEntry('cell_division': 3 species, 6 reactions, 1 rule, 1 event)
    >>> entry.readouts["mass"]
    'mass of the cell'
    >>> hc.read_sbml(entry).id
    'cell_division'
    """

    name: str
    description: str
    path: Path
    readouts: Mapping[str, str]
    reference: pd.DataFrame
    amounts: tuple[str, ...]
    counts: Mapping[str, int]
    about: dict[str, Any]
    petab: Path | None = None

    @property
    def text(self) -> str:
        """The SBML."""
        return self.path.read_text(encoding="utf-8")

    @property
    def concentrations(self) -> tuple[str, ...]:
        """Columns of the reference that are no amounts."""
        return tuple(name for name in self.reference.columns if name not in self.amounts)

    def readme_row(self) -> str:
        """Return the row of the table in `networks/README.md`."""
        dois = ", ".join(f"[{r['doi']}](https://doi.org/{r['doi']})" for r in self.about["references"])
        readouts = ", ".join(self.readouts)
        return f"| `{self.name}` | {self.about['title']} | {self._size()} | {readouts} | {dois} |"

    def _size(self) -> str:
        return ", ".join(
            f"{n} {kind if n != 1 or kind == 'species' else kind.removesuffix('s')}"
            for kind, n in self.counts.items()
            if n
        )

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"ReactionEntry({self.name!r}: {self._size()})"

    def _repr_html_(self) -> str:
        units = {unit: self.about[f"{unit}_unit"] for unit in ("time", "substance", "volume")}
        return card(
            self.name, {"description": self.description, "size": self._size(), **self.readouts, **units}
        )
