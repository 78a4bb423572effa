"""Simulations that say "success", beside libRoadRunner and SciPy at far tighter tolerances."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybridcell as hc
from silent_parts.case import ALLOWED, Case, Peer, second_opinion

#: What a user does who needs to be sure: finer steps; and no amount so small that it does not count.
FINER = {
    "of these right with rtol=1e-8": hc.Solve(rtol=1e-8),
    "of these right with rtol=1e-8, atol=1e-40": hc.Solve(rtol=1e-8, atol=1e-40),
}


def compare(case: Case) -> dict[str, Any]:
    """Count what is wrong and not flagged; points without a reference, or with two, are said."""
    peer, usual = Peer(case, tight=True), Peer(case, tight=False)
    others_wrong = others_lost = 0
    wrong, missing, undecided, errors = 0, 0, 0, []
    mended = dict.fromkeys(FINER, 0)
    for k in np.flatnonzero(case.good):
        condition = case.conditions[k]
        reference = peer.simulate(condition)
        reference = second_opinion(case, condition) if reference is None else reference
        if reference is None:
            missing += 1
            continue
        scale = np.abs(reference).max(axis=0)
        scale[scale == 0] = 1.0
        off = _off(case.values[k], reference, scale)
        if not off <= ALLOWED:
            second = second_opinion(case, condition)
            if second is None or not _off(second, reference, scale) < ALLOWED / 10:
                undecided += 1
                continue
            wrong += 1
            for name, solve in FINER.items():
                finer, _ = case.run([condition], solve)
                mended[name] += _off(finer[0], reference, scale) <= ALLOWED
        errors.append(off)
        other = usual.simulate(condition)
        others_lost += other is None
        others_wrong += other is not None and not _off(other, reference, scale) <= ALLOWED
    unsaid = ~np.isfinite(case.values[case.good]).all(axis=(1, 2))
    return {
        "points": case.points,
        "flagged": int((~case.good).sum()),
        "compared": len(errors),
        "undecided": undecided,
        "without a reference": missing,
        "median error": f"{np.median(errors):.1e}",
        "error of the worst in a hundred": f"{np.quantile(errors, 0.99):.1e}",
        "wrong and not flagged (goal 0)": wrong,
        **{name: int(count) for name, count in mended.items()},
        "NaN without a flag (goal 0)": int(unsaid.sum()),
        "wrong by libRoadRunner with its defaults": others_wrong,
        "given up by it": others_lost,
        "CPU ms a point": 1e3 * case.seconds / case.points,
    }


def _off(values: np.ndarray, reference: np.ndarray, scale: np.ndarray) -> float:
    return float(np.max(np.abs(values - reference) / scale))
