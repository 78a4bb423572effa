"""What may not go wrong silently: failures, batches, the order of tables, second derivatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hybridcell as hc
from tests.fit.petab.problems import CASES, NOISES_1, Case, flow, sum_of, write

#: Three quantities that may fail on their own, and one that cannot.
_FRAGILE = """
model m
  x0 = 0.1; d = 1; s = 1; k = 0.5;
  X = x0; Y = 0; Z = 0; W = 1;
  X' = X^2; Y' = 1/d; Z' = sqrt(s); W' = -k*W;
end
"""
_TABLES = {
    "parameters": """
        parameterId lowerBound upperBound nominalValue estimate
        x0 -10 10 0.1 true
        d -10 10 1 true
        s -10 10 1 true
        k -10 10 0.5 true
        sigma -10 10 0.5 true
        shift -10 10 0 true""",
    "observables": """
        observableId observableFormula noiseFormula noiseDistribution
        x X 0.5 _
        y Y sigma _
        z Z 0.5 _
        w W+shift 0.5 log-normal""",
    "measurements": """
        observableId experimentId time measurement
        x _ 2 0.2
        y _ 2 1.7
        z _ 2 2.3
        w _ 2 0.4""",
}
GOOD = {"x0": 0.1, "d": 1.0, "s": 1.0, "k": 0.5, "sigma": 0.5, "shift": 0.0}
BAD = {
    "blows up": {"x0": 1.0},
    "divides by zero": {"d": 0.0},
    "root of a negative number": {"s": -1.0},
    "noise of size 0": {"sigma": 0.0},
    "noise of negative size": {"sigma": -0.5},
    "logarithm of a negative number": {"shift": -2.0},
    "logarithm of a very negative number": {"shift": -5.0, "k": 0.1},
    "not a number": {"k": np.nan},
}
FAILED_SIMULATION = ("blows up", "divides by zero", "root of a negative number")


def expected(p):
    found = [p["x0"] / (1 - 2 * p["x0"]), 2 / p["d"], 2 * np.sqrt(p["s"]), np.exp(-2 * p["k"]) + p["shift"]]
    return np.array(found), np.array([0.5, p["sigma"], 0.5, 0.5])


@pytest.fixture(scope="session")
def fragile(tmp_path_factory):
    return hc.read_petab(write(tmp_path_factory.mktemp("fragile"), _FRAGILE, 2, _TABLES))


@pytest.fixture(scope="session")
def batch(fragile):
    """Vectors: a good one, then a bad and a good one by turns."""
    rows = [GOOD]
    for number, bad in enumerate(BAD.values()):
        rows += [GOOD | bad, GOOD | {"k": 0.4 + 0.05 * number, "d": 2.0}]
    assert fragile.free == tuple(GOOD)
    return np.array([list(row.values()) for row in rows])


def test_failures_are_seen_and_spoil_nothing(fragile, batch):
    found = fragile.log_likelihood(batch)
    kinds = ("normal", "normal", "normal", "log-normal")
    measured = fragile.statement.measurements.value
    good = [0, *range(2, len(batch), 2)]
    wanted = [sum_of(kinds, measured, *expected(dict(zip(GOOD, row)))) for row in batch[good]]
    np.testing.assert_allclose(found[good], wanted, rtol=1e-6)
    assert dict(zip(BAD, found[1::2])) == dict.fromkeys(BAD, -np.inf)


def test_failures_have_reasons(fragile, batch):
    table = fragile.failures(batch)
    assert table.columns.tolist() == ["vector", "conditions", "reason"]
    assert sorted(set(table["vector"])) == list(range(1, len(batch), 2))
    reasons = table.groupby("vector")["reason"].agg("; ".join)
    for name in BAD:
        reason = reasons[2 * list(BAD).index(name) + 1]
        assert ("solver gave up" in reason) == (name in FAILED_SIMULATION), (name, reason)
    assert fragile.failures(batch[0]).empty


def test_the_gradient_of_what_failed_is_not_a_number_and_of_the_rest_right(fragile, batch):
    found = fragile.gradient(batch).to_numpy()
    good = [0, *range(2, len(batch), 2)]
    kinds = ("normal", "normal", "normal", "log-normal")
    measured = fragile.statement.measurements.value
    for row in good:
        h = 1e-6
        ends = [
            [
                sum_of(kinds, measured, *expected(dict(zip(GOOD, batch[row] + s * h * unit))))
                for unit in np.eye(len(GOOD))
            ]
            for s in (1, -1)
        ]
        np.testing.assert_allclose(found[row], np.subtract(*ends) / (2 * h), rtol=1e-5, atol=1e-5)
    finite = dict(zip(BAD, np.isfinite(found[1::2]).all(axis=1)))
    assert {name: finite[name] for name in FAILED_SIMULATION} == dict.fromkeys(FAILED_SIMULATION, False)


def test_a_parameter_that_is_not_a_number_is_a_reason_too(fragile, batch):
    place = 2 * list(BAD).index("not a number") + 1
    assert np.isnan(fragile.gradient(batch).to_numpy()[place]).all()
    assert place in set(fragile.failures(batch)["vector"])


def test_minimizers_see_infinity_where_a_simulation_failed(fragile, batch):
    np.testing.assert_array_equal(fragile.objective.values(batch), -np.asarray(fragile.log_posterior(batch)))
    assert (fragile.objective.values(batch)[1::2] == np.inf).all()


_NO_REST = {
    "parameters": """
        parameterId lowerBound upperBound nominalValue estimate
        k 0 10 1 true
        g -10 10 -1 true""",
    "observables": "observableId observableFormula noiseFormula\nx X 0.5",
    "experiments": "experimentId time conditionId\ne 0 _",
    "measurements": "observableId experimentId time measurement\nx e inf 1.2",
}


@pytest.fixture(scope="session")
def restless(tmp_path_factory):
    model = "model m\n  k = 1; g = -1;\n  X = 0.5;\n  X' = k + g*X;\nend\n"
    return hc.read_petab(write(tmp_path_factory.mktemp("restless"), model, 2, _NO_REST))


def test_what_never_rests_is_said(restless):
    thetas = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.0], [2.0, -0.01]])
    found = restless.log_likelihood(thetas)
    wanted = [sum_of(("normal",), [1.2], [x], 0.5) for x in (1.0, 0.5, 200.0)]
    np.testing.assert_allclose(found[[0, 3, 4]], wanted, rtol=1e-6)
    assert (found[[1, 2]] == -np.inf).all()
    reasons = restless.failures(thetas).set_index("vector")["reason"]
    assert reasons.index.tolist() == [1, 2]
    assert "no steady state" in reasons[1]


def test_the_gradient_at_rest_is_exact_and_that_of_no_rest_nothing(restless):
    thetas = np.array([[1.0, -1.0], [1.0, 0.0], [3.0, -2.0]])
    found = restless.gradient(thetas).to_numpy()
    k, g = thetas[[0, 2]].T
    slope = -(-k / g - 1.2) / 0.25
    np.testing.assert_allclose(found[[0, 2]], np.stack([-slope / g, slope * k / g**2], axis=1), rtol=1e-6)
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("name", ["conditions, version 1", pytest.param("events", marks=pytest.mark.suite)])
def test_a_batch_is_its_vectors_one_by_one_to_the_last_bit(name, problem_of):
    problem = problem_of(name)
    rng = np.random.default_rng(0)
    thetas = problem.nominal + 0.2 * rng.normal(size=(4, len(problem.free)))
    together = problem.log_likelihood(thetas)
    assert together.tolist() == [problem.log_likelihood(theta) for theta in thetas]
    assert problem.log_likelihood(thetas[::-1]).tolist() == together[::-1].tolist()


def _reversed(text):
    header, *rows = [line for line in text.splitlines() if line.strip()]
    return "\n".join([header, *reversed(rows)])


@pytest.mark.parametrize("name", ["conditions, version 1", pytest.param("periods", marks=pytest.mark.suite)])
def test_the_order_of_rows_means_nothing(name, problem_of, tmp_path):
    case = CASES[name]
    tables = {kind: text if kind == "parameters" else _reversed(text) for kind, text in case.tables.items()}
    turned = hc.read_petab(replace(case, tables=tables).write(tmp_path), solve=problem_of(name).solve)
    assert turned.log_likelihood() == pytest.approx(problem_of(name).log_likelihood(), rel=1e-9)
    np.testing.assert_allclose(
        turned.simulate()["simulation"][::-1], problem_of(name).simulate()["simulation"], rtol=1e-8
    )


def test_the_order_of_parameters_is_that_of_the_table(tmp_path, problem_of):
    tables = {**NOISES_1.tables, "parameters": _reversed(NOISES_1.tables["parameters"])}
    turned = hc.read_petab(
        replace(NOISES_1, tables=tables).write(tmp_path), solve=problem_of("noises, version 1").solve
    )
    assert turned.free == problem_of("noises, version 1").free[::-1]
    assert turned.log_likelihood() == pytest.approx(
        problem_of("noises, version 1").log_likelihood(), rel=1e-9
    )


def _noiseless(p):
    return np.array([flow(p["a0"], 0.5, p["k1"], 0.6, t)[0] for t in (0.5, 1.0, 4.0)]), 0.1


NOISELESS = Case(
    version=1,
    tables={
        "parameters": """
            parameterId parameterScale lowerBound upperBound nominalValue estimate
            a0 lin 0 10 1.4 1
            k1 log10 1e-3 1e3 0.7 1""",
        "conditions": "conditionId\nonly",
        "observables": "observableId observableFormula noiseFormula\no A 0.1",
        "measurements": "observableId simulationConditionId time measurement\n"
        + "\n".join(
            f"o only {t} {y!r}"
            for t, y in zip((0.5, 1.0, 4.0), _noiseless({"a0": 1.4, "k1": 0.7})[0].tolist())
        ),
    },
    expected=_noiseless,
)


def test_at_a_perfect_fit_information_is_minus_the_hessian(tmp_path):
    problem = hc.read_petab(NOISELESS.write(tmp_path), solve=hc.Solve(rtol=1e-10, atol=1e-12))
    assert problem.chi2() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(problem.gradient(), 0, atol=1e-5)
    information, hessian = problem.fisher_information(), problem.hessian()
    assert hessian.index.tolist() == information.columns.tolist() == ["a0", "k1"]
    np.testing.assert_allclose(-hessian, information, rtol=1e-5)
    slope = np.array(
        [
            (_noiseless({"a0": 1.4 + h, "k1": 0.7})[0] - _noiseless({"a0": 1.4 - h, "k1": 0.7})[0]) / (2 * h)
            for h in (1e-6,)
        ]
        + [
            (_noiseless({"a0": 1.4, "k1": 0.7 * 10**h})[0] - _noiseless({"a0": 1.4, "k1": 0.7 * 10**-h})[0])
            / (2 * h)
            for h in (1e-6,)
        ]
    )
    np.testing.assert_allclose(information, slope @ slope.T / 0.01, rtol=1e-6)
