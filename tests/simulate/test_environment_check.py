from __future__ import annotations

import pytest

from hybridcell.simulate import environment_check
from hybridcell.simulate.environment_check import check_environment


@pytest.fixture(scope="module")
def check() -> environment_check.EnvironmentCheck:
    return check_environment()


def test_this_installation_is_right(check: environment_check.EnvironmentCheck) -> None:
    assert check.sound
    assert check.double_precision
    assert max(check.errors.values()) < 1e-7
    assert "verdict: right" in repr(check)
    assert "gradient of a steady state" in check._repr_html_()


def _with(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> environment_check.EnvironmentCheck:
    # what is not under test needs no compiling here
    monkeypatch.setattr(environment_check, "_gradient_error", lambda function: 0.0)
    monkeypatch.setattr(environment_check, name, value)
    return check_environment()


@pytest.mark.parametrize("error", [0.5, float("nan")])
def test_wrong_products_are_told(monkeypatch: pytest.MonkeyPatch, error: float) -> None:
    check = _with(monkeypatch, "batched_matvec_error", lambda: error)
    assert not check.sound
    assert "batched matrix products: off by" in check.problems[0]
    assert "pip install" in check.problems[-1]


def test_wrong_gradients_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _with(monkeypatch, "_gradient_error", lambda function: 0.01)
    assert [line.split(":")[0] for line in check.problems[:2]] == [
        "gradient of a steady state",
        "gradient through an integration",
    ]


def test_a_bad_release_is_told_whatever_it_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _with(monkeypatch, "BAD_JAX_VERSIONS", (environment_check.jax.__version__,))
    assert not check.sound
    assert "known to return wrong numbers" in check.problems[0]


def test_a_wrong_gradient_is_found() -> None:
    import jax
    import jax.numpy as jnp

    @jax.custom_jvp
    def wrong(weights):
        return jnp.sum(weights**2)

    wrong.defjvp(lambda primals, tangents: (wrong(*primals), 1.9 * jnp.sum(primals[0] * tangents[0])))
    assert environment_check._gradient_error(wrong) > 0.04
    assert environment_check._gradient_error(lambda weights: jnp.sum(weights**2)) < 1e-8
