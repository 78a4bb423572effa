from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.expressions import apply, symbol
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.candidates import worth_fitting
from hybridcell.fit.distillation.law import Law, LawConstant
from hybridcell.fit.distillation.ranking import Fitted, describes, rank
from hybridcell.fit.distillation.screening import Screened

from .conftest import learned_from

N = 100


def law(name, count, kind="kinetic"):
    free = Freedom(transform="log")
    constants = tuple(LawConstant(id=f"{name}{i}", value=1.0, freedom=free) for i in range(count))
    return Law(name=name, math=apply("mul", symbol(f"{name}0"), symbol("S")), constants=constants, kind=kind)


def fitted(name, chi2, count, kind="kinetic", result="success", verdict="determined"):
    made = law(name, count, kind)
    table = pd.DataFrame({"verdict": verdict}, index=[c.id for c in made.constants])
    fit: Any = SimpleNamespace(chi2=chi2, n_data=N, result=result, parameters=table)
    return Fitted(made, fit, count)


def hybrid(chi2, numbers=6.0, result="success") -> Any:
    return SimpleNamespace(chi2=chi2, result=result, info={"determined by data": numbers})


def names(ranking):
    return [one.law.name for one in ranking.fitted]


def test_chi_square_and_constants_decide():
    step = float(np.log(N))
    found = rank([fitted("a", 100, 3), fitted("b", 100 + 2 * step, 2), fitted("c", 100 - 3 * step, 4)])
    assert names(found) == ["c", "a", "b"]
    assert found.fitted[0].bic == pytest.approx(100 + step)


def test_on_ties_fewer_constants_and_laws_of_the_books_come_first():
    better = 100 - float(np.log(N)) - 1
    assert names(rank([fitted("rich", better, 3), fitted("plain", 100, 2)])) == ["plain", "rich"]
    pair = [fitted("formula", 99, 2, kind="symbolic"), fitted("book", 100, 2)]
    assert names(rank(pair)) == ["book", "formula"]


def test_a_law_that_could_not_be_simulated_is_last():
    found = rank([fitted("lost", float("nan"), 1), fitted("found", 500, 3)])
    assert names(found) == ["found", "lost"]
    table = found.table(learned_from({"S": np.ones(3)}, np.ones(3)), hybrid(90))
    assert list(table["verdict"]) == ["does not describe the data", "cannot be simulated"]


@pytest.mark.parametrize(
    ("chi2", "of_hybrid", "result", "expected"),
    [
        (100, hybrid(95), "success", True),
        (130, hybrid(95), "success", False),
        (90, hybrid(95), "success", True),
        (300, hybrid(310, result="poor"), "poor", False),
        (100, hybrid(310, result="poor"), "success", True),
    ],
)
def test_describing_is_a_matter_of_the_hybrids_chi_square(chi2, of_hybrid, result, expected):
    assert describes([fitted("a", chi2, 2, result=result)], of_hybrid) is expected


def test_verdicts_grade_the_difference():
    step = float(np.log(N))
    laws = [
        fitted("first", 100, 1),
        fitted("tie", 101 - step, 2),
        fitted("near", 104 - step, 2, verdict="at its bound"),
        fitted("far", 99, 3),
    ]
    table = rank(laws).table(learned_from({"S": np.ones(3)}, np.ones(3)), hybrid(95))
    verdicts = [text.split(" (")[0] for text in table["verdict"]]
    assert verdicts == ["best", "as good", "possible", "worse"]
    assert "near0, near1 at its bound" in table.loc["near", "verdict"]


def screened(name, chi2, count, kind="kinetic"):
    return Screened(law(name, count, kind), chi2, chi2 + count * float(np.log(N)), 0.0)


def test_the_second_to_be_fitted_is_simpler_and_what_nests_it_comes_last():
    ranked = [
        screened("best", 90, 3),
        screened("same size", 91, 3),
        screened("formula", 91, 3, kind="symbolic"),
        screened("nested", 89.5, 4),
        screened("simpler", 100, 2),
    ]
    found = [one.law.name for one in worth_fitting(ranked)]
    assert found == ["best", "simpler", "same size", "formula", "nested"]
