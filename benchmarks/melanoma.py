"""Accuracy on the melanoma screen (12 drugs, 89 conditions), beside every baseline, on the same splits.

Four questions: random partitions (30, 70/30), single drugs to combinations, one drug left out but for its
singles, one drug never seen. For the last the model gets two tables (drug targets and pathway similarity, in
training/melanoma/), its settings are chosen by nested leave-one-drug-out, and controls show where the
accuracy comes from. Run: python benchmarks/melanoma.py [--quick]
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from report import CpuClock, one_thread, write

one_thread()

import jax.random as jr  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

import hybridcell as hc  # noqa: E402
from hybridcell.data import as_perturbation_data, splits  # noqa: E402
from hybridcell.evaluate import compare_paired  # noqa: E402

TABLES = Path(__file__).parent.parent / "training" / "melanoma"
#: What may be chosen for a drug never seen: similarity within and between pathways, and the ridge on effects.
GRID = [
    {"within": within, "between": between, "drug_l2": drug_l2}
    for (within, between), drug_l2 in itertools.product(
        ((0.5, 0.0), (0.9, 0.0), (0.75, 0.45), (1.0, 0.45)), (1.0, 5.0)
    )
]
N_SHUFFLES = 5


def score(predicted: np.ndarray, test: Any) -> tuple[float, float]:
    """Return pooled r over all columns and over the measured nodes (all but drugs)."""
    measured = np.array([kind != "drug" for kind in test.kinds])
    return (
        hc.metrics.pearson(predicted, test.values),
        hc.metrics.pearson(predicted[:, measured], test.values[:, measured]),
    )


def predict(fitted: Any, test: Any) -> np.ndarray:
    """Return predictions of the measured readouts; a condition that is not solved counts as no response."""
    found = hc.predict(fitted, test)
    columns = [list(found.var_names).index(r) for r in test.readouts]
    return np.nan_to_num(np.asarray(found.X)[:, columns])


def ode(train: Any, seed: int = 0, **priors: Any) -> Any:
    """Return an untrained CellBox network for the screen."""
    return hc.CellBox.from_data(train, drug_to_phenotype=True, key=jr.key(seed), **priors)


def with_linear_skip(train: Any, seed: int = 0) -> Any:
    """Return the network with a linear residual on the drugs."""
    return ode(train, seed) + hc.NeuralResidual(width=0, bound=None, key=jr.key(seed))


def with_residual(train: Any, seed: int = 0) -> Any:
    """Return the network with a neural residual of 16 hidden units on the drugs."""
    return ode(train, seed) + hc.NeuralResidual(width=16, key=jr.key(seed))


MODELS: dict[str, Callable[..., Any]] = {
    "CellBox ODE": ode,
    "CellBox ODE + linear residual": with_linear_skip,
    "CellBox ODE + neural residual": with_residual,
}


def run_study(parts: Iterator[tuple[Any, Any]], models: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """Return scores of every predictor on every split, shape splits x 2, and CPU seconds of fits."""
    scores: dict[str, list[tuple[float, float]]] = {}
    seconds: dict[str, list[float]] = {}
    for k, (train, test) in enumerate(parts):
        for name, predicted in hc.baselines.fit_predict(None, train, test).items():
            scores.setdefault(name, []).append(score(predicted, test))
        for name, make in models.items():
            model = make(train)
            with CpuClock() as clock:
                fitted = hc.fit(model, train, key=jr.key(k), progress=False)
            seconds.setdefault(name, []).append(clock.seconds)
            scores.setdefault(name, []).append(score(predict(fitted, test), test))
    return {"scores": {k: np.array(v) for k, v in scores.items()}, "seconds": seconds}


def drug_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return drug targets and pathway similarity."""
    return pd.read_csv(TABLES / "targets.tsv", sep="\t"), pd.read_csv(TABLES / "similarity.tsv", sep="\t")


def square(
    similarity: pd.DataFrame, drugs: tuple[str, ...], *, within: float, between: float
) -> pd.DataFrame:
    """Return the similarity as a square table with these values within and between pathways."""
    matrix = np.full((len(drugs), len(drugs)), between)
    for a, b in zip(similarity["drug_a"], similarity["drug_b"]):
        i, j = drugs.index(a), drugs.index(b)
        matrix[i, j] = matrix[j, i] = within
    np.fill_diagonal(matrix, 1.0)
    return pd.DataFrame(matrix, index=list(drugs), columns=list(drugs))


