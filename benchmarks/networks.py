"""Speed and soundness of network training: steady states against unrolled integration, fits, ensembles.

Ratios are taken in one run, of CPU seconds on one thread, medians over repeats.
Run: python benchmarks/networks.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from report import CpuClock, one_thread, write

one_thread()

import equinox as eqx  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jax.random as jr  # noqa: E402
import numpy as np  # noqa: E402

import hybridcell as hc  # noqa: E402
from hybridcell.data import as_perturbation_data  # noqa: E402
from hybridcell.simulate.fixed_step import final_state, step_heun  # noqa: E402
from hybridcell.simulate.steady import implicit_steady_state  # noqa: E402

NODES, CONDITIONS, HEUN_STEPS, DT = 100, 89, 400, 0.1
REPEATS = 11


def random_problem(dtype: Any) -> tuple[Any, Any, Any]:
    """Return a contractive random network (spectral radius 0.7), inputs and targets."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(NODES, NODES)) * (1 - np.eye(NODES))
    w *= 0.7 / np.abs(np.linalg.eigvals(w)).max()
    model = hc.CellBox([f"n{i}" for i in range(NODES)], ["protein"] * NODES, w)
    u = rng.normal(size=(CONDITIONS, NODES)) * (rng.random((CONDITIONS, NODES)) < 0.05)
    field = jax.tree.map(lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, model.field())
    return field, jnp.asarray(u, dtype), jnp.asarray(rng.normal(size=u.shape), dtype)


def by_steady_state(field: Any, u: Any, y: Any) -> Any:
    """Return the loss of the steady states, to the tolerance of the precision."""
    tol = 1e-10 if u.dtype == jnp.float64 else 1e-5
    x = implicit_steady_state(field, u, jnp.zeros_like(u), n_iterations=200, n_adjoint=200, tol=tol)
    return jnp.mean((x - y) ** 2)


def by_scan(field: Any, u: Any, y: Any) -> Any:
    """Return the loss after 400 Heun steps, unrolled by lax.scan and differentiated through."""

    def one(x: Any, _: None) -> tuple[Any, None]:
        return step_heun(lambda t, z: field(t, z, u), 0.0, x, DT), None

    x, _ = jax.lax.scan(one, jnp.zeros_like(u), None, length=HEUN_STEPS)
    return jnp.mean((x - y) ** 2)


def by_checkpointed_scan(field: Any, u: Any, y: Any) -> Any:
    """Return the same loss, with states stored every 20 steps only."""
    x = final_state(field, jnp.zeros_like(u), u, n_steps=HEUN_STEPS, dt=DT)
    return jnp.mean((x - y) ** 2)


