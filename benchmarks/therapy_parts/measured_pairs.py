"""Measured pairs from measured singles: melanoma drugs (network, with intervals), and two genes activated.

Melanoma: trained on single drugs, tested on combinations; the same functions as benchmarks/melanoma.py (the
correlation over all 99 columns) and benchmarks/uncertainty.py (the intervals). Norman 2019: growth of cells
with two genes activated, from singles alone, and with four fifths of the doubles known.
"""

from __future__ import annotations

import time
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd
from report import data_folder

import hybridcell as hc
from hybridcell.data import as_perturbation_data

FOLDS = 5
GOALS = {"r": 0.944, "coverage": "0.85-0.95", "singles": 0.056, "doubles": 0.032}


def run() -> dict[str, Any]:
    """Measure both."""
    return {"melanoma": _melanoma(), "norman": _norman()}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    melanoma, norman = results["melanoma"], results["norman"]
    told = norman["with doubles"]
    each = ", ".join(f"{one:.4f}" for one in told["each"])
    rows = [
        ["melanoma, single drugs to combinations: r", f"at least {GOALS['r']}", melanoma["r"]],
        ["the same, ridge", "", melanoma["ridge"]],
        ["the same: share in the 90 % intervals", GOALS["coverage"], melanoma["coverage"]],
        ["the same: CPU s", "", melanoma["seconds"]],
        ["Norman doubles from singles alone: RMSE", f"at most {GOALS['singles']}", norman["singles alone"]],
        ["the same, (1 + a)(1 + b) - 1", "", norman["bliss"]],
        ["the same, the stronger of the two", "", norman["minimum"]],
        ["the same, a + b", "", norman["additive"]],
        [f"Norman, a fifth of the doubles left out, {FOLDS} times: RMSE, mean", f"at most {GOALS['doubles']}",
         told["rmse"]],
        ["the same, each fifth", "", each],
        ["the same: share in the 90 % intervals", "0.85-0.95", told["coverage"]],
    ]  # fmt: skip
    return [("Measured pairs from measured singles", ["what", "goal", "measured"], rows)]


def _melanoma() -> dict[str, Any]:
    from melanoma import ode, predict, score  # the benchmark beside this folder
    from uncertainty_parts.prediction import score as interval_scores

    start = time.process_time()
    train, test = hc.split(as_perturbation_data(hc.datasets.melanoma()), by="single-to-combo")
    fitted = hc.fit(ode(train), train, key=jr.key(0), progress=False)
    r, _ = score(predict(fitted, test), test)
    ridge, _ = score(hc.baselines.fit_predict(["ridge"], train, test)["ridge"], test)
    intervals = interval_scores(train, test, drug_to_phenotype=True)["model"]
    return {
        "r": float(r),
        "ridge": float(ridge),
        "coverage": float(intervals["coverage_90"]),
        "width": float(intervals["width_90"]),
        "seconds": time.process_time() - start,
    }


def _norman() -> dict[str, Any]:
    folder = data_folder("norman2019_gi_fitness")
    # a gene may be called NAN
    options: dict[str, Any] = {"keep_default_na": False, "na_values": []}
    singles = pd.read_csv(folder / "singles.csv", **options).set_index("gene")["gamma"].astype(float)
    doubles = pd.read_csv(folder / "doubles_train.csv", **options)
    doubles = doubles.rename(columns={"gene_a": "a", "gene_b": "b", "gamma_ab": "effect"})
    doubles["effect"] = doubles["effect"].astype(float)
    pairs, effect = list(zip(doubles["a"], doubles["b"])), doubles["effect"].to_numpy()
    a, b = (singles[doubles[name]].to_numpy() for name in ("a", "b"))
    blind = hc.predict_pairs(singles, pairs)["predicted"].to_numpy()
    fold = np.random.default_rng(0).permutation(len(doubles)) % FOLDS
    each, inside = [], []
    for k in range(FOLDS):
        out = fold == k
        found = hc.predict_pairs(
            singles, [pair for pair, left in zip(pairs, out) if left], measured=doubles[~out]
        )
        each.append(_rmse(found["predicted"].to_numpy(), effect[out]))
        inside.append(((found["lower"] <= effect[out]) & (effect[out] <= found["upper"])).mean())
    return {
        "singles alone": _rmse(blind, effect),
        "bliss": _rmse((1 + a) * (1 + b) - 1, effect),
        "minimum": _rmse(np.minimum(a, b), effect),
        "additive": _rmse(a + b, effect),
        "with doubles": {"rmse": float(np.mean(each)), "each": each, "coverage": float(np.mean(inside))},
    }


def _rmse(predicted: np.ndarray, measured: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predicted - measured) ** 2)))
