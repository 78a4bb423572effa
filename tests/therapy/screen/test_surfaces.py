"""Pairs as matrices, and what the data hold about them, on responses made by hand."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError

LEVELS = [[0.0, -1.0], [0.0, -2.0], [0.0, -3.0]]


def _data(rows, **options):
    doses, values = zip(*rows)
    return hc.PerturbationData(
        values=np.array(values, dtype=float)[:, None], readouts=["growth"], kinds=["phenotype"],
        conditions=[f"c{k}" for k in range(len(rows))], perturbations=["b", "a", "z"], doses=doses,
        **({"input": "strength", "control": "measured"} | options),
    )  # fmt: skip


def test_each_cell_is_the_condition_of_its_doses(made_screen):
    # control, a, b, c, ab, ac, bc, abc
    screen = made_screen(LEVELS, [np.arange(8.0)], order=3)
    assert screen.surface("a", "c").to_numpy().tolist() == [[0, 3], [1, 5]]
    assert screen.surface("c", "a").to_numpy().tolist() == [[0, 1], [3, 5]]
    assert screen.surface("c", "b", at={"a": 1.0}).to_numpy().tolist() == [[1, 4], [5, 7]]
    assert screen.surface("a", "b", at={"c": -3.0}).index.tolist() == [0.0, 1.0]
    for at in ({"a": 1.0}, {"c": 3.0, "b": 2.0}):
        with pytest.raises(InvalidValueError, match="wanted one drug besides 'a' and 'b'"):
            screen.surface("a", "b", at=at)
    with pytest.raises(UnknownNameError, match="no drug 'd'"):
        screen.surface("a", "b", at={"d": 1.0})


def test_measured_rows_are_those_of_the_two_drugs_and_nothing_else(made_screen):
    rows = [([0, 0, 0], 0.5), ([0, 0, 0], 1.5), ([0, -1, 0], 0.0), ([-2, 0, 0], -1.0), ([-2, -1, 0], np.nan)]
    rows += [([-2, -1, 0], -2.0), ([-2, -1, -1], 9.0), ([0, 0, -1], 9.0)]
    screen = made_screen(LEVELS, np.zeros((1, 7)), train=_data(rows))
    found = screen.measured("a", "b")
    assert found[["dose_a", "dose_b", "response"]].to_numpy().tolist() == [
        [0, 0, 0.5], [0, 0, 1.5], [1, 0, 0.0], [0, 2, -1.0], [1, 2, -2.0],
    ]  # fmt: skip
    # effects are against the mean control, 1: a log2 ratio of -1 takes half away
    np.testing.assert_allclose(found["effect"], [1 - 2**-0.5, 0, 0.5, 0.75, 0.875])
    turned = screen.measured("b", "a")
    np.testing.assert_array_equal(turned[["dose_b", "dose_a"]], found[["dose_a", "dose_b"]])
    # c was never given: its rows are those in which the other drug was, or none
    assert screen.measured("c", "a")["dose_a"].tolist() == [0, 0, 0]
    assert screen.measured("c", "a")["dose_b"].tolist() == [0, 0, 1]


def test_of_a_time_course_the_last_time_and_of_contexts_the_screened_one_is_measured(made_screen):
    rows = [([0, 0, 0], 0.0), ([0, 0, 0], 2.0), ([0, -1, 0], -1.0), ([0, -1, 0], -3.0)]
    train = _data(rows, time=[4.0, 8.0, 4.0, 8.0])
    assert made_screen(LEVELS, np.zeros((1, 7)), train=train).measured("a", "b")["response"].tolist() == [
        2,
        -3,
    ]
    train = _data(rows, time=[4.0, np.nan, 4.0, np.nan])
    assert made_screen(LEVELS, np.zeros((1, 7)), train=train).measured("a", "b")["response"].tolist() == [
        2,
        -3,
    ]
    train = _data(rows, context=["u", "v", "u", "v"], time=[4.0, 8.0, 4.0, 8.0])
    found = made_screen(LEVELS, np.zeros((1, 7)), train=train, context="u").measured("a", "b")
    assert found["response"].tolist() == [0, -1]
    np.testing.assert_allclose(found["effect"], [0.0, 0.5])
    every = made_screen(LEVELS, np.zeros((1, 7)), train=train, context="w").measured("a", "b")
    assert every["response"].tolist() == [2, -3]


def test_a_readout_that_was_not_measured_gives_no_rows(made_screen):
    from dataclasses import replace

    train = _data([([0, 0, 0], 0.0), ([0, -1, 0], -1.0)])
    screen = made_screen(LEVELS, np.zeros((1, 7)), train=train)
    assert replace(screen, readout="ERK").measured("a", "b").empty
    with pytest.raises(UnknownNameError, match="no drug 'z'"):
        screen.measured("a", "z")
