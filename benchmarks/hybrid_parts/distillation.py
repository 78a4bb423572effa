"""Is the true law found again? Small networks with one hidden law each, noise of 5 %, several seeds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.random as jr
import numpy as np

import hybridcell as hc

NOISE = 0.05
#: What a hybrid is given in place of a truth outside of the library.
NONE = "none fits"


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A network, which of its laws is hidden, and what finding it again means."""

    name: str
    text: str
    reaction: str
    inputs: Sequence[str]
    free: Sequence[str]
    readouts: Sequence[str]
    conditions: Sequence[Mapping[str, float]]
    t1: float
    n_times: int
    laws: Sequence[str]
    rate: Mapping[str, Any] = field(default_factory=dict)


TRUTHS = (
    Truth(
        name="predation (Holling II)",
        text="""model predation
          compartment c = 1; species X in c, Y in c; X = 1; Y = 0.5
          birth: -> X; a*X; pred: X -> Y; 1.2*X*Y/(1 + 0.6*X); death: Y -> ; d*Y; crowd: X -> ; 0.333333*X*X
          a = 1; d = 0.5
        end""",
        reaction="pred", inputs=("X", "Y"), free=("a", "d"), readouts=("X", "Y"), conditions=({},),
        t1=20.0, n_times=30,
        laws=("Michaelis-Menten in X, first order in Y (Holling type II)",),
    ),
    Truth(
        name="reversible Michaelis-Menten",
        text="""model exchange
          compartment c = 1; species A in c, B in c; A = 3; B = 0.1
          feed: -> A; f; swap: A -> B; 1.5/0.8*(A - B/2.5)/(1 + A/0.8 + B/1.5); drain: B -> ; d*B
          f = 0.2; d = 0.15
        end""",
        reaction="swap", inputs=("A", "B"), free=("f", "d"), readouts=("A", "B"),
        conditions=({"A": 3.0, "B": 0.1}, {"A": 0.2, "B": 3.0}, {"A": 1.0, "B": 8.0}, {"A": 6.0, "B": 1.0}),
        t1=12.0, n_times=15, laws=("reversible Michaelis-Menten",), rate={"reversible": True},
    ),
    Truth(
        name="competitive inhibition",
        text="""model inhibited
          compartment c = 1; species S in c, P in c, I in c; S = 3; P = 0; I = 1
          use: S -> P; 1.0*S/(0.4*(1 + I/0.5) + S); lose: I -> ; d*I; drain: P -> ; e*P
          d = 0.1; e = 0.2
        end""",
        reaction="use", inputs=("S", "I"), free=("d", "e"), readouts=("S", "P", "I"),
        conditions=({"I": 0.05}, {"I": 1.0}, {"I": 4.0}, {"I": 4.0, "S": 1.0}),
        t1=12.0, n_times=15, laws=("Michaelis-Menten in S, competitive inhibition by I",),
    ),
    Truth(
        name="Hill activation, n = 4",
        text="""model switch
          compartment c = 1; species X in c, Y in c; X = 4; Y = 0
          decay: X -> ; d*X; make: -> Y; 1.2*X^4/(1.3^4 + X^4); drain: Y -> ; e*Y
          d = 0.25; e = 0.5
        end""",
        reaction="make", inputs=("X",), free=("d", "e"), readouts=("X", "Y"),
        conditions=({"X": 4.0}, {"X": 2.0}, {"X": 1.0}), t1=12.0, n_times=15,
        laws=("Hill activation (n = 4) by X", "Hill activation (free n) by X"),
    ),
    Truth(
        name="two bumps (no law of the library)",
        text="""model bumps
          compartment c = 1; species S in c, P in c; S = 4; P = 0
          use: S -> P; 0.15*S*(0.3 + 2*exp(-(3*(S - 1.0))^2) + 2*exp(-(3*(S - 3.0))^2)); drain: P -> ; e*P
          e = 0.6
        end""",
        reaction="use", inputs=("S",), free=("e",), readouts=("S", "P"),
        conditions=({"S": 4.0}, {"S": 2.5}, {"S": 1.5}), t1=14.0, n_times=25, laws=(NONE,),
    ),
)  # fmt: skip


