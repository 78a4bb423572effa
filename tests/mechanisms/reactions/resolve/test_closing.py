"""Variables that are no states after all."""

from __future__ import annotations

from hybridcell._core.expressions import constant, state, symbol, time
from hybridcell.mechanisms.reactions.resolve.closing import Closing
from hybridcell.mechanisms.reactions.resolve.dynamics import Dynamics
from hybridcell.mechanisms.reactions.resolve.start import Start
from hybridcell.mechanisms.reactions.resolve.table import Table
from tests.mechanisms.formula import f
from tests.mechanisms.reactions.resolve.building import network, parameter, rule, species, start


def closing(*elements, placeholders):
    dynamics = Dynamics(Table(network(*elements)))
    return Closing(dynamics, Start(dynamics), placeholders)


def closed(which, term):
    return which([term])[term]


def test_what_follows_from_constants_is_put_in():
    which = closing(parameter("k"), parameter("c"), start("c", "k + 1"), placeholders=["c"])
    assert which.kept == set()
    assert str(closed(which, f("2 * c"))) == "2*(k + 1)"
    assert closed(which, symbol("c")).args[0] is constant("k")


def test_what_the_start_decides_is_kept():
    which = closing(parameter("c"), start("c", "time"), placeholders=["c"])
    assert which.kept == {"c"}
    assert closed(which, symbol("c")) is state("c")


def test_a_concentration_is_kept_as_an_amount():
    which = closing(species("S"), start("S", "time"), placeholders=["S"])
    assert str(closed(which, symbol("S"))) == "S/C"


def test_one_variable_may_stand_for_another():
    """q = 2 c by an algebraic rule, c kept from the start."""
    which = closing(
        parameter("q", constant=False),
        parameter("c"),
        start("c", "time"),
        rule("algebraic", "", "q - 2 * c"),
        placeholders=["c"],
    )
    assert str(closed(which, state("q"))) == "2*c"
    assert closed(which, state("q")).args[1] is state("c")


def test_the_past_of_time_is_computed():
    which = closing(parameter("k"), placeholders=[])
    term = f("delay(time * 2, 3)")
    assert closed(which, term) is f("(time - 3) * 2")
    assert closed(which, time()) is time()
