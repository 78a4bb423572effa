import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import (
    checked_share,
    errors_count,
    is_finite_number,
    is_number,
    is_whole,
    plain,
)

WHOLE = [0, -3, 10**30, np.int8(4), np.uint64(2**63)]
FINITE = [*WHOLE, 0.5, np.float32(0.5), np.float64(-1e300)]
ENDLESS = [np.nan, -np.inf, np.float32(np.inf)]
NONE = [True, False, np.True_, "1", None, 1 + 0j, np.complex128(1), [1], np.array(1.0), np.array([1.0])]


@pytest.mark.parametrize("value", [*FINITE, *ENDLESS, *NONE], ids=repr)
def test_what_is_a_number(value):
    assert is_number(value) == any(value is one for one in [*FINITE, *ENDLESS])
    assert is_finite_number(value) == any(value is one for one in FINITE)
    assert is_whole(value) == any(value is one for one in WHOLE)


def test_an_array_without_axes_is_the_number_that_it_holds():
    assert is_number(plain(np.array(2.5)))
    assert plain(np.array(2.5)) == 2.5
    assert plain(np.array(True)) is True
    for other in ([1.0], "1", None, 3):
        assert plain(other) is other


@pytest.mark.parametrize("value", [0, 1, -0.5, 95, True, "0.9", None, np.nan, [0.9], 0.9 + 0j], ids=repr)
def test_what_lies_not_between_0_and_1_is_no_share(value):
    with pytest.raises(InvalidValueError, match=r"^level is .*; wanted a share between 0 and 1, .*0\.95"):
        checked_share("level", value, 0.95)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), jnp.asarray(0.5)], ids=repr)
def test_a_share_is_a_number_of_python(value):
    found = checked_share("level", value, 0.95)
    assert type(found) is float
    assert found == 0.5


def test_which_errors_count():
    sd = np.array([1e-310, 0.0, np.nan, np.inf, 1e-149, 1e-149, 1e-140])
    values = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1e10, -1e3])
    assert errors_count(sd, values).tolist() == [False, False, False, False, True, False, True]
    assert np.isfinite((values[[4, 6]] / sd[[4, 6]]) ** 2).all()
