from __future__ import annotations

import math

import pytest

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.parameters import parameters
from hybridcell.io.petab.priors import on_scale, prior_version_1, prior_version_2, version_1_name
from hybridcell.io.petab.statement import Prior
from hybridcell.io.petab.table import Table


def rows(**columns):
    columns = {name: cells.split(" ") for name, cells in columns.items()}
    columns = {name: ["" if cell == "_" else cell for cell in cells] for name, cells in columns.items()}
    count = len(next(iter(columns.values())))
    return Table(columns, tuple(("p.tsv", i + 2) for i in range(count)), "p.tsv")


def test_version_1():
    table = rows(
        parameterId="a b c", parameterScale="log10 _ log", lowerBound="1e-3 _ _", upperBound="10 _ _",
        nominalValue="2 3 _", estimate="1 0 true", parameterName="A _ _",
        objectivePriorType="parameterScaleUniform _ logNormal", objectivePriorParameters="_ _ 1;2",
        initializationPriorType="uniform _ parameterScaleNormal", initializationPriorParameters="1;2 _ 0;1",
    )  # fmt: skip
    a, b, c = parameters(table, 1)
    assert (a.id, a.name, a.scale, a.lower, a.upper, a.nominal, a.estimate) == (
        "a", "A", "log10", 1e-3, 10, 2, True
    )  # fmt: skip
    assert a.prior == Prior(family="uniform", parameters=(-3.0, 1.0), on_scale=True)
    assert a.start_prior == Prior(family="uniform", parameters=(1.0, 2.0))
    assert (b.scale, b.lower, b.upper, b.estimate, b.prior) == ("lin", -math.inf, math.inf, False, None)
    assert (c.lower, c.estimate, c.prior) == (0, True, Prior(family="log-normal", parameters=(1.0, 2.0)))
    assert math.isnan(c.nominal)
    assert c.start_prior == Prior(family="normal", parameters=(0.0, 1.0), on_scale=True)


def test_version_2():
    table = rows(
        parameterId="a b net", lowerBound="_ 0 _", upperBound="inf 1 _", nominalValue="2 0.5 array",
        estimate="True FALSE true", priorDistribution="gamma _ _", priorParameters="3;5 _ _",
        parameterScale="log log log",
    )  # fmt: skip
    a, b = parameters(table, 2, without={"net"})
    assert a.prior == Prior(family="gamma", parameters=(3.0, 5.0), truncated=True)
    assert (a.scale, a.estimate, b.estimate, b.prior) == ("lin", True, False, None)


GOOD = {
    "parameterId": "a", "parameterScale": "log10", "lowerBound": "1", "upperBound": "2", "nominalValue": "1",
    "estimate": "1", "objectivePriorType": "_", "objectivePriorParameters": "_",
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "changed", "words"),
    [
        ("lowerBound", {"lowerBound": "3"}, "above the upper bound"),
        ("lowerBound", {"lowerBound": "0"}, "no place on the scale 'log10'"),
        ("nominalValue", {"nominalValue": "-1"}, "no place on the scale"),
        ("nominalValue", {"nominalValue": "x"}, "not a number"),
        ("nominalValue", {"nominalValue": "_", "estimate": "0"}, "has no value"),
        ("estimate", {"estimate": "maybe"}, "neither true nor false"),
        ("estimate", {"estimate": "_"}, "empty"),
        ("parameterScale", {"parameterScale": "log2"}, "no scale 'log2'"),
        ("parameterId", {"parameterId": "1a"}, "not an id"),
        ("objectivePriorType", {"objectivePriorType": "norml"}, "Did you mean 'normal'"),
        ("objectivePriorParameters", {"objectivePriorType": "normal"}, "has 2 numbers, found 0"),
        (
            "objectivePriorParameters",
            {"objectivePriorType": "normal", "objectivePriorParameters": "0;-1"},
            "not positive",
        ),
        (
            "objectivePriorParameters",
            {"objectivePriorType": "uniform", "objectivePriorParameters": "2;1"},
            "2 is above 1",
        ),
    ],
)
def test_what_is_wrong_is_said(column, changed, words):
    with pytest.raises(PetabError, match=words) as caught:
        parameters(rows(**(GOOD | changed)), 1)
    assert (caught.value.file, caught.value.row, caught.value.column) == ("p.tsv", 2, column)


def test_zero_is_the_end_of_a_scale():
    (found,) = parameters(rows(**(GOOD | {"nominalValue": "0"})), 1)
    assert (found.scale, found.nominal) == ("log10", 0)
    for which in ("initialization", "objective"):
        prior = {f"{which}PriorType": "parameterScaleNormal", f"{which}PriorParameters": "0;1"}
        (found,) = parameters(rows(**(GOOD | prior | {"lowerBound": "0"})), 1)
        assert found.lower == 0
    with pytest.raises(PetabError, match="0 has no place on the scale"):
        parameters(rows(**(GOOD | prior | {"lowerBound": "0", "upperBound": "0"})), 1)
    with pytest.raises(PetabError, match="-1 has no place on the scale"):
        parameters(rows(**(GOOD | prior | {"lowerBound": "-1"})), 1)


def test_bounds_of_what_is_not_estimated_do_not_count():
    (found,) = parameters(rows(**(GOOD | {"lowerBound": "3", "upperBound": "1", "estimate": "0"})), 1)
    assert (found.lower, found.upper, found.estimate) == (3, 1, False)


def test_names_are_there_once():
    table = rows(parameterId="a a", estimate="1 1", nominalValue="1 1")
    with pytest.raises(PetabError, match=r"line 3.*'a' is there already, in line 2"):
        parameters(table, 1)


def test_priors_of_version_2():
    table = rows(priorDistribution="rayleigh normal _ nrmal gamma", priorParameters="3 1;x 1;2 1;2 1;inf")
    assert prior_version_2(table, 0) == Prior(family="rayleigh", parameters=(3.0,), truncated=True)
    for row, words in (
        (1, "not numbers"),
        (2, "numbers for a prior"),
        (3, "Did you mean 'normal'"),
        (4, "finite"),
    ):
        with pytest.raises(PetabError, match=words):
            prior_version_2(table, row)


def test_names_of_priors():
    table = rows(objectivePriorType="logLaplace parameterScaleLaplace", objectivePriorParameters="1;2 1;2")
    for row, name in enumerate(("logLaplace", "parameterScaleLaplace")):
        prior = prior_version_1(table, row, "objective", "log", (0.0, 1.0))
        assert prior is not None
        assert version_1_name(prior) == name
    assert version_1_name(Prior(family="gamma", parameters=(1.0, 1.0))) is None
    assert [on_scale(x, s) for x, s in ((3.0, "lin"), (0.0, "log"), (100.0, "log10"))] == [3, -math.inf, 2]
    assert math.isnan(on_scale(-1.0, "log"))
