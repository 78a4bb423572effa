from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData, check_leak, datasets, split, splits


def screen(doses, *, time=None, context=None, perturbations=("A", "B", "C")):
    doses = np.asarray(doses, dtype=float)
    return PerturbationData(
        values=np.arange(len(doses), dtype=float)[:, None] / 10,
        readouts=("ERK",),
        kinds=("protein",),
        conditions=tuple(f"row{i}" for i in range(len(doses))),
        perturbations=perturbations,
        doses=doses,
        time=time,
        context=context,
    )


SINGLES_AND_PAIRS = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [2, 0, 0], [1, 1, 0], [1, 0, 1], [0, 2, 1]]


def rows(data):
    return [int(name[3:]) for name in data.conditions]


def test_single_to_combo():
    train, test = split(screen(SINGLES_AND_PAIRS), by="single-to-combo")
    assert rows(train) == [0, 1, 2, 3, 4]
    assert rows(test) == [5, 6, 7]


@pytest.mark.parametrize("by", ["drug", "leave-one-drug-out"])
def test_leave_one_drug_out(by):
    data = screen(SINGLES_AND_PAIRS)
    train, test = split(data, by=by, drug="B")
    assert rows(test) == [5, 7]
    assert 2 in rows(train)
    train, test = split(data, by=by, drug="B", keep_singles=False)
    assert rows(test) == [2, 5, 7]
    assert (train.doses[:, 1] == 0).all()
    assert test.provenance["split"] == {"by": "drug", "drug": "B", "keep_singles": False, "part": "test"}


def test_dose():
    data = screen(SINGLES_AND_PAIRS)
    assert rows(split(data, by="dose")[1]) == [4, 7]
    assert rows(split(data, by="dose", dose="lowest")[1]) == [1, 2, 5, 6]
    assert rows(split(data, by="dose", dose=1.5)[1]) == [4, 7]


def test_time():
    doses = [[0, 0, 0], [1, 0, 0]] * 5
    data = screen(doses, time=np.repeat([0, 1, 2, 4, 8], 2))
    assert split(data, by="time")[1].time.tolist() == [4, 4, 8, 8]
    assert split(data, by="time", time=4)[1].time.tolist() == [8, 8]
    assert split(data, by="time", test_fraction=0.01)[0].time.max() == 4


def test_context():
    data = screen(SINGLES_AND_PAIRS, context=list("xxxxyyyy"))
    assert rows(split(data, by="context", context="y")[1]) == [4, 5, 6, 7]


def test_random_is_repeatable_and_keeps_replicates_and_controls_together():
    data = screen(SINGLES_AND_PAIRS * 3)
    first, again, other = (split(data, seed=s)[1] for s in (3, 3, 4))
    assert rows(first) == rows(again)
    assert rows(first) != rows(other)
    assert len(first) == 3 * 3  # 7 conditions besides the control: 4 train, 3 are tested
    assert not first.is_control.any()
    assert first.provenance["split"] == {"by": "random", "test_fraction": 0.3, "seed": 3, "part": "test"}


def test_random_keeps_the_times_of_a_condition_together():
    data = screen(np.repeat(SINGLES_AND_PAIRS, 2, axis=0), time=[0, 1] * 8)
    train, test = split(data, by="random")
    assert not set(train.labels) & set(test.labels) - {"A", "B+C"}
    assert sorted(test.time.tolist()) == [0.0] * (len(test) // 2) + [1.0] * (len(test) // 2)


def test_the_published_size_of_a_random_partition():
    doses = np.diag(np.arange(1.0, 90.0))
    data = screen(doses, perturbations=tuple(f"d{i}" for i in range(89)))
    train, test = split(data)
    assert (len(train), len(test)) == (62, 27)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "randm"}, InvalidValueError, "by is 'randm'.*Did you mean 'random'"),
        ({"test_fraction": 1.0}, InvalidValueError, "test_fraction is 1.0"),
        ({"by": "drug"}, InvalidValueError, r"needs drug=; known: A, B, C.*splits\(\)"),
        ({"by": "drug", "drug": "a"}, UnknownNameError, "no drug 'a'. Did you mean 'A'"),
        ({"by": "time"}, DataError, r"no times \(obs\['time'\]\)"),
        ({"by": "context", "context": "x"}, DataError, r"no contexts \(obs\['context'\]\)"),
        ({"by": "dose", "dose": "high"}, InvalidValueError, "Did you mean 'highest'"),
        ({"by": "dose", "dose": 9}, DataError, "test part .* is empty; the data have 8 rows"),
        ({"by": "dose", "dose": -1}, DataError, "training part .* is empty"),
        ({"test_fraction": 1e-12}, DataError, "test part .* is empty"),
    ],
)
def test_what_cannot_be_split_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        split(screen(SINGLES_AND_PAIRS), **options)


def test_a_drug_without_combinations_says_how_to_mend_it():
    with pytest.raises(DataError, match="keep_singles=False its singles are tested too"):
        split(screen(SINGLES_AND_PAIRS[:4]), by="drug", drug="A")


def test_unknown_context():
    data = screen(SINGLES_AND_PAIRS, context=["HeLa"] * 8)
    with pytest.raises(UnknownNameError, match="Did you mean 'HeLa'"):
        split(data, by="context", context="Hela")


def test_leaks_are_found():
    data = screen(SINGLES_AND_PAIRS * 2)
    with pytest.raises(DataError, match="test row 'row9' leaks: the training row 'row1'"):
        check_leak(data.subset(range(9)), data.subset([9, 10]))
    with pytest.raises(DataError, match="training row 'row1' contains 'A', which was to be left out"):
        check_leak(data.subset([0, 1]), data.subset([5]), drug="A")
    check_leak(data.subset([0, 1]), data.subset([4, 5]))


