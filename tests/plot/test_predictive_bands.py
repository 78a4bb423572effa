"""Bands of predictions in panels."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.posterior import Posterior
from hybridcell.infer.sources.source import Observed
from hybridcell.infer.target import as_target
from hybridcell.plot.predictive_bands import posterior_bands

mpl.use("Agg")


def test_bands_lie_around_the_mean():
    times = np.arange(5.0)
    table = pd.DataFrame(
        {"observable": ["y"] * 5 + ["z"], "condition": "c", "time": [*times, 1.0], "measurement": 1.0}
    )
    seen = Observed(
        table, np.random.default_rng(0).normal(1.0, 0.2, (50, 6)), np.full((50, 6), 0.1), np.zeros(6, bool),
        np.zeros(6),
    )  # fmt: skip
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    draws = np.random.default_rng(0).standard_normal((2, 200, 1))
    found = Posterior(as_target(bowl, at=[0.0]), draws, np.zeros((2, 200)), "nuts")
    found.target.source.observed = lambda thetas: seen
    panels = posterior_bands(found)
    assert [ax.get_title(loc="left") for ax in panels] == ["y", "z"]
    wide, narrow = (band.get_paths()[0].get_extents() for band in panels[0].collections[:2])
    assert wide.height > narrow.height
    np.testing.assert_allclose(panels[0].get_lines()[0].get_ydata(), seen.found[:, :5].mean(axis=0))
    with pytest.raises(UnknownNameError, match="Did you mean 'y'"):
        posterior_bands(found, observables="Y")
    with pytest.raises(InvalidValueError, match="no observables to draw"):
        posterior_bands(found, observables=[])
    with pytest.raises(InvalidValueError, match="1 axes for 2 observables"):
        posterior_bands(found, axes=panels[:1])
    (one,) = posterior_bands(found, observables=["z"])
    assert one.get_xlabel() == "Time (bands: 90%)"
    np.testing.assert_allclose(one.get_lines()[-1].get_xdata(), [1.0])
