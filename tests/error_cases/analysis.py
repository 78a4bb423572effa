"""What inference and questions to graphs refuse."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np

import hybridcell as hc
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.simulate.steady import solve_steady_state
from tests.error_cases.registry import Setting, case

KEY = jr.key(0)


def line(low: float = -9.0, high: float = 9.0) -> Any:
    """An objective that says nothing of its second parameter."""
    residuals = lambda p: jnp.array([p[0], 0.0 * p[1]])  # noqa: E731
    return FunctionObjective(["a", "b"], [-9.0, low], [9.0, high], residuals=residuals)


def fitted(s: Setting) -> Any:
    return hc.Fit(model=s.model, result="success", loss=0.0, train=s.screen)


@case("no-place-to-look")
def _(s: Setting) -> Any:
    return hc.infer.laplace(line(), key=KEY)


@case("outside-of-bounds")
def _(s: Setting) -> Any:
    return hc.infer.profiles(line(), at=[0.0, 10.0])


@case("posterior-improper")
def _(s: Setting) -> Any:
    return hc.infer.laplace(line(-float("inf"), float("inf")), at=[0.0, 0.0], key=KEY)


@case("no-minimum")
def _(s: Setting) -> Any:
    hill = FunctionObjective(["a"], [-1.0], [1.0], value=lambda p: -(p[0] ** 2))
    return hc.infer.laplace(hill, at=[0.0], key=KEY)


@case("no-model-to-infer")
def _(s: Setting) -> Any:
    return hc.infer.laplace({"a": 1.0}, key=KEY)


@case("not-calibrated")
def _(s: Setting) -> Any:
    return hc.pl.calibration(hc.Ensemble.from_models([s.model]), s.screen)


@case("model-not-fitted")
def _(s: Setting) -> Any:
    return hc.infer.design(s.model, [{"aMEK": -1.0}], n=1, key=KEY)


@case("stability-wants-weights")
def _(s: Setting) -> Any:
    return hc.stability(hc.read_sbml(hc.networks.load("repressilator")), s.screen, key=KEY)


@case("too-few-for-association")
def _(s: Setting) -> Any:
    return hc.association(hc.datasets.demo(seed=0)[:2])


@case("recovery-count")
def _(s: Setting) -> Any:
    return hc.recover(hc.datasets.gene_network(n=10), n=0, key=KEY)


@case("prior-self-edge")
def _(s: Setting) -> Any:
    import pandas as pd

    prior = pd.DataFrame({"source": ["a"], "target": ["a"], "sign": [1]})
    return hc.PriorNetwork.from_data(s.screen, prior=prior)


@case("residual-on-a-drug")
def _(s: Setting) -> Any:
    return s.network() + hc.NeuralResidual(["a"], ["d"], key=KEY)


@case("all-fixed")
def _(s: Setting) -> Any:
    fixed = FunctionObjective(["a"], [1.0], [1.0], value=lambda p: p[0] ** 2)
    return hc.infer.laplace(fixed, at=[1.0], key=KEY)


@case("jackknife-folds")
def _(s: Setting) -> Any:
    return hc.infer.calibrate(fitted(s), method="jackknife+", folds=2, key=KEY)


@case("disagreement-of-one")
def _(s: Setting) -> Any:
    return hc.infer.design(fitted(s), [{"aMEK": -1.0}], n=1, criterion="disagreement", key=KEY)


@case("too-few-candidates")
def _(s: Setting) -> Any:
    return hc.infer.design(fitted(s), [{"aMEK": -1.0}, {"aMEK": -0.5}], n=5, key=KEY)


@case("no-q-values")
def _(s: Setting) -> Any:
    return hc.interactions(s.model).filter(q=0.1)


@case("effects-are-sums")
def _(s: Setting) -> Any:
    return hc.interactions(s.network(), kind="global").paths("d", "a")


@case("inputs-shape")
def _(s: Setting) -> Any:
    return solve_steady_state(s.model, np.zeros(8))
