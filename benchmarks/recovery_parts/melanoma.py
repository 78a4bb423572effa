"""Drugs and their known targets in the CellBox melanoma screen: do the signs come out as published?

An edge per drug: of the targets that training/melanoma/targets.tsv names for it, the one that the published
thousand models are surest of (largest abs(t)). The other targets of that table are counted beside them. Two
ensembles with the library's settings: from different starts, and over conditions drawn anew (bootstrap).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd
from report import data_folder

import hybridcell as hc

TABLES = Path(__file__).parent.parent.parent / "training" / "melanoma"
N_MEMBERS, LEVEL = 100, 0.95


def run() -> dict[str, Any]:
    """Return the edges with their intervals, by ensemble."""
    known = known_edges()
    screen = hc.datasets.melanoma()
    model = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    found: dict[str, Any] = {"n_members": N_MEMBERS, "level": LEVEL}
    for resample in ("seeds", "bootstrap"):
        start = time.perf_counter()
        ensemble = hc.fit_ensemble(
            model, screen, n=N_MEMBERS, resample=resample, calibrate=False, key=jr.key(1), progress=False
        )
        edges = hc.interactions(ensemble, level=LEVEL).edges
        table = known.merge(edges, on=["source", "target"], how="left")
        found[resample] = {
            "seconds": time.perf_counter() - start,
            "one_per_drug": score(table[table["surest"]]),
            "all_known_targets": score(table),
            "edges": table[
                ["source", "target", "published", "t", "surest", "weight", "lower", "upper", "sign_stability"]
            ].to_dict("records"),
        }
    return found


def known_edges() -> pd.DataFrame:
    """Return source, target, published sign and abs(t), and whether it is the surest of its drug."""
    root = data_folder("cellbox", "published")
    published = pd.read_csv(root / "edges_1000models.csv.gz")
    ends = published["edge"].str.split("_", n=1, expand=True)
    published = published.assign(source=ends[0], target=ends[1])
    targets = pd.read_csv(TABLES / "targets.tsv", sep="\t").rename(columns={"drug": "source"})
    table = targets[["source", "target"]].merge(published, on=["source", "target"], how="left")
    table = table.assign(published=np.sign(table["strength"]).astype(int), t=table["tval"].abs())
    surest = table.groupby("source")["t"].transform("max") == table["t"]
    return table.assign(surest=surest)[["source", "target", "published", "t", "surest"]]


def score(table: pd.DataFrame) -> dict[str, int]:
    """Return how many edges have the published sign, and how many intervals contain 0."""
    return {
        "edges": len(table),
        "published_sign": int((np.sign(table["weight"]) == table["published"]).sum()),
        "interval_has_zero": int(((table["lower"] <= 0) & (table["upper"] >= 0)).sum()),
    }


def tables(results: dict[str, Any]) -> list[tuple[str, tuple[str, ...], list[list[Any]]]]:
    """Return the tables of the report: goals beside what was measured, then every edge."""
    rows, edges = [], []
    for resample in ("seeds", "bootstrap"):
        part = results[resample]
        for name, goal in (("one_per_drug", "12 of 12, none"), ("all_known_targets", "")):
            one = part[name]
            measured = f"{one['published_sign']} of {one['edges']}, {one['interval_has_zero'] or 'none'}"
            rows.append([resample, name.replace("_", " "), goal, measured, f"{part['seconds']:.0f} s"])
    for edge in results["bootstrap"]["edges"]:
        edges.append(
            [
                f"{edge['source']} -> {edge['target']}{' *' if edge['surest'] else ''}",
                f"{edge['published']:+d} (t {edge['t']:.0f})", f"{edge['weight']:+.3f}",
                f"{edge['lower']:+.3f} to {edge['upper']:+.3f}",
            ]
        )  # fmt: skip
    header = ("members differ by", "edges", "goal: published sign, intervals with 0", "measured", "time")
    interval = f"central {results['level']:.0%} of {results['n_members']} bootstrap members"
    return [
        ("Melanoma: drugs and their known targets", header, rows),
        (
            "Melanoma: each known target (* surest of its drug in the published models)",
            ("edge", "published sign", "weight", interval),
            edges,
        ),
    ]
