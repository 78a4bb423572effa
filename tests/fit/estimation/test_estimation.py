from __future__ import annotations

import jax
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import Estimation, Run, estimate
from tests.fit.estimation.objectives import cornered, failing, rosenbrock


def run(start, value):
    history = np.array([[0, 1, value + 1, 2.0, 0.1], [1, 2, value, 1.0, 0.2]])
    theta = np.array([0.5, 1.0])
    return Run(start=start, theta0=theta, theta=theta, value=value, history=history, reason="iterations")


@pytest.fixture
def found():
    runs = tuple(run(i, v) for i, v in ((2, 1.0), (0, 1.05), (3, 4.0), (1, np.inf)))
    lower, upper = np.zeros(2), np.ones(2)
    return Estimation(runs=runs, names=("a", "b"), lower=lower, upper=upper, method="adam", redrawn=7)


def test_its_words_and_tables(found):
    assert found.result == (
        "4 starts: 1 failed, 2 reached the best value within 0.1 (7 points were drawn again)"
    )
    assert repr(found) == f"<Estimation of 2 parameters by adam: {found.result}, best value 1>"
    assert repr(found.best) == "<Run 2: 1 after 1 iterations, iterations>"
    table = found.to_dataframe()
    columns = ["start", "value", "reason", "iterations", "evaluations", "seconds", "a", "b"]
    assert table.columns.tolist() == columns
    assert table["start"].tolist() == [2, 0, 3, 1]
    assert table["seconds"].tolist() == [0.2] * 4
    assert table["evaluations"].tolist() == [2] * 4
    assert len(found) == len(table) == 4
    assert found.seconds == pytest.approx(0.8)


def test_its_history(found):
    history = found.history
    columns = ["start", "iteration", "evaluations", "value", "gradient_norm", "seconds"]
    assert history.columns.tolist() == columns
    assert history["start"].tolist() == [2, 2, 0, 0, 3, 3, 1, 1]
    assert history["value"].iloc[:2].tolist() == [2.0, 1.0]


def test_its_html(found):
    html = found._repr_html_()
    assert "at a bound" in html
    assert "best value" in html
    assert html.count("<tr>") == 7 + 3
    zero = np.zeros(30)
    one = Run(start=0, theta0=zero, theta=zero, value=0.0, history=np.zeros((1, 5)), reason="")
    wide = Estimation(
        runs=(one,),
        names=tuple("<p>" for _ in range(30)), lower=-np.ones(30), upper=np.ones(30), method="adam",
    )._repr_html_()  # fmt: skip
    assert "(30 in all)" in wide
    assert "<p>" not in wide


def test_when_all_failed_there_is_no_best():
    found = estimate(failing(), starts=[[-1.0, -1.0]] * 2, key=jax.random.key(0))
    assert found.result == "2 starts: all failed"
    assert found.n_best == 0
    assert "all failed" in repr(found)
    assert "all failed" in found._repr_html_()
    with pytest.raises(InvalidValueError, match="None of 2 starts could be simulated"):
        found.best  # noqa: B018


def test_values_of_histories_are_those_of_the_objective():
    class Shifted:
        """Its sum of squares lacks 100 of the value."""

        def __getattr__(self, name):
            return getattr(cornered(), name)

        def values(self, thetas):
            return cornered().values(thetas) + 100

    found = estimate(Shifted(), n_starts=2, key=jax.random.key(0))
    np.testing.assert_allclose(found.best.value, 100.5, rtol=1e-12)
    np.testing.assert_allclose(found.history["value"].min(), 100.5, rtol=1e-12)


def test_a_real_one_counts_what_was_done():
    found = estimate(rosenbrock(), n_starts=3, key=jax.random.key(0))
    table = found.to_dataframe()
    assert (table["evaluations"] == table["iterations"] + 1).all()
    assert (table["seconds"] > 0).all()
    assert len(found.history) == (table["iterations"] + 1).sum()
    np.testing.assert_array_equal(table[["x0", "x1"]], found.thetas)
