"""Fits from many starts stand beside those of pyPESTO, or pyPESTO is named as missing."""

from petab_parts.starts import HEADER, rows

OURS = {"starts": 3, "values": [10.0, 10.5, 20.0], "evaluations": 50.0, "seconds": 0.5}
THEIRS = {"starts": 3, "values": [9.8, 30.0, 40.0], "evaluations": 80.0, "seconds": 5.0}


def test_starts_near_the_best_of_all_are_counted():
    found = rows({"hybridcell": OURS, "pyPESTO": THEIRS, "times faster than pyPESTO": 10.0})
    assert found == [
        ["hybridcell", 3, "10.00000", "10.50000", 2, 50.0, 0.5],
        ["pyPESTO", 3, "9.80000", "30.00000", 1, 80.0, 5.0],
    ]
    assert all(len(row) == len(HEADER) for row in found)


def test_a_missing_pypesto_is_named():
    found = rows({"hybridcell": OURS, "pyPESTO": "not installed"})
    assert found[1] == ["pyPESTO", "not installed", "", "", "", "", ""]
    assert rows({}) == []
