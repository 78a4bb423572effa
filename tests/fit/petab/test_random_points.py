"""The benchmark of random points, on small problems: it must see what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from hybridcell.fit.petab.read import read_petab
from tests.conftest import ROOT
from tests.fit.petab.problems import write


@pytest.fixture
def points(monkeypatch):
    """Return the module; benchmarks are scripts, imported from their folder."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return import_module("petab_parts.random_points")


def test_points_lie_within_the_bounds_on_the_scale(points, problem_of):
    problem = problem_of("noises, version 1")
    thetas = points.draw(problem, 500)
    assert (thetas >= problem.lower).all()
    assert (thetas <= problem.upper).all()
    middle = (problem.lower + problem.upper) / 2
    spread = (problem.upper - problem.lower) / np.sqrt(12 * 500)
    assert (np.abs(thetas.mean(axis=0) - middle) < 5 * spread).all()
    np.testing.assert_array_equal(points.draw(problem, 500), thetas)


def test_what_is_finite_is_right_and_what_fails_is_counted(points, problem_of):
    problem = problem_of("noises, version 1")
    found = points.measure(problem, 8, batch=8, checks=3)
    assert json.loads(json.dumps(found)) == found
    assert (found["asked"], found["tried"], found["failed"], found["gradient lost"]) == (8, 8, 0, 0)
    assert found["checked"]["finite"] == 3
    assert found["checked"]["wrong"] == []
    assert found["checked"]["largest error"] < 1e-6


def test_a_wrong_simulation_is_seen(points, problem_of):
    problem = problem_of("noises, version 1")
    assert points.compare(problem, problem.nominal) < 1e-6
    wrong = replace(problem, solve=problem.solve)
    other = problem.compiled.with_nominal(
        tuple(replace(p, nominal=p.nominal * 1.01) for p in problem.compiled.parameters)
    )
    wrong.__dict__["compiled"] = other
    assert points.compare(wrong, problem.nominal) > 1e-4  # the fixed offset is another one


def test_failures_are_told_apart(points, tmp_path):
    model = "model m\n  x0 = 0.1; shift = 1;\n  X = x0;\n  X' = X^2;\nend\n"
    tables = {
        "parameters": "parameterId lowerBound upperBound nominalValue estimate\n"
        "x0 0 1.2 0.1 true\nshift -1 3 1 true",
        "observables": "observableId observableFormula noiseFormula noiseDistribution\n"
        "o X+shift 1 log-normal",
        "measurements": "observableId experimentId time measurement\no _ 1 1.0",
    }
    problem = read_petab(write(tmp_path, model, 2, tables))
    found = points.measure(problem, 32, batch=32, checks=32)
    thetas = points.draw(problem, 32)
    diverges = thetas[:, 0] >= 1
    negative = ~diverges & (thetas[:, 0] / (1 - thetas[:, 0]) + thetas[:, 1] <= 0)
    assert diverges.any()
    assert negative.any()
    assert found["failed"] == pytest.approx(np.mean(diverges | negative), abs=1e-6)
    assert sum(found["reasons"].values()) == (diverges | negative).sum()
    assert found["failed without a reason"] == 0
    assert found["gradient lost"] == found["not a number"] == found["plus infinity"] == 0
    assert found["checked"]["wrong"] == []
    solved = found["checked"]["of these, the NumPy backend simulates"]
    assert solved == np.flatnonzero(negative).tolist()


def test_what_the_numpy_backend_cannot_do_is_said(points, problem_of):
    assert "several periods" in points._not_simple(problem_of("events"))
    assert "at rest" in points._not_simple(problem_of("periods"))
    assert points._not_simple(problem_of("noises, version 1")) == ""


def test_a_time_limit_stops_between_batches(points, problem_of):
    found = points.measure(problem_of("noises, version 1"), 16, batch=8, checks=0, seconds=0.0)
    assert (found["asked"], found["tried"]) == (16, 8)
