"""Hierarchical optimization on small problems: the inner optimum, its value and its derivatives."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import Objective
from hybridcell.fit.petab.hierarchical.inner import InnerRows
from hybridcell.fit.petab.hierarchical.layout import make_layout
from hybridcell.fit.petab.hierarchical.roles import find_roles
from tests.io.petab.problems import problem as written

CONDITIONS = "conditionId k2\nc0 0.6\n"
PARAMETERS = """parameterId parameterScale lowerBound upperBound nominalValue estimate
k1 log10 1e-3 1e3 0.8 1
s log10 1e-3 1e3 2 1
b lin -5 5 0.5 1
t lin 0 9 1 1
sd log10 1e-4 1e2 0.3 1
sd2 lin 1e-4 1e2 0.2 1
"""
OBSERVABLES = """observableId observableFormula noiseFormula observableTransformation noiseDistribution
obs observableParameter1_obs*A*exp(-k1*D)+b sd lin normal
other t*(exp(-k1*D)+0.3) noiseParameter1_other*(1+0.1*D) lin normal
"""
TIMES = (0.0, 0.4, 1.0, 2.0, 3.0, 4.5, 6.0)


def made(folder, *, observables=OBSERVABLES, parameters=PARAMETERS, seed=0, second="sd2", fill="s"):
    """Return a problem whose measurements are around what is plausible; D is 1 + time."""
    rng = np.random.default_rng(seed)
    rows = ["observableId simulationConditionId time measurement observableParameters noiseParameters"]
    for time in TIMES:
        low = np.exp(-0.8 * (1 + time))
        rows.append(f"obs c0 {time} {abs(2 * low + 0.5 + 0.1 * rng.normal()) + 1e-3} {fill} _")
        rows.append(f"other c0 {time} {abs(low + 0.3 + 0.1 * rng.normal()) + 1e-3} _ {second}")
    header, *lines = parameters.splitlines(keepends=True)
    read = set(re.findall(r"\w+", f"{observables} {fill} {second}"))
    parameters = "".join([header, *(line for line in lines if line.split(" ")[0] in read)])
    file = written(
        folder, 1, conditions=CONDITIONS, parameters=parameters, observables=observables,
        measurements="\n".join(rows) + "\n",
    )  # fmt: skip
    return hc.read_petab(file)


def with_noise(kind, *, offset="+b", transformation="lin"):
    return OBSERVABLES.replace("lin normal", f"{transformation} {kind}").replace("+b", offset)


TIGHT = PARAMETERS.replace("-5 5", "-5 0.2").replace("0 9", "0 0.5").replace("1e-4 1e2 0.2", "0.4 1e2 0.5")
#: Name -> what the problem is made with, and the roles that are expected.
CASES = {
    "normal": ({}, {"s": "scaling", "b": "offset", "t": "scaling", "sd": "noise", "sd2": "noise"}),
    "shared noise": ({"second": "sd"}, {"s": "scaling", "b": "offset", "t": "scaling", "sd": "noise"}),
    "coupled": (
        {"observables": OBSERVABLES.replace("t*(exp", "s*(exp")},
        {"s": "scaling", "b": "offset", "sd": "noise", "sd2": "noise"},
    ),
    "coupled, shared noise": (
        {"observables": OBSERVABLES.replace("t*(exp", "s*(exp"), "second": "sd"},
        {"s": "scaling", "b": "offset", "sd": "noise"},
    ),
    "known noise": (
        {"observables": OBSERVABLES.replace("sd lin", "0.2 lin")},
        {"s": "scaling", "b": "offset", "t": "scaling", "sd2": "noise"},
    ),
    "laplace": (
        {"observables": with_noise("laplace", offset="")},
        {"s": "scaling", "t": "scaling", "sd": "noise", "sd2": "noise"},
    ),
    "log": (
        {"observables": with_noise("normal", offset="", transformation="log")},
        {"s": "scaling", "t": "scaling", "sd": "noise", "sd2": "noise"},
    ),
    "log10": (
        {"observables": with_noise("normal", offset="+0*t", transformation="log10")},
        {"sd": "noise", "sd2": "noise"},
    ),
    "log10 laplace": (
        {"observables": with_noise("laplace", offset="", transformation="log10")},
        {"s": "scaling", "t": "scaling", "sd": "noise", "sd2": "noise"},
    ),
    "bounds": (
        {"parameters": TIGHT},
        {"s": "scaling", "b": "offset", "t": "scaling", "sd": "noise", "sd2": "noise"},
    ),
    "lower bound": (
        {"parameters": PARAMETERS.replace("s log10 1e-3", "s log10 9")},
        {"s": "scaling", "b": "offset", "t": "scaling", "sd": "noise", "sd2": "noise"},
    ),
}  # fmt: skip


class Formulas:
    """The formulas of a problem as functions of the states that a simulation would give."""

    def __init__(self, problem, **options):
        self.problem, compiled = problem, problem.compiled
        self.roles = find_roles(compiled, **options)
        self.layout = make_layout(compiled, self.roles)
        self.rows, self.noise = compiled.simulator.rows, compiled.noise
        binding, times = compiled.simulator.binding, compiled.simulator.plan.times
        self.theta = jnp.asarray(np.nan_to_num(compiled.nominal))
        columns = np.nan_to_num(binding.defaults)
        for parameter in compiled.parameters:
            columns[binding.column[parameter.id]] = parameter.nominal
        self.columns = jnp.asarray(columns)[None, None]
        x = np.ones((1, 1, len(times), binding.equations.n))
        x[..., binding.state["D"]] = 1 + np.where(np.isfinite(times), times, 0.0)
        self.x = jnp.asarray(x)
        self.residual = compiled._residual
        self.joint = jax.jit(self._joint)
        self.minimum = jax.jit(lambda x: self._minus(*self.at(x)))
        self.slope = jax.jit(jax.grad(self.minimum))
        self.inner = jax.jit(lambda x: self.at(x, show=True)[0])
        self.residuals = jax.jit(lambda x: self.residual(*self.at(x, residual=self.residual)))
        self.joint_residuals = jax.jit(lambda z, x: self.residual(*self.evaluate(z, x)))

    def at(self, x, **options):
        return InnerRows(self.rows, self.layout, self.noise, **options).compute(self.theta, x, self.columns)

    def evaluate(self, z, x):
        layout = self.layout
        columns = self.columns.at[..., layout.columns].set(z)
        return self.rows.compute(self.theta.at[layout.places].set(z), x, columns)

    def _minus(self, found, sigma):
        return -jnp.sum(self.noise.log_density(found, sigma))

    def _joint(self, y, x):
        return self._minus(*self.evaluate(self.layout.scales.to_linear(y), x))

    @property
    def bounds(self):
        return self.layout.scales.to_scaled(np.stack([self.layout.lower, self.layout.upper]))

    def moved(self, seed, size=0.02):
        return self.x * np.exp(size * np.random.default_rng(seed).normal(size=self.x.shape))


#: Which have among them every role, every kind of noise and both kinds of bounds.
ALWAYS = ("coupled, shared noise", "log10 laplace", "bounds")
WHICH = [pytest.param(name, marks=[] if name in ALWAYS else [pytest.mark.suite]) for name in CASES]


@pytest.fixture(scope="module", params=WHICH)
def case(request, tmp_path_factory):
    options, roles = CASES[request.param]
    return Formulas(made(tmp_path_factory.mktemp("problem"), **options)), roles


def test_roles_are_read_off_the_formulas(case):
    formulas, roles = case
    assert formulas.roles.role == roles


def test_the_inner_optimum_is_one(case):
    formulas, _ = case
    z = np.asarray(formulas.inner(formulas.x))
    y = formulas.layout.scales.to_scaled(z)
    value = float(formulas.minimum(formulas.x))
    assert value == pytest.approx(float(formulas.joint(y, formulas.x)), abs=1e-10)
    lower, upper = formulas.bounds
    assert (y >= lower - 1e-12).all()
    assert (y <= upper + 1e-12).all()
    joint = lambda y: float(formulas.joint(y, formulas.x))  # noqa: E731
    rng = np.random.default_rng(1)
    for shift in (0.0, 0.2):
        begun = np.clip(y + shift * rng.normal(size=len(y)), lower, upper)
        options = {"xatol": 1e-10, "fatol": 1e-13, "maxfev": 4000, "adaptive": True}
        found = minimize(joint, begun, method="Nelder-Mead", bounds=list(zip(lower, upper)), options=options)
        assert value <= found.fun + 1e-8


def test_inner_optima_have_no_slope_inside_of_bounds(case):
    formulas, roles = case
    y = formulas.layout.scales.to_scaled(np.asarray(formulas.inner(formulas.x)))
    slope = np.asarray(jax.grad(formulas.joint)(jnp.asarray(y), formulas.x))
    lower, upper = formulas.bounds
    for k, id in enumerate(formulas.layout.ids):
        if formulas.noise.laplace.any() and roles[id] == "scaling":
            continue  # a kink
        if lower[k] + 1e-9 < y[k] < upper[k] - 1e-9:
            assert abs(slope[k]) < 1e-8
        else:  # downhill is outside
            assert slope[k] * (1 if y[k] <= lower[k] + 1e-9 else -1) > 0


def test_gradients_are_those_of_the_minimum(case):
    formulas, _ = case
    x = formulas.moved(3)
    toward = np.random.default_rng(4).normal(size=x.shape)
    slope = float(jnp.sum(formulas.slope(x) * toward))
    change = float(formulas.minimum(x + 1e-6 * toward) - formulas.minimum(x - 1e-6 * toward)) / 2e-6
    assert slope == pytest.approx(change, rel=1e-6, abs=1e-6)


def test_least_squares_are_the_value_and_its_gradient(case):
    formulas, _ = case
    if formulas.noise.laplace.any():
        return
    values, halves = [], []
    for seed in range(3):
        x = formulas.moved(seed, 0.1)
        r = formulas.residuals(x)
        values.append(float(formulas.minimum(x)))
        halves.append(0.5 * float(jnp.sum(r**2)))
        toward = jnp.asarray(np.random.default_rng(seed).normal(size=x.shape))
        along = jax.jvp(formulas.residuals, (x,), (toward,))[1]
        wanted = float(jnp.sum(formulas.slope(x) * toward))
        assert float(r @ along) == pytest.approx(wanted, rel=1e-7, abs=1e-7)
        # nothing is left along what the inner parameters can follow
        z = formulas.inner(x)
        into = np.asarray(jax.jacfwd(formulas.joint_residuals)(z, x))
        inside = (z > formulas.layout.lower * (1 + 1e-9)) & (z < formulas.layout.upper * (1 - 1e-9))
        into = into[:, np.asarray(inside)]
        np.testing.assert_allclose(into.T @ along / np.sum(into**2, axis=0) ** 0.5, 0, atol=1e-7)
    np.testing.assert_allclose(np.diff(halves), np.diff(values), rtol=1e-9, atol=1e-9)


def test_numerical_parameters_are_found(tmp_path):
    observables = OBSERVABLES.replace(" sd lin", " sd+sd2*observableParameter1_obs*A*exp(-k1*D) lin")
    problem = made(tmp_path, observables=observables, second="0.2")
    assert set(find_roles(problem.compiled).role) == {"b", "t"}
    formulas = Formulas(problem, numerical=True, exclude=["k1"])
    assert formulas.roles.role == {**dict.fromkeys(("s", "b", "sd", "sd2"), "numerical"), "t": "scaling"}
    y = jnp.asarray(formulas.layout.scales.to_scaled(np.asarray(formulas.inner(formulas.x))))
    assert float(formulas.minimum(formulas.x)) == pytest.approx(float(formulas.joint(y, formulas.x)))
    slope = np.asarray(jax.grad(formulas.joint)(y, formulas.x))
    lower, upper = formulas.bounds
    inside = (y > lower + 1e-9) & (y < upper - 1e-9)
    assert np.abs(slope[inside]).max() < 1e-6
    toward = np.random.default_rng(4).normal(size=formulas.x.shape)
    after, before = (float(formulas.minimum(formulas.x + step * toward)) for step in (1e-5, -1e-5))
    slope = float(jnp.sum(formulas.slope(formulas.x) * toward))
    assert slope == pytest.approx((after - before) / 2e-5, rel=1e-5, abs=1e-5)


def test_some_stay_outer(tmp_path):
    parameters = PARAMETERS.replace("estimate\n", "estimate objectivePriorType objectivePriorParameters\n")
    parameters = parameters.replace(" 1\n", " 1 _ _\n").replace("0.5 1 _ _", "0.5 1 normal 0;1")
    problem = made(tmp_path, parameters=parameters)
    outer = problem.hierarchical(exclude=["t"])
    assert set(outer.roles["parameter"]) == {"s", "sd", "sd2"}
    assert set(outer.names) == {"k1", "b", "t"}
    assert "3 outer parameters, 3 inner" in repr(outer)
    assert "scaling" in outer._repr_html_()
    with pytest.raises(UnknownNameError, match="'tt'"):
        problem.hierarchical(exclude=["tt"])
    with pytest.raises(InvalidValueError, match="exclude is 't'; wanted a list of names"):
        problem.hierarchical(exclude="t")
    with pytest.raises(InvalidValueError, match="the outer parameters in the order"):
        outer.full(np.zeros(4))


@pytest.mark.slow
def test_the_outer_problem(tmp_path):
    problem = made(tmp_path)
    outer = problem.hierarchical()
    assert isinstance(outer, Objective)
    thetas = np.stack([outer.nominal, outer.nominal + 0.1, np.full(1, np.nan)])
    values = outer.values(thetas)
    full = outer.full(thetas)
    assert np.isfinite(values[:2]).all()
    assert values[2] == np.inf
    # three at a time throughout: of every function one program is compiled
    three = np.stack([*full[:2], problem.nominal])
    posterior = problem.log_posterior(three)
    np.testing.assert_allclose(values[:2], -posterior[:2], rtol=1e-11)
    assert values[0] <= -posterior[2]
    assert np.isnan(full[2]).all()
    inner = outer.inner(thetas)
    assert set(inner) == {"s", "b", "t", "sd", "sd2"}
    assert problem.linear(full[0])["s"] == pytest.approx(inner["s"][0])
    r, j = outer.least_squares(thetas)
    same, slopes = outer.values_and_gradients(thetas)
    np.testing.assert_allclose(same, values, rtol=1e-11)
    np.testing.assert_allclose(np.einsum("kn,knq->kq", r, j)[:2], slopes[:2], rtol=1e-6, atol=1e-6)
    joint = problem.gradient(three)[list(outer.names)]
    np.testing.assert_allclose(slopes[:2], -joint[:2], rtol=1e-6, atol=1e-6)
    found = outer.fit(n_starts=3, starts=thetas[[0, 1, 1]], key=jax.random.key(0))
    best = outer.full(np.stack([found.best.theta] * 3))
    np.testing.assert_allclose(-problem.log_posterior(best), found.best.value, atol=1e-9, rtol=0)
    assert problem.gradient(best).abs().max(axis=None) < 1e-4


def test_programs_are_not_kept_under_the_name_of_the_files():
    problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    outer = problem.hierarchical()
    # two choices of inner parameters can be of one size: the files alone do not tell them apart
    assert problem.compiled.origin is not None
    assert outer._compiled.origin is None
