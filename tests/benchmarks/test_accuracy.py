"""References of PEtab problems that nobody computed again stand beside what AMICI gives here."""

import json

from petab_parts import accuracy


def test_references_in_doubt_are_those_that_say_so(tmp_path):
    said = {"again": {"llh_verified_here": True}, "doubtful": {"llh_verified_here": False}, "silent": {}}
    for name, one in said.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "reference.json").write_text(json.dumps({"llh": -1.0} | one), "utf-8")
    assert accuracy.not_computed_again(tmp_path, list(said)) == ["doubtful"]


def test_a_row_says_how_far_both_are_off():
    found = {"states": 3, "parameters": 2, "log-likelihood": -12.5, "off": 2.5, "within the bar": False}
    results = {"one": {**found, "adjoint": 1e-9}, "two": {**found, "within the bar": True}}
    first, second = accuracy.rows(results, {"one": -12.75})
    assert dict(zip(accuracy.HEADER, first)) == {
        "problem": "one",
        "states": 3,
        "parameters": 2,
        "log-likelihood": "-12.5000",
        "off": "2.5e+00",
        "within the bar": "NO",
        "off AMICI, run here": "2.5e-01",
        "gradient off (of its largest entry)": "1.0e-09",
        "the same, forward": "-",
    }
    assert dict(zip(accuracy.HEADER, second))["within the bar"] == "yes"
    assert dict(zip(accuracy.HEADER, second))["off AMICI, run here"] == ""
