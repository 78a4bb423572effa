"""Profiles in panels: intervals are shaded, and what is open or flat is said."""

from __future__ import annotations

import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles.profiles import profiles as compute
from hybridcell.plot.profile_curves import profiles

mpl.use("Agg")


@pytest.fixture(scope="module")
def found():
    three = FunctionObjective(
        ["known", "open", "flat"], [-5, -1, -5], [5, 1, 5],
        residuals=lambda p: jnp.stack([2 * p[0], 3 * jnp.maximum(p[1], 0)]),
    )  # fmt: skip
    return compute(three, at=[0.5, 0.0, 0.0])


def words(ax):
    return " ".join(text.get_text() for text in ax.texts).replace("\n", " ")


def test_every_panel_says_what_it_is(found):
    panels = profiles(found)
    assert [ax.get_title(loc="left") for ax in panels] == ["known", "open", "flat"]
    assert "open at the bound" in words(panels[1])
    assert "structurally not identifiable: flat" in words(panels[2])
    assert words(panels[0]) == "95%"
    panels[0].figure.canvas.draw()


def test_the_curve_is_the_profile(found):
    [ax] = profiles(found, parameters="known")
    x, y = ax.get_lines()[1].get_data()
    np.testing.assert_allclose(y, 2 * np.asarray(x) ** 2, atol=1e-6)


def test_axes_are_taken(found):
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 3)
    assert list(profiles(found, axes=axes)) == list(axes)
    with pytest.raises(InvalidValueError, match="1 axes for 3 profiles"):
        profiles(found, axes=axes[:1])
    with pytest.raises(UnknownNameError, match="Did you mean 'known'"):
        profiles(found, parameters=["knowm"])
    plt.close("all")
