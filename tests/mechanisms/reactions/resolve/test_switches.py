"""Comparisons that flip, and when."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    event,
    parameter,
    reaction,
    rule,
    species,
)


def found(*elements):
    return Numbers(parameter("k", 2.0), parameter("q", 0.0, constant=False), *elements)


def rate(text):
    return rule("rate", "q", text)


def test_comparisons_of_constants_never_flip():
    assert found(rate("1 if k > 3 else 2")).equations.switches == ()


def test_a_linear_comparison_of_time_has_its_time():
    numbers = found(rate("1 if 3 * time - k > 4 else 0"))
    (switch,) = numbers.equations.switches
    assert switch.time is not None
    np.testing.assert_allclose(numbers.at(switch.time), 2.0)
    assert numbers.at(switch.root, 2.0) == 0.0
    assert (switch.in_rate, switch.in_trigger) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["time ^ 2 > 4", "sin(time) > 0", "floor(time) >= 2", "(1 if time > 3 else 0) > 0.5", "time * time > k"],
)
def test_other_comparisons_of_time_are_searched_for(text):
    times = [switch.time is None for switch in found(rate(f"1 if {text} else 0")).equations.switches]
    assert any(times)


def test_comparisons_of_states_are_searched_for():
    (switch,) = found(rate("1 if q > time else 0")).equations.switches
    assert switch.time is None


def test_equality_flips_too():
    (switch,) = found(rate("1 if time == 3 else 0")).equations.switches
    assert switch.relation.op == "eq"


def test_triggers_with_discrete_states_know_their_time():
    numbers = found(
        parameter("wait", 5.0, constant=False),
        rate("q"),
        event("again", "time >= wait", {"wait": "wait + 5", "q": "0"}),
    )
    (switch,) = numbers.equations.switches
    assert switch.time is not None
    assert numbers.at(switch.time, wait=15.0) == 15.0
    assert (switch.in_rate, switch.in_trigger) == (False, True)
    assert numbers.equations.events[0].time_only


def test_what_only_events_read_into_assignments_is_no_switch():
    numbers = found(event("once", "time > 1", {"q": "1 if time > 2 else 0"}))
    assert len(numbers.equations.switches) == 1


def test_discrete_comparisons_flip_with_events_only():
    numbers = found(rule("rate", "k", "1 if q > 0 else 0"), event("once", "time > 1", {"q": "1"}))
    assert [switch.in_trigger for switch in numbers.equations.switches] == [True]


def test_a_comparison_of_both_is_listed_once():
    numbers = found(
        species("S", 1.0), reaction("v", ["S"], [], "S if S > 1 else 0"), event("e", "S > 1", {"q": "1"})
    )
    (switch,) = numbers.equations.switches
    assert (switch.in_rate, switch.in_trigger) == (True, True)
    assert not numbers.equations.events[0].time_only


def test_comparisons_inside_a_delay_are_of_the_past():
    numbers = found(rate("delay(1 if q > 1 else 0, 2 if time > 5 else 3)"))
    assert [str(switch.relation) for switch in numbers.equations.switches] == ["time > 5"]
