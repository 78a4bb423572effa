"""What an estimation found: its runs, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card, table
from hybridcell.fit.estimation.run import HISTORY, Run

if TYPE_CHECKING:
    import pandas as pd

#: Values that differ by less are taken to be of the same optimum.
SAME = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimation:
    """Runs of a method from many starts.

    Attributes
    ----------
    runs : tuple of Run
        The best value first; runs that failed are last.
    names : tuple of str
        Of the parameters.
    lower, upper : ndarray, shape (q,)
        Bounds on the scale of the parameters.
    method : str
    redrawn : int
        How many starts were drawn again because they could not be simulated.

    Examples
    --------
    >>> import jax, numpy as np
    >>> from hybridcell.fit.estimation import FunctionObjective, estimate
    >>> line = FunctionObjective(
    ...     ["a", "b"], [-5, -5], [5, 5], residuals=lambda p: p[0] + p[1] * np.arange(3.0) - np.ones(3)
    ... )
    >>> found = estimate(line, n_starts=4, key=jax.random.key(0))
    >>> found.result
    '4 starts: none failed, 4 reached the best value within 0.1'
    >>> [round(float(x), 4) + 0 for x in found.best.theta]
    [1.0, 0.0]
    """

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    lower: Float[np.ndarray, " q"]
    upper: Float[np.ndarray, " q"]
    method: str
    redrawn: int = 0

    @property
    def best(self) -> Run:
        """The run of the least value.

        Raises
        ------
        InvalidValueError
            When all runs failed.
        """
        if not self.runs or self.runs[0].failed:
            raise InvalidValueError(
                f"None of {len(self.runs)} starts could be simulated, so there is no best one. Look at the "
                "bounds, or give starts of your own."
            )
        return self.runs[0]

    @property
    def values(self) -> Float[np.ndarray, " n"]:
        """Values of the runs, the best first; inf where a run failed."""
        return np.array([run.value for run in self.runs])

    @property
    def thetas(self) -> Float[np.ndarray, "n q"]:
        """Parameters of the runs, in the order of the values."""
        return np.array([run.theta for run in self.runs]).reshape(-1, len(self.names))

    @property
    def n_failed(self) -> int:
        """How many starts could not be simulated."""
        return sum(run.failed for run in self.runs)

    @property
    def n_best(self) -> int:
        """How many runs reached the best value within 0.1: the first plateau of the waterfall."""
        values = self.values[np.isfinite(self.values)]
        return int(np.sum(values <= values[0] + SAME)) if len(values) else 0

    @property
    def seconds(self) -> float:
        """Time of the processor that all runs took, without the drawing of starts."""
        return sum(run.seconds for run in self.runs)

    @property
    def result(self) -> str:
        """How it went, in words."""
        n = len(self.runs)
        if self.n_failed == n:
            return f"{n} starts: all failed"
        again = f" ({self.redrawn} points were drawn again)" if self.redrawn else ""
        failed = f"{self.n_failed} failed" if self.n_failed else "none failed"
        return f"{n} starts: {failed}, {self.n_best} reached the best value within {SAME}{again}"

    @property
    def history(self) -> pd.DataFrame:
        """One row per iteration of each run.

        Columns start, iteration, evaluations, value (the best so far), gradient_norm, seconds.
        """
        import pandas as pd

        parts = [run.history for run in self.runs]
        frame = pd.DataFrame(np.concatenate([np.zeros((0, len(HISTORY))), *parts]), columns=pd.Index(HISTORY))
        frame.insert(0, "start", np.repeat([run.start for run in self.runs], [len(p) for p in parts]))
        return frame.astype({"start": int, "iteration": int, "evaluations": int})

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per start, the best first.

        Columns start, value, reason, iterations, evaluations, seconds, and the parameters on their scales.
        The seconds are of the processor (see `Run`).
        """
        import pandas as pd

        columns = ("start", "value", "reason", "iterations", "evaluations", "seconds")
        frame = pd.DataFrame({name: [getattr(run, name) for run in self.runs] for name in columns})
        return pd.concat([frame, pd.DataFrame(self.thetas, columns=pd.Index(self.names))], axis=1)

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        value = "" if self.n_failed == len(self.runs) else f", best value {self.best.value:.6g}"
        return f"<Estimation of {len(self.names)} parameters by {self.method}: {self.result}{value}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "method": self.method,
            "parameters": len(self.names),
            "result": self.result,
            "CPU seconds": f"{self.seconds:.3g}",
        }
        if self.n_failed == len(self.runs):
            return card("Estimation", facts)
        best = self.best
        facts |= {
            "best value": f"{best.value:.6g}",
            "reason": best.reason,
            "iterations, evaluations": f"{best.iterations}, {best.evaluations}",
        }
        room = np.minimum(best.theta - self.lower, self.upper - best.theta)
        shown = list(zip(self.names, best.theta, self.lower, self.upper, room))[:20]
        rows = [
            (name, f"{x:.4g}", f"{low:.4g}", f"{high:.4g}", "at a bound" if near <= 0 else "")
            for name, x, low, high, near in shown
        ]
        if len(self.names) > len(shown):
            rows.append((f"... ({len(self.names)} in all)", "", "", "", ""))
        return card("Estimation", facts) + table(("parameter", "best", "lower", "upper", ""), rows)
