"""Does a residual ever hurt on the melanoma screen? The same partitions with and without it."""

from __future__ import annotations

from typing import Any

import jax.random as jr
import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.data import as_perturbation_data, splits

PARTITIONS = 10


def run() -> dict[str, Any]:
    """Return pooled r of both on each partition, and the share of the residual."""
    data_folder("cellbox")
    data = as_perturbation_data(hc.datasets.melanoma())
    found: dict[str, list[float]] = {"mechanism": [], "hybrid": [], "share": []}
    for seed, (train, test) in enumerate(splits(data, by="random", n=PARTITIONS)):
        mechanism = hc.CellBox.from_data(train, drug_to_phenotype=True, key=jr.key(seed))
        hybrid = mechanism + hc.NeuralResidual(width=16, key=jr.key(seed))
        for name, model in (("mechanism", mechanism), ("hybrid", hybrid)):
            fitted = hc.fit(model, train, key=jr.key(seed), progress=False)
            predicted = hc.predict(fitted, test)
            columns = [list(predicted.var_names).index(r) for r in test.readouts]
            values = np.nan_to_num(np.asarray(predicted.X)[:, columns])
            found[name].append(float(hc.metrics.pearson(values, test.values)))
        found["share"].append(float(fitted.residual_share))
    return found


def tables(results: dict[str, Any]) -> list[Any]:
    """Return the table of the page."""
    gain = np.array(results["hybrid"]) - np.array(results["mechanism"])
    rows = [
        [
            f"{len(gain)} random partitions",
            float(np.mean(results["mechanism"])),
            float(np.mean(results["hybrid"])),
            float(gain.min()),
            float(gain.max()),
            float(np.mean(results["share"])),
        ]
    ]
    return [
        (
            "Melanoma screen: pooled r with and without a neural residual (16 hidden units)",
            ["split", "mechanism", "hybrid", "worst difference", "best difference", "share of the residual"],
            rows,
        )
    ]
