"""The plan against usual regimens, a grid, and the model itself."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from tests.therapy.scheduling.models import ensemble

QUICK = hc.Solve(backend="numpy", rtol=1e-6, atol=1e-8)
TS = np.linspace(0, 24, 481)


def test_it_beats_usual_regimens_and_a_grid(plan):
    rivals = plan.rivals.set_index("regimen")
    assert list(rivals.index) == ["as given", "evenly spaced", "as early as possible", "untreated"]
    assert (rivals["gain"] > 0.05).all()
    grid = plan.compare_with_grid(4)
    assert grid["gain"] > 0.0
    assert grid["n_simulations"] > 2 * plan.n_simulations
    assert plan.untreated == pytest.approx(0.0, abs=1e-12)


def test_what_is_promised_is_what_simulate_shows(plan):
    # the members differ in what stress a makes; the last is the worst
    course = hc.simulate(ensemble().member(2), t1=24.0, ts=TS, conditions=plan.schedules, solve=QUICK)
    assert np.trapezoid(course["growth"][0], TS) / 24 == pytest.approx(plan.value, abs=1e-5)
    assert 0.4999 < course["stress"].max() <= 0.5 + 1e-5
    doses = plan.to_dataframe()
    assert (np.diff(doses.loc[doses["drug"] == "a", "start"]) >= 1.0 - 1e-6).all()
    assert (np.diff(doses.loc[doses["drug"] == "b", "start"]) >= 5.0 - 1e-6).all()
    assert "minimize mean of growth" in repr(plan)
    assert "stress &lt;= 0.5" in plan._repr_html_()


def test_grids_are_bounded(plan):
    with pytest.raises(InvalidValueError, match="Take fewer levels"):
        plan.compare_with_grid(12)
    with pytest.raises(InvalidValueError, match="at least 2"):
        plan.compare_with_grid(1)
