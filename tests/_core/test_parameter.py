from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.parameter import TRANSFORMS, Parameter, count_trainable, is_parameter, trainable_filter
from tests.tolerances import ANALYTIC, GRADIENT

# one shape for all values, so that each transform compiles once
SIZE = 4
LOWER, UPPER = -2.0, 5.0
REACH = {
    "identity": st.floats(-1e6, 1e6),
    "log": st.floats(1e-100, 1e100),
    "softplus": st.floats(1e-100, 1e100),
    "logit": st.floats(LOWER, UPPER, exclude_min=True, exclude_max=True),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_value_comes_back_from_the_unconstrained_number(transform, data):
    value = np.array(data.draw(st.lists(REACH[transform], min_size=SIZE, max_size=SIZE)))
    bounds = (LOWER, UPPER) if transform == "logit" else (-np.inf, np.inf)
    parameter = Parameter(value, transform=transform, bounds=bounds)
    assert np.isfinite(parameter.raw).all()
    np.testing.assert_allclose(parameter.value, value, rtol=1e-12, atol=1e-14 if transform == "logit" else 0)


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(raw=st.lists(st.floats(-30, 30), min_size=SIZE, max_size=SIZE))
@settings(max_examples=25, deadline=None)
def test_every_unconstrained_number_is_a_valid_value(transform, raw):
    start = Parameter(np.ones(SIZE), transform=transform, bounds=(LOWER, UPPER))
    moved = eqx.tree_at(lambda p: p.raw, start, jnp.asarray(raw))
    value = np.asarray(moved.value)
    assert np.isfinite(value).all()
    if transform in ("log", "softplus"):
        assert (value > 0).all()
    if transform == "logit":
        assert ((value >= LOWER) & (value <= UPPER)).all()


@pytest.mark.parametrize(
    ("transform", "slope"),
    [
        ("identity", lambda raw: np.ones_like(raw)),
        ("log", np.exp),
        ("softplus", lambda raw: 1 / (1 + np.exp(-raw))),
        ("logit", lambda raw: (UPPER - LOWER) * np.exp(-raw) / (1 + np.exp(-raw)) ** 2),
    ],
)
def test_the_slope_of_a_transform_is_the_textbook_one(transform, slope):
    raw = np.array([-3.0, -0.5, 0.2, 4.0])
    start = Parameter(np.ones(SIZE), transform=transform, bounds=(LOWER, UPPER))
    found = jax.grad(lambda r: eqx.tree_at(lambda p: p.raw, start, r).value.sum())(jnp.asarray(raw))
    np.testing.assert_allclose(found, slope(raw), **ANALYTIC)


def test_a_value_next_to_its_bound_stays_finite():
    value = np.nextafter(3.0, 0.0)
    parameter = Parameter(value, transform="logit", bounds=(0.0, 3.0))
    assert np.isfinite(parameter.raw)
    assert float(parameter.value) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (np.nan, {}),
        (np.inf, {}),
        (0.0, {"transform": "log"}),
        (-1.0, {"transform": "softplus"}),
        (0.5, {"transform": "log", "bounds": (1.0, 10.0)}),
        (11.0, {"transform": "log", "bounds": (1.0, 10.0)}),
        (1.0, {"transform": "logit", "bounds": (0.0, 1.0)}),
        (3.0, {"bounds": (0.0, 2.0)}),
        ([1.0, np.nan], {}),
        ("fast", {}),
    ],
)
def test_a_value_out_of_reach_is_refused_and_shown(value, options):
    with pytest.raises(
        InvalidValueError, match=r"value (is )?'?(nan|inf|0\.0|-1\.0|0\.5|11\.0|1\.0|3\.0|fast)"
    ):
        Parameter(value, **options)


@pytest.mark.parametrize("value", [1.0, 10.0])
def test_bounds_belong_to_the_reach_of_log(value):
    assert float(Parameter(value, transform="log", bounds=(1.0, 10.0)).value) == pytest.approx(value)


