"""The order in which delayed values are passed."""

from __future__ import annotations

from hybridcell.mechanisms.reactions.delays import delay_terms
from tests.mechanisms.reactions.resolve.building import Numbers, parameter, rule


def numbers(rate: str, seen: str = "0"):
    return Numbers(
        parameter("q", constant=False),
        rule("rate", "q", rate),
        parameter("y", constant=False),
        rule("assignment", "y", seen),
    )


def test_inner_delays_come_before_outer_ones_and_each_once():
    equations = numbers("delay(delay(q, 1) + q, 2) + delay(q, 1)", "delay(q, 3)").equations
    assert [str(term) for term in delay_terms(equations)] == [
        "delay(q, 1)",
        "delay(delay(q, 1) + q, 2)",
        "delay(q, 3)",
    ]
    assert equations.has_delays


def test_delays_that_are_only_seen_do_not_move_the_state():
    equations = numbers("q", "delay(q, 3)").equations
    assert len(delay_terms(equations)) == 1
    assert not equations.has_delays


def test_a_network_without_delays_has_none():
    assert delay_terms(numbers("q").equations) == ()
