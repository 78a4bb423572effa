from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.graph.recovery.courses import predicted_courses
from tests.fit.gene_network.networks import TIMES, truth


def test_what_was_measured_is_met_and_what_comes_after_is_the_untouched_cell(found):
    courses = predicted_courses(found.data, found.fits, np.append(TIMES, 2000.0))
    assert courses.shape == (3, len(TIMES) + 1, 4)
    # the fixture is a fit of a second; without the stimulus everything comes back
    assert np.sqrt(np.mean((courses[:, :-1] - found.data.courses) ** 2)) < 0.06
    np.testing.assert_allclose(courses[:, -1], np.tile(truth().reference, (3, 1)), atol=0.06)
    moved = np.abs(found.data.courses[0, 5, 0] - 0.7)  # A is pushed down while the stimulus is on
    assert abs(courses[0, 5, 0] - found.data.courses[0, 5, 0]) < 0.3 * moved


def test_other_times_change_nothing_at_the_same_time(found):
    few = found.predict_courses([25.0, 60.0, 150.0])
    many = found.predict_courses([0.0, 25.0, 40.0, 60.0, 150.0])
    assert list(few.columns) == ["A", "B", "C", "D"]
    assert few.index.names == ["series", "time"]
    np.testing.assert_allclose(few.loc[(1, 60.0)], many.loc[(1, 60.0)], atol=5e-3)  # steps of first order


@pytest.mark.parametrize(
    "times", [[], [10.0, 5.0], [5.0, 5.0], [-1.0], [np.nan], [np.inf], [[1.0]], "soon", ["1", "x"], None]
)
def test_bad_times_are_told(found, times):
    with pytest.raises(InvalidValueError, match="rising times from 0 on"):
        found.predict_courses(times)