def run(seeds: Iterable[int] = range(10), truths: Sequence[Truth] = TRUTHS) -> dict[str, Any]:
    """Distill every truth with every seed.

    Returns
    -------
    dict
        By name of the truth: how often the true law (or that none fits) came first, and among the first two,
        median seconds of a distillation, and one record per seed.
    """
    seeds = list(seeds)
    found: dict[str, Any] = {}
    for truth in truths:
        records = []
        for seed in seeds:
            records.append(one_seed(truth, seed))
            print(f"{truth.name}, seed {seed}: place {records[-1]['place']}", flush=True)
            # every candidate is a program of its own, and a process has room for some hundred
            jax.clear_caches()
        found[truth.name] = {
            "first": sum(r["place"] == 1 for r in records),
            "first_two": sum(r["place"] in (1, 2) for r in records),
            "seeds": len(records),
            "seconds": float(np.median([r["seconds"] for r in records])),
            "records": records,
        }
    return found


def tables(results: dict[str, Any]) -> list[Any]:
    """Return the table of the page."""
    rows = [
        [
            name,
            f"{found['first']} of {found['seeds']}",
            f"{found['first_two']} of {found['seeds']}",
            float(np.median([record["fits"] for record in found["records"]])),
            found["seconds"],
        ]
        for name, found in results.items()
    ]
    return [
        (
            "Distillation: how often the true law (or that none fits) comes first among all candidates",
            ["truth", "first", "in the first two", "laws refitted", "wall seconds, median"],
            rows,
        )
    ]


def one_seed(truth: Truth, seed: int) -> dict[str, Any]:
    """Return how a hybrid that was fitted to one noisy data set is distilled."""
    network = hc.read_sbml(truth.text)
    data = measure(truth, network, seed)
    free = {id: hc.Parameter(_value(network, id), transform="log") for id in truth.free}
    rate = hc.NeuralRate(truth.inputs, key=jr.key(seed), **truth.rate)
    hybrid = network.with_parameters(free).replace(truth.reaction, rate)
    started = time.perf_counter()
    fitted: Any = hc.fit(hybrid, data, key=jr.key(seed), progress=False)
    between = time.perf_counter()
    distilled = fitted.distill(truth.reaction, progress=False)
    names = list(distilled.table.index)
    places = [names.index(law) + 1 for law in truth.laws if law in names]
    # a formula of no mechanism says as much: no law of the books describes the data
    unknown = distilled.none_fits or distilled.law.kind == "symbolic"
    place = int(unknown) if truth.laws == (NONE,) else min(places, default=0) * (not distilled.none_fits)
    return {
        "seed": seed,
        "place": place,
        "none_fits": distilled.none_fits,
        "chi2": fitted.chi2,
        "n_data": fitted.n_data,
        "first": {name: round(float(distilled.table.loc[name, "delta_bic"]), 2) for name in names[:3]},
        "chi2_law": float(distilled.fit.chi2),
        "fits": len(names),
        "hybrid_seconds": between - started,
        "seconds": distilled.seconds,
    }


def measure(truth: Truth, network: Any, seed: int) -> Any:
    """Return noisy time courses of a truth as AnnData."""
    import anndata
    import pandas as pd

    ts = np.linspace(0, truth.t1, truth.n_times + 1)[1:]
    exact = hc.simulate(network, t1=truth.t1, ts=ts, conditions=list(truth.conditions))
    values = np.stack([exact[id].reshape(-1) for id in truth.readouts], axis=1)
    sd = np.broadcast_to(NOISE * np.abs(values).mean(axis=0), values.shape).copy()
    noisy = values + sd * np.random.default_rng(seed).normal(size=values.shape)
    index = [str(i) for i in range(len(values))]
    obs = pd.DataFrame({"time": np.tile(ts, len(truth.conditions))}, index=index)
    made = anndata.AnnData(noisy, obs=obs, var=pd.DataFrame(index=list(truth.readouts)), layers={"sd": sd})
    settings = pd.DataFrame([dict(one) for one in truth.conditions])
    if len(settings.columns):
        made.obsm["doses"] = settings.loc[np.repeat(settings.index, len(ts))].set_index(made.obs_names)
    return made


def _value(network: Any, id: str) -> float:
    return float(network.values[network.equations.constants.index(id)])


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(run(range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)), indent=1))
