"""Small PEtab problems whose solutions are known in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

#: A <-> B; concentrations in a compartment of size 1.
CONVERSION = """
model m
  compartment c = 1;
  species A in c, B in c;
  a0 = 1.5; k1 = 0.8; k2 = 0.6;
  A = a0; B = 0.5;
  J: A -> B; c*(k1*A - k2*B);
end
"""
K2 = 0.6
_YAML_1 = """format_version: 1
parameter_file: parameters.tsv
problems:
- condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
  sbml_files: [model.xml]
"""
_YAML_2 = """format_version: 2.0.0
model_files: {m: {language: sbml, location: model.xml}}
"""


@cache
def sbml(antimony_text: str) -> str:
    """Return a model as SBML."""
    import antimony

    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(antimony_text) >= 0, antimony.getLastError()
    return antimony.getSBMLString("m")


def write(folder: Path, model: str, version: int, tables: Mapping[str, str]) -> Path:
    """Write a problem; return its YAML file.

    Tables are written with blanks for tabs and "_" for an empty cell; lines are indented as they like.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.xml").write_text(sbml(model), encoding="utf-8")
    yaml = _YAML_1 if version == 1 else _YAML_2
    for name, text in tables.items():
        rows = [line.split() for line in text.strip().splitlines()]
        lines = ["\t".join("" if cell == "_" else cell for cell in row) for row in rows]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if version == 2:
            yaml += f"{name.removesuffix('s')}_files: [{name}.tsv]\n"
    (folder / "problem.yaml").write_text(yaml, encoding="utf-8")
    return folder / "problem.yaml"


@dataclass(frozen=True, eq=False)
class Case:
    """A problem and what it must say.

    Attributes
    ----------
    expected : callable
        Linear values of all parameters by id -> (simulated, size of noise), in the order of measurements.
    distributions : tuple of str
        Of each measurement; one for all, where there is only one.
    """

    version: int
    tables: Mapping[str, str]
    expected: Callable[[Mapping[str, float]], tuple[Any, Any]]
    distributions: tuple[str, ...] = ("normal",)
    model: str = field(default=CONVERSION)

    def write(self, folder: Path) -> Path:
        return write(folder, self.model, self.version, self.tables)


def flow(a: float, b: float, k1: float, k2: float, dt: float, *, size: float = 1.0) -> tuple[float, float]:
    """Return A and B after a while."""
    total = a + b
    rest = k2 * total / (k1 + k2)
    if np.isinf(dt):
        return rest, total - rest
    a = rest + (a - rest) * np.exp(-(k1 + k2) * dt / size)
    return a, total - a


def log_density(distribution: str, y: Any, simulated: Any, sigma: Any) -> Any:
    """Return the log density of measurements `y`, as PEtab defines it, from SciPy's."""
    family = stats.laplace if distribution.endswith("laplace") else stats.norm
    if distribution.startswith("log10"):
        inner, jacobian = np.log10, y * np.log(10)
    elif distribution.startswith("log"):
        inner, jacobian = np.log, y
    else:
        return family.logpdf(y, simulated, sigma)
    return family.logpdf(inner(y), inner(simulated), sigma) - np.log(jacobian)


def log_likelihood(case: Case, measured: np.ndarray, values: Mapping[str, float]) -> float:
    """Return what a problem must give."""
    simulated, sigma = case.expected(values)
    return sum_of(case.distributions, measured, simulated, sigma)


def sum_of(distributions: tuple[str, ...], measured: Any, simulated: Any, sigma: Any) -> float:
    kinds = distributions * (len(measured) if len(distributions) == 1 else 1)
    rows = zip(kinds, measured, simulated, np.broadcast_to(sigma, len(measured)), strict=True)
    return float(sum(log_density(*row) for row in rows))


# -- all distributions, placeholders and scales


def _noises_1(p: Mapping[str, float]) -> tuple[Any, Any]:
    y, sigma = [], []
    for _ in range(6):
        for t, scale, offset, size in (
            (0.0, p["scale"], p["offset"], p["sigma"]),
            (1.0, 2.0, p["scale"], 0.3),
            (3.0, p["k2"], 0.1, p["sigma"]),
        ):
            a, _b = flow(p["a0"], 0.5, p["k1"], p["k2"], t)
            y.append(scale * a + offset)
            sigma.append(size)
    return np.array(y), np.array(sigma)


