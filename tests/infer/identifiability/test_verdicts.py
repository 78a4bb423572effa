"""Verdicts, one reason after the other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.identifiability.information import Spread
from hybridcell.infer.identifiability.reach import Reach
from hybridcell.infer.identifiability.structural import Group, Structure
from hybridcell.infer.identifiability.verdicts import (
    add_bounds,
    add_optima,
    add_profiles,
    add_structure,
    at_bounds,
    linear_verdicts,
    rise_at,
)
from hybridcell.infer.target import as_target

YES, NO, NEVER = "identifiable", "practically not", "structurally not"
REACH = Reach(factor=2.0, down=np.full(4, 2.0), up=np.full(4, 4.0), unit=np.ones(4))


def target(lower=(0, 2, 0, 0), upper=(10, 2, 10, 10), at=(4, 2, 4, 4)):
    return as_target(FunctionObjective(list("abcd"), lower, upper, residuals=lambda p: p), at=at)


def verdicts(se=(0.5, 0.1, np.inf, 1.5)):
    spread = Spread(se=np.array(se), covariance=np.eye(4), singular=0)
    return linear_verdicts(target(), REACH, spread)


def test_values_rise_by_half_a_quantile_of_chi_square():
    for freedoms in (1, 4):
        assert rise_at(freedoms) == pytest.approx(chi2.ppf(0.95, freedoms) / 2)


def test_the_nearer_end_of_the_factor_decides():
    found = verdicts()
    assert found.verdict == [YES, YES, NO, NO]
    assert found.by[1] == "bounds"
    np.testing.assert_allclose([found.low[0], found.high[0]], 4 + 1.959964 * np.array([-0.5, 0.5]))
    assert found.low[1] == found.high[1] == 2
    assert "nothing determines" in found.why[2]
    assert found.why[3] == "its interval is wider than a factor of 2"
    assert verdicts([1.02, 1, 1, 1.03]).verdict[::3] == [YES, NO]


def test_bounds_are_met_within_a_millionth_of_the_way_between_them():
    ends = target([0, -np.inf, 0, 2], [10, np.inf, np.inf, 2], [10 - 5e-6, 5, 5e-7, 2])
    assert at_bounds(ends).tolist() == [1, 0, -1, -1]
    inner = target([0, -np.inf, 0, 2], [10, np.inf, np.inf, 2], [10 - 5e-5, 5, 5e-6, 2])
    assert at_bounds(inner).tolist() == [0, 0, 0, -1]


def test_what_is_at_a_bound_is_open_to_that_side_unless_the_bounds_fix_it():
    found = verdicts()
    low, high = found.low.copy(), found.high.copy()
    add_bounds(found, np.array([1, -1, 0, -1]))
    assert found.verdict == [NO, YES, NO, NO]
    assert "at its upper bound" in found.why[0]
    assert "at its lower bound" in found.why[3]
    assert (found.low[0], found.high[0]) == (low[0], np.inf)
    assert (found.low[3], found.high[3]) == (-np.inf, high[3])


def test_groups_that_compensate_each_other_are_structural_and_stay_so():
    group = Group(names=("a", "d"), freedoms=1, text="a up while d goes down")
    found = verdicts()
    add_structure(found, target(), Structure(rank=3, here=3, gap=1e9, points=2, groups=(group,)))
    add_bounds(found, np.array([1, 0, 0, 0]))
    assert found.verdict == [NEVER, YES, NO, NEVER]
    assert found.why[0] == found.why[3] == group.text
    assert np.isinf([found.low[[0, 3]], found.high[[0, 3]]]).all()


def estimation(n_best):
    thetas = np.array([[4, 2, 4, 4], [4.5, 2, 4, 1], [9, 2, 4, 4], [0, 2, 4, 4.0]])
    return SimpleNamespace(
        n_best=n_best, runs=[None] * 4, thetas=thetas, values=np.array([0.0, 1.0, 3.0, np.inf])
    )


def test_optima_that_describe_the_data_as_well_belong_to_the_intervals():
    found = verdicts([0.1] * 4)
    add_optima(found, target(), REACH, estimation(2))
    assert found.verdict == [YES, YES, YES, NO]
    assert found.by[3] == "optima"
    assert "2 optima describe the data as well, with 1 to 4" in found.why[3]
    assert (found.high[0], found.low[3]) == (4.5, 1.0)
    assert not found.notes
    # where one start alone reached the best value, the joint region counts
    found = verdicts([0.1] * 4)
    add_optima(found, target(), REACH, estimation(1))
    assert found.verdict == [NO, YES, YES, NO]
    assert found.high[0] == 9
    assert "Only one of 4 starts reached the best value" in found.notes[0]


def test_profiles_replace_what_the_linearization_said():
    ends = {"a": (3.0, 5.0), "c": (-np.inf, 7.0), "d": (3.0, 8.5)}
    curves = SimpleNamespace(names=tuple(ends), interval=ends.get, level=0.95, notes=("a branch",))
    found = verdicts()
    assert add_profiles(found, target(), REACH, curves) == {0, 2, 3}
    assert add_profiles(found, target(), REACH, curves) == {0, 2, 3}
    assert found.verdict == [YES, YES, NO, NO]
    assert found.by[0] == "profile at 95%"
    assert found.why[2] == "its profile has no end below"
    assert found.why[3] == "its interval is wider than a factor of 2"
    assert (found.low[0], found.high[0]) == ends["a"]
    assert found.notes == ["a branch"]
    with pytest.raises(InvalidValueError, match=r"'a' is at 6 on its scale.*Make them with the same at="):
        add_profiles(found, target(at=(6, 2, 4, 4)), REACH, curves)
