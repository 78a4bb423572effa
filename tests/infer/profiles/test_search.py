"""All walks together: branches that one walk misses and another one sees."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles import search as module
from hybridcell.infer.profiles.lockstep import Together
from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Point
from hybridcell.infer.profiles.search import box_of, search
from hybridcell.infer.profiles.walk import AT_BOUND, CROSSED, Path, Rules
from hybridcell.infer.target import as_target


def test_an_end_that_another_walk_has_passed_is_moved():
    # two wells for b = -1 and b = 1; around the upper one a goes further, and only b's own walk gets there
    def value(p):
        a, b = p
        near = a**2 + 5 * (b + 1) ** 2
        far = 0.2 * (a - 4) ** 2 + 5 * (b - 1) ** 2 + 0.3
        return -jnp.log(jnp.exp(-near) + jnp.exp(-far)) + 0.0 * b

    target = as_target(FunctionObjective(["a", "b"], [-9, -3], [9, 3], value=value), at=[0.0, -1.0])
    found = search(target, [0, 1], 6.0, 60, False)
    # 0.2 (a - 4)^2 + 0.3 = 6
    assert found.paths[0, 1].end > 4 + 0.98 * np.sqrt(5.7 / 0.2)
    for path in found.paths.values():
        others = [
            p.theta[path.place]
            for w in found.paths.values()
            for p in w.points
            if p.value < found.start.value + 6
        ]
        assert max(path.sign * x for x in others) <= path.sign * path.end * 1.01 + 0.05
        # the walk's own branch, where it is the higher one, is none of the profile
        assert all(p.value < found.start.value + 6 for p in path.points[:-1])


def test_steps_are_a_tenth_of_the_width_or_of_the_value():
    loose = FunctionObjective(["a", "b", "c"], [-2, -np.inf, 1], [2, np.inf, 1], residuals=lambda p: p)
    box = box_of(as_target(loose, at=[0.0, 30.0, 1.0]))
    np.testing.assert_allclose(box.reach, [0.4, 30.0, 1.0])


class NoBar:
    def update(self, n):
        pass


def test_a_walk_that_goes_on_forgets_why_it_ended():
    sheet = as_target(
        FunctionObjective(["a", "b"], [-4, -1], [4, 1], residuals=lambda p: 0.1 * p[1:]), at=[0.0, 0.0]
    )

    def at(a, value=0.0):
        return Point(np.array([a, 0.0]), value, np.zeros(2), np.diag([0.0, 0.01]), np.diag([0.0, 0.01]))

    ended = Path(0, 1, [at(0.0), at(1.0), at(1.1, 9.0)], Memory(), CROSSED, 1.05, (1,))
    other = Path(1, 1, [at(0.0), at(2.0)], Memory(), AT_BOUND, np.inf)
    rules = Rules(
        floor=0.0, threshold=2.0, end=1e-3, settled=1e-4, most=60, low=sheet.lower, high=sheet.upper
    )
    notes = []
    paths = {(0, 1): ended, (1, 1): other}
    again = module._corrected(paths, box_of(sheet), rules, Together(sheet, 2), NoBar(), notes, sheet)
    assert not again
    assert (ended.reason, ended.end, ended.held) == (AT_BOUND, np.inf, ())
    places = [p.theta[0] for p in ended.points]
    assert places == sorted(places)
    assert (places[:3], places[-1]) == ([0.0, 1.0, 2.0], 4.0)
    assert "another branch that goes on" in notes[0]


def test_profiles_are_whole_ones_around_one_optimum_when_restarts_are_used_up(monkeypatch):
    monkeypatch.setattr(module, "_RESTARTS", 0)

    # a well at -1, and a deeper one at 2 behind a low ridge
    def value(p):
        return 0.25 * (p[0] ** 4 / 4 - p[0] ** 3 / 3 - p[0] ** 2)

    target = as_target(FunctionObjective(["a"], [-6], [6], value=value), at=[-1.0])
    found = search(target, [0], 2.0, 60, False)
    assert "these profiles are not those of the best one" in found.notes[-1]
    assert found.start.theta[0] == pytest.approx(-1, abs=0.1)
    for path in found.paths.values():
        assert path.points[0] is found.start
        assert path.reason
        assert not np.isnan(path.end)
    assert found.paths[0, -1].reason == CROSSED