_SIX = ("normal", "laplace", "log-normal", "log-laplace", "log10-normal", "log10-laplace")
_PARTS = [(scale, shape) for scale in ("lin", "log", "log10") for shape in ("normal", "laplace")]
NOISES_1 = Case(
    version=1,
    tables={
        "parameters": """
            parameterId parameterScale lowerBound upperBound nominalValue estimate
            a0 lin 0 10 1.4 1
            k1 log10 1e-3 1e3 0.7 1
            k2 log 1e-3 1e3 0.5 1
            scale lin 0 10 1.2 1
            offset lin 0 10 0.2 0
            sigma log10 1e-3 10 0.4 1""",
        "conditions": "conditionId\nonly",
        "observables": "observableId observableFormula noiseFormula observableTransformation"
        " noiseDistribution\n"
        + "\n".join(
            f"o{k} observableParameter1_o{k}*A+observableParameter2_o{k} noiseParameter1_o{k} {scale} {shape}"
            for k, (scale, shape) in enumerate(_PARTS)
        ),
        "measurements": "observableId simulationConditionId time measurement observableParameters"
        " noiseParameters\n"
        + "\n".join(
            f"o{k} only 0 {1.5 + 0.1 * k} scale;offset sigma\n"
            f"o{k} only 1 {2.5 + 0.1 * k} 2;scale 0.3\n"
            f"o{k} only 3 {0.6 + 0.1 * k} k2;0.1 sigma"
            for k in range(6)
        ),
    },
    expected=_noises_1,
    distributions=tuple(kind for kind in _SIX for _ in range(3)),
)


def _noises_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    y, sigma = [], []
    for _ in range(4):
        a, b = flow(p["a0"], 0.5, p["k1"], p["k2"], 1.0)
        y += [(p["scale"] * 2) * a + p["offset"] + p["k1"], p["scale"] * a + 0.5]
        sigma += [p["sigma"] ** 2 + 0.1 + 0.1 * b, 0.3 + 0.1 * b]
    return np.array(y), np.array(sigma)


NOISES_2 = Case(
    version=2,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            a0 0 10 1.4 true
            k1 1e-3 1e3 0.7 true
            k2 1e-3 1e3 0.5 true
            scale 0 10 1.2 true
            offset 0 10 0.2 false
            sigma 1e-3 10 0.4 true""",
        "observables": "observableId observableFormula noiseFormula noiseDistribution observablePlaceholders"
        " noisePlaceholders\n"
        + "\n".join(f"o{k} s*A+shift n+0.1*B {kind} s;shift n" for k, kind in enumerate(("_", *_SIX[1:4]))),
        "measurements": "observableId experimentId time measurement observableParameters noiseParameters\n"
        + "\n".join(
            f"o{k} _ 1 {2.1 + 0.1 * k} scale*2;offset+k1 sigma^2+0.1\no{k} _ 1 {1.3 + 0.2 * k} scale;0.5 0.3"
            for k in range(4)
        ),
    },
    expected=_noises_2,
    distributions=tuple(kind for kind in _SIX[:4] for _ in range(2)),
)


# -- conditions


def _conditions_1(p: Mapping[str, float]) -> tuple[Any, Any]:
    a0, k1, b = p["a0"], p["k1"], p["b"]
    rest = flow(a0, 0.5, k1, 0.3, np.inf)
    y = [
        flow(a0, 0.5, k1, p["fast"], 1.0)[0],  # the model's own initial values
        flow(2.0, b, k1, K2, 1.0)[0],  # the model's own k2
        flow(*rest, k1, p["fast"], 0.0)[0],  # states go on where nothing is said
        flow(*rest, k1, p["fast"], 2.0)[1],
        flow(2.0, b, k1, K2, 2.0)[1],  # and are set where something is
        flow(2.0, b, k1, K2, np.inf)[1],
    ]
    return np.array(y), 0.5


CONDITIONS_1 = Case(
    version=1,
    tables={
        "parameters": """
            parameterId parameterScale lowerBound upperBound nominalValue estimate
            a0 log10 1e-3 10 1.4 1
            k1 log 1e-3 1e3 0.7 1
            fast log10 1e-3 1e3 1.3 1
            b lin 0 10 0.8 1""",
        "conditions": """
            conditionId k2 A B
            before 0.3 NaN NaN
            plain fast NaN NaN
            set NaN 2 b""",
        "observables": "observableId observableFormula noiseFormula\nobs_a A 0.5\nobs_b B 0.5",
        "measurements": """
            observableId preequilibrationConditionId simulationConditionId time measurement
            obs_a _ plain 1 0.7
            obs_a _ set 1 0.8
            obs_a before plain 0 0.4
            obs_b before plain 2 1.1
            obs_b before set 2 1.2
            obs_b before set inf 1.9""",
    },
    expected=_conditions_1,
)


def _preequilibration_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    a0, k1, b = p["a0"], p["k1"], p["b"]
    rest = flow(a0, 0.5, k1, 0.3, np.inf)
    y = [
        flow(*rest, k1, p["fast"], 1.0)[0],
        flow(*rest, k1, p["fast"], np.inf)[0],
        flow(2.0, b, k1, p["fast"], 1.0)[0],
        flow(a0, 0.5, k1, p["fast"], 1.0)[0],
        rest[0],  # no period follows: the clock starts at 0, and nothing moves
        rest[1],
    ]
    return np.array(y), 0.5


PREEQUILIBRATION_2 = Case(
    version=2,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            a0 1e-3 10 1.4 true
            k1 1e-3 1e3 0.7 true
            fast 1e-3 1e3 1.3 true
            b 0 10 0.8 true""",
        "conditions": """
            conditionId targetId targetValue
            before k2 0.3
            after k2 fast
            reset A 2
            reset B b""",
        "experiments": """
            experimentId time conditionId
            kept 0 after
            kept -inf before
            reset_ -inf before
            reset_ 0 reset
            reset_ 0 after
            none 0 after
            rest -inf before""",
        "observables": "observableId observableFormula noiseFormula\nobs_a A 0.5\nobs_b B 0.5",
        "measurements": """
            observableId experimentId time measurement
            obs_a kept 1 0.7
            obs_a kept inf 0.9
            obs_a reset_ 1 0.8
            obs_a none 1 0.4
            obs_a rest 1 1.1
            obs_b rest 7 1.2""",
    },
    expected=_preequilibration_2,
)


