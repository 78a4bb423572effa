import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


def two_groups(names):
    """Return two triangles of strong edges with one weak edge between, and a lone node."""
    weights = np.zeros((7, 7))
    for group in ((0, 1, 2), (3, 4, 5)):
        for i in group:
            for j in group:
                weights[i, j] = 0.3 * (i != j)
    weights[3, 2] = 0.05
    return hc.interactions(hc.CellBox(names, ["protein"] * 7, weights))


def test_groups_are_found_whatever_the_nodes_are_called():
    for names in ("abcdefg", "gfedcba"):
        table = two_groups(list(names)).modules()
        groups = table.groupby("module")["name"].agg(frozenset).tolist()
        assert groups == [frozenset(names[:3]), frozenset(names[3:6]), frozenset(names[6])]
        inside = dict(zip(table["name"], table["inside"]))
        assert inside[names[0]] == 1.0
        assert inside[names[2]] == pytest.approx(1.2 / 1.25)
        assert np.isnan(inside[names[6]])


def test_resolution_and_empty_graphs(trio_graph):
    graph = two_groups(list("abcdefg"))
    assert graph.modules(resolution=0.01)["module"].max() == 2  # the lone node stays alone
    assert graph.filter(top=0).modules()["module"].tolist() == list(range(1, 8))
    for wrong in (0, np.nan, "x", True):
        with pytest.raises(InvalidValueError, match=r"resolution is .*; wanted a positive number"):
            graph.modules(resolution=wrong)
