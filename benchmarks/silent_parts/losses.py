"""Residuals of a fit with so few steps allowed that many solves fail, beside those of simulations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

import hybridcell as hc
from hybridcell.fit.kinetics.fit_network import make_search
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from silent_parts.case import ALLOWED, POINTS, Case

#: Steps that the solves of losses may take.
FEW = 300
MORE = hc.Solve(rtol=1e-6, max_steps=FEW + FEW // 10)
#: What is right, where two solves of these few steps differ.
FINE = hc.Solve(rtol=1e-8, atol=1e-40)


def compare(case: Case) -> dict[str, Any]:
    """Count losses of solves that failed, and losses that are not those of the simulation they are made of.

    What a loss should be is told by a simulation with its own settings, in a batch and, where that is not it,
    alone and with a tenth more steps: derivatives take other linear algebra, and rounding decides whether a
    solve succeeds with its last steps. Where the simulation still fails, a loss may be right nevertheless,
    which a far finer one tells. It decides on errors that grow along an oscillation, too: a loss is
    another than its simulation's if it is ten times further from what is right.
    """
    measured, _ = case.run([{}])
    ts = np.linspace(0.0, case.t1, POINTS)
    data = AnnData(
        measured[0, 1:],
        obs=pd.DataFrame({"time": ts[1:]}, index=[f"t{k}" for k in range(1, POINTS)]),
        var=pd.DataFrame(index=case.species),
    )
    scale = np.maximum(np.abs(measured[0]).max(axis=0), 1e-12)
    data.layers["sd"] = np.tile(scale, (POINTS - 1, 1))
    solve = hc.Solve(rtol=1e-6, max_steps=FEW)
    search = make_search(case.net, data, NetworkFitSettings(free=case.ids, warm_start="none", solve=solve))

    def residuals(values: np.ndarray) -> np.ndarray:
        # measurements are in the order of times, readouts inside
        return ((values[:, 1:] - measured[:, 1:]) / scale).reshape(len(values), -1)

    values, good = case.run_all(solve)
    batch, whole = residuals(values), residuals(case.values)
    refused = failed = reached = other = grown = 0
    for k, condition in enumerate(case.conditions):
        theta = search.free.theta(np.asarray(case.net.with_values(condition).values))
        found = search.objective.residuals(theta)[: search.objective.n_data]
        if not np.isfinite(np.sum(found**2)):
            refused += 1
            continue
        same = good[k] and _apart(found, batch[k]) <= ALLOWED
        if not same:
            alone, well = case.run([condition], MORE)
            right, known = case.run([condition], FINE)
            own, its = _apart(found, residuals(right)[0]), _apart(residuals(alone)[0], residuals(right)[0])
            if not well[0]:
                if known[0] and own <= ALLOWED:
                    reached += 1
                else:
                    failed += 1
                continue
            if not own <= max(ALLOWED, 10 * its):
                other += 1
                continue
        grown += not (same and case.good[k] and _apart(found, whole[k]) <= ALLOWED)
    return {
        "points": case.points,
        "without a loss, because the solve failed": refused,
        "a finite loss of a solve that failed (goal 0)": failed,
        "a right loss where the simulation takes more steps": reached,
        "a loss that is not that of its solve (goal 0)": other,
        "errors of its simulation that have grown": grown,
    }


def _apart(found: np.ndarray, expected: np.ndarray) -> float:
    size = np.maximum(np.abs(expected), 1.0)
    return float(np.max(np.abs(found - expected) / size))
