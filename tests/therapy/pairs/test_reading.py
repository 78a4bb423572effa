"""Tables of singles, pairs and triples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.therapy.pairs.reading import least_effect, positions, read_measured, read_singles

PLACES = {"A": 0, "B": 1, "C": 2}


def test_positions_of_pairs_and_triples():
    i, j = positions([("B", "A"), ("C", "B")], PLACES, "asked for")
    assert (i.tolist(), j.tolist()) == ([1, 2], [0, 1])
    assert [one.tolist() for one in positions([], PLACES, "asked for", size=3)] == [[], [], []]


def test_measured_triples():
    frame = pd.DataFrame({"a": ["A"], "b": ["C"], "c": ["B"], "effect": ["0.5"]})
    places, values = read_measured(frame, PLACES, size=3)
    assert [one.item() for one in places] == [0, 2, 1]
    assert values.tolist() == [0.5]


def test_nothing_goes_below_nothing_that_was_not_measured_there():
    some, none, deep = np.array([-0.5, 0.3]), np.zeros(0), np.array([0.2, -1.3])
    assert least_effect("relative", some, none) == -1.0
    assert least_effect("relative", some, deep) == -1.3
    assert least_effect("log", some, deep) == least_effect("ln", some) == -np.inf


def test_mistakes_are_told():
    with pytest.raises(InvalidValueError, match="2 singles are given; a triple needs three"):
        read_singles({"A": 1.0, "B": 2.0}, least=3)
    with pytest.raises(DataError, match="is no pair; wanted 2 names"):
        positions([("A", "B", "C")], PLACES, "asked for")
    frame = pd.DataFrame({"a": ["A", "B"], "b": ["B", "A"], "effect": [0.1, 0.2]})
    with pytest.raises(DataError, match="1 pairs are measured twice"):
        read_measured(frame, PLACES)
