"""The report holds the numbers of the screen, and says what it leaves out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hybridcell.therapy.screen.report.contents import report_data
from hybridcell.therapy.screen.report.packing import unpack


@pytest.fixture(scope="module")
def data(screen):
    # as a browser gets it
    return json.loads(json.dumps(report_data(screen, "t"), allow_nan=False))


def _surfaces(screen, data, column):
    """Put the stored numbers of a column together again, pair by pair, as the page does."""
    values = unpack(data["layers"][column])
    sizes = [len(levels) - 1 for levels in data["levels"]]
    first = 1 + np.concatenate([[0], np.cumsum(sizes)])
    row = first[-1]
    for q in data["kept"]:
        i, j = data["pairs"][q]
        grid = np.zeros((1 + sizes[i], 1 + sizes[j]))
        grid[0, 0] = values[0]
        grid[1:, 0] = values[first[i] : first[i] + sizes[i]]
        grid[0, 1:] = values[first[j] : first[j] + sizes[j]]
        grid[1:, 1:] = values[row : row + sizes[i] * sizes[j]].reshape(sizes[i], sizes[j])
        row += sizes[i] * sizes[j]
        yield data["drugs"][i], data["drugs"][j], grid
    assert row == len(values)


@pytest.mark.parametrize("column", ["response", "effect", "bliss", "hsa_lower", "additive_probability"])
def test_surfaces_are_those_of_the_screen(screen, data, column):
    step = data["layers"][column]["step"]
    found = list(_surfaces(screen, data, column))
    assert len(found) == 6
    for a, b, grid in found:
        np.testing.assert_allclose(grid, screen.surface(a, b, column), rtol=0, atol=0.51 * step)


def test_best_doses_and_their_spread_are_there(screen, data):
    best = screen.top(1, by="bliss").iloc[0]
    position = data["pairs"].index([data["drugs"].index(best["drug_a"]), data["drugs"].index(best["drug_b"])])
    i, j = data["pairs"][position]
    shape = [len(data["levels"][k]) - 1 for k in (i, j)]
    at = np.unravel_index(data["best"]["bliss"]["at"][position], shape)
    assert data["levels"][i][at[0] + 1] == pytest.approx(best["dose_a"])
    assert data["levels"][j][at[1] + 1] == pytest.approx(best["dose_b"])
    for name in ("lower", "upper", "probability"):
        packed = data["best"]["bliss"][name]
        assert unpack(packed)[position] == pytest.approx(best[name], abs=packed["step"])
    assert "probability" not in data["best"]["effect"]


def test_measured_conditions_are_there_once(screen, data):
    assert data["measured"]["control"] == [[0.0, 0.0]]
    assert data["measured"]["singles"]["0"][0][:2] == [1.0, -0.7]
    assert data["measured"]["singles"]["1"][0][:2] == [1.0, -0.2]
    pairs = data["measured"]["pairs"]
    assert list(pairs) == ["0"]
    assert pairs["0"][0][:3] == [1.0, 2.0, -0.9]
    assert pairs["0"][0][3] == pytest.approx(float(screen.scale.effect(np.array(-0.9))), rel=1e-4)


def test_the_facts_say_what_was_screened(data):
    facts = dict(data["facts"])
    assert facts["Screened"] == "4 drugs, 6 pairs, 39 conditions"
    assert facts["Model"] == "ensemble of 3 members"
    assert facts["Fitted to"] == "4 conditions, 1 readout"
    assert facts["Solved"].startswith("100.0%")


def test_what_is_too_large_loses_the_spread_and_then_pairs_and_says_so(screen, data):
    whole = sum(len(layer["codes"]) for layer in data["layers"].values())
    assert not data["leftOut"]
    assert report_data(screen, "t", most_bytes=whole)["layers"].keys() == data["layers"].keys()
    plain = report_data(screen, "t", most_bytes=whole - 1)
    assert set(plain["layers"]) == {"response", "effect", "bliss", "hsa", "additive"}
    assert "best doses of each pair only" in plain["leftOut"][0]
    assert "lower" in plain["best"]["bliss"]
    few = report_data(screen, "t", most_bytes=whole // 6)
    assert 0 < len(few["kept"]) < 6
    assert "6 that lead" in few["leftOut"][1]
    assert "screen.csv" in few["leftOut"][-1]
    leaders = {tuple(screen.top(1, by=by)[["drug_a", "drug_b"]].iloc[0]) for by in ("bliss",)}
    named = {tuple(few["drugs"][k] for k in few["pairs"][q]) for q in few["kept"]}
    assert leaders <= named
    assert len(list(_surfaces(screen, few, "bliss"))) == len(few["kept"])


def test_what_was_not_solved_is_null_or_missing(screen):
    from dataclasses import replace

    responses = np.array(screen.responses)
    responses[:, screen.design.interior(0)] = np.nan
    responses[0, -1] = np.nan
    data = report_data(replace(screen, responses=responses, _summaries={}), "t")
    json.dumps(data, allow_nan=False)
    assert "success" in data["layers"]
    assert data["best"]["bliss"]["at"][0] == -1
    assert np.isnan(unpack(data["map"]["bliss"]["mean"])[0])


def test_the_best_triples_are_listed(triples):
    data = report_data(triples, "t")
    facts = dict(data["facts"])
    assert "4 drugs, 6 pairs, 4 triples" in facts["Screened"]
    best = triples.top(1, by="emergent", order=3).iloc[0]
    row = dict(zip(data["triples"]["columns"], data["triples"]["rows"]["emergent"][0]))
    for name in ("drug_a", "drug_b", "drug_c"):
        assert row[name] == best[name]
    for name in ("dose_c", "effect", "emergent", "lower", "probability"):
        assert row[name] == pytest.approx(best[name], rel=1e-4, abs=1e-12)
    assert all(len(rows) == 4 for rows in data["triples"]["rows"].values())
    assert not data["leftOut"]
