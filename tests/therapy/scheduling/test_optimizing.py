"""When to give what: against usual regimens and grids, within limits, and bad requests."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, NotConvergedError, UnknownNameError
from hybridcell.therapy import optimize_schedule
from tests.therapy.scheduling.models import ASKED, GIVEN, LIMITS, ensemble


def test_a_budget_is_spent_late_for_what_counts_at_the_end():
    plan = optimize_schedule(ensemble(), over="end", budget=1.5, limits=LIMITS, n_starts=3, **ASKED)
    doses = plan.to_dataframe()
    cost = np.abs(doses["amount"]) * np.where(
        doses["drug"] == "b", np.minimum(doses["duration"], 24.0 - doses["start"]), 1.0
    )
    assert cost.sum() == pytest.approx(1.5, abs=1e-5)
    assert plan.cost == pytest.approx(cost.sum(), abs=1e-9)
    assert (doses["start"] > 12).all()


def test_the_worst_time_is_what_counts():
    """A drug that drives growth up may do so to .3 at most: what is reached is flat there."""
    given = {name: schedule * -1.0 for name, schedule in GIVEN.items()}
    asked = {**ASKED, "drugs": given, "minimize": None, "limits": {"growth": (None, 0.3)}, "n_starts": 2}
    up = optimize_schedule(ensemble(), **{**asked, "minimize": "stress"})
    assert up.value < -0.1
    assert up.table["excess"].iloc[0] <= 1e-5
    low = optimize_schedule(ensemble(), maximize="stress", over="max", **asked)
    assert low.value == pytest.approx(0.0, abs=1e-6)  # nothing can be done at t0
    assert low.schedules == {}


def test_durations_are_used_and_a_healthy_model_limits():
    asked = {**ASKED, "n_starts": 2, "limits": {"stress": (None, 9.0)}, "durations": {"b": (1.0, 9.0)}}
    free = optimize_schedule(ensemble(), **asked)
    assert free.to_dataframe()["duration"].max() > 6.0
    toxic = {"stress": (None, 0.1), "growth": (-9.0, None)}
    held = optimize_schedule(ensemble(), healthy=ensemble(), healthy_limits=toxic, **asked)
    assert held.value > free.value + 0.05
    assert held.table["excess"].iloc[0] <= 1e-5


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"minimize": None}, InvalidValueError, "one of minimize= and maximize="),
        ({"minimize": "growht"}, UnknownNameError, "Did you mean 'growth'"),
        ({"drugs": {"c": GIVEN["a"]}}, UnknownNameError, "no drug 'c'"),
        ({"drugs": {"a": -1.0}}, InvalidValueError, "wanted a Schedule"),
        ({"drugs": ["a"]}, InvalidValueError, "wanted a dict of drugs"),
        ({"drugs": {"a": GIVEN["a"] * 0.0}}, InvalidValueError, "amount 0"),
        ({"over": "average"}, InvalidValueError, "over"),
        ({"t1": 0.0}, InvalidValueError, "t1 > t0"),
        ({"window": (5.0, 2.0)}, InvalidValueError, "earliest and the latest"),
        ({"window": (0.0, 1.5)}, InvalidValueError, "starts at 2, outside the window"),
        ({"gap": 3.0}, InvalidValueError, "closer than the gap"),
        ({"gap": {"c": 3.0}}, UnknownNameError, "in gap"),
        ({"gap": -1.0}, InvalidValueError, "0 or more"),
        ({"durations": {"b": (0.0, 1.0)}}, InvalidValueError, r"\(least, largest\)"),
        ({"durations": {"a": (1.0, 2.0)}}, InvalidValueError, "given at once"),
        ({"budget": 0.0}, InvalidValueError, "wanted a positive number"),
        ({"healthy_limits": {"stress": (None, 1)}}, InvalidValueError, "without a healthy model"),
        ({"n_starts": 0}, InvalidValueError, "at least 1"),
        (
            {"limits": {"stress": (None, -0.1)}, "n_starts": 1, "progress": None},
            NotConvergedError,
            "untreated course",
        ),
    ],
)
def test_bad_requests_are_told(changes, error, message):
    with pytest.raises(error, match=message):
        optimize_schedule(ensemble(), **{**ASKED, **changes})
