"""What is given for parameters becomes vectors on scales, and what comes out has ids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.petab.parameter_vectors import ParameterVectors


@pytest.fixture(scope="module")
def vectors(problem_of):
    return ParameterVectors(problem_of("noises, version 1").compiled)


def test_bounds_and_nominal_values_are_on_the_scales(vectors):
    scales = [p.scale for p in vectors.estimated]
    assert set(scales) >= {"log10"}
    for found, name in ((vectors.lower, "lower"), (vectors.upper, "upper"), (vectors.nominal, "nominal")):
        given = np.array([getattr(p, name) for p in vectors.estimated])
        on = {"lin": lambda x: x, "log": np.log, "log10": np.log10}
        np.testing.assert_allclose(found, [on[s](x) for s, x in zip(scales, given)], rtol=1e-14)


def test_linear_values_go_there_and_back(vectors):
    values = {id: 0.3 + 0.1 * k for k, id in enumerate(vectors.free)}
    assert vectors.linear(vectors.scaled(values)) == pytest.approx(values, rel=1e-13)


def test_what_is_meant(vectors):
    nothing = vectors.read(None)
    assert (nothing.vectors.tolist(), nothing.fixed, nothing.single) == ([vectors.nominal.tolist()], {}, True)
    named = vectors.read({"offset": 0.35, "k1": 0.9})
    assert named.fixed == {"offset": 0.35}
    assert vectors.linear(named.vectors[0])["k1"] == pytest.approx(0.9, rel=1e-14)
    batch = vectors.read(np.stack([vectors.nominal] * 2))
    assert (batch.vectors.shape, batch.single) == ((2, len(vectors.free)), False)
    assert vectors.read(list(vectors.nominal)).single


def test_what_is_none_is_refused(vectors):
    with pytest.raises(UnknownNameError, match="k1"):
        vectors.read({"k11": 1.0})
    with pytest.raises(UnknownNameError, match="offset"):
        vectors.scaled({"offset": 1.0})  # not an estimated one
    with pytest.raises(InvalidValueError, match=r"shape \(1,\)"):
        vectors.read([1.0])


def test_values_that_the_table_does_not_give_are_asked_for(vectors):
    compiled = vectors._compiled
    gaps = tuple(replace(p, nominal=np.nan) if p.id in ("k1", "k2") else p for p in compiled.parameters)
    unknown = ParameterVectors(compiled.with_nominal(gaps))
    for theta in (None, {"offset": 0.35}):
        with pytest.raises(InvalidValueError, match=r"no nominal value of 'k1' and of 1 more parameters"):
            unknown.read(theta)
    with pytest.raises(InvalidValueError, match=r"no nominal value of 'k2': .*\{'k2': 1.0\}"):
        unknown.read({"k1": 0.5})
    assert np.isfinite(unknown.read({"k1": 0.5, "k2": 0.2}).vectors).all()
    assert unknown.read(list(vectors.nominal)).single


def test_results_have_ids(vectors):
    q = len(vectors.free)
    slopes = np.arange(2.0 * q).reshape(2, q)
    assert vectors.labeled(slopes[:1], True)[vectors.free[1]] == 1.0
    assert vectors.labeled(slopes, False)[vectors.free[0]].tolist() == [0.0, q]
    assert vectors.by_ids(np.eye(q)).loc[vectors.free[1], vectors.free[1]] == 1.0
