from __future__ import annotations

from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import apply, symbol
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.law import Law, LawConstant

matplotlib.use("agg")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def distilled(inputs):
    points = {id: np.linspace(0.5, 2, 20) ** (i + 1) for i, id in enumerate(("S", "I"))}
    rates = np.prod([points[id] for id in inputs], axis=0)
    math = symbol("k")
    for id in inputs:
        math = apply("mul", math, symbol(id))
    free = Freedom(transform="log")
    laws = {
        name: Law(name=name, math=math, constants=(LawConstant(id="k", value=k, freedom=free),))
        for name, k in (("good", 1.0), ("bad", 1.2))
    }
    table = pd.DataFrame(
        {"constants": 1, "delta_bic": [0.0, 150.0], "verdict": ["best", "does not describe the data"]},
        index=list(laws),
    )
    learned = SimpleNamespace(points=points, rates=rates)
    return SimpleNamespace(reaction="use", table=table, laws=laws, learned=learned)


def test_laws_of_one_input_are_curves_over_it(ax):
    hc.pl.distillation(distilled(["S"]), ax=ax)
    learned, good, bad = ax.get_lines()
    np.testing.assert_allclose(good.get_ydata(), learned.get_ydata())
    np.testing.assert_allclose(bad.get_ydata(), 1.2 * learned.get_ydata())
    assert ax.get_xlabel() == "S"


def test_laws_of_several_inputs_are_drawn_against_the_learned_rate(ax):
    hc.pl.distillation(distilled(["S", "I"]), n=1, ax=ax)
    assert ax.get_xlabel() == "Learned rate of use"
    assert len(ax.get_lines()) == 2


def test_differences_are_bars_and_poor_laws_are_grey(ax):
    hc.pl.distillation(distilled(["S"]), show="bic", ax=ax)
    good, bad = ax.containers[0]
    assert (good.get_width(), bad.get_width()) == (0, 150)
    assert good.get_facecolor() != bad.get_facecolor()
    with pytest.raises(InvalidValueError, match="show"):
        hc.pl.distillation(distilled(["S"]), show="all", ax=ax)
