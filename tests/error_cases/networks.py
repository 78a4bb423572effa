"""What simulations and fits of reaction networks refuse."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd

import hybridcell as hc
from hybridcell.fit.estimation import FunctionObjective, estimate
from tests.error_cases.registry import Setting, case
from tests.fit.kinetics.courses import TURNOVER, courses
from tests.fit.petab.test_networks import renamed, write_problem
from tests.mechanisms.reactions.composition.hybrids import CHAIN

KEY = jr.key(0)


def simulated(conditions: Any = None) -> Any:
    solve = hc.Solve(backend="numpy")
    return hc.simulate(TURNOVER, t1=1.0, n_points=3, conditions=conditions, solve=solve)


def fitted(data: Any) -> Any:
    return hc.fit(TURNOVER, data, free=["k"], key=KEY)


@case("column-twice")
def _(s: Setting) -> Any:
    return simulated(pd.DataFrame([[1.0, 2.0]], columns=["k", "k"]))


@case("value-not-finite")
def _(s: Setting) -> Any:
    return simulated({"k": np.inf})


@case("no-conditions")
def _(s: Setting) -> Any:
    return simulated(pd.DataFrame({"k": []}))


@case("amount-and-concentration")
def _(s: Setting) -> Any:
    return simulated().to_dataframe(amounts=["S"], concentrations=["S"])


@case("true-for-a-number")
def _(s: Setting) -> Any:
    return hc.simulate(TURNOVER, t1=1.0, n_points=True)


@case("measurement-infinite")
def _(s: Setting) -> Any:
    data = courses()
    data.X[0, 1] = np.inf
    return fitted(data)


@case("sd-not-positive")
def _(s: Setting) -> Any:
    return fitted(courses(sd=-0.1))


@case("sd-too-small")
def _(s: Setting) -> Any:
    return fitted(courses(sd=1e-310))


@case("dt-of-reactions")
def _(s: Setting) -> Any:
    return hc.simulate(TURNOVER, t1=1.0, solve=hc.Solve(dt=0.1))


@case("prior-of-no-kind")
def _(s: Setting) -> Any:
    return hc.Parameter(1.0, transform="log", prior=("lognormal", 0.0, 1.0))


@case("no-optimizer")
def _(s: Setting) -> Any:
    parabola = FunctionObjective(["a"], [-1.0], [1.0], value=lambda p: jnp.sum(p**2))
    return estimate(parabola, method="adam", optimizer="sgd", n_starts=1, key=KEY)


@case("times-outside")
def _(s: Setting) -> Any:
    return hc.simulate(TURNOVER, t1=1.0, ts=[0.0, 2.0])


@case("delays-in-a-fit")
def _(s: Setting) -> Any:
    late = hc.read_sbml("model late\n S = 1; k = 1; S' = -k*delay(S, 0.5)\n end")
    return hc.fit(late, courses(), free=["k"], key=KEY)


@case("residual-on-other-rates")
def _(s: Setting) -> Any:
    both = hc.NeuralResidual(["A"], ["turn", "A"], width=2, key=KEY)
    return (CHAIN + both).replace("turn", hc.NeuralRate(["A"], width=2, key=KEY))


@case("second-neural-rate")
def _(s: Setting) -> Any:
    rate = hc.NeuralRate(inputs=["A"], width=1, key=KEY)
    return CHAIN.replace("turn", rate).replace("turn", rate)


@case("covariate-that-changes")
def _(s: Setting) -> Any:
    return TURNOVER + hc.NeuralParameter("k", covariates=["turn"], width=0, key=KEY)


@case("drug-name-taken")
def _(s: Setting) -> Any:
    drug = hc.Drug("D", inhibits="turn", ic50=1.0)
    return CHAIN.with_drugs(drug).with_drugs(drug)


@case("sciml-shared-id")
def _(s: Setting) -> Any:
    problem = write_problem(s.folder, "before", made=renamed(l1="a.b", l2="a_b"))
    return hc.read_petab(problem).log_likelihood()
