"""What fits of the melanoma screen cost, alone and as members of an ensemble."""

from __future__ import annotations

from typing import Any

import jax.random as jr
from report import CpuClock
from timing import interleaved, medians

import hybridcell as hc
from hybridcell.data import as_perturbation_data

REPEATS, MEMBERS = 11, 20


def run() -> dict[str, Any]:
    """Time single fits and ensembles after compilation."""
    screen = as_perturbation_data(hc.datasets.melanoma())
    model = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    hybrid = model + hc.NeuralResidual(width=16, key=jr.key(1))
    models = {"CellBox ODE": model, "CellBox ODE + neural residual": hybrid}
    return {name: _of(one, screen) for name, one in models.items()}


def _of(model: Any, screen: Any) -> dict[str, float]:
    def fit() -> None:
        hc.fit(model, screen, key=jr.key(0), progress=False)

    def ensemble() -> None:
        hc.fit_ensemble(model, screen, n=MEMBERS, resample="seeds", key=jr.key(0), progress=False)

    single = medians(interleaved({"fit": fit}, REPEATS))["fit"]
    ensemble()
    with CpuClock() as clock:
        ensemble()
    member = clock.seconds / MEMBERS
    return {"fit": single, "member": member, "member / fit": member / single}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    return [
        (
            "Training on the melanoma screen, CPU seconds after compilation (80 steps)",
            ["model", "one fit", f"one ensemble member of {MEMBERS}", "member / fit"],
            [[name, *one.values()] for name, one in results.items()],
        )
    ]
