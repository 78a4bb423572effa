"""Rows that are written and read again: parameters, priors, observables, in both versions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import apply, number, symbol
from hybridcell.io.petab.cells import columns_of, formulas_cell, number_cell, observable_row, parameter_row
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.parameters import parameters
from hybridcell.io.petab.priors import on_scale, prior_version_1, prior_version_2, version_1_name
from hybridcell.io.petab.statement import PRIORS, Observable, PetabParameter, Prior
from hybridcell.io.petab.table import Table, as_number

positive = st.floats(1e-12, 1e12)
names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6).filter(
    lambda text: text not in ("NA", "nan", "NaN", "NAN")
)


def _table(rows):
    columns = columns_of(rows)
    return Table(columns, tuple(("parameters.tsv", i + 2) for i in range(len(rows))), "parameters.tsv")


@st.composite
def given_parameters(draw, version):
    scale = draw(st.sampled_from(["lin", "log", "log10"])) if version == 1 else "lin"
    low, nominal, high = sorted(draw(st.tuples(positive, positive, positive)))
    if scale == "lin":
        low, nominal, high = sorted((low - nominal, nominal, -high if draw(st.booleans()) else high))
    lower = draw(st.sampled_from([low, -math.inf if scale == "lin" else 0.0]))
    upper = draw(st.sampled_from([high, math.inf]))
    prior = None
    if draw(st.booleans()):
        family = draw(st.sampled_from(["normal", "laplace", "log-normal", "log-laplace"]))
        prior = Prior(
            family=family, parameters=(draw(st.floats(-9, 9)), draw(positive)), truncated=version == 2
        )
    estimate = draw(st.booleans())
    return PetabParameter(
        id="p", name=draw(names), scale=scale, lower=lower, upper=upper, estimate=estimate, prior=prior,
        nominal=nominal if not estimate or draw(st.booleans()) else math.nan,
    )  # fmt: skip


def _same(one, other):
    fields = ("id", "name", "scale", "lower", "upper", "estimate", "prior", "start_prior")
    assert [getattr(one, f) for f in fields] == [getattr(other, f) for f in fields]
    np.testing.assert_array_equal(one.nominal, other.nominal)


@settings(max_examples=40)
@given(
    st.sampled_from([1, 2]).flatmap(lambda version: st.tuples(st.just(version), given_parameters(version)))
)
def test_a_parameter_comes_back(case):
    version, parameter = case
    (found,) = parameters(_table([parameter_row(parameter, version)]), version)
    _same(found, parameter)


@pytest.mark.parametrize("scale", ["log", "log10"])
def test_a_parameter_bounded_above_only_comes_back_on_a_logarithmic_scale(scale):
    parameter = PetabParameter(id="p", scale=scale, lower=0.0, upper=10.0, nominal=1.0)
    row = parameter_row(parameter, 1)
    assert row["lowerBound"] == ""
    _same(parameters(_table([row]), 1)[0], parameter)


@settings(max_examples=40)
@given(st.floats())
def test_a_number_comes_back_to_the_last_bit(value):
    cell = number_cell(value)
    np.testing.assert_array_equal(as_number(cell) if cell else math.nan, value)


def test_formulas_stand_between_semicolons():
    a = apply("add", symbol("a"), number(2.0))
    assert formulas_cell([a, number(0.5)]) == "a + 2;0.5"
    assert formulas_cell([]) == ""


def test_empty_columns_are_left_out_but_the_first_three():
    rows = [{"a": "", "b": "", "c": "", "d": "", "e": "1"}, {"a": "", "f": "2"}]
    assert columns_of(rows) == {"a": ["", ""], "b": ["", ""], "c": ["", ""], "e": ["1", ""], "f": ["", "2"]}
    assert columns_of([]) == {}


@pytest.mark.parametrize(
    ("parameter", "version", "message"),
    [
        (PetabParameter(id="p", scale="log10"), 2, "the scale of 'p' has no form in version 2"),
        (
            PetabParameter(id="p", start_prior=Prior(family="normal", parameters=(0, 1))), 2,
            "prior of starts of 'p' has no form in version 2",
        ),
        (
            PetabParameter(id="p", prior=Prior(family="normal", parameters=(0, 1), on_scale=True)), 2,
            "is on the scale",
        ),
        (
            PetabParameter(id="p", lower=0.0, prior=Prior(family="normal", parameters=(0, 1))), 2,
            "is not cut off at the bounds",
        ),
        (
            PetabParameter(id="p", prior=Prior(family="cauchy", parameters=(0, 1))), 1,
            "'cauchy' of 'p' has no form in version 1",
        ),
        (
            PetabParameter(id="p", prior=Prior(family="normal", parameters=(0, 1), truncated=True)), 1,
            "cut off at the bounds, of 'p' has no form in version 1",
        ),
    ],
)  # fmt: skip
def test_what_a_version_has_no_form_for(parameter, version, message):
    with pytest.raises(PetabError, match=message):
        parameter_row(parameter, version)


@pytest.mark.parametrize(
    ("lower", "upper", "prior"),
    [
        (-math.inf, math.inf, Prior(family="normal", parameters=(0.0, 1.0))),
        (0.0, math.inf, Prior(family="log-normal", parameters=(0.0, 1.0))),
        (0.0, 9.0, Prior(family="uniform", parameters=(1.0, 9.0))),
    ],
)
def test_a_prior_that_the_bounds_leave_whole_is_cut_off_nowhere(lower, upper, prior):
    row = parameter_row(PetabParameter(id="p", lower=lower, upper=upper, prior=prior), 2)
    (found,) = parameters(_table([row | {"estimate": "true"}]), 2)
    assert (found.prior.family, found.prior.parameters) == (prior.family, prior.parameters)


OBSERVABLE = Observable(
    id="y", name="", formula=symbol("a"), noise=symbol("s"), placeholders=("observableParameter1_y",),
    noise_placeholders=(), distribution="log-normal",
)  # fmt: skip


def test_observables_of_both_versions():
    one = observable_row(OBSERVABLE, 1)
    assert (one["observableTransformation"], one["noiseDistribution"]) == ("log", "normal")
    two = observable_row(OBSERVABLE, 2)
    assert (two["noiseDistribution"], two["observablePlaceholders"]) == (
        "log-normal",
        "observableParameter1_y",
    )


def _prior_table(**cells):
    return Table({name: [cell] for name, cell in cells.items()}, (("parameters.tsv", 7),), "parameters.tsv")


@pytest.mark.parametrize("family", PRIORS)
def test_every_family_takes_its_numbers_and_no_others(family):
    good = ";".join(["1", "2"][: PRIORS[family]])
    found = prior_version_2(_prior_table(priorDistribution=family, priorParameters=good), 0)
    assert found == Prior(family=family, parameters=(1.0, 2.0)[: PRIORS[family]], truncated=True)
    wrong = "1" if PRIORS[family] == 2 else "1;2"
    with pytest.raises(PetabError, match=rf"line 7.*{family}.* has {PRIORS[family]} numbers, found"):
        prior_version_2(_prior_table(priorDistribution=family, priorParameters=wrong), 0)


@pytest.mark.parametrize(
    ("family", "numbers", "message"),
    [
        ("normal", "0;0", "a scale or shape is not positive"),
        ("laplace", "0;-1", "a scale or shape is not positive"),
        ("gamma", "0;1", "a scale or shape is not positive"),
        ("exponential", "-1", "a scale or shape is not positive"),
        ("uniform", "2;1", "2 is above 1"),
        ("log-uniform", "0;1", "0 has no logarithm"),
        ("log-uniform", "-2;-1", "-2 has no logarithm"),
        ("normal", "0;inf", "are not all finite"),
        ("normal", "nan;1", "are not all finite"),
        ("normal", "a;1", "are not numbers"),
        ("normal", "1_0;1", "are not numbers"),
        ("nrmal", "0;1", "there is no prior 'nrmal'.*Did you mean 'normal'"),
        ("", "0;1", "the cell is empty, and there are numbers"),
    ],
)
def test_priors_that_are_none(family, numbers, message):
    with pytest.raises(PetabError, match=f"parameters.tsv, line 7, column.*{message}"):
        prior_version_2(_prior_table(priorDistribution=family, priorParameters=numbers), 0)


def test_a_uniform_prior_of_version_1_is_that_of_the_bounds_on_the_scale():
    table = _prior_table(objectivePriorType="parameterScaleUniform", objectivePriorParameters="")
    found = prior_version_1(table, 0, "objective", "log10", (0.1, 1000.0))
    assert found == Prior(family="uniform", parameters=(-1.0, pytest.approx(3.0)), on_scale=True)
    assert version_1_name(found) == "parameterScaleUniform"
    assert prior_version_1(_prior_table(x=""), 0, "objective", "lin", (0.0, 1.0)) is None


@pytest.mark.parametrize(
    ("value", "scale", "wanted"),
    [
        (5.0, "lin", 5.0),
        (-5.0, "lin", -5.0),
        (100.0, "log10", 2.0),
        (math.e, "log", 1.0),
        (0.0, "log", -math.inf),
    ],
)
def test_values_on_scales(value, scale, wanted):
    assert on_scale(value, scale) == pytest.approx(wanted)
    assert math.isnan(on_scale(-1.0, "log10"))


@pytest.mark.parametrize("scale", ["log", "log10"])
def test_a_parameter_without_bounds_comes_back_on_a_logarithmic_scale(scale):
    (found,) = parameters(_table([parameter_row(PetabParameter(id="p", scale=scale, nominal=2.0), 1)]), 1)
    assert (found.lower, found.upper, found.nominal) == (0.0, math.inf, 2.0)


@pytest.mark.parametrize(("scaled", "ends"), [(False, (0.0, math.inf)), (True, (-math.inf, math.inf))])
def test_a_uniform_prior_over_bounds_that_are_not_finite_has_no_numbers(scaled, ends):
    prior = Prior(family="uniform", parameters=ends, on_scale=scaled)
    parameter = PetabParameter(id="p", scale="log10", lower=0.0, nominal=1.0, prior=prior, start_prior=prior)
    row = parameter_row(parameter, 1)
    assert row["objectivePriorParameters"] == row["initializationPriorParameters"] == ""
    _same(parameters(_table([row]), 1)[0], parameter)
    other = PetabParameter(id="p", lower=1.0, prior=Prior(family="uniform", parameters=(0.0, math.inf)))
    with pytest.raises(PetabError, match=r"the prior of 'p' has the numbers 0\.0;inf, not all finite"):
        parameter_row(other, 1)
