from __future__ import annotations

import pytest

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import parse_math
from hybridcell.io.petab.observables import observables
from tests.io.petab.test_parameters import rows


def no_model():
    raise AssertionError("the model is looked at without need")


def test_version_1():
    table = rows(
        observableId="a b c", observableName="x _ _",
        observableFormula="observableParameter2_a*A+observableParameter1_a B C",
        noiseFormula="noiseParameter1_a*A 0.5 observableParameter1_c",
        observableTransformation="lin log10 log", noiseDistribution="_ laplace normal",
    )  # fmt: skip
    a, b, c = observables(table, 1, no_model)
    assert a.placeholders == ("observableParameter1_a", "observableParameter2_a")
    assert a.noise_placeholders == ("noiseParameter1_a",)
    assert c.placeholders == ("observableParameter1_c",)
    assert [o.distribution for o in (a, b, c)] == ["normal", "log10-laplace", "log-normal"]
    assert (a.name, b.placeholders) == ("x", ())


def test_version_2():
    table = rows(
        observableId="a b", observableFormula="s*A+o B", noiseFormula="n*a 1",
        noiseDistribution="log-laplace _",
        observablePlaceholders="s;o _", noisePlaceholders="n _",
    )  # fmt: skip
    a, b = observables(table, 2, lambda: {"A", "B"})
    assert (a.placeholders, a.noise_placeholders, a.distribution) == (("s", "o"), ("n",), "log-laplace")
    assert a.noise is parse_math("n*(s*A + o)")
    assert b.distribution == "normal"


def test_observables_of_observables():
    table = rows(observableId="a b c", observableFormula="A A+c 2*a", noiseFormula="c b*c 1")
    a, b, c = observables(table, 2, lambda: {"A"})
    assert c.formula is parse_math("2*A")
    assert b.formula is parse_math("A + 2*A")
    assert a.noise is c.formula


def test_the_model_comes_first():
    table = rows(observableId="A b", observableFormula="A A+1", noiseFormula="1 A")
    a, b = observables(table, 1, lambda: {"A"})
    assert (a.formula, b.noise) == (parse_math("A"), parse_math("A"))
    assert b.formula is parse_math("A + 1")


@pytest.mark.parametrize("formulas", ["b a", "a a", "b+c c a", "b+c c+1 b"])
def test_circles(formulas):
    names = " ".join("abc"[: len(formulas.split())])
    table = rows(
        observableId=names, observableFormula=formulas, noiseFormula=" ".join("1" * len(names.split()))
    )
    with pytest.raises(PetabError, match=r"column 'observableFormula'.*needs"):
        observables(table, 2, set)


@pytest.mark.parametrize(
    ("version", "column", "changed", "words"),
    [
        (1, "observableTransformation", {"observableTransformation": "log2"}, "no transformation"),
        (1, "noiseDistribution", {"noiseDistribution": "log-normal"}, "no distribution"),
        (1, "observableFormula", {"observableFormula": "observableParameter2_a"}, r"numbers \[2\]"),
        (2, "noiseDistribution", {"noiseDistribution": "gauss"}, "no distribution"),
        (2, "observablePlaceholders", {"observablePlaceholders": "a;a"}, "twice"),
        (2, "observablePlaceholders", {"observablePlaceholders": "a+b"}, "not an id"),
        (2, "noisePlaceholders", {"observablePlaceholders": "s", "noisePlaceholders": "s"}, "observable too"),
        (2, "noiseFormula", {"noiseFormula": "_"}, "empty"),
        (2, "observableFormula", {"observableFormula": "A+*B"}, "Character 3"),
    ],
)
def test_what_is_wrong_is_said(version, column, changed, words):
    table = rows(**({"observableId": "a", "observableFormula": "A", "noiseFormula": "1"} | changed))
    with pytest.raises(PetabError, match=words) as caught:
        observables(table, version, set)
    assert (caught.value.row, caught.value.column) == (2, column)
