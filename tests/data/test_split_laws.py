"""Laws of splits: nothing is lost, nothing leaks, and neither units nor the order of rows matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData, check_leak, split, splits

DRUGS = ("A", "B", "C")


@st.composite
def screens(draw, times=True, contexts=True):
    n = draw(st.integers(4, 12))
    doses = np.array(
        draw(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 2.0])] * 3), min_size=n, max_size=n))
    )
    more = {}
    if times:
        more["time"] = np.array(draw(st.lists(st.sampled_from([1.0, 2.0, np.nan]), min_size=n, max_size=n)))
    if contexts:
        more["context"] = tuple(draw(st.lists(st.sampled_from("uv"), min_size=n, max_size=n)))
    return PerturbationData(
        values=np.arange(float(n))[:, None], readouts=["x"], kinds=["protein"],
        conditions=[f"c{i}" for i in range(n)], perturbations=DRUGS, doses=doses, **more,
    )  # fmt: skip


ways = st.one_of(
    st.fixed_dictionaries(
        {"by": st.just("random"), "seed": st.integers(0, 5), "test_fraction": st.floats(0.1, 0.9)}
    ),
    st.just({"by": "single-to-combo"}),
    st.fixed_dictionaries(
        {"by": st.just("drug"), "drug": st.sampled_from(DRUGS), "keep_singles": st.booleans()}
    ),
    st.fixed_dictionaries({"by": st.just("dose"), "dose": st.sampled_from(["highest", "lowest", 1.0])}),
    st.fixed_dictionaries({"by": st.just("time"), "time": st.sampled_from([None, 1.0])}),
    st.fixed_dictionaries({"by": st.just("context"), "context": st.sampled_from("uv")}),
)


def _names(parts):
    return [set(part.conditions) for part in parts]


@settings(max_examples=60)
@given(screens(), ways, st.randoms(use_true_random=False))
def test_every_row_is_on_one_side_whatever_the_order_of_rows(screen, how, random):
    """Or the split is refused, for every order of the rows."""
    order = list(range(len(screen)))
    random.shuffle(order)
    try:
        parts = split(screen, **how)
    except (DataError, UnknownNameError):
        with pytest.raises((DataError, UnknownNameError)):
            split(screen.subset(order), **how)
        return
    train, test = _names(parts)
    assert train | test == set(screen.conditions)
    assert not train & test
    assert train
    assert test
    check_leak(*parts)
    assert _names(split(screen.subset(order), **how)) == [train, test]
    for part, name in zip(parts, ("train", "test")):
        assert part.provenance["split"]["part"] == name
        assert part.provenance["split"]["by"] == how["by"]
        kept = [screen.conditions.index(c) for c in part.conditions]
        assert kept == sorted(kept)
        np.testing.assert_array_equal(part.values[:, 0], kept)


@settings(max_examples=40)
@given(screens(), st.integers(0, 3), st.floats(0.2, 0.8), st.floats(1e-6, 1e6))
def test_the_unit_of_doses_does_not_move_a_row(screen, seed, fraction, factor):
    scaled = replace(screen, doses=np.asarray(screen.doses) * factor)
    for how in (
        {"by": "random", "seed": seed, "test_fraction": fraction},
        {"by": "dose"},
        {"by": "single-to-combo"},
    ):
        try:
            wanted = _names(split(screen, **how))
        except DataError:
            with pytest.raises(DataError):
                split(scaled, **how)
            continue
        assert _names(split(scaled, **how)) == wanted


@settings(max_examples=40)
@given(screens(), st.integers(0, 3))
def test_random_parts_keep_controls_and_copies_of_a_condition_together(screen, seed):
    try:
        train, test = split(screen, by="random", seed=seed, test_fraction=0.5)
    except DataError:
        return
    assert not test.is_control.any()
    key = lambda part: {(tuple(d), c) for d, c in zip(part.doses, part.context)}  # noqa: E731
    assert not key(train) & key(test)


@settings(max_examples=40)
@given(screens(times=False))
def test_each_context_and_each_drug_is_left_out_once(screen):
    held = [test.context for _, test in splits(screen, by="context")] if len(set(screen.context)) > 1 else []
    assert [set(one) for one in held] == [{c} for c in (dict.fromkeys(screen.context) if held else ())]
    for j, drug in enumerate(DRUGS):
        given_rows = screen.doses[:, j] != 0
        if given_rows.any() and not given_rows.all():
            train, test = split(screen, by="drug", drug=drug, keep_singles=False)
            assert not train.doses[:, j].any()
            assert (test.doses[:, j] != 0).all()


def test_partitions_with_seeds_one_after_the_other():
    rng = np.random.default_rng(0)
    screen = PerturbationData(
        values=rng.normal(size=(20, 1)), readouts=["x"], kinds=["protein"],
        conditions=[str(i) for i in range(20)], perturbations=DRUGS,
        doses=np.r_[np.zeros((1, 3)), rng.random((19, 3))],
    )  # fmt: skip
    found = [_names(parts) for parts in splits(screen, n=4, seed=7)]
    assert found == [_names(split(screen, seed=7 + i)) for i in range(4)]
    assert len({frozenset(test) for _, test in found}) == 4
    assert list(splits(screen, n=0)) == []


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, np.inf])
def test_a_fraction_lies_between_nothing_and_all(fraction):
    screen = PerturbationData(
        values=np.zeros((3, 1)), readouts=["x"], kinds=["protein"], conditions=list("abc"),
        perturbations=["A"], doses=[[0], [1], [2]], time=[1.0, 2.0, 3.0],
    )  # fmt: skip
    for by in ("random", "time"):
        with pytest.raises(InvalidValueError, match=r"test_fraction is .*between 0 and 1"):
            split(screen, by=by, test_fraction=fraction)


@pytest.mark.parametrize(("fraction", "last"), [(0.01, 4.0), (0.3, 3.0), (0.5, 3.0), (0.99, 1.0)])
def test_the_share_of_times_leaves_one_to_train_and_one_to_test(fraction, last):
    times = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    screen = PerturbationData(
        values=np.zeros((5, 1)), readouts=["x"], kinds=["protein"], conditions=list("abcde"),
        perturbations=["A"], doses=[[0]] * 5, time=times,
    )  # fmt: skip
    train, test = split(screen, by="time", test_fraction=fraction)
    assert train.time.max() == last
    assert test.time.min() > last


def test_no_rows_at_all_are_told():
    empty = PerturbationData(
        values=np.zeros((0, 1)), readouts=["x"], kinds=["protein"], conditions=[], perturbations=["A"],
        doses=np.zeros((0, 1)), time=np.zeros(0), context=[],
    )  # fmt: skip
    for how in (
        {"by": "random"},
        {"by": "single-to-combo"},
        {"by": "dose"},
        {"by": "time"},
        {"by": "time", "time": 1.0},
    ):
        with pytest.raises(DataError, match=r"empty|no times"):
            split(empty, **how)
