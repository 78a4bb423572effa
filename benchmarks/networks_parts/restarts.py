"""How many random restarts diverge, at default settings and from large random networks without l1."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.random as jr
import numpy as np

import hybridcell as hc
from hybridcell.data import as_perturbation_data

RESTARTS = 100


def run() -> dict[str, Any]:
    """Fit restarts under each setting."""
    screen = as_perturbation_data(hc.datasets.melanoma())
    base = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    response = 0.1 * jr.normal(jr.key(1), base._response.raw.shape) * base.mask
    wild = eqx.tree_at(lambda m: m._response.raw, base, response)
    free: dict[str, Any] = {"l1": 0.0, "l2": 0.0, "learning_rate": 0.02}
    settings = {
        "default settings": (base, {}),
        "start sd 0.1, l1 = 0, l2 = 0, learning rate 0.02": (wild, free),
        "the same without the guard": (wild, {**free, "contraction": None}),
    }
    return {name: _of(model, screen, options) for name, (model, options) in settings.items()}


def _of(model: Any, screen: Any, options: dict[str, Any]) -> dict[str, Any]:
    ensemble = hc.fit_ensemble(
        model, screen, n=RESTARTS, resample="seeds", key=jr.key(2), progress=False, **options
    )
    settled = np.asarray(hc.predict(ensemble, screen).obs["success"])
    return {
        "restarts": RESTARTS,
        "unusable": sum(r != "success" for r in ensemble.result),
        "unsettled conditions": float(1 - settled.mean()),
        "skipped steps": int(ensemble.info["skipped_steps"]),
        "largest loss": float(np.max(ensemble.losses)),
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    header = ["setting", *next(iter(results.values()))]
    rows = [[name, *one.values()] for name, one in results.items()]
    return [("Random restarts that diverge", header, rows)]
