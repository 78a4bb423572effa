"""The goals of speed and memory, and where in results/*.json the figures stand that decide them.

Nothing here measures; what is not in the results is "not measured".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Runs = Mapping[str, Mapping[str, Any]]
#: What may become of a goal.
REACHED, MISSED, UNMEASURED = "yes", "**missed**", "not measured"


@dataclass(frozen=True)
class Figure:
    """A place in the results: the benchmark, the part of it, and the keys from there on."""

    benchmark: str
    part: str
    keys: tuple[str, ...]

    def look(self, runs: Runs) -> Any:
        """Return what stands there, or None."""
        found: Any = runs.get(self.benchmark, {}).get("results", {}).get(self.part)
        for key in self.keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def number(self, runs: Runs) -> float | None:
        """Return the number there, or None."""
        found = self.look(runs)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def measured(self, runs: Runs) -> Mapping[str, str]:
        """Return when and on what the part was measured."""
        run = runs.get(self.benchmark, {})
        return run.get("parts", {}).get(self.part, run)


@dataclass(frozen=True)
class Goal:
    """One figure with its bound.

    `bound` is a number or a figure of the same run. `peer` names the peer whose `peers_figure` stands beside
    ours, in the same unit.
    """

    what: str
    figure: Figure
    sense: Literal["<=", ">="]
    bound: float | Figure
    unit: str = ""
    peer: str = ""
    peers_figure: Figure | None = None
    #: A line of the table in README.md shows the goals that share its name.
    line: str = ""

    def limit(self, runs: Runs) -> float | None:
        """Return the bound as a number."""
        return self.bound.number(runs) if isinstance(self.bound, Figure) else self.bound

    def verdict(self, runs: Runs) -> str:
        """Return whether the goal is reached, missed or not measured."""
        found, limit = self.figure.number(runs), self.limit(runs)
        if found is None or limit is None:
            return UNMEASURED
        return REACHED if (found <= limit if self.sense == "<=" else found >= limit) else MISSED


def _networks(part: str, *keys: str) -> Figure:
    return Figure("networks", part, keys)


def _solvers(part: str, *keys: str) -> Figure:
    return Figure("solvers", part, keys)


GOALS = (
    Goal(
        "Loss and gradient of 100 nodes x 89 conditions x 400 Heun steps, float32, in matrix products",
        _networks("gradient", "float32", "share of the GEMM peak"),
        ">=", 0.45, "of the GEMM peak",
        peer="PyTorch", peers_figure=_networks("gradient", "float32", "share of the GEMM peak, PyTorch"),
        line="Gradient through 400 Heun steps, 100 nodes x 89 conditions",
    ),
    Goal(
        "The same: times faster than PyTorch, unrolled in eager mode",
        _networks("gradient", "float32", "PyTorch over hybridcell"),
        ">=", 3.0, "x",
        line="Gradient through 400 Heun steps, 100 nodes x 89 conditions",
    ),
    Goal(
        "Loss and gradient at the steady state of that network: times faster than unrolled PyTorch",
        _networks("gradient", "float32", "PyTorch over the steady state"),
        ">=", 60.0, "x",
        line="Gradient at the steady state, against unrolled PyTorch",
    ),
    Goal(
        "Screen of 4,950 pairs x 64 doses x 100 nodes (316,800 simulations), float32",
        Figure("therapy", "screen", ("float32 memory", "seconds")),
        "<=", 1.0, "s", "NumPy, Heun", Figure("therapy", "screen", ("NumPy float32", "seconds")),
        line="Screen of 316,800 simulations, 100 nodes",
    ),
    Goal(
        "1,024 parameter sets of a stiff cascade (22 species) in one call: time of a solve",
        _solvers("batch", "ms per solve"),
        "<=", 0.25, "ms", "libRoadRunner", _solvers("batch", "libRoadRunner ms per solve"),
        line="Batch of 1,024 solves of a stiff cascade",
    ),
    Goal(
        "The same: largest error of a solve, no larger than libRoadRunner's",
        _solvers("batch", "error"),
        "<=", _solvers("batch", "libRoadRunner error"), "error",
        "libRoadRunner", _solvers("batch", "libRoadRunner error"),
        line="Batch of 1,024 solves of a stiff cascade",
    ),
    Goal(
        "300 species, 600 reactions: time of a solve, no longer than libRoadRunner's",
        _solvers("large", "ms"),
        "<=", _solvers("large", "libRoadRunner ms"), "ms",
        "libRoadRunner", _solvers("large", "libRoadRunner ms"),
        line="300 species, 600 reactions",
    ),
    Goal(
        "Loss and gradient of the stiff cascade in 30 parameters: times the loss alone",
        Figure("sbml", "speed", ("gradient", "ratio")),
        "<=", 3.0, "x",
        line="Gradient of a stiff cascade in 30 parameters",
    ),
    Goal(
        "1,000 reactions, from the file to the first result, nothing compiled before",
        _solvers("first", "cold"),
        "<=", 2.0, "s", "libRoadRunner", _solvers("first", "libRoadRunner"),
        line="1,000 reactions, file to first result, cold and warm",
    ),
    Goal(
        "The same, with compiled programs kept from another process",
        _solvers("first", "warm"),
        "<=", 0.5, "s", "libRoadRunner", _solvers("first", "libRoadRunner"),
        line="1,000 reactions, file to first result, cold and warm",
    ),
    Goal(
        "Ensemble of 1,000 members: members per second over single fits per second",
        _networks("ensemble", "throughput over single fits"),
        ">=", 1.0, "x",
        line="Ensemble of 1,000 members, against single fits",
    ),
    Goal(
        "The same: memory while it runs, beyond the program and the members it returns",
        _networks("ensemble", "working memory, MB"),
        "<=", 64.0, "MB",
        line="Ensemble of 1,000 members, against single fits",
    ),
)  # fmt: skip
