"""Verdicts on what is known in closed form."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective, estimate
from hybridcell.infer.identifiability import identifiability

from .toys import SD, TIMES, decay, on_log, product

KEY = jr.key(0)


def test_exponential_decay_has_the_analytic_standard_errors():
    found = identifiability(decay(), at={"k": 1.0, "a": 1.0}, key=KEY)
    ln10 = np.log(10.0)
    slopes = np.stack([-TIMES * np.exp(-TIMES), np.exp(-TIMES)], axis=1) * ln10 / SD
    expected = np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    np.testing.assert_allclose(found.table["se"], expected, rtol=1e-9)
    assert found.identifiable == ("k", "a")
    assert found.table["by"].unique().tolist() == ["linearization, checked at a factor of 2"]
    np.testing.assert_allclose(found.table.loc["k", "upper"], 10 ** (1.96 * expected[0]), rtol=0.02)
    assert found.structure.rank == 2
    assert not found.notes


def test_spectrum_is_per_e_fold_whatever_the_scale():
    linear = FunctionObjective(
        ["k", "a"], [0, 0], [9, 9], residuals=lambda p: (p[1] * jnp.exp(-p[0] * TIMES) - np.exp(-TIMES)) / SD
    )
    a = identifiability(decay(), at={"k": 1.0, "a": 1.0}, key=KEY)
    b = identifiability(linear, at={"k": 1.0, "a": 1.0}, key=KEY)
    np.testing.assert_allclose(a.spectrum, b.spectrum, rtol=1e-6)
    assert (np.diff(a.spectrum) < 0).all()


def test_product_of_two_is_structural_and_said_in_words():
    found = identifiability(product(), at={"k1": 1.0, "k2": 2.0, "k3": 1.0}, key=KEY)
    assert found.verdicts.to_dict() == {
        "k1": "structurally not", "k2": "structurally not", "k3": "identifiable",
    }  # fmt: skip
    assert found.structure.rank == 2
    [group] = found.structure.groups
    assert group.names == ("k1", "k2")
    assert group.freedoms == 1
    assert group.text in (
        "k1 up while k2 goes down leaves all measurements as they are",
        "k2 up while k1 goes down leaves all measurements as they are",
    )
    assert any("singular" in note for note in found.notes)
    assert np.isinf(found.table.loc["k1", "se"])
    assert found.table.loc["k1", "lower"] == 0
    assert np.isinf(found.table.loc["k1", "upper"])
    assert found.advice[0].startswith("Fix one of k1 and k2")
    assert "without limit" in found.sloppy[0]


def test_scale_and_concentration():
    """A readout in arbitrary units: scale * x0 * exp(-k t)."""
    measured = 3.0 * np.exp(-TIMES)

    def residuals(p):
        scale, x0, k = jnp.exp(p)
        return (scale * x0 * jnp.exp(-k * TIMES) - measured) / SD

    from hybridcell.io.petab.statement import PetabParameter

    names = ["scale", "x0", "k"]
    parameters = [PetabParameter(id=n, scale="log", lower=1e-3, upper=1e3) for n in names]
    bound = np.log(1e3)
    toy = FunctionObjective(names, [-bound] * 3, [bound] * 3, residuals=residuals, parameters=parameters)
    found = identifiability(toy, at={"scale": 3.0, "x0": 1.0, "k": 1.0}, key=KEY)
    assert found.verdicts.tolist() == ["structurally not", "structurally not", "identifiable"]


def test_late_times_alone_leave_a_rate_practically_open():
    late = np.linspace(8.0, 9.0, 12)
    found = identifiability(decay(late), at={"k": 1.0, "a": 1.0}, key=KEY)
    assert found.verdicts.tolist() == ["practically not"] * 2
    assert found.structure.rank == 2
    assert not found.structure.groups
    assert found.sloppy


def test_check_catches_what_the_linearization_overlooks():
    """A saturating readout: the linearization ends the interval, the function never does."""
    toy = FunctionObjective(
        ["k"], [-3.0], [3.0], parameters=on_log(["k"]),
        residuals=lambda p: jnp.array([1.0 / (1.0 + (10.0 ** p[0] / 2.0) ** -4.0) - 16.0 / 17.0]) / 0.03,
    )  # fmt: skip
    linear = identifiability(toy, at={"k": 4.0}, check_iterations=0, key=KEY)
    checked = identifiability(toy, at={"k": 4.0}, key=KEY)
    assert linear.verdicts["k"] == "identifiable"
    assert linear.table.loc["k", "by"] == "linearization"
    assert checked.verdicts["k"] == "practically not"
    assert "larger" in checked.table.loc["k", "why"]
    assert np.isinf(checked.table.loc["k", "upper"])


def test_two_optima_that_disagree():
    """Only the square of x = log10 k is read: k and 1/k do equally well."""
    toy = FunctionObjective(
        ["k"], [-2.0], [2.0], parameters=on_log(["k"], 1e-2, 1e2),
        residuals=lambda p: jnp.array([p[0] ** 2 - 1.0]) / 0.05,
    )  # fmt: skip
    runs = estimate(toy, n_starts=6, key=jr.key(1), progress=False)
    assert {round(float(r.theta[0])) for r in runs.runs} == {-1, 1}
    alone = identifiability(toy, at=runs.best.theta, key=KEY)
    both = identifiability(toy, at=runs, key=KEY)
    assert alone.verdicts["k"] == "identifiable"
    assert both.verdicts["k"] == "practically not"
    assert both.table.loc["k", "by"] == "optima"
    assert both.table.loc["k", "lower"] <= 0.1 < 10 <= both.table.loc["k", "upper"]


def test_at_bound_is_said_and_leaves_the_interval_open():
    toy = FunctionObjective(
        ["k", "a"], [-1.0, -1.0], [1.0, 1.0], parameters=on_log(["k", "a"], 0.1, 10.0),
        residuals=lambda p: jnp.array([p[0] - 1.3, p[1] - 0.2]) / 0.02,
    )  # fmt: skip
    found = identifiability(toy, at={"k": 10.0, "a": 10**0.2}, key=KEY)
    assert found.verdicts.to_dict() == {"k": "practically not", "a": "identifiable"}
    assert "at its upper bound" in found.table.loc["k", "why"]
    assert np.isinf(found.table.loc["k", "upper"])
    assert found.table.loc["k", "lower"] > 8


def test_fixed_by_its_bounds():
    toy = FunctionObjective(["a", "b"], [0.0, 2.0], [9.0, 2.0], residuals=lambda p: (p - 2.0) / 0.01)
    found = identifiability(toy, at=[2.0, 2.0], key=KEY)
    assert found.table.loc["b", "why"] == "its bounds fix it"
    assert found.table.loc["b", ["lower", "upper"]].tolist() == [2.0, 2.0]


def test_point_that_is_no_optimum_is_a_note():
    toy = FunctionObjective(
        ["x", "y"], [0.1, 0.1], [50.0, 50.0],
        residuals=lambda p: jnp.array([(p[0] - 3.0) / 0.1, (p[1] - 9.0) / 0.1]),
    )  # fmt: skip
    assert any("This is not the optimum" in n for n in identifiability(toy, at=[3.0, 8.7], key=KEY).notes)
    assert not identifiability(toy, at=[3.0, 9.0], key=KEY).notes


def test_better_optimum_on_the_way_is_a_note():
    """Two valleys a factor of 2 apart, the other one deeper."""
    two = np.log10(2.0)
    toy = FunctionObjective(
        ["k"], [-1.0], [1.0], parameters=on_log(["k"], 0.1, 10.0),
        residuals=lambda p: jnp.array([60.0 * p[0] * (p[0] - two), 2.0 + 4.0 * (two - p[0])]),
    )  # fmt: skip
    found = identifiability(toy, at=[0.0], key=KEY)
    assert any("not the best optimum" in note for note in found.notes)
    assert found.verdicts["k"] == "practically not"


def test_without_residuals_the_same_verdicts():
    def squares(p):
        off = (10.0 ** p[1] * jnp.exp(-(10.0 ** p[0]) * TIMES) - np.exp(-TIMES)) / SD
        return 0.5 * jnp.sum(off**2)

    toy = FunctionObjective(["k", "a"], [-3, -3], [3, 3], value=squares, parameters=on_log(["k", "a"]))
    found = identifiability(toy, at={"k": 1.0, "a": 1.0}, key=KEY)
    other = identifiability(decay(), at={"k": 1.0, "a": 1.0}, key=KEY)
    assert found.identifiable == ("k", "a")
    np.testing.assert_allclose(found.table["se"], other.table["se"], rtol=1e-3)


def test_profiles_take_the_place_of_the_linearization():
    from hybridcell.infer.profiles.profiles import profiles

    toy, at = decay(), {"k": 1.0, "a": 1.0}
    curves = profiles(toy, at=at, parameters=["k"], progress=False)
    found = identifiability(toy, at=at, profiles=curves, key=KEY)
    assert found.table.loc["k", "by"] == "profile at 95%"
    assert found.table.loc["a", "by"].startswith("linearization")
    np.testing.assert_allclose(
        found.table.loc["k", ["lower", "upper"]].astype(float), curves.interval("k", linear=True), rtol=1e-9
    )
    with pytest.raises(InvalidValueError, match="another optimum"):
        identifiability(toy, at={"k": 1.9, "a": 1.0}, profiles=curves, key=KEY)


def test_wrong_input():
    with pytest.raises(InvalidValueError, match="factor is 1"):
        identifiability(decay(), at={"k": 1.0, "a": 1.0}, factor=1.0, key=KEY)
    broken = FunctionObjective(["k"], [-1.0], [1.0], residuals=lambda p: jnp.log(p))
    with pytest.raises(InvalidValueError, match="cannot be simulated"):
        identifiability(broken, at=[-0.5], key=KEY)
    with pytest.raises(InvalidValueError, match="wanted a PetabProblem"):
        identifiability("model", key=KEY)


def test_same_key_same_result():
    a, b = (identifiability(product(), at={"k1": 1.0, "k2": 2.0, "k3": 1.0}, key=jr.key(3)) for _ in range(2))
    assert a.table.equals(b.table)
    assert a.advice == b.advice
    assert jax.tree.all(jax.tree.map(np.array_equal, a.spectrum, b.spectrum))


def test_what_its_bounds_fix_makes_up_for_nothing():
    """Of a product and a sum, with one factor fixed: as if that factor were a number."""

    def residuals(fixed, p):
        return jnp.concatenate([(fixed * p[0] - 2.0) * TIMES, 0.01 * (p[:1] + p[1:] - 1.1) * TIMES]) / SD

    both = FunctionObjective(
        ["k", "a", "b"], [2, 0, 0], [2, 9, 9], residuals=lambda p: residuals(p[0], p[1:])
    )
    alone = FunctionObjective(["a", "b"], [0, 0], [9, 9], residuals=lambda p: residuals(2.0, p))
    found = identifiability(both, at=[2.0, 1.0, 0.1], key=KEY)
    wanted = identifiability(alone, at=[1.0, 0.1], key=KEY)
    columns = ["lower", "upper", "se", "verdict", "by", "why"]
    for column in columns:
        assert found.table.loc[["a", "b"], column].tolist() == pytest.approx(wanted.table[column].tolist())
    assert found.table.loc["k", columns].tolist() == [
        2.0,
        2.0,
        0.0,
        "identifiable",
        "bounds",
        "its bounds fix it",
    ]
    assert (found.structure.rank, found.structure.here) == (3, 3)
    np.testing.assert_allclose(found.spectrum, [*wanted.spectrum, 0.0])
    assert (found.sloppy, found.advice, found.notes) == (wanted.sloppy, wanted.advice, wanted.notes)
    assert wanted.sloppy
    np.testing.assert_allclose(found.directions.to_numpy()[1:, :2], wanted.directions)


def test_bounds_that_fix_all_leave_nothing_to_identify():
    stuck = FunctionObjective(["a"], [1], [1], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="leave no parameter any room"):
        identifiability(stuck, at=[1.0], key=KEY)


def test_numbers_of_points_and_steps_are_checked():
    for options, said in (
        ({"n_points": -1}, "n_points is -1"),
        ({"n_points": 2.5}, "n_points is 2.5"),
        ({"check_iterations": -3}, "check_iterations is -3"),
    ):
        with pytest.raises(InvalidValueError, match=said):
            identifiability(decay(), at={"k": 1.0, "a": 1.0}, key=KEY, **options)