def _periods_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    k1, scale = p["k1"], p["scale"]
    first = flow(p["a0"], 0.5, k1, K2, 2.0)
    a, b = first
    second = a + scale * b + 2.0, a / 2  # both from the values before; time is 2
    k2 = K2 + 2 * p["more"]
    third = flow(*second, k1, k2, 3.0)
    last = third[0] ** 2, third[1]
    points = [
        (p["a0"], 0.5),
        second,
        flow(*second, k1, k2, 1.0),
        last,
        flow(*last, k1, k2, 2.0),
        flow(*last, k1, k2, np.inf),
        first,
    ]
    x = np.array(points)
    return x[:, 0] + 0.5 * x[:, 1], 0.1 + p["share"] * x[:, 1]


PERIODS_2 = Case(
    version=2,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            a0 1e-3 10 1.4 true
            k1 1e-3 1e3 0.7 true
            scale 0 10 1.2 true
            more 0 10 0.1 true
            share 0 10 0.2 true""",
        "conditions": """
            conditionId targetId targetValue
            change A A+scale*B+time
            change B A/2
            change k2 k2+2*more
            square A A^2""",
        "experiments": """
            experimentId time conditionId
            e 0 _
            e 2 change
            e 5 square
            f 0 _""",
        "observables": "observableId observableFormula noiseFormula\nobs A+0.5*B 0.1+share*B",
        "measurements": """
            observableId experimentId time measurement
            obs e 0 1.7
            obs e 2 4.7
            obs e 3 4.6
            obs e 5 8.7
            obs e 7 6.6
            obs e inf 6.0
            obs f 2 1.5""",
    },
    expected=_periods_2,
)


#: Rates are amounts here: what a compartment's size does can be seen.
_AMOUNTS = CONVERSION.replace("c*(k1*A - k2*B)", "k1*A - k2*B")


def _compartment_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    k1, size = p["k1"], p["size"]
    begun = flow(1.5, 0.5, k1, K2, 2.0, size=size)
    grown = flow(*begun, k1, K2, 1.0, size=2 * size)
    both = flow(p["a1"], begun[1], k1, K2, 1.0, size=3.0)
    return np.array([1.5, begun[0], begun[0] * 2 * size, grown[0], p["a1"], p["a1"] * 3, both[0]]), 0.3


COMPARTMENT_2 = Case(
    version=2,
    model=_AMOUNTS,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            k1 1e-3 1e3 0.7 true
            size 1e-3 1e3 0.7 true
            a1 1e-3 1e3 1.7 true""",
        "conditions": """
            conditionId targetId targetValue
            first c size
            grow c c*2
            both c 3
            both A a1""",
        "experiments": """
            experimentId time conditionId
            e 0 first
            e 2 grow
            f 0 first
            f 2 both""",
        "observables": "observableId observableFormula noiseFormula\nobs A 0.3\namount A*c 0.3",
        "measurements": """
            observableId experimentId time measurement
            obs e 0 1.1
            obs e 2 1.0
            amount e 2 1.5
            obs e 3 1.2
            obs f 2 1.6
            amount f 2 5.0
            obs f 3 1.4""",
    },
    expected=_compartment_2,
)


