from __future__ import annotations

import pytest

from hybridcell import HybridCellError
from hybridcell.plot.panels import columns_of, one_axes, panels_of, two_axes

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_given_axes_are_drawn_on():
    _, axes = plt.subplots(1, 3)
    assert one_axes(axes[0]) is axes[0]
    assert two_axes(axes[:2]) == (axes[0], axes[1])
    assert list(panels_of(2, axes, what="profiles", size=(1, 1), least=1, more=0)) == [axes[0], axes[1]]
    assert len(plt.get_fignums()) == 1


def test_new_figures_have_the_size_that_is_asked_for():
    assert one_axes(None, (3.0, 2.0)).figure.get_size_inches().tolist() == [3.0, 2.0]
    upper, lower = two_axes(None, nrows=2, figsize=(4.0, 5.0), sharex=True)
    assert upper.figure is lower.figure
    panels = panels_of(5, None, what="profiles", size=(2.0, 1.5), least=1.0, more=0.5)
    assert len(panels) == 5
    assert panels[0].figure.axes == list(panels)
    assert panels[0].figure.get_size_inches().tolist() == [6.0, 3.5]


def test_a_wrong_number_of_axes_is_refused():
    _, axes = plt.subplots(1, 3)
    with pytest.raises(HybridCellError, match="3 axes; wanted two"):
        two_axes(axes)
    with pytest.raises(HybridCellError, match="3 axes for 4 profiles; wanted one for each"):
        panels_of(4, axes, what="profiles", size=(1, 1), least=1, more=0)


def test_nothing_has_no_panels():
    with pytest.raises(HybridCellError, match="There are no profiles to draw; wanted at least one"):
        panels_of(0, None, what="profiles", size=(1, 1), least=1, more=0)
    assert not plt.get_fignums()


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (3, 3), (4, 2), (9, 3), (40, 4)])
def test_few_panels_stand_in_one_row_and_many_in_four_columns(n, columns):
    assert columns_of(n) == columns
