"""Lanes with their own start and end, lanes that run until nothing moves, and triggers handed on."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.spans import Spans, solve_spans, solve_spans_along
from tests.simulate.kinetics.compiled.toy import Toy, make_toy

TIMES = np.array([0.0, 0.5, 1.0, 2.0, 3.0, np.inf])


def spans(begin: Any, end: Any, **more: Any) -> Spans:
    begin, end = np.array(begin, float), np.array(end, float)
    given = {"rest": None, "open": np.zeros(len(begin), bool), "triggered": None, **more}
    return Spans(TIMES, begin, end, **given, relative=1e-9, absolute=1e-11, max_steps=10_000)  # pyright: ignore


def relaxation() -> Toy:
    """p0 comes in, p1 goes out, p2 is there at the start."""
    return make_toy(lambda t, x, p, d, modes: [p[0] - p[1] * x[0]], lambda t, p: [p[2]], 1, 3)


def relaxed(p: Any, dt: float) -> Any:
    return p[0] / p[1] + (p[2] - p[0] / p[1]) * np.exp(-p[1] * dt)


P = np.array([[1.0, 0.5, 0.2], [0.3, 2.0, 4.0], [0.7, 0.9, 0.1], [5.0, 0.01, 2.0], [1.0, 1.0, 3.0]])
BEGIN, END, REST = [0, 1, 0, 0, 2], [2, 3, 0, 0, np.inf], np.array([0, 0, 1.0, 1.0, 0])


def test_lanes_keep_their_own_time() -> None:
    x, codes, _ = solve_spans(relaxation(), P, spans(BEGIN, END, rest=REST), "rodas5p")
    assert not np.any(codes)
    x = np.asarray(x)[..., 0]
    np.testing.assert_allclose(x[0, :4], [relaxed(P[0], t) for t in TIMES[:4]], rtol=1e-8)
    np.testing.assert_allclose(x[1, 2:5], [relaxed(P[1], t - 1) for t in TIMES[2:5]], rtol=1e-8)
    ends = [relaxed(P[0], 2), relaxed(P[1], 2), P[2, 0] / P[2, 1], P[3, 0] / P[3, 1]]
    np.testing.assert_allclose(x[:4, -1], ends, rtol=1e-7)
    assert x[4, -1] == P[4, 2]  # takes no part


def test_a_lane_does_not_know_of_the_others() -> None:
    together, _, _ = solve_spans(relaxation(), P, spans(BEGIN, END, rest=REST), "rodas5p")
    for lane in range(len(P)):
        own = spans(BEGIN[lane : lane + 1], END[lane : lane + 1], rest=REST[lane : lane + 1])
        alone, _, _ = solve_spans(relaxation(), P[lane : lane + 1], own, "rodas5p")
        np.testing.assert_array_equal(alone[0, -1], together[lane, -1])


def slopes_at_end(p: Any) -> Any:
    """Return how the ends move with the constants, (c, 3), by differences of what they are."""

    def ends(p: Any) -> Any:
        return np.array([relaxed(p[0], 2), relaxed(p[1], 2), p[2, 0] / p[2, 1], p[3, 0] / p[3, 1], p[4, 2]])

    found = np.zeros(p.shape)
    for place in np.ndindex(*p.shape):
        h = 1e-6 * p[place]
        moved = np.zeros_like(p)
        moved[place] = h
        found[place] = (ends(p + moved) - ends(p - moved))[place[0]] / (2 * h)
    return found


def test_backwards_over_the_steps_also_to_rest() -> None:
    def total(p: Any) -> Any:
        x, _, _ = solve_spans(relaxation(), p, spans(BEGIN, END, rest=REST), "rodas5p", room=1024)
        return jnp.sum(x[:, -1])

    np.testing.assert_allclose(jax.jit(jax.grad(total))(P), slopes_at_end(P), rtol=1e-6, atol=1e-6)


def test_along_directions_that_are_each_lanes_own() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(*P.shape, 2))
    run = jax.jit(lambda p, d: solve_spans_along(relaxation(), p, d, spans(BEGIN, END, rest=REST), "rodas5p"))
    x, codes, _, slopes = run(P, directions)
    assert not np.any(codes)
    wanted = np.einsum("cm,cmq->cq", slopes_at_end(P), directions)
    np.testing.assert_allclose(slopes[:, -1, 0], wanted, rtol=1e-6, atol=1e-6)
    plain, _, _ = solve_spans(relaxation(), P, spans(BEGIN, END, rest=REST), "rodas5p")
    np.testing.assert_allclose(x[:, -1], plain[:, -1], rtol=1e-8)


@pytest.mark.parametrize("rest", [0.0, 1.0])
def test_what_fails_fails_alone(rest: float) -> None:
    square = make_toy(lambda t, x, p, d, modes: [p[0] * x[0] ** 2], lambda t, p: [1.0], 1, 1)
    p = np.array([[-1.0], [2.0], [-0.5]])
    own = spans([0, 0, 0], [2, 2, 2], rest=np.array([0, rest, 0]))
    x, codes, _ = solve_spans(square, p, own, "rodas5p")
    assert np.asarray(codes).tolist()[::2] == [results.SUCCESS] * 2
    assert codes[1] != results.SUCCESS
    assert np.isnan(x[1]).all()
    np.testing.assert_allclose(x[::2, -1, 0], [1 / 3, 1 / 2], rtol=1e-7)


def test_what_drifts_for_ever_is_not_at_rest() -> None:
    drift = make_toy(lambda t, x, p, d, modes: [p[0]], lambda t, p: [1.0], 1, 1)
    own = spans([0, 0], [0, 0], rest=np.array([1.0, 1.0]))
    x, codes, _ = solve_spans(drift, np.array([[1.0], [0.0]]), own, "rodas5p")
    assert np.asarray(codes).tolist() == [results.NOT_AT_REST, results.SUCCESS]
    assert np.isnan(x[0]).all()
    assert x[1, -1, 0] == 1.0


def jumping(signs: int = 1) -> Toy:
    """x' = 1, and x jumps by p0 when the time passes 1."""
    return make_toy(
        lambda t, x, p, d, modes: [1.0],
        lambda t, p: [p[1]],
        1,
        2,
        signs=[signs],
        at_zero=[1],
        timed=[True],
        events=1,
        owners=[0],
        states=[0],
        roots=lambda t, x, p, d, modes: (
            jnp.broadcast_to(t - 1.0, (1, *jnp.shape(t))) if jnp.ndim(t) else jnp.array([t - 1.0])
        ),
        switch_times=lambda t, x, p: jnp.array([1.0]),
        triggers=lambda t, x, p, d, modes: modes[:1],
        event_values=lambda t, x, p, d, modes: jnp.array([x[0] + p[0]]),
    )


