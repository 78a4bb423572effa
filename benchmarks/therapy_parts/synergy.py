"""Scores of measured dose matrices against the package synergy, and fitted surfaces with intervals.

The package's Loewe levels are found to 1e-5 by its own optimizer; what counts is how far its combination
index, at our level, is from 1. Its intervals are those of 100 bootstrap fits, ours of profiles.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from report import data_folder

import hybridcell as hc
from hybridcell.therapy.synergy.loewe import alone_curves
from hybridcell.therapy.synergy.musyc import surface_problem

#: Fits in the literature of this package to the same data, as the goals state them.
GOALS = {"MK-1775 + niraparib": 0.777, "paclitaxel + L-778123": 0.974}
BOOTSTRAPS = 100
REPEATS = 5


def matrices() -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield name, doses and fractions left, shape (replicates, A, B)."""
    folder = data_folder("drug_synergy")
    oneil = pd.read_csv(folder / "ONEIL_screening_data.csv")
    for (name, block), left in zip(oneil.groupby("block_id"), GOALS):
        del name
        yield (left, *_cube(block["conc1"], block["conc2"], 1 - block["response"] / 100))
    mathews = pd.read_csv(folder / "mathews_screening_data.csv")
    for _, block in mathews.groupby("block_id"):
        name = f"{block['drug_row'].iloc[0]} + {block['drug_col'].iloc[0]}"
        yield (name, *_cube(block["conc_r"], block["conc_c"], block["response"] / 100))


def run() -> dict[str, Any]:
    """Score every matrix by both."""
    scores, surfaces = [], []
    for name, a, b, cube in matrices():
        left = cube.mean(axis=0)
        scores += [_score(name, score, a, b, left) for score in ("bliss", "hsa", "loewe", "zip")]
        surfaces.append(_surface(name, a, b, cube))
    return {"scores": scores, "surfaces": surfaces}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of each table."""
    shown = "largest difference from the package", "of its index at our level from 1"
    return [
        (
            "Scores of measured matrices (goal: equal to 1e-6)",
            ["drugs", "score", *shown, "remark"],
            [
                [one["drugs"], one["score"], one["difference"], one["index"], one["remark"]]
                for one in results["scores"]
            ],
        ),
        (
            "Fitted surfaces (goal: R2 within 0.005 of the wanted, finite intervals, 10x faster)",
            ["drugs", "R2", "R2 wanted", "R2 of the package", "widest interval of a potency factor",
             "largest potency factor of the package", "ms of the fit", "of the package's fit",
             "ms with intervals", "of the package with 100 bootstraps", "times faster"],
            [list(one.values()) for one in results["surfaces"]],
        ),
    ]  # fmt: skip


def _cube(a: pd.Series, b: pd.Series, left: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frame = pd.DataFrame({"a": a, "b": b, "left": left})
    frame["replicate"] = frame.groupby(["a", "b"]).cumcount()
    parts = [part.pivot(index="a", columns="b", values="left") for _, part in frame.groupby("replicate")]
    return np.unique(a), np.unique(b), np.array([part.to_numpy() for part in parts])


def _rows(a: np.ndarray, b: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, ...]:
    x, y = np.meshgrid(a, b, indexing="ij")
    return np.broadcast_to(x, left.shape).ravel(), np.broadcast_to(y, left.shape).ravel(), left.ravel()


def _score(name: str, score: str, a: np.ndarray, b: np.ndarray, left: np.ndarray) -> dict[str, Any]:
    from synergy import combination

    makers: dict[str, Callable[[], Any]] = {
        "bliss": combination.Bliss, "hsa": combination.HSA, "zip": combination.ZIP,
        "loewe": lambda: combination.Loewe(mode="delta_hsa"),
    }  # fmt: skip
    row = {"drugs": name, "score": score, "difference": "", "index": "", "remark": ""}
    found = getattr(hc.synergy, score)(left, a, b, kind="viability")
    try:
        wanted = makers[score]().fit(*_rows(a, b, left)).reshape(left.shape)
    except (ValueError, RuntimeError) as error:
        return row | {"remark": f"the package fails: {error}"}
    row["difference"] = f"{np.nanmax(np.abs(found - wanted)):.1e}"
    if score == "loewe":
        row["index"] = f"{_index_at(a, b, found + left, left):.1e}"
    return row


def _index_at(a: np.ndarray, b: np.ndarray, level: np.ndarray, left: np.ndarray) -> float:
    """Return how far the combination index is from 1 at the expected level, where it has one."""
    one, two = alone_curves(1 - left, [a, b])
    index = a[:, None] / one.dose(level) + b / two.dose(level)
    inside = (level > max(one.bottom, two.bottom) + 1e-3) & (a[:, None] > 0) & (b > 0)
    gaps = np.abs(index[inside & np.isfinite(index)] - 1)
    return float(gaps.max()) if gaps.size else float("nan")


def _surface(name: str, a: np.ndarray, b: np.ndarray, cube: np.ndarray) -> dict[str, Any]:
    from synergy.combination import MuSyC

    fit, ours = _timed(lambda: hc.synergy.musyc(cube, a, b, kind="viability"), REPEATS)
    problem, _ = surface_problem(cube, a, b, "viability")
    _, alone = _timed(problem.fit, REPEATS)
    peer = MuSyC()
    _, peer_alone = _timed(lambda: peer.fit(*_rows(a, b, cube)), REPEATS)
    try:
        again = MuSyC()
        _, theirs = _timed(lambda: again.fit(*_rows(a, b, cube), bootstrap_iterations=BOOTSTRAPS), 1)
        shown, faster = f"{1e3 * theirs:.0f}", theirs / ours
    except (ValueError, RuntimeError) as error:
        shown, faster = f"fails: {error}"[:60], float("nan")
    potency = fit.parameters.loc[["alpha12", "alpha21"]]
    return {
        "drugs": name,
        "R2": fit.r_squared,
        "wanted": GOALS.get(name),
        "package": float(peer.r_squared),
        "widest": f"{potency['lower'].min():.3g} to {potency['upper'].max():.3g}",
        "alpha": f"{max(peer.alpha12, peer.alpha21):.3g}",
        "ms alone": 1e3 * alone,
        "ms of package alone": 1e3 * peer_alone,
        "ms": 1e3 * ours,
        "ms of package": shown,
        "faster": faster,
    }


def _timed(what: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    seconds = []
    found = None
    for _ in range(repeats):
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = what()
        seconds.append(time.process_time() - start)
    return found, float(np.median(seconds))
