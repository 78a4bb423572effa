"""What screens, plans, schedules and measures of synergy refuse."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import hybridcell as hc
from tests.error_cases.registry import Setting, case

DOSES = np.array([0.0, 1.0, 2.0, 4.0])


def pair() -> Any:
    """Two drugs that lower growth."""
    weights = [[0, -0.5, -0.4], [0, 0, 0], [0, 0, 0]]
    return hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"], weights)


@case("percent-for-fractions")
def _(s: Setting) -> Any:
    return hc.synergy.bliss([[100.0, 50.0], [75.0, 25.0]], [0, 1], [0, 1], kind="viability")


@case("doses-without-zero")
def _(s: Setting) -> Any:
    return hc.synergy.hsa(np.zeros((2, 2)), [1, 2], [0, 1])


@case("doses-unsorted")
def _(s: Setting) -> Any:
    return hc.synergy.hsa(np.zeros((3, 2)), [0, 2, 1], [0, 1])


@case("surface-shape")
def _(s: Setting) -> Any:
    return hc.synergy.zip(np.zeros((4, 3)), [0, 1, 2], [0, 1, 2, 4])


@case("too-few-doses")
def _(s: Setting) -> Any:
    return hc.synergy.loewe([[1.0, 0.5], [0.75, 0.25]], [0, 1], [0, 1], kind="viability")


@case("single-without-effect")
def _(s: Setting) -> Any:
    return hc.predict_pairs({"a": -0.5, "b": float("nan"), "c": 0.1})


@case("dose-range-unknown")
def _(s: Setting) -> Any:
    return hc.screen_combinations(pair(), readout="growth")


@case("readout-is-a-drug")
def _(s: Setting) -> Any:
    return hc.screen_combinations(pair(), readout="a", doses=[0.0, 1.0])


@case("levels-of-both-signs")
def _(s: Setting) -> Any:
    return hc.screen_combinations(pair(), readout="growth", doses=[-1.0, 0.0, 1.0])


@case("no-screen-folder")
def _(s: Setting) -> Any:
    return hc.CombinationScreen.read(s.folder)


@case("folder-of-another-screen")
def _(s: Setting) -> Any:
    for top in (1.0, 2.0):
        out = s.folder / "screen.zarr"
        hc.screen_combinations(pair(), readout="growth", doses=[0.0, top], out=out, progress=False)


@case("no-aim")
def _(s: Setting) -> Any:
    return hc.optimize_therapy(pair(), input_range=1.0)


@case("limits-crossed")
def _(s: Setting) -> Any:
    return hc.optimize_therapy(pair(), minimize="growth", input_range=1.0, limits={"growth": (0.5, 0.1)})


@case("healthy-without-limits")
def _(s: Setting) -> Any:
    return hc.optimize_therapy(pair(), minimize="growth", input_range=1.0, healthy=pair())


@case("no-schedules")
def _(s: Setting) -> Any:
    return hc.optimize_schedule(pair(), drugs=["a"], t1=24.0, minimize="growth")  # type: ignore[arg-type]


@case("dose-outside-window")
def _(s: Setting) -> Any:
    daily = hc.Schedule.bolus([0.0, 30.0], 1.0, half_life=4.0)
    return hc.optimize_schedule(pair(), drugs={"a": daily}, t1=24.0, minimize="growth")


@case("pulses-overlap")
def _(s: Setting) -> Any:
    return hc.Schedule.pulses([0.0, 1.0], duration=2.0, level=1.0)


@case("schedule-number")
def _(s: Setting) -> Any:
    return hc.Schedule.bolus([0.0], 1.0, half_life=-4.0)


@case("drug-without-aim")
def _(s: Setting) -> Any:
    return hc.Drug("aMEK")


@case("perturbation-word")
def _(s: Setting) -> Any:
    return hc.Perturbation("MEK knokdown 80%")


@case("perturbation-share")
def _(s: Setting) -> Any:
    return hc.Perturbation("MEK knockdown 180%")


@case("doses-for-a-layer")
def _(s: Setting) -> Any:
    layer = hc.DoseLayer(["a"], ec50=1.0, targets={"a": "growth"})
    return hc.predict(pair().with_doses(layer), {"a": -1.0})


@case("layer-wants-doses")
def _(s: Setting) -> Any:
    return hc.DoseLayer.from_data(hc.datasets.demo(seed=0))


@case("no-pair")
def _(s: Setting) -> Any:
    return hc.predict_pairs({"A": -0.2, "B": -0.3}, pairs=["AB"])


@case("single-twice")
def _(s: Setting) -> Any:
    return hc.predict_pairs({1: -0.2, "1": -0.3, "B": -0.1})


@case("perturbation-factor")
def _(s: Setting) -> Any:
    return hc.Perturbation("MEK overexpression 300%")


@case("knockout-in-part")
def _(s: Setting) -> Any:
    return hc.Perturbation("MEK knockout 50%")


@case("layer-number")
def _(s: Setting) -> Any:
    return hc.DoseLayer(["a"], ec50=1.0, hill=-1.0, targets={"a": "growth"})


@case("off-target-without-place")
def _(s: Setting) -> Any:
    layer = hc.DoseLayer(["d"], ec50=1.0, targets={"d": "a"})
    bound = hc.CellBox(["a", "b"], ["protein"] * 2, np.zeros((2, 2))).with_doses(layer).doses
    learned = eqx.tree_at(lambda d: d._off_target.raw, bound, jnp.array([[0.0], [0.7], [0.0]]))
    return hc.CellBox(["a"], ["protein"], [[0.0]]).with_doses(learned)


@case("emergent-of-pairs")
def _(s: Setting) -> Any:
    screen = hc.screen_combinations(pair(), readout="growth", doses=[0.0, 1.0], progress=False)
    return screen.top(1, by="emergent")
