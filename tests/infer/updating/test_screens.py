"""New rows of screens: how they are laid out, what is refused, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, UnknownNameError
from hybridcell.data import PerturbationData, concatenate
from hybridcell.infer.updating.screens import _alike, _edges, _steps, aligned

NAMES = ("a", "b", "c", "d", "e")
KINDS = ("protein", "protein", "protein", "drug", "drug")
MODEL = hc.CellBox(NAMES, KINDS, np.zeros((5, 5)))


def screen(readouts="ab", drugs="de", rows=2, **more):
    rng = np.random.default_rng(len(readouts) + rows)
    return PerturbationData(
        values=rng.normal(size=(rows, len(readouts))), readouts=tuple(readouts),
        kinds=("protein",) * len(readouts), conditions=tuple(f"{readouts} {k}" for k in range(rows)),
        perturbations=tuple(drugs), doses=rng.uniform(0.1, 2.0, (rows, len(drugs))),
        **{"input": "strength", "control": "implied", **more},
    )  # fmt: skip


TRAIN = screen()


@settings(max_examples=20)
@given(st.permutations(["a", "b", "c"]), st.integers(1, 3), st.permutations(["d", "e"]), st.integers(1, 2))
def test_every_number_comes_into_the_column_of_its_name(readouts, n, drugs, m):
    new = screen("".join(readouts[:n]), "".join(drugs[:m]), rows=3)
    if not set("ab") & set(readouts[:n]):
        with pytest.raises(DataError, match="None of the 1 readouts of the new data"):
            aligned(new, TRAIN, MODEL)
        return
    found = aligned(new, TRAIN, MODEL)
    for k, name in enumerate("ab"):
        known = new.values[:, new.readouts.index(name)] if name in new.readouts else np.full(3, np.nan)
        np.testing.assert_array_equal(found.values[:, k], known)
    for k, name in enumerate("de"):
        given = new.doses[:, new.perturbations.index(name)] if name in new.perturbations else np.zeros(3)
        np.testing.assert_array_equal(found.doses[:, k], given)
    assert (found.conditions, found.readouts, found.kinds) == (new.conditions, TRAIN.readouts, TRAIN.kinds)


def test_new_weights_count_and_old_ones_stay():
    weight = np.array([[0.0, 2.0], [1.0, 3.0]])
    new = aligned(screen("bc", weight=weight), TRAIN, MODEL)
    np.testing.assert_array_equal(new.weight, [[1.0, 0.0], [1.0, 1.0]])
    joint = concatenate(*_alike(TRAIN, new))
    np.testing.assert_array_equal(joint.weight, [[1, 1], [1, 1], [1, 0], [1, 1]])
    joint = concatenate(*_alike(replace(TRAIN, weight=weight), aligned(screen("bc"), TRAIN, MODEL)))
    np.testing.assert_array_equal(joint.weight, [[0, 2], [1, 3], [1, 1], [1, 1]])
    assert concatenate(*_alike(TRAIN, aligned(screen("bc"), TRAIN, MODEL))).weight is None


def test_errors_of_measurement_are_kept_where_both_have_them():
    with_sd = replace(TRAIN, sd=np.full((2, 2), 0.1))
    new = screen("bc", sd=np.full((2, 2), 0.3))
    joint = concatenate(*_alike(with_sd, aligned(new, with_sd, MODEL)))
    np.testing.assert_array_equal(joint.sd[:, 1], [0.1, 0.1, 0.3, 0.3])
    assert np.isnan(joint.sd[2:, 0]).all()
    assert concatenate(*_alike(TRAIN, aligned(new, TRAIN, MODEL))).sd is None
    assert concatenate(*_alike(with_sd, aligned(screen("bc"), with_sd, MODEL))).sd is None


def test_what_only_one_of_both_says_of_rows_is_left_out_but_times_are_not():
    old = replace(TRAIN, context=("x", "y"), replicate=("1", "2"))
    first, second = _alike(old, aligned(screen("ab", rows=3), old, MODEL))
    assert first.context is first.replicate is second.context is None
    with pytest.raises(DataError, match="Only one of old and new data has times"):
        _alike(TRAIN, aligned(screen("ab", time=np.array([1.0, 2.0])), TRAIN, MODEL))


@pytest.mark.parametrize(
    ("new", "error", "words"),
    [
        (screen("aB"), UnknownNameError, "There is no readout 'B'. Did you mean 'b'"),
        (
            screen("c"),
            DataError,
            r"new data \(c\) is one of the old data \(a, b, ",
        ),
        (screen("ab", "dx"), UnknownNameError, "'x'"),
        (screen("ab", input="dose"), DataError, "doses as 'dose', the old ones as 'strength'"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(new, error, words):
    with pytest.raises(error, match=words):
        aligned(new, TRAIN, MODEL)


def test_drugs_that_the_old_data_lack_are_refused_only_where_they_are_given():
    old = screen("ab", "d")
    with pytest.raises(DataError, match="'e' is no perturbation of the old data"):
        aligned(screen("ab", "de"), old, MODEL)
    unused = screen("ab", "de")
    unused = replace(unused, doses=unused.doses * [1.0, 0.0])
    np.testing.assert_array_equal(aligned(unused, old, MODEL).doses[:, 0], unused.doses[:, 0])


def history(*objective):
    return SimpleNamespace(history=pd.DataFrame({"objective": objective}))


def test_steps_are_counted_until_the_end_of_the_cold_fit_to_two_percent():
    assert _steps(history(3.0, 1.01, 0.5), history(9.0, 4.0, 1.015, 1.0)) == (2, 3)
    assert _steps(history(3.0, 2.0), history(9.0, 1.0)) == (None, 2)
    assert _steps(history(-0.5, -0.99), history(3.0, -1.0)) == (2, 2)


def cellbox(a_from_b, b_from_d):
    weights = np.zeros((5, 5))
    weights[0, 1], weights[1, 3] = a_from_b, b_from_d
    return hc.CellBox(NAMES, KINDS, weights)


def test_edges_have_the_spread_of_the_old_members():
    one = SimpleNamespace(model=cellbox(0.5, 0.0), best=cellbox(0.5, 0.0))
    [edge] = _edges(one, SimpleNamespace(model=cellbox(0.7, 0.0)))
    assert (edge["name"], edge["source"], edge["target"]) == ("b -> a", "b", "a")
    assert (edge["before"], edge["after"], edge["beyond"]) == (pytest.approx(0.5), pytest.approx(0.7), False)
    assert np.isnan([edge["lower"], edge["upper"]]).all()
    old = hc.Ensemble.from_models([cellbox(w, -w) for w in (0.2, 0.4, 0.6)])
    new = hc.Ensemble.from_models([cellbox(w, 0.0) for w in (0.3, 0.5, 0.7)])
    from_b, from_d = _edges(old, new)
    np.testing.assert_allclose([from_b["before"], from_b["after"]], [0.4, 0.5])
    np.testing.assert_allclose([from_b["lower"], from_b["upper"]], np.percentile([0.2, 0.4, 0.6], [5, 95]))
    assert not from_b["beyond"]
    # an edge that is gone is told as well
    assert (from_d["after"], from_d["beyond"]) == (0.0, True)