def test_equal_conditions_at_other_times_or_contexts_are_no_leak():
    data = screen([[1, 0, 0]] * 3, time=[0, 1, 1], context=["x", "x", "y"])
    check_leak(data.subset([0]), data.subset([1, 2]))
    check_leak(data.subset([1]), data.subset([2]))


def test_anndata_in_anndata_out():
    obs = pd.DataFrame(
        {"condition": ["ctrl", "A+ctrl", "B+ctrl", "A+B"], "batch": [1, 2, 3, 4]}, index=list("wxyz")
    )
    adata = anndata.AnnData(np.full((4, 2), 0.5), obs=obs, layers={"raw": np.ones((4, 2))})
    train, test = split(adata, by="single-to-combo")
    assert test.obs["batch"].tolist() == [4]
    assert test.obs["perturbation"].tolist() == ["A+B"]
    assert test.layers["raw"].shape == (1, 2)
    assert list(train.obsm["doses"].columns) == list(test.obsm["doses"].columns) == ["A", "B"]
    assert test.uns["hybridcell"]["provenance"]["split"]["by"] == "single-to-combo"
    assert test.uns["hybridcell"]["provenance"]["understood"]["convention"] == "GEARS"
    assert "hybridcell" not in adata.uns
    assert PerturbationData.from_anndata(test).labels == ("A+B",)


def test_splits():
    data = screen(SINGLES_AND_PAIRS, context=list("xxxxyyyy"))
    left_out = [test.provenance["split"]["drug"] for _, test in splits(data, by="drug")]
    assert left_out == ["A", "B", "C"]
    assert [t.provenance["split"]["context"] for _, t in splits(data, by="context")] == ["x", "y"]
    partitions = list(splits(data, by="random", n=3, seed=5))
    assert [t.provenance["split"]["seed"] for _, t in partitions] == [5, 6, 7]
    assert rows(partitions[1][1]) == rows(split(data, seed=6)[1])
    with pytest.raises(InvalidValueError, match="by is 'dose'"):
        next(splits(data, by="dose"))


@st.composite
def any_screen(draw):
    n = draw(st.integers(6, 30))
    doses = draw(hnp.arrays(float, (n, 3), elements=st.sampled_from([0.0, 0.0, 1.0, 2.0])))
    time = draw(st.none() | hnp.arrays(float, n, elements=st.sampled_from([0.0, 1.0, 2.0])))
    context = draw(st.none() | st.lists(st.sampled_from("xy"), min_size=n, max_size=n))
    return screen(doses, time=time, context=context)


CUTS = [
    {"by": "random"},
    {"by": "random", "test_fraction": 0.6, "seed": 2},
    {"by": "single-to-combo"},
    {"by": "drug", "drug": "B"},
    {"by": "drug", "drug": "B", "keep_singles": False},
    {"by": "dose"},
    {"by": "time", "time": 0.5},
    {"by": "context", "context": "x"},
]


@settings(max_examples=60, deadline=None)
@given(any_screen(), st.sampled_from(CUTS), st.randoms(use_true_random=False))
def test_a_split_is_a_partition_without_leak_and_does_not_depend_on_the_order_of_rows(data, options, random):
    try:
        train, test = split(data, **options)
    except (DataError, UnknownNameError):
        return  # empty part, no time, no context: said aloud, tested above
    assert sorted(rows(train) + rows(test)) == list(range(len(data)))
    check_leak(train, test)
    order = list(range(len(data)))
    random.shuffle(order)
    permuted = split(data.subset(order), **options)
    assert set(rows(permuted[1])) == set(rows(test))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drug": "A"}, "by='random' does not read drug='A', which is for by='drug'"),
        ({"by": "single-to-combo", "test_fraction": 0.5}, "test_fraction=0.5, .* by='random' and by='time'"),
        ({"by": "drug", "drug": "A", "dose": "lowest"}, "does not read dose='lowest'"),
        ({"by": "random-partition", "keep_singles": False}, "does not read keep_singles=False"),
        ({"by": "dose", "context": "u"}, "does not read context='u'"),
        ({"time": 3.0}, "does not read time=3.0"),
        ({"by": "drug", "drug": "A", "seed": 3}, "does not read seed=3, which is for by='random'"),
        ({"by": "single-to-combo", "seed": 3}, "does not read seed=3"),
        ({"by": "dose", "seed": 3}, "does not read seed=3"),
    ],
)
def test_an_option_that_the_split_does_not_read_is_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        split(datasets.demo(), **options)


@pytest.mark.parametrize("by", ["drug", "leave-one-drug-out", "context"])
@pytest.mark.parametrize("options", [{"n": 3}, {"seed": 3}])
def test_a_count_or_a_seed_of_partitions_that_are_not_random_is_refused(by, options):
    data = screen(SINGLES_AND_PAIRS, context=list("xxxxyyyy"))
    with pytest.raises(InvalidValueError, match=r"does not read (n|seed)=3, which is for by='random'"):
        next(splits(data, by=by, **options))
    assert len(list(splits(data, by=by, n=10, seed=0))) == (2 if by == "context" else 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "drug", "drug": "A"}, r"leaves out every drug in turn.*split\(data, by='drug', drug='A'\)"),
        ({"by": "context", "context": "MCF7"}, "leaves out every context in turn"),
        ({"n": -1}, "n is -1; wanted a whole number of partitions"),
        ({"n": 2.5}, "n is 2.5; wanted a whole number of partitions"),
    ],
)
def test_partitions_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        list(splits(datasets.demo(), **options))