_EVENTS = CONVERSION.replace(
    "end",
    "  on = 0;\n  dose = 1;\n"
    "  E: at (time >= 2 && on > 0.5): A = A + dose;\n"
    "  F: at (A > 5): B = B + 1;\nend",
)


def _events_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    k1 = p["k1"]
    rest = flow(1.5, 0.5, k1, 0.3, np.inf)
    a, b = flow(*rest, k1, K2, 2.0)
    dosed = a + p["dose"], b
    a, b = flow(*flow(*rest, k1, K2, 1.0), k1, K2, 0.0)
    much = 5 + p["a1"], b + 1  # what a condition does triggers events
    later = flow(*much, k1, K2, 0.5)
    return np.array([rest[0], dosed[0], flow(*dosed, k1, K2, 1.0)[0], much[0], later[1]]), 0.3


EVENTS_2 = Case(
    version=2,
    model=_EVENTS,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            k1 1e-3 1e3 0.7 true
            dose 1e-3 1e3 0.8 true
            a1 1e-3 1e3 0.7 true""",
        "conditions": """
            conditionId targetId targetValue
            before k2 0.3
            before on 0
            after k2 0.6
            after on 1
            much A 5+a1""",
        "experiments": """
            experimentId time conditionId
            e -inf before
            e 0 after
            f -inf before
            f 0 after
            f 1 much""",
        "observables": "observableId observableFormula noiseFormula\nobs A 0.3\nother B 0.3",
        "measurements": """
            observableId experimentId time measurement
            obs e 0 1.0
            obs e 2 1.9
            obs e 3 1.7
            obs f 1 5.5
            other f 1.5 4.0""",
    },
    expected=_events_2,
)


#: What happens depends on the time itself.
_CLOCK = "model m\n  k1 = 1; x0 = 1;\n  X = x0;\n  X' = -k1*time*X;\nend\n"


def _start_2(p: Mapping[str, float]) -> tuple[Any, Any]:
    def x(begin: float, t: float) -> float:
        return p["x0"] * np.exp(-p["k1"] * (t**2 - begin**2) / 2)

    return np.array([x(3, 3), x(3, 4), x(-1, 0), x(-1, 2), x(-1, 2.5)]), 0.3


START_2 = Case(
    version=2,
    model=_CLOCK,
    tables={
        "parameters": """
            parameterId lowerBound upperBound nominalValue estimate
            k1 1e-3 1e3 0.4 true
            x0 1e-3 1e3 1.2 true""",
        "experiments": "experimentId time conditionId\nlate 3 _\nearly -1 _",
        "observables": "observableId observableFormula noiseFormula\nobs X 0.3",
        "measurements": """
            observableId experimentId time measurement
            obs late 3 1.1
            obs late 4 0.3
            obs early 0 1.5
            obs early 2 0.9
            obs early 2.5 0.2""",
    },
    expected=_start_2,
)


CASES = {
    "noises, version 1": NOISES_1,
    "noises, version 2": NOISES_2,
    "conditions, version 1": CONDITIONS_1,
    "preequilibration": PREEQUILIBRATION_2,
    "periods": PERIODS_2,
    "compartment": COMPARTMENT_2,
    "events": EVENTS_2,
    "start times": START_2,
}
