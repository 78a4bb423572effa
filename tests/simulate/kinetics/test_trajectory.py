"""What a trajectory of reactions can be asked for."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import number, time
from hybridcell.simulate.kinetics.trajectory import NetworkTrajectory
from tests.simulate.kinetics.test_overrides import DECAY

SOLVE = hc.Solve(backend="numpy", rtol=1e-9)


@pytest.fixture(scope="module")
def run() -> NetworkTrajectory:
    conditions = {"slow": {"k": 0.1}, "big": {"c": 4.0}}
    found = hc.simulate(hc.read_sbml(DECAY), t1=2.0, n_points=3, conditions=conditions, solve=SOLVE)
    assert isinstance(found, NetworkTrajectory)
    return found


def test_amounts_are_concentrations_times_the_size_of_each_condition(run: NetworkTrajectory) -> None:
    amounts, concentrations = run.to_dataframe(amounts="A"), run.to_dataframe(concentrations="A")
    np.testing.assert_allclose(amounts.loc["slow", "A"], 2.0 * concentrations.loc["slow", "A"])
    np.testing.assert_allclose(amounts.loc["big", "A"], 4.0 * concentrations.loc["big", "A"])
    assert list(amounts.index.names) == ["condition", "time"]
    assert amounts.index[:3].tolist() == [("slow", 0.0), ("slow", 1.0), ("slow", 2.0)]


def test_one_column_cannot_be_an_amount_and_a_concentration(run: NetworkTrajectory) -> None:
    with pytest.raises(InvalidValueError, match="'A' is asked for as amount and as concentration"):
        run.to_dataframe(amounts=["k", "A"], concentrations=["A"])
    assert list(run.to_dataframe(amounts=["k", "A"], concentrations=["k", "v"]).columns) == ["k", "A", "v"]


def test_what_the_network_does_not_have_names_the_nearest(run: NetworkTrajectory) -> None:
    for ask in (lambda: run["twise"], lambda: run.to_dataframe(amounts=["twise"])):
        with pytest.raises(UnknownNameError, match="Did you mean 'twice'"):
            ask()


def test_expressions_are_computed_at_every_time_of_every_condition(run: NetworkTrajectory) -> None:
    found = run.observe([time(), number(3.0)])
    np.testing.assert_array_equal(found[0], [[0.0, 1.0, 2.0]] * 2)
    np.testing.assert_array_equal(found[1], np.full((2, 3), 3.0))
    assert run.observe([]).shape == (0, 2, 3)


def test_after_a_failure_nothing_looks_right() -> None:
    network = hc.read_sbml(DECAY)
    solve = hc.Solve(backend="numpy", method="tsit5", rtol=1e-9, max_steps=30)
    conditions = {"fast": {"k": 500.0}, "still": {"k": 0.0}}
    found = hc.simulate(network, t1=2.0, n_points=3, conditions=conditions, solve=solve)
    assert found.success.tolist() == [False, True]
    np.testing.assert_array_equal(found["k"], [[500.0, np.nan, np.nan], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(found["A"][1], 3.0)
