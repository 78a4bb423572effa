"""The experiments from which gene networks are recovered, as one AnnData in the data contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    from anndata import AnnData

#: Share of a gene's production that an experiment takes away.
KNOCKOUT, KNOCKDOWN = 1.0, 0.5


@dataclass(frozen=True, eq=False)
class GeneExperiments:
    """Steady states and time courses of n genes; levels are 0 or more, in any one unit.

    Parameters
    ----------
    genes
        n unique names.
    wildtype
        (replicates, n) steady states of the untouched network.
    knockouts, knockdowns
        (n, n) steady states; in row i gene i is off, or made at half its rate.
    multifactorial
        (m, n) steady states under perturbations that nobody noted.
    series
        (times, levels (times, n)) of each time course. Its unknown stimulus acts after the first time.
    doubles
        (pairs of positions, (pairs, n) steady states) of double knockouts.
    stimulus_off
        Time at which the stimuli are taken away.
    """

    genes: tuple[str, ...]
    wildtype: np.ndarray | None = None
    knockouts: np.ndarray | None = None
    knockdowns: np.ndarray | None = None
    multifactorial: np.ndarray | None = None
    series: Sequence[tuple[np.ndarray, np.ndarray]] = field(default=())
    doubles: tuple[Sequence[tuple[int, int]], np.ndarray] | None = None
    stimulus_off: float = 500.0

    def to_anndata(self, *, provenance: Mapping[str, Any], truth: Mapping[str, Any] | None = None) -> AnnData:
        """Return the measurements x genes; see `hybridcell.data.datasets.dream4_folder`."""
        blocks = self._blocks()
        names = [name for block in blocks for name in block.rows]
        perturbations = (*self.genes, *(name for block in blocks for name in block.own_inputs))
        doses = np.zeros((len(names), len(perturbations)))
        row = 0
        for block in blocks:
            for given in block.given:
                for name, amount in given.items():
                    doses[row, perturbations.index(name)] = amount
                row += 1
        adata = PerturbationData(
            values=np.concatenate([block.values for block in blocks]),
            readouts=self.genes,
            kinds=("gene",) * len(self.genes),
            conditions=tuple(names),
            perturbations=perturbations,
            doses=doses,
            input="dose",
            control="measured",
            time=np.concatenate([block.time for block in blocks]),
            provenance=dict(provenance),
        ).to_anndata()
        # steady states alone have no times for the screen, but those who read the experiments look here
        adata.obs["time"] = np.concatenate([block.time for block in blocks])
        adata.obs["experiment"] = [block.experiment for block in blocks for _ in block.rows]
        adata.obs["series"] = [block.series for block in blocks for _ in block.rows]
        adata.obs["replicate"] = [text for block in blocks for text in block.replicates]
        adata.uns["hybridcell"]["recovery"] = {"stimulus_off": float(self.stimulus_off)}
        if truth is not None:
            adata.uns["hybridcell"]["truth"] = dict(truth)
        return adata

    def _blocks(self) -> list[_Block]:
        genes, blocks = self.genes, []
        if self.wildtype is not None:
            rows = [f"wildtype_{k + 1}" for k in range(len(self.wildtype))]
            blocks.append(_steady("wildtype", rows, self.wildtype, [{} for _ in rows]))
        for what, values, share in (
            ("knockout", self.knockouts, KNOCKOUT),
            ("knockdown", self.knockdowns, KNOCKDOWN),
        ):
            if values is not None:
                rows = [f"{what}_{gene}" for gene in genes]
                blocks.append(_steady(what, rows, values, [{gene: share} for gene in genes]))
        if self.doubles is not None:
            pairs = [[genes[k] for k in pair] for pair in self.doubles[0]]
            rows = [f"knockout_{'+'.join(pair)}" for pair in pairs]
            given = [dict.fromkeys(pair, KNOCKOUT) for pair in pairs]
            blocks.append(_steady("double knockout", rows, self.doubles[1], given))
        if self.multifactorial is not None:
            rows = [f"multifactorial_{k + 1}" for k in range(len(self.multifactorial))]
            # Each is a perturbation of its own: without one these rows would pass for controls.
            given = [{name: 1.0} for name in rows]
            blocks.append(_steady("multifactorial", rows, self.multifactorial, given, own_inputs=rows))
        for s, (times, levels) in enumerate(self.series):
            stimulus = f"stimulus_{s + 1}"
            given = [{stimulus: 1.0} if t < self.stimulus_off else {} for t in times]
            rows = [f"series_{s + 1}_t{t:g}" for t in times]
            blocks.append(
                _Block("timeseries", rows, levels, given, np.asarray(times, dtype=float), s, [stimulus])
            )
        return blocks


@dataclass(frozen=True, eq=False)
class _Block:
    """Rows of one experiment, and what was given to each."""

    experiment: str
    rows: list[str]
    values: np.ndarray
    given: list[dict[str, float]]
    time: np.ndarray
    series: int
    own_inputs: list[str]

    @property
    def replicates(self) -> list[str]:
        """Rows of the same condition are numbered."""
        repeated = self.experiment == "wildtype"
        return [str(k + 1) if repeated else "1" for k in range(len(self.rows))]


def _steady(
    experiment: str,
    rows: list[str],
    values: np.ndarray,
    given: list[dict[str, float]],
    *,
    own_inputs: Sequence[str] = (),
) -> _Block:
    return _Block(experiment, rows, values, given, np.full(len(rows), np.nan), -1, list(own_inputs))
