"""How to run a model, apart from what the model is."""

from __future__ import annotations

from dataclasses import dataclass

from hybridcell._core.config import config
from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import is_finite_number, plain

FIXED_STEP = ("euler", "midpoint", "heun", "rk4")
ADAPTIVE = ("tsit5", "dopri8", "kvaerno5", "rodas5p")
METHODS = ("auto", *FIXED_STEP, *ADAPTIVE)
BACKENDS = ("jax", "numpy")
SENSITIVITIES = ("auto", "forward", "adjoint")
#: The verdict on a condition of an interaction network that takes more than `Solve.max_steps`.
GAVE_UP = "the solver gave up: more than max_steps steps"
#: Default absolute tolerance of reaction networks, in units of rtol and of the median initial amount. States
#: that almost vanish, as the prey between two outbreaks, decide when they come back.
SMALLNESS = 1e-9
#: The same for networks with states that only grow from themselves: their size decides at any size.
SMALLNESS_SELF_GROWN = 1e-34


@dataclass(frozen=True, kw_only=True)
class Solve:
    """Settings of the solvers.

    Parameters
    ----------
    method : str
        "auto" (Tsit5 for interaction networks, Rodas5P for reaction networks; `Trajectory.method` says what
        was used), a fixed-step method ("euler", "midpoint", "heun", "rk4"), or an adaptive one ("tsit5",
        "dopri8"; "rodas5p" and "kvaerno5" for stiff models).
    rtol : float
        Relative tolerance per step of adaptive methods.
    atol : float, optional
        Absolute tolerance. Default 1e-9 for interaction networks; for reaction networks, whose amounts may be
        of any size, ``rtol`` times a billionth of the median initial amount; next to nothing where a species
        only grows from itself (a prey, an infection), which decides at any size when it is back.
    dt : float, optional
        Step of the fixed-step methods (default 0.1, as in CellBox). Giving dt with "auto" means Heun. For
        reaction networks there are fixed steps with ``backend="numpy"`` only: a step ends early at an event,
        and is no longer than a delay; what flips back within a step may be missed.
    max_steps : int
        Most steps before a condition is given up.
    backend : {"jax", "numpy"}
        "numpy" runs without compilation and without gradients (SciPy integrators).
    sensitivity : {"auto", "forward", "adjoint"}
        How derivatives of reaction networks are taken: along with the solution, or backwards over its stored
        steps. "auto" chooses by the number of constants.
    steady_tol : float, optional
        Largest \\|dx/dt\\| / alpha at which a state counts as steady. Default 1e-8 in double, 1e-4 in single
        precision.

    Raises
    ------
    InvalidValueError
        On unknown methods, tolerances or steps that are not positive.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.Solve(method="heun", dt=0.1).method
    'heun'
    """

    method: str = "auto"
    rtol: float = 1e-6
    atol: float | None = None
    dt: float | None = None
    max_steps: int = 100_000
    backend: str = "jax"
    sensitivity: str = "auto"
    steady_tol: float | None = None

    def __post_init__(self) -> None:
        check_choice("Solve.method", self.method, METHODS)
        check_choice("Solve.backend", self.backend, BACKENDS)
        check_choice("Solve.sensitivity", self.sensitivity, SENSITIVITIES)
        for name in ("rtol", "atol", "dt", "steady_tol", "max_steps"):
            value = getattr(self, name)
            if value is None and name != "max_steps":
                continue
            if not (is_finite_number(value) and value > 0):
                raise InvalidValueError(f"Solve.{name} is {value!r}; wanted a positive number.")
            # settings are written to files, which know no numbers of NumPy
            object.__setattr__(self, name, plain(value))
        if self.max_steps != int(self.max_steps):
            raise InvalidValueError(f"Solve.max_steps is {self.max_steps}; wanted a whole number.")
        if self.dt is not None and self.method in ADAPTIVE:
            raise InvalidValueError(
                f"Solve has dt={self.dt} with the adaptive method {self.method!r}; leave dt out, or choose "
                f"one of {', '.join(FIXED_STEP)}."
            )

    @property
    def resolved_method(self) -> str:
        """The method that "auto" stands for."""
        if self.method != "auto":
            return self.method
        return "heun" if self.dt is not None else "tsit5"

    @property
    def absolute_tolerance(self) -> float:
        """The absolute tolerance of interaction networks, whose states are of order one."""
        return 1e-9 if self.atol is None else self.atol

    @property
    def step(self) -> float:
        """Step of the fixed-step methods."""
        return 0.1 if self.dt is None else float(self.dt)

    @property
    def is_fixed_step(self) -> bool:
        """Whether steps are of one size."""
        return self.resolved_method in FIXED_STEP

    @property
    def steadiness(self) -> float:
        """The tolerance of steady states in force."""
        if self.steady_tol is not None:
            return float(self.steady_tol)
        return 1e-8 if config.precision == "float64" else 1e-4
