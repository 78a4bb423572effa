from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import Estimation, Run
from hybridcell.plot.estimation import histories, parameters, waterfall

matplotlib.use("agg")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def estimation(values, q=3):
    runs = []
    for i, value in enumerate(values):
        history = np.zeros((4, 5))
        history[:, 0], history[:, 2] = range(4), value + np.array([30.0, 5.0, 1.0, 0.0])
        theta = np.linspace(-1, 1, q) + 0.1 * i
        runs.append(
            Run(start=i, theta0=theta, theta=theta, value=value, history=history, reason="iterations")
        )
    names = tuple(f"k{i}" for i in range(q))
    lower, upper = np.full(q, -3.0), np.array([np.inf] + [3.0] * (q - 1))
    return Estimation(runs=tuple(runs), names=names, lower=lower, upper=upper, method="adam")


SOME = (-12.0, -11.95, 4.0, 90.0, np.inf)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_waterfall_shows_all_runs_but_those_that_failed(ax):
    assert waterfall(estimation(SOME), ax) is ax
    (line,) = ax.get_lines()[:1]
    np.testing.assert_allclose(line.get_ydata(), [1.0, 1.05, 17.0, 103.0])
    assert legend(ax) == ["best value (2 runs)", "others (2)", "failed (1), not shown"]
    assert ax.get_yscale() == "log"
    assert ax.get_legend().get_title().get_text() == "Best value -12"


def test_parameters_are_lines_of_the_best_runs_within_bounds(ax):
    found = estimation(SOME)
    assert parameters(found, ax, most=3) is ax
    lines = ax.get_lines()
    # three runs, the best one once more, and two rows of bounds, one of which has an infinite one
    assert [len(line.get_xdata()) for line in lines] == [3, 3, 3, 3, 3, 2]
    np.testing.assert_allclose(lines[3].get_xdata(), found.best.theta)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["k0", "k1", "k2"]
    bottom, top = ax.get_ylim()
    assert bottom > top, "the first parameter is at the top"


def test_histories_are_lines_from_the_start_to_the_value(ax):
    assert histories(estimation(SOME), ax) is ax
    assert len(ax.get_lines()) == 4
    np.testing.assert_allclose(ax.get_lines()[-1].get_ydata(), [31.0, 6.0, 2.0, 1.0])
    assert legend(ax) == ["reached the best value (2)", "others (2)"]


@pytest.mark.parametrize("draw", [waterfall, parameters, histories])
@pytest.mark.parametrize(("values", "q"), [((1.0,), 1), ((0.0, 1e9), 100), ((5.0,) * 150, 2)])
def test_few_and_many_can_be_drawn(draw, values, q):
    import matplotlib.pyplot as plt

    drawn = draw(estimation(values, q))
    drawn.figure.canvas.draw()
    plt.close(drawn.figure)


@pytest.mark.parametrize("most", [0, -1, 1.5, None])
def test_a_number_of_runs_is_a_positive_whole_number(most, ax):
    with pytest.raises(InvalidValueError, match=f"most is {most}; wanted a number of runs"):
        parameters(estimation(SOME), ax, most=most)


def test_points_that_failed_on_the_way_are_left_out_of_histories(ax):
    found = estimation((1.0, 2.0))
    found.runs[1].history[:, 2] = [5.0, np.nan, 0.5, 2.0]
    other, best = histories(found, ax).get_lines()
    np.testing.assert_allclose(best.get_ydata(), [31.0, 6.0, 2.0, 1.0])
    np.testing.assert_array_equal(other.get_xdata(), [0, 2, 3])
    np.testing.assert_allclose(other.get_ydata(), [5.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("largest", "wanted"),
    [
        (0.01, ["0", "0.1"]),
        (0.5, ["0", "0.1"]),
        (50.0, ["0", "1", "10"]),
        (2e7, ["0", "1", "100", "10000", "1e+06"]),
    ],
)
def test_ticks_of_the_color_bar_are_distances_from_the_best_value(largest, wanted, ax):
    bar = parameters(estimation((3.0, 3.0 + largest)), ax).figure.axes[1]
    assert [label.get_text() for label in bar.get_yticklabels()] == wanted
    np.testing.assert_allclose(bar.get_yticks(), np.log10(1 + np.array(wanted, float)), atol=1e-12)
    assert bar.get_ylabel() == "Value − best value"


@pytest.mark.parametrize("draw", [waterfall, parameters, histories])
def test_when_all_failed_there_is_nothing_to_draw(draw, ax):
    with pytest.raises(InvalidValueError, match="none of the 2 runs"):
        draw(estimation((np.inf, np.inf)), ax)