def interleaved_medians(jobs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median CPU seconds of each job, run in turn so that drift of the machine hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(REPEATS):
        for name, job in jobs.items():
            with CpuClock() as clock:
                job()
            seconds[name].append(clock.seconds)
    return {name: float(np.median(s)) for name, s in seconds.items()}


def timed(f: Callable[..., Any], *args: Any) -> None:
    """Run a compiled program to its end."""
    jax.block_until_ready(f(*args))


def gradient_rows() -> tuple[list[list[Any]], dict[str, Any]]:
    """Time loss and gradient by each way, in both precisions."""
    rows, results = [], {}
    for dtype in (jnp.float32, jnp.float64):
        field, u, y = random_problem(dtype)
        ways = {"steady state, implicit": by_steady_state, "400 Heun steps, scan": by_scan,
                "400 Heun steps, checkpointed": by_checkpointed_scan}  # fmt: skip
        compiled = {name: eqx.filter_jit(eqx.filter_value_and_grad(f)) for name, f in ways.items()}
        values = {name: f(field, u, y) for name, f in compiled.items()}
        slope = {name: np.asarray(g.weights) for name, (_, g) in values.items()}
        medians = interleaved_medians({name: partial(timed, f, field, u, y) for name, f in compiled.items()})
        peer = "400 Heun steps, scan"
        for name, seconds in medians.items():
            off = float(np.abs(slope[name] - slope[peer]).max() / np.abs(slope[peer]).max())
            rows.append(
                [
                    dtype.__name__,
                    name,
                    1e3 * seconds,
                    medians[peer] / seconds,
                    f"{float(values[name][0]):.9f}",
                    f"{off:.1e}",
                ]
            )
            results[f"{dtype.__name__}, {name}"] = {
                "ms": 1e3 * seconds,
                "times faster": medians[peer] / seconds,
            }
    return rows, results


def training_rows(screen: Any) -> tuple[list[list[Any]], dict[str, Any]]:
    """Time single fits and ensembles after compilation."""
    model = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    hybrid = model + hc.NeuralResidual(width=16, key=jr.key(1))
    rows, results = [], {}
    for name, m in (("CellBox ODE", model), ("CellBox ODE + neural residual", hybrid)):
        single = interleaved_medians({"fit": lambda m=m: hc.fit(m, screen, key=jr.key(0), progress=False)})[
            "fit"
        ]
        hc.fit_ensemble(m, screen, n=20, resample="seeds", key=jr.key(0), progress=False)
        with CpuClock() as clock:
            hc.fit_ensemble(m, screen, n=20, resample="seeds", key=jr.key(0), progress=False)
        rows.append([name, single, clock.seconds / 20, clock.seconds / 20 / single])
        results[name] = {
            "fit": single,
            "member": clock.seconds / 20,
            "member / fit": clock.seconds / 20 / single,
        }
    return rows, results


def restart_rows(screen: Any, n: int = 100) -> tuple[list[list[Any]], dict[str, Any]]:
    """Count restarts that diverge, at default settings and without l1 from large random networks."""
    rows, results = [], {}
    base = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    wild = eqx.tree_at(
        lambda m: m._response.raw, base, 0.1 * jr.normal(jr.key(1), base._response.raw.shape) * base.mask
    )
    for name, model, options in (
        ("default settings", base, {}),
        (
            "start sd 0.1, l1 = 0, l2 = 0, learning rate 0.02",
            wild,
            {"l1": 0.0, "l2": 0.0, "learning_rate": 0.02},
        ),
        (
            "the same without the guard",
            wild,
            {"l1": 0.0, "l2": 0.0, "learning_rate": 0.02, "contraction": None},
        ),
    ):
        ensemble = hc.fit_ensemble(
            model, screen, n=n, resample="seeds", key=jr.key(2), progress=False, **options
        )
        settled = np.asarray(hc.predict(ensemble, screen).obs["success"])
        unusable = sum(r != "success" for r in ensemble.result)
        rows.append(
            [
                name,
                n,
                unusable,
                float(1 - settled.mean()),
                int(ensemble.info["skipped_steps"]),
                float(np.max(ensemble.losses)),
            ]
        )
        results[name] = {
            "restarts": n,
            "unusable": unusable,
            "unsettled conditions": float(1 - settled.mean()),
        }
    return rows, results


def main() -> None:
    """Run all parts and write the table."""
    screen = as_perturbation_data(hc.datasets.melanoma())
    gradient, gradient_results = gradient_rows()
    training, training_results = training_rows(screen)
    restarts, restart_results = restart_rows(screen)
    write(
        "networks",
        {"gradient": gradient_results, "training": training_results, "restarts": restart_results},
        [
            (
                f"Loss and gradient, {NODES} nodes x {CONDITIONS} conditions",
                ["precision", "way", "ms", "times faster than scan", "loss", "gradient off by"],
                gradient,
            ),
            (
                "Training on the melanoma screen, CPU seconds after compilation (80 steps)",
                ["model", "one fit", "one ensemble member of 20", "member / fit"],
                training,
            ),
            (
                "Random restarts that diverge",
                ["setting", "restarts", "unusable", "unsettled conditions", "skipped steps", "largest loss"],
                restarts,
            ),
        ],
    )


if __name__ == "__main__":
    main()
