"""Pictures of verdicts."""

import jax.random as jr
import matplotlib
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.identifiability import EdgeIdentifiability, identifiability
from hybridcell.plot.verdicts import identifiability as draw
from tests.infer.identifiability.toys import product

matplotlib.use("Agg")
import matplotlib.pyplot as plt


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def found():
    return identifiability(product(), at={"k1": 1.0, "k2": 2.0, "k3": 1.0}, key=jr.key(0))


def edges(n=40):
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "source": [f"s{k}" for k in range(n)], "target": "t", "weight": np.linspace(1, 0, n), "sd": 0.1,
            "share": rng.uniform(size=n), "spread": np.nan, "sign": "+",
            "verdict": ["identifiable" if k % 2 else "practically not" for k in range(n)], "why": "",
        }
    )  # fmt: skip
    return EdgeIdentifiability(
        table=table, together=(), spectrum=np.geomspace(1e3, 1e-3, n), freedom=9.0, advice=(), notes=()
    )


def test_spectrum_and_intervals(found):
    spectrum, bars = draw(found)
    assert [t.get_text() for t in bars.get_yticklabels()] == ["k1", "k2", "k3"]
    assert {t.get_text() for t in bars.get_legend().get_texts()} == {
        "identifiable (1)",
        "structurally not (2)",
    }
    # two directions have marks, the third is said to have no information
    assert sum(len(part.get_offsets()) for part in spectrum.collections) == 2
    assert any("1 of 3" in text.get_text() for text in spectrum.texts)
    arrows = [line for line in bars.get_lines() if line.get_marker() in "<>"]
    assert len(arrows) == 4
    assert np.isfinite(bars.get_xlim()).all()


def test_on_given_axes(found):
    _, ax = plt.subplots()
    assert draw(found, ax) is ax
    _, two = plt.subplots(1, 2)
    assert draw(found, two)[1] is two[1]
    with pytest.raises(InvalidValueError, match="one or two"):
        draw(found, plt.subplots(1, 3)[1])


def test_most(found):
    _, bars = draw(found, most=2)
    assert len(bars.get_yticklabels()) == 2
    assert any("1 more" in text.get_text() for text in bars.texts)


def test_edges():
    spectrum, bars = draw(edges())
    assert bars.get_yticklabels()[0].get_text() == "s0 → t"
    assert len(bars.patches) == 30
    assert "penalty" in spectrum.get_ylabel()


def test_nothing():
    with pytest.raises(InvalidValueError, match="nothing to draw"):
        draw(edges(0))
