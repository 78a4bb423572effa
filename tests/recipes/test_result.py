from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hybridcell._core.errors import FileFormatError
from hybridcell.recipes import RunResult
from hybridcell.recipes.result import check_expectations
from hybridcell.recipes.schema import flat_expectations

METRICS = {"evaluate.measured.model.r": 0.95, "fit.loss": float("nan")}


def expect(**wanted):
    return {"evaluate": {"measured": {"model": {"r": wanted}}}}


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        ({"value": 0.94, "tolerance": 0.011}, True),
        ({"value": 0.94, "tolerance": 0.009}, False),
        ({"at_least": 0.95}, True),
        ({"at_least": 0.951}, False),
        ({"at_most": 0.95}, True),
        ({"at_least": 0.9, "at_most": 0.94}, False),
    ],
)
def test_a_check_holds_within_its_bounds_only(wanted, passed):
    (check,) = check_expectations(expect(**wanted), METRICS, where="r.toml")
    assert check.passed is passed
    assert check.found == 0.95
    assert RunResult(name="r", title="", folder=Path("."), checks=(check,)).passed is passed


def test_a_number_that_is_nan_is_never_as_expected():
    (check,) = check_expectations({"fit": {"loss": {"at_most": 1.0}}}, METRICS, where="r.toml")
    assert not check.passed


def test_expecting_what_the_run_does_not_give_is_an_error():
    with pytest.raises(FileFormatError, match=r"'fit\.los'.*'fit\.loss'"):
        check_expectations({"fit": {"los": {"at_most": 1.0}}}, METRICS, where="r.toml")
    with pytest.raises(FileFormatError, match="at_least"):
        check_expectations({"fit": {"loss": {}}}, METRICS, where="r.toml")


def test_expectations_flatten_to_dotted_names():
    flat = flat_expectations({"a": {"b c": {"value": 1.0}}, "d": 2.0})
    assert flat == {"a.b c": {"value": 1.0}, "d": {"value": 2.0}}


def test_a_result_shows_checks_and_accuracy_in_a_notebook():
    checks = check_expectations(expect(at_least=0.99), METRICS, where="r.toml")
    html = RunResult(
        name="r",
        title="<b>",
        folder=Path("."),
        checks=checks,
        tables={"accuracy": pd.DataFrame({"r": [0.5]})},
    )._repr_html_()
    assert "NO" in html
    assert "0.500" in html
    assert "<b>" not in html