class NeverSeen:
    """Leave-one-drug-out without its singles: fits with a drug prior, selection, and controls."""

    def __init__(self, screen: Any):
        self.screen = screen
        self.drugs = screen.perturbations
        self.uses = np.asarray(screen.doses) != 0
        self.strengths = dict(zip(self.drugs, np.abs(screen.doses).max(axis=0)))
        self.targets, self.similarity = drug_tables()

    def fit(
        self, rows: np.ndarray, setting: dict[str, float], *, targets: Any, similarity: Any, strengths: Any
    ) -> Any:
        train = self.screen.subset(np.flatnonzero(rows))
        table = square(similarity, self.drugs, within=setting["within"], between=setting["between"])
        model = ode(train, drug_targets=targets, drug_similarity=table, drug_strengths=strengths)
        return hc.fit(model, train, drug_l2=setting["drug_l2"], key=jr.key(0), progress=False)

    def score(self, fitted: Any, rows: np.ndarray) -> tuple[float, float]:
        test = self.screen.subset(np.flatnonzero(rows))
        return score(predict(fitted, test), test)

    def plain(self) -> dict[str, Any]:
        return {"targets": self.targets, "similarity": self.similarity, "strengths": self.strengths}

    def nested(self) -> dict[str, Any]:
        """Return outer scores of every setting and the setting that the inner drugs choose."""
        n = len(self.drugs)
        outer, inner = np.zeros((len(GRID), n, 2)), np.full((len(GRID), n, n), np.nan)
        for g, setting in enumerate(GRID):
            for d in range(n):
                outer[g, d] = self.score(self.fit(~self.uses[:, d], setting, **self.plain()), self.uses[:, d])
            for a, b in itertools.combinations(range(n), 2):
                fitted = self.fit(~self.uses[:, a] & ~self.uses[:, b], setting, **self.plain())
                for left_out, inside in ((a, b), (b, a)):  # the inner test never shows the outer drug
                    inner[g, left_out, inside] = self.score(
                        fitted, self.uses[:, inside] & ~self.uses[:, left_out]
                    )[1]
            print(
                setting,
                "outer",
                outer[g].mean(axis=0).round(4),
                "inner",
                np.nanmean(inner[g]).round(4),
                flush=True,
            )
        chosen = np.nanmean(inner, axis=2).argmax(axis=0)
        return {"outer": outer, "chosen": chosen, "scores": outer[chosen, np.arange(n)]}

    def controls(self, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """Return mean scores with the priors shuffled, and without the drug's own strength."""
        rng = np.random.default_rng(0)
        shuffles = [
            (rng.permutation(len(self.drugs)), rng.permutation(len(self.drugs))) for _ in range(N_SHUFFLES)
        ]

        def renamed(table: pd.DataFrame, order: np.ndarray, columns: list[str]) -> pd.DataFrame:
            names = {drug: self.drugs[order[i]] for i, drug in enumerate(self.drugs)}
            return table.assign(**{c: [names[v] for v in table[c]] for c in columns})

        def mean(**changes: Any) -> np.ndarray:
            found = [
                self.score(
                    self.fit(~self.uses[:, d], GRID[chosen[d]], **{**self.plain(), **changes}),
                    self.uses[:, d],
                )
                for d in range(len(self.drugs))
            ]
            return np.mean(found, axis=0)

        similarity = [renamed(self.similarity, k, ["drug_a", "drug_b"]) for k, _ in shuffles]
        targets = [renamed(self.targets, t, ["drug"]) for _, t in shuffles]
        return {
            "similarity shuffled": np.mean([mean(similarity=s) for s in similarity], axis=0),
            "targets shuffled": np.mean([mean(targets=t) for t in targets], axis=0),
            "both shuffled": np.mean(
                [mean(similarity=s, targets=t) for s, t in zip(similarity, targets)], axis=0
            ),
            "no targets": mean(targets=None),
            "strength-blind": self.strength_blind(chosen),
        }

    def strength_blind(self, chosen: np.ndarray) -> np.ndarray:
        """Return the mean score when the left-out drug's strength is replaced by the median of the others."""
        found = []
        for d, drug in enumerate(self.drugs):
            typical = float(np.median([s for name, s in self.strengths.items() if name != drug]))
            fitted = self.fit(
                ~self.uses[:, d],
                GRID[chosen[d]],
                **{**self.plain(), "strengths": {**self.strengths, drug: typical}},
            )
            test = self.screen.subset(np.flatnonzero(self.uses[:, d]))
            doses = np.array(test.doses)
            doses[:, d] = -typical
            blind = hc.data.Conditions(names=test.conditions, perturbations=self.drugs, doses=doses)
            found_states = hc.predict(fitted, blind)
            columns = [list(found_states.var_names).index(r) for r in test.readouts]
            found.append(score(np.nan_to_num(np.asarray(found_states.X)[:, columns]), test))
        return np.mean(found, axis=0)


def table_rows(study: dict[str, Any]) -> list[list[Any]]:
    """Return one row per predictor: means over splits, all columns and measured nodes, best first."""
    rows = [[name, *map(float, s.mean(axis=0)), len(s)] for name, s in study["scores"].items()]
    return sorted(rows, key=lambda row: -np.nan_to_num(row[2], nan=-1))


def main(quick: bool = False) -> None:
    """Run all studies and write the table."""
    adata = hc.datasets.melanoma()
    screen = as_perturbation_data(adata)
    header = ["predictor", "r, all 99 columns", "r, 87 measured nodes", "splits"]
    studies = {
        "Random partitions, 70/30": run_study(splits(screen, by="random", n=3 if quick else 30), MODELS),
        "Single drugs to combinations": run_study(iter([hc.split(screen, by="single-to-combo")]), MODELS),
        "One drug left out, its singles kept": run_study(
            splits(screen, by="drug", keep_singles=True), MODELS
        ),
    }
    tables = [(title, header, table_rows(study)) for title, study in studies.items()]
    random = studies["Random partitions, 70/30"]["scores"]
    paired = {
        f"{name} against ridge, {what}": str(compare_paired(random[name][:, k], random["ridge"][:, k]))
        for name in MODELS
        for k, what in enumerate(("99 columns", "87 nodes"))
    }
    tables.append(
        ("Random partitions, paired differences of r", ["comparison", "result"], [*map(list, paired.items())])
    )

    unseen = run_study(splits(screen, by="drug", keep_singles=False), {"CellBox ODE, no prior": ode})
    never = NeverSeen(screen)
    results: dict[str, Any] = {"paired": paired}
    if not quick:
        nested = never.nested()
        unseen["scores"]["CellBox ODE + drug prior (nested choice)"] = nested["scores"]
        for k, scores in never.controls(nested["chosen"]).items():
            unseen["scores"][f"control: {k}"] = scores[None].repeat(len(never.drugs), axis=0)
        results["never seen"] = {
            "chosen": {drug: GRID[c] for drug, c in zip(never.drugs, nested["chosen"])},
            "fixed settings": [{**s, "r": o.mean(axis=0).tolist()} for s, o in zip(GRID, nested["outer"])],
            "per drug": {drug: s.tolist() for drug, s in zip(never.drugs, nested["scores"])},
        }
        tables.append(("One drug never seen", header, table_rows(unseen)))
        per_drug = [[drug, *map(float, s)] for drug, s in zip(never.drugs, nested["scores"])]
        tables.append(("One drug never seen, drug by drug", ["drug", *header[1:3]], per_drug))
    seconds = studies["Random partitions, 70/30"]["seconds"]
    timing = [[name, float(np.median(s)), float(max(s))] for name, s in seconds.items()]
    tables.append(
        ("CPU seconds per fit (80 steps)", ["model", "median", "slowest, with compilation"], timing)
    )
    for title, study in {**studies, "One drug never seen": unseen}.items():
        results[title] = {name: s.mean(axis=0).tolist() for name, s in study["scores"].items()}
    if not quick:
        write("melanoma", results, tables)
    else:
        for title, _, rows in tables:
            print(title, *rows, sep="\n  ")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
