import itertools

import numpy as np
import pytest

from hybridcell.plot.edge_route import edge_path

PLACE = {"a": (0, 0.0), "p": (1, -1.0), "q": (1, 0.0), "r": (1, 1.0), "b": (2, 0.0), "c": (2, 1.0)}
HALF = dict.fromkeys(PLACE, 0.3)
HEIGHT = 0.6


def points(source, target):
    """Return points along the path, 60 per cubic curve."""
    ends = edge_path(source, target, PLACE, HALF).vertices
    t = np.linspace(0, 1, 60)[:, None]
    curves = [ends[i : i + 4] for i in range(0, len(ends) - 1, 3)]
    return np.concatenate(
        [
            a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3
            for a, b, c, d in curves
        ]
    )


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(PLACE, 2)))
def test_an_edge_never_runs_behind_a_third_box(source, target):
    way = points(source, target)
    for name, (x, y) in PLACE.items():
        inside = (np.abs(way[:, 0] - x) < HALF[name]) & (np.abs(way[:, 1] - y) < HEIGHT / 2)
        if name not in (source, target):
            assert not inside.any(), name


def test_ends_touch_their_boxes():
    way = edge_path("a", "b", PLACE, HALF).vertices
    assert way[0][0] == pytest.approx(0.32)
    assert way[-1][0] == pytest.approx(2 - 0.32)
    back = edge_path("b", "a", PLACE, HALF).vertices
    assert back[0][0] == pytest.approx(2 - 0.32)


def test_an_edge_within_a_column_goes_around_its_right_side():
    way = points("p", "r")
    assert (way[:, 0] >= 1.3).all()
