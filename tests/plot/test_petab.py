from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.petab.problem import make_problem
from hybridcell.plot.petab import _bars, _shared

matplotlib.use("agg")


@pytest.fixture(scope="module")
def problem():
    return hc.read_petab(hc.networks.load("jak_stat").petab)


@pytest.fixture(autouse=True)
def closed():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def curves(ax):
    return [line for line in ax.get_lines() if len(line.get_xdata()) > 30]


def points(ax):
    return sum(len(drawn.lines[0].get_xdata()) for drawn in ax.containers)


def test_measurements_and_curves_of_every_observable(problem):
    axes = hc.pl.petab_fit(problem)
    assert [points(ax) for ax in axes] == [28, 28, 20]
    assert [len(curves(ax)) for ax in axes] == [2, 2, 2]
    assert [ax.get_yscale() for ax in axes] == ["linear", "linear", "log"]
    legend = [text.get_text() for text in axes[0].figure.legends[0].get_texts()]
    assert legend == ["control", "export_blocked"]
    # where export is blocked
    assert all(any(np.allclose(line.get_xdata(), 12) for line in ax.get_lines()) for ax in axes)


def test_curves_go_through_the_simulation(problem):
    theta = problem.nominal * 1.1
    [ax] = hc.pl.petab_fit(problem, theta, observables=["cytoplasmic"])
    table = problem.simulate(theta)
    table = table[(table["observableId"] == "cytoplasmic") & (table["experimentId"] == "control")]
    line = curves(ax)[0]
    found = np.interp(table["time"], line.get_xdata(), line.get_ydata())
    np.testing.assert_allclose(found, table["simulation"], rtol=1e-5)


def test_axes_may_be_given_and_observables_chosen(problem):
    import matplotlib.pyplot as plt

    _, given = plt.subplots(2)
    drawn = hc.pl.petab_fit(problem, observables=["ratio", "phosphorylated"], axes=given)
    assert [*drawn] == [*given]
    assert [ax.get_yscale() for ax in given] == ["log", "linear"]
    with pytest.raises(InvalidValueError, match="2 axes for 3 observables"):
        hc.pl.petab_fit(problem, axes=given)
    with pytest.raises(UnknownNameError, match="'ratio'"):
        hc.pl.petab_fit(problem, observables=["ration"])
    with pytest.raises(InvalidValueError, match="observables is 'ratio'; wanted a list of names"):
        hc.pl.petab_fit(problem, observables="ratio")


def with_times(problem, rows, time):
    """Return the problem with some of its measurements, all at one time."""
    given = problem.statement.measurements
    pick = lambda values: tuple(values[k] for k in rows)  # noqa: E731
    some = replace(
        given,
        observable=given.observable[rows],
        experiment=given.experiment[rows],
        time=np.full(len(rows), time),
        value=given.value[rows],
        observable_parameters=pick(given.observable_parameters),
        noise_parameters=pick(given.noise_parameters),
    )
    tables = dict(problem.statement.tables)
    tables["measurements"] = tables["measurements"].iloc[rows]
    return make_problem(replace(problem.statement, measurements=some, tables=tables), problem.model)


def test_without_a_course_of_time_experiments_stand_side_by_side(problem):
    given = problem.statement.measurements
    rows = [int(np.flatnonzero((given.observable == 0) & (given.experiment == e))[5]) for e in (0, 1)]
    [ax] = hc.pl.petab_fit(with_times(problem, rows, 20.0))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["control", "export_blocked"]
    assert points(ax) == 2
    assert curves(ax) == []


def test_names_lose_what_they_share():
    assert _shared(["dose_0__dose_1", "dose_0__dose_10"]) == len("dose_0__dose_")
    assert _shared(["a", "b"]) == 0
    assert _shared(["a_", "a_b"]) == 0


def test_bars_are_one_standard_deviation():
    for kind, ends in {
        "normal": (1.5, 2.5),
        "laplace": (2 - np.sqrt(0.5), 2 + np.sqrt(0.5)),
        "log-normal": (2 / np.exp(0.5), 2 * np.exp(0.5)),
        "log10-normal": (2 / np.sqrt(10), 2 * np.sqrt(10)),
    }.items():
        np.testing.assert_allclose(np.ravel(_bars(kind, np.array([2.0]), np.array([0.5]))), ends)
