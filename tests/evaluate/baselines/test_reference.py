"""The control of each context and time, steady states among them."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Conditions, PerturbationData
from hybridcell.evaluate.baselines import Control, NearestNeighbors, Ridge
from hybridcell.evaluate.baselines._inputs import Inputs
from hybridcell.evaluate.baselines._reference import Reference

STEADY = np.nan


def _screen(values, doses, **more):
    n = len(values)
    return PerturbationData(
        values=np.asarray(values, dtype=float).reshape(n, -1), readouts=["x"], kinds=["protein"],
        conditions=[f"c{i}" for i in range(n)], perturbations=["A"], doses=np.reshape(doses, (n, 1)), **more,
    )  # fmt: skip


def test_steady_states_have_controls_of_their_own():
    screen = _screen([1.0, 2.0, 5.0, 9.0], [0, 0, 0, 1], time=[1.0, 1.0, STEADY, STEADY])
    reference = Reference.of(screen)
    assert reference.at(screen).ravel().tolist() == [1.5, 1.5, 5.0, 5.0]
    asked = Conditions(("a", "b", "c"), ("A",), np.ones((3, 1)), time=np.array([STEADY, 1.0, 7.0]))
    # of a time without a control: that of the context, here all of them
    np.testing.assert_allclose(Control().fit(screen).predict(asked).ravel(), [5.0, 1.5, 8 / 3])


@pytest.mark.parametrize(
    ("context", "time", "wanted"),
    [("u", 1.0, 1.0), ("u", 2.0, 3.0), ("u", 9.0, 2.0), ("v", 1.0, 7.0), ("v", 5.0, 7.0), ("w", 1.0, 11 / 3)],
)
def test_the_nearest_control_is_of_context_and_time_then_of_context_then_any(context, time, wanted):
    screen = _screen(
        [1.0, 3.0, 7.0, 50.0], [0, 0, 0, 1], time=[1.0, 2.0, 1.0, 1.0], context=["u", "u", "v", "u"]
    )
    asked = Conditions(("a",), ("A",), np.ones((1, 1)), time=np.array([time]), context=(context,))
    assert Reference.of(screen).at(asked).item() == pytest.approx(wanted)


def test_a_readout_without_a_control_falls_back_on_all_rows():
    screen = _screen([np.nan, 4.0, 6.0], [0, 1, 2])
    assert Reference.of(screen).overall.tolist() == [5.0]
    nothing = _screen([np.nan, np.nan, np.nan], [0, 1, 2])
    assert Reference.of(nothing).overall.tolist() == [0.0]


def test_inputs_are_in_units_of_the_median_dose_and_strengths_as_they_are():
    screen = _screen([0.0, 1.0, 2.0, 3.0], [0, 2, 8, 4])
    inputs = Inputs.of(screen)
    assert inputs.seen_doses(screen).ravel().tolist() == [0.0, 0.5, 2.0, 1.0]
    asked = Conditions(("a", "b"), ("B", "A", "C"), np.array([[3.0, 4.0, 0.0], [6.0, 0.0, 0.0]]))
    assert inputs.seen_doses(asked).tolist() == [[1.0], [0.0]]
    assert inputs.unseen_doses(asked).tolist() == [[3 / 4.5], [6 / 4.5]]
    strong = Inputs.of(_screen([0.0, 1.0], [0, -2], input="strength"))
    assert strong.unit.tolist() == [1.0]
    assert strong.unseen_doses(asked).tolist() == [[3.0], [6.0]]


@pytest.mark.parametrize("k", [0, -1, 2.5, "3", True, float("nan")])
def test_a_number_of_neighbors_is_a_whole_number(k):
    with pytest.raises(InvalidValueError, match=r"k is .*at least one neighbor"):
        NearestNeighbors(k=k)


@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan"), float("inf")])
def test_a_penalty_is_positive(penalty):
    with pytest.raises(InvalidValueError, match="penalty is"):
        Ridge(penalty=penalty)
