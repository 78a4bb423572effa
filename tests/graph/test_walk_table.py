from __future__ import annotations

import numpy as np
import pytest

from hybridcell.graph.walk_table import walk_table

NAMES = ["a", "b", "c"]
#: a drives b, b slows c, c drives a
WEIGHTS = np.array([[0.0, 0.0, 0.5], [2.0, 0.0, 0.0], [0.0, -3.0, 0.0]])
STABILITY = np.array([[0.0, 0.0, 0.7], [1.0, 0.0, 0.0], [0.0, 0.9, 0.0]])


def test_a_path_ends_at_its_last_node():
    row = walk_table([(0, 1, 2)], NAMES, WEIGHTS, STABILITY, what="path").iloc[0]
    assert row["path"] == "a → b ⊣ c"
    assert row["nodes"] == ("a", "b", "c")
    assert (row["sign"], row["weight"], row["length"]) == (-1, -6.0, 2)
    assert row["sign_stability"] == pytest.approx(0.9)


def test_a_loop_closes_at_its_first_node():
    row = walk_table([(0, 1, 2)], NAMES, WEIGHTS, STABILITY, what="loop").iloc[0]
    assert row["loop"] == "a → b ⊣ c → a"
    assert (row["weight"], row["length"]) == (-3.0, 3)
    assert row["sign_stability"] == pytest.approx(0.7)


def test_nothing_found_is_a_table_with_columns():
    table = walk_table([], NAMES, WEIGHTS, STABILITY, what="path")
    assert table.empty
    assert list(table.columns) == ["path", "nodes", "sign", "weight", "length", "sign_stability"]