def test_triggers_go_from_lane_to_lane() -> None:
    # before the event; over it; from behind it: told that it has been, and not told so
    own = spans([0, 0, 2, 2], [0.5, 2, 3, 3], triggered=np.array([[False], [False], [True], [False]]))
    x, codes, triggered = solve_spans(jumping(), np.tile([10.0, 0.0], (4, 1)), own, "rodas5p")
    assert not np.any(codes)
    np.testing.assert_allclose(x[:, -1, 0], [0.5, 12, 1, 11], rtol=1e-9)
    assert np.asarray(triggered)[:, 0].tolist() == [False, True, True, True]


def test_what_happens_at_an_open_end_is_left_to_the_next_lane() -> None:
    own = spans([0, 0], [1, 1], open=np.array([False, True]), triggered=np.zeros((2, 1), bool))
    x, codes, triggered = solve_spans(jumping(), np.tile([10.0, 0.0], (2, 1)), own, "rodas5p")
    assert not np.any(codes)
    np.testing.assert_allclose(x[:, -1, 0], [11, 1], rtol=1e-9)
    assert np.asarray(triggered)[:, 0].tolist() == [True, False]
    after = spans([1], [2], triggered=np.asarray(triggered)[1:])
    x, _, _ = solve_spans(jumping(), np.array([[10.0, 1.0]]), after, "rodas5p")
    assert x[0, -1, 0] == pytest.approx(12, rel=1e-9)
