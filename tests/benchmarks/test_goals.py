"""A goal is decided by what stands in the results, and by nothing else."""

import pytest
from goals import GOALS, MISSED, REACHED, UNMEASURED, Figure, Goal

FIGURE, PEERS = Figure("speed", "solve", ("ms",)), Figure("speed", "solve", ("peer ms",))


def runs(**solve):
    return {"speed": {"date": "2030-01-01", "machine": "abacus", "results": {"solve": solve}}}


@pytest.mark.parametrize(
    ("sense", "bound", "measured", "verdict"),
    [
        ("<=", 2.0, 2.0, REACHED),
        ("<=", 2.0, 2.1, MISSED),
        (">=", 2.0, 2.1, REACHED),
        (">=", 2.0, 1.9, MISSED),
        ("<=", 2.0, "it failed", UNMEASURED),
        ("<=", 2.0, True, UNMEASURED),
    ],
)
def test_verdict_compares_with_the_bound(sense, bound, measured, verdict):
    assert Goal("a solve", FIGURE, sense, bound).verdict(runs(ms=measured)) == verdict


def test_a_bound_may_be_the_peers_figure():
    goal = Goal("a solve", FIGURE, "<=", PEERS)
    assert goal.verdict(runs(ms=1.0, **{"peer ms": 2.0})) == REACHED
    assert goal.verdict(runs(ms=3.0, **{"peer ms": 2.0})) == MISSED
    assert goal.verdict(runs(ms=3.0)) == UNMEASURED


def test_what_never_ran_is_not_measured():
    assert Goal("a solve", FIGURE, "<=", 1.0).verdict({}) == UNMEASURED


def test_a_part_says_itself_when_it_was_measured():
    found = runs(ms=1.0)
    assert FIGURE.measured(found)["date"] == "2030-01-01"
    found["speed"]["parts"] = {"solve": {"date": "2029-12-31"}}
    assert FIGURE.measured(found)["date"] == "2029-12-31"


def test_goals_are_distinct_and_have_a_line_each():
    assert len({goal.what + goal.line for goal in GOALS}) == len(GOALS)
    assert all(goal.line for goal in GOALS)
    assert all(bool(goal.peer) == (goal.peers_figure is not None) for goal in GOALS)