def test_bounds_are_checked():
    with pytest.raises(InvalidValueError, match="wanted lower < upper"):
        Parameter(1.0, bounds=(2.0, 2.0))
    with pytest.raises(InvalidValueError, match="needs finite bounds"):
        Parameter(1.0, transform="logit", bounds=(0.0, np.inf))


def test_an_unknown_transform_names_the_nearest():
    with pytest.raises(InvalidValueError, match="Did you mean 'softplus'"):
        Parameter(1.0, transform="soft_plus")


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        (("normal", "wide"), "wanted for example"),
        (("normal", "wide", 1), "wanted for example"),
        (("lognormal", 0.0, 1.0), "Did you mean 'log-normal'"),
        (("laplace", 0.0, 1.0), "wanted one of 'normal', 'log-normal'"),
        ((["normal"], 0.0, 1.0), "wanted one of 'normal', 'log-normal'"),
        (("normal", np.nan, 1.0), "wanted a finite center"),
        (("normal", 0.0, 0.0), "positive, finite width"),
        (("normal", 0.0, np.inf), "positive, finite width"),
    ],
)
def test_a_prior_that_no_fit_takes_is_refused(prior, message):
    with pytest.raises(InvalidValueError, match=message):
        Parameter(1.0, prior=prior)


def test_freezing_changes_nothing_else():
    free = Parameter([1.0, 2.0], transform="log", bounds=(0.5, 4.0), prior=["log-normal", 0, 1], unit="1/h")
    frozen = free.frozen()
    assert (frozen.trainable, frozen.freed().trainable, free.trainable) == (False, True, True)
    for name in ("transform", "bounds", "prior", "unit"):
        assert getattr(frozen, name) == getattr(free, name)
    np.testing.assert_array_equal(frozen.raw, free.raw)
    assert jax.tree.structure(frozen.freed()) == jax.tree.structure(free)


def test_another_value_keeps_the_facts():
    rate = Parameter(0.5, transform="log", unit="1/h", bounds=(0.1, 2.0)).frozen()
    other = rate.with_value([0.2, 0.3])
    np.testing.assert_allclose(other.value, [0.2, 0.3], **ANALYTIC)
    assert (other.transform, other.unit, other.bounds, other.trainable) == ("log", "1/h", (0.1, 2.0), False)
    with pytest.raises(InvalidValueError):
        rate.with_value(3.0)


def test_only_free_parameters_are_trainable():
    tree = {
        "free": Parameter([1.0, 2.0, 3.0]),
        "held": Parameter(1.0).frozen(),
        "array": jnp.ones(5),
        "none": None,
    }
    chosen = trainable_filter(tree)
    assert chosen["free"].raw is True
    assert chosen["held"].raw is False
    assert chosen["array"] is False
    assert count_trainable(tree) == 3
    assert is_parameter(tree["held"])
    assert not is_parameter(tree["array"])


def test_a_parameter_shows_itself_also_inside_a_filter():
    rate = Parameter(np.ones((2, 3)), transform="log", unit="1/h")
    assert repr(rate) == "Parameter(2x3 1/h, log, free)"
    assert repr(Parameter(1.0).frozen()) == "Parameter(scalar, identity, fixed)"
    assert "Parameter(" in repr(trainable_filter(rate))
    assert "Parameter(" in repr(eqx.filter(rate, trainable_filter(rate), inverse=True))


def test_single_precision_is_followed():
    hc.config.precision = "float32"
    try:
        assert Parameter(0.5, transform="log").raw.dtype == jnp.float32
    finally:
        hc.config.precision = "float64"
    assert Parameter(0.5).raw.dtype == jnp.float64


def test_gradients_reach_the_raw_number_through_a_program():
    parameter = Parameter([0.3, 1.7], transform="softplus")
    loss = eqx.filter_jit(lambda p: jnp.sum(p.value**3))
    slope = np.asarray(eqx.filter_grad(loss)(parameter).raw)
    step = 1e-6
    for k in range(2):
        ends = [
            float(loss(eqx.tree_at(lambda p: p.raw, parameter, parameter.raw.at[k].add(sign * step))))
            for sign in (1, -1)
        ]
        np.testing.assert_allclose(slope[k], (ends[0] - ends[1]) / (2 * step), **GRADIENT)
