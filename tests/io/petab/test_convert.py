from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell._core.expressions import number
from hybridcell.io.petab import PetabError, as_version_2, read_statement
from hybridcell.io.petab.statement import Change, Prior
from tests.io.petab.problems import evaluated, problem


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 2))
def test_decimal_logarithms_become_natural_ones(value, mean, width):
    """The two densities that the standard writes down, as in `as_version_2`."""

    def normal(log, unit, width):
        return math.exp(-(((log(value) - log(mean)) / width) ** 2) / 2) / (
            math.sqrt(2 * math.pi) * width * value * unit
        )

    decimal = normal(math.log10, math.log(10), width)
    assert decimal == pytest.approx(normal(math.log, 1.0, width * math.log(10)), rel=1e-10)


def test_a_problem(tmp_path):
    one = read_statement(problem(tmp_path, 1))
    two = as_version_2(one)
    assert (two.version, dict(two.tables), as_version_2(two)) == (2, {}, two)
    assert {p.scale for p in two.parameters} == {"lin"}
    assert (two.parameters[0].lower, two.parameters[0].nominal) == (1e-3, 0.8)
    assert [o.distribution for o in two.observables] == ["normal", "log-laplace"]
    assert evaluated(two.observables[1].noise) == pytest.approx(0.5 * math.log(10))
    after, both = two.experiments
    # the model's own value is what there is, or the number in the model where a period before changed it
    assert after.periods[0].changes == (Change(target="k2", value=number(0.5)),)
    assert both.periods[1].changes == (*after.periods[0].changes, Change(target="c", value=number(1)))
    assert np.array_equal(one.measurements.value, two.measurements.value)


def test_a_value_that_the_model_computes(tmp_path):
    changed = ("conditionId k2", "conditionId q"), ("after 0.5", "after NaN")
    path = problem(tmp_path, 1, conditions=changed[0])
    text = (tmp_path / "conditions.tsv").read_text("utf-8").replace("after\t0.5", "after\tNaN")
    (tmp_path / "conditions.tsv").write_text(text, "utf-8")
    with pytest.raises(PetabError, match="which the model computes"):
        as_version_2(read_statement(path))


@pytest.mark.parametrize(
    ("scale", "prior", "wanted"),
    [
        ("log10", ("uniform", (-1.0, 2.0), True), ("log-uniform", (0.1, 100.0))),
        ("log", ("normal", (1.0, 2.0), True), ("log-normal", (1.0, 2.0))),
        ("log10", ("laplace", (1.0, 2.0), True), ("log-laplace", (math.log(10), 2 * math.log(10)))),
        ("lin", ("normal", (1.0, 2.0), True), ("normal", (1.0, 2.0))),
        ("log10", ("log-normal", (1.0, 2.0), False), ("log-normal", (1.0, 2.0))),
    ],
)
def test_priors(tmp_path, scale, prior, wanted):
    one = read_statement(problem(tmp_path, 1))
    family, numbers, on_scale = prior
    given = Prior(family=family, parameters=numbers, on_scale=on_scale)
    changed = dataclasses.replace(one.parameters[0], scale=scale, prior=given, start_prior=given)
    found = as_version_2(dataclasses.replace(one, parameters=(changed,))).parameters[0]
    assert found.prior is not None
    assert (found.prior.family, found.start_prior) == (wanted[0], None)
    assert found.prior.parameters == pytest.approx(wanted[1])
    assert found.prior.truncated
    assert not found.prior.on_scale


def test_a_prior_without_a_form(tmp_path):
    one = read_statement(problem(tmp_path, 1))
    given = Prior(family="gamma", parameters=(1.0, 1.0), on_scale=True)
    changed = dataclasses.replace(one.parameters[0], prior=given)
    with pytest.raises(PetabError, match="no form in version 2"):
        as_version_2(dataclasses.replace(one, parameters=(changed,)))
