"""What the integrators integrate: the moving states, or their combinations where residuals bind them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.field import Field

Push = Callable[[float, np.ndarray], np.ndarray]
_ITERATIONS = 60


class FreeCoordinates:
    """Without residuals: y are the moving states; all others stay as they are."""

    def __init__(self, field: Field, atol: np.ndarray):
        self.field = field
        self._atol = atol
        self._places = field.moving
        self._among = np.arange(len(field.moving))
        self._rest = np.zeros(field.equations.n)

    @property
    def atol(self) -> np.ndarray:
        """The absolute tolerance of each y."""
        return self._atol[self._places]

    def start(self, t: float, x: np.ndarray, scale: float) -> tuple[float, np.ndarray]:
        """Fix what does not move from here on, and return the time and the state to start from.

        A state that is not finite never becomes so again by a finite rate, and one whose rate is not a number
        is not a number from here on. Such states are set aside, so that they do not stop the integration of
        the rest. Where a rate has no value at this very time only (sin(t)/t at 0), the start is a hair later.
        """
        moving, x = self.field.moving, x.copy()
        free = np.isfinite(x[moving])
        rates = self.field.moved(t, x)
        while not np.isfinite(rates[free]).all():
            beyond = [self._beyond(t, x, free, rates, k * scale) for k in (1, 2)]
            lost = free & ~np.isfinite(rates) & ~np.isfinite(beyond[0])
            if not lost.any():
                t = t + scale if np.allclose(*(b[free] for b in beyond), rtol=1e-6, atol=0) else t
                break
            x[moving[lost]] += rates[lost]
            free &= ~lost
            rates = self.field.moved(t, x)
        self._places, self._among, self._rest = moving[free], np.flatnonzero(free), x
        return t, x

    def _beyond(
        self, t: float, x: np.ndarray, free: np.ndarray, rates: np.ndarray, ahead: float
    ) -> np.ndarray:
        """Rates a little later."""
        x = x.copy()
        x[self.field.moving[free]] += ahead * np.nan_to_num(rates[free], nan=0.0, posinf=0.0, neginf=0.0)
        return self.field.moved(t + ahead, x)

    def place(self, x: np.ndarray) -> None:
        """Let all that does not move be as in x."""
        self._places, self._among = self.field.moving, np.arange(len(self.field.moving))
        self._rest = x

    def pull(self, x: np.ndarray) -> np.ndarray:
        """Return y."""
        return x[self._places]

    def push(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return x."""
        x = self._rest.copy()
        x[self._places] = y
        return x

    def pusher(self) -> Push:
        """Return `push` as it is now, whatever moves later."""
        rest, places = self._rest, self._places

        def push(t: float, y: np.ndarray) -> np.ndarray:
            x = rest.copy()
            x[places] = y
            return x

        return push

    def rates(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return dy/dt."""
        return self.field.moved(t, self.push(t, y))[self._among]

    def slopes(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return the derivatives of dy/dt with respect to y."""
        return self.field.slopes(t, self.push(t, y))[np.ix_(self._among, self._places)]


class BoundCoordinates:
    """With residuals: y = L x, and x is where L x = y and 0 = g(t, x)."""

    def __init__(self, field: Field, atol: np.ndarray):
        self.field = field
        self.atol = float(atol.min())
        differential = field.equations.differential
        self._l = np.eye(field.equations.n) if differential is None else np.asarray(differential, float)
        self._guess = np.zeros(field.equations.n)
        relaxation = field.equations.relaxation
        #: How far x has moved along each fast reaction: zero rows for algebraic rules.
        self._along = None if relaxation is None or not relaxation.any() else np.linalg.pinv(relaxation)

    def start(self, t: float, x: np.ndarray, scale: float) -> tuple[float, np.ndarray]:
        """Start from a state that fulfills the residuals."""
        self._guess = x
        return t, x

    def place(self, x: np.ndarray) -> None:
        """Search from x on."""
        self._guess = x

    def settle(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the state with the same L x that fulfills the residuals."""
        self._guess = x if self._along is None else self._relaxed(t, x, self._along)
        return self.push(t, self._l @ x)

    def _relaxed(self, t: float, x: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Follow fast reactions to where they lead, by implicit Euler steps that grow until they are
        Newton's.

        Newton's iteration alone might end at another equilibrium, which these reactions leave.
        """
        slopes = np.abs(self.field.missed_slopes(t, x))
        if (np.abs(self.field.missed(t, x)) <= 1e-12 * (slopes @ np.abs(x))).all():
            return x
        start, inverse = x, 10.0 * float(slopes.max())
        while inverse > 1e-12 * slopes.max():
            miss = np.concatenate([self._l @ (x - start), self.field.missed(t, x)])
            if not np.isfinite(miss).all():
                break
            matrix = self._matrix(t, x)
            matrix[len(self._l) :] -= inverse * along
            x = x - _solve(matrix, miss)
            inverse /= 1.5
        return x

    def pull(self, x: np.ndarray) -> np.ndarray:
        """Return y."""
        return self._l @ x

    def push(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return x."""
        x, before = self._guess.copy(), np.inf
        for _ in range(_ITERATIONS):
            miss = np.concatenate([self._l @ x - y, self.field.missed(t, x)])
            if not np.isfinite(miss).all():
                raise Failure(f"the algebraic rules are not finite at t={t:g}")
            step = _solve(self._matrix(t, x), miss)
            x = x - step
            scale = np.abs(x) + 1e-8 * np.max(np.abs(x)) + 1e-300
            size = float(np.max(np.abs(step) / scale))
            if size < 1e-14 or (size < 1e-9 and size >= before):
                self._guess = x
                return x
            before = size
        raise Failure(f"the algebraic rules have no solution near the state at t={t:g}")

    def pusher(self) -> Push:
        """Return `push` under the switches and near the state of now: what the past is looked up with."""
        modes, guess = self.field.modes, self._guess

        def push(t: float, y: np.ndarray) -> np.ndarray:
            present = self.field.modes, self._guess
            self.field.modes, self._guess = modes, guess
            try:
                return self.push(t, y)
            finally:
                self.field.modes, self._guess = present

        return push

    def rates(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return dy/dt."""
        rates = np.zeros(self.field.equations.n)
        rates[self.field.moving] = self.field.moved(t, self.push(t, y))
        return self._l @ rates

    def slopes(self, t: float, y: np.ndarray) -> np.ndarray:
        """Return the derivatives of dy/dt with respect to y."""
        n, d = self.field.equations.n, len(self._l)
        x = self.push(t, y)
        full = np.zeros((n, n))
        full[self.field.moving] = self.field.slopes(t, x)
        unit = np.eye(n)[:, :d]
        return self._l @ full @ _solve(self._matrix(t, x), unit)

    def _matrix(self, t: float, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self._l, self.field.missed_slopes(t, x)])


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(matrix, right, rcond=None)[0]
