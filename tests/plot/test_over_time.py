from __future__ import annotations

import matplotlib
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError

matplotlib.use("agg")
NUMPY = hc.Solve(backend="numpy")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture(scope="module")
def dosing():
    return hc.read_sbml(hc.networks.load("repeated_dosing"))


def labels(ax):
    return [line.get_label() for line in ax.get_lines()]


def test_one_condition_is_a_line_per_name(ax, dosing):
    found = hc.simulate(dosing, t1=48.0, n_points=13, solve=NUMPY)
    assert hc.pl.trajectory(found, ["drug", "pERK"], ax=ax) is ax
    assert labels(ax) == ["drug", "pERK"]
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), found["drug"][0])
    assert ax.get_xlabel() == "Time (hour)"
    assert ax.get_legend() is not None


def test_one_name_is_a_line_per_condition(ax, dosing):
    found = hc.simulate(
        dosing, t1=48.0, n_points=13, conditions=[{"dose": 50.0}, {"dose": 200.0}], solve=NUMPY
    )
    hc.pl.trajectory(found, "pERK", ax=ax)
    assert labels(ax) == list(found.conditions)
    assert ax.get_ylabel() == "pERK"
    assert len({line.get_color() for line in ax.get_lines()}) == 2


def test_several_of_both_differ_by_color_and_line_style(ax, dosing):
    found = hc.simulate(dosing, t1=9.0, n_points=4, conditions=[{"dose": 50.0}, {"dose": 200.0}], solve=NUMPY)
    lines = hc.pl.trajectory(found, ["pERK", "drug"], ax=ax).get_lines()
    assert [(line.get_color(), line.get_linestyle()) for line in lines] == [
        ("#0072B2", "-"),
        ("#0072B2", "--"),
        ("#D55E00", "-"),
        ("#D55E00", "--"),
    ]


def test_many_conditions_are_shades_without_a_legend(ax, dosing):
    doses = [{"dose": float(dose)} for dose in range(20)]
    hc.pl.trajectory(hc.simulate(dosing, t1=9.0, n_points=4, conditions=doses, solve=NUMPY), "drug", ax=ax)
    assert len(ax.get_lines()) == 20
    assert ax.get_legend() is None


def test_nothing_said_draws_the_species_that_move(ax):
    cascade = hc.read_sbml(hc.networks.load("mapk_cascade"))
    found = hc.simulate(cascade, t1=100.0, n_points=21, solve=NUMPY)
    hc.pl.trajectory(found, ax=ax)
    assert len(labels(ax)) == 8
    assert {"K", "Kpp", "KKpp"} <= {*labels(ax)}
    assert "E1" not in labels(ax)
    assert ax.get_ylabel() == "Value, as the network has it"


def test_nodes_of_an_interaction_network_without_its_drugs(ax):
    model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    hc.pl.trajectory(hc.simulate(model, t1=5.0, n_points=6, conditions={"d": -1.0}), ax=ax)
    assert len(ax.get_lines()) == 1
    assert ax.get_ylabel() == "a"
    assert ax.get_xlabel() == "Time"


def test_what_is_not_there_is_refused(ax, dosing):
    found = hc.simulate(dosing, t1=9.0, n_points=4, solve=NUMPY)
    with pytest.raises(UnknownNameError, match="Did you mean 'pERK'"):
        hc.pl.trajectory(found, ["pERKK"], ax=ax)
    with pytest.raises(InvalidValueError, match="nothing to draw"):
        hc.pl.trajectory(found, [], ax=ax)


def test_conditions_that_failed_are_counted(ax, dosing):
    few = hc.Solve(backend="numpy", max_steps=3)
    hc.pl.trajectory(hc.simulate(dosing, t1=9.0, conditions={"a": {}, "b": {}}, solve=few), "pERK", ax=ax)
    assert ax.get_title(loc="left") == "2 of 2 conditions failed: see .result"
    hc.pl.trajectory(hc.simulate(dosing, t1=9.0, solve=few), "pERK", ax=ax)
    assert ax.get_title(loc="left") == "It failed: see .result"


def test_nothing_is_said_where_nothing_failed(ax, dosing):
    hc.pl.trajectory(hc.simulate(dosing, t1=9.0, n_points=4, solve=NUMPY), "pERK", ax=ax)
    assert ax.get_title(loc="left") == ""
