"""`hc.screen_combinations`: simulate all pairs or triples of drugs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.config import config
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import working
from hybridcell.data.response_scale import USUAL, scale_of
from hybridcell.fit.checkpoint import fingerprint
from hybridcell.simulate import Solve
from hybridcell.therapy.effect import EffectScale
from hybridcell.therapy.members import members_of
from hybridcell.therapy.screen.blocks import Blocks
from hybridcell.therapy.screen.combination_screen import CombinationScreen
from hybridcell.therapy.screen.design import Design, choose_drugs, count_conditions
from hybridcell.therapy.screen.dose_levels import read_levels
from hybridcell.therapy.screen.request_checks import check_order, check_readout, check_targets, choose_context
from hybridcell.therapy.screen.room import check_memory, check_tables
from hybridcell.therapy.screen.running import Memory, Store, run_pieces
from hybridcell.therapy.screen.screen_folder import FORMAT, writing
from hybridcell.therapy.screen.states import ScreenSolver


def screen_combinations(
    model: Any,
    *,
    readout: str,
    drugs: Sequence[str] | None = None,
    doses: int | Sequence[float] | Mapping[str, Sequence[float]] = 8,
    order: int = 2,
    input_range: float | Mapping[str, float] | None = None,
    scale: str | None = None,
    better: str = "lower",
    context: str | None = None,
    solve: Solve | None = None,
    executor: Any = None,
    out: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> CombinationScreen:
    """Simulate the steady state of all pairs (and triples) of drugs over a grid of doses.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble` (its members that succeeded are screened one by one); or a mapping
        context -> one of these, for cell lines or patients with a model each.
    readout : str
        Node whose response is kept, such as a viability.
    drugs : sequence of str, optional
        Perturbed nodes; by default the perturbations of the training data, or the model's drug nodes.
    doses
        Number of levels per drug, 0 included, evenly spaced up to its largest dose; or one list of levels;
        or a dict drug -> levels. 0 is added where it is missing. Levels are in the model's input: doses, or
        signed strengths u, negative for inhibition.
    order : {2, 3}
        Drugs per combination; 3 gives the pairs inside of the triples as well.
    input_range : float or dict, optional
        Largest level, signed; by default the largest of the training data, drug by drug.
    scale : {"log2", "ln", "log10", "linear"}, optional
        What the responses of the readout are, for the effect between 0 and 1 (see `EffectScale`):
        logarithms of a ratio against the untreated control, or relative changes. By default the scale of the
        network, "log2" where the model has none.
    better : {"lower", "higher"}
        Which way the readout is meant to go.
    context : str, optional
        Which model of a mapping is screened.
    solve : Solve, optional
        Tolerance and method of the steady states.
    executor : concurrent.futures.Executor, optional
        Spreads blocks of conditions and groups of members over its workers (threads, processes, or the
        ``get_executor()`` of a Dask client). No number depends on it; pieces that are lost with a worker
        are solved again.
    out : path, optional
        A folder such as "screen.zarr" that responses are written to, block by block, for screens larger
        than the memory. A screen that was stopped, however that came about, goes on when it is called again
        with the same arguments; finished blocks are not computed again, and the numbers are the same. The
        screen that is returned reads from the folder, and so does `CombinationScreen.read`.
    progress : bool, optional
        Show a progress bar of blocks, those that were finished before included.

    Returns
    -------
    CombinationScreen
        Conditions that do not settle to a stable steady state within tolerance are NaN and counted.

    Raises
    ------
    UnknownNameError
        On a drug, readout or context that there is not; the nearest is suggested.
    InvalidValueError
        On doses that are not finite, of the wrong sign or fewer than two, fewer drugs than the order, a drug
        node without a target, another order, or a screen too large for the memory or the disk.
    FileFormatError
        When `out` holds another screen (it says what differs) or something else.
    NotConvergedError
        When a worker of the executor fails.
    HybridCellError
        When another process writes to `out`, or the disk is full or may not be written.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
    ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    >>> screen = hc.screen_combinations(model, readout="growth", doses={"a": [-1, -2], "b": [-1, -2]})
    >>> screen.top(1)[["drug_a", "drug_b", "dose_a", "dose_b"]].values.tolist()
    [['a', 'b', 1.0, 1.0]]
    """
    order = check_order(order)
    model, context = choose_context(model, context)
    members, train = members_of(model)
    first = next(iter(members))
    effect_scale = EffectScale(scale or scale_of(first) or USUAL, better)
    check_readout(first, readout)
    known = [kind_name for kind_name, kind in zip(first.names, first.kinds) if kind == "drug"]
    if train is not None:
        known = [name for name in train.perturbations if name in first.names] or known
    chosen = choose_drugs(drugs, first.names, known, least=order)
    levels = read_levels(chosen, doses, input_range, train)
    check_targets(members, chosen)
    n_members = members.n if isinstance(members, Ensemble) else 1
    n_conditions = count_conditions([len(level) for level in levels], order)
    check_tables(n_conditions, len(chosen), order)
    if out is None:
        check_memory(n_members, n_conditions, len(chosen), order)
    design = Design(drugs=chosen, levels=levels, order=order)
    solver = ScreenSolver(design, first.names, readout, Solve() if solve is None else solve)
    blocks = Blocks(n_members, n_conditions, solver.n_alone)
    screen = CombinationScreen(
        design=design,
        readout=readout,
        kind=first.kinds[first.index(readout)],
        responses=np.zeros((n_members, 0)),
        residual=np.zeros(0),
        scale=effect_scale,
        input="strength" if train is None else train.input,
        train=train,
        context=context,
    )
    if out is None:
        memory = Memory(blocks)
        _run(solver, members, blocks, memory, executor, progress)
        return replace(screen, responses=memory.responses, residual=memory.residual)
    description = _describe(screen, solver, members, blocks)
    with writing(Path(out), description, first.n, train) as folder:
        _run(solver, members, blocks, folder, executor, progress)
    return replace(CombinationScreen.read(out), train=train)


def _run(
    solver: ScreenSolver,
    members: Ensemble | Sequence[Any],
    blocks: Blocks,
    store: Store,
    executor: Any,
    progress: bool | None,
) -> None:
    def models(some: slice) -> list[Any]:
        inside = range(some.start, some.stop)
        return [members.member(m) if isinstance(members, Ensemble) else members[m] for m in inside]

    bar = progress_bar(total=blocks.total, description="screening", show=progress)
    with working(executor) as workers, bar as shown:
        shown.update(len(store.finished()))
        run_pieces(solver, models, blocks, store, workers=workers, advance=shown.update)


def _describe(
    screen: CombinationScreen, solver: ScreenSolver, members: Ensemble | Sequence[Any], blocks: Blocks
) -> dict[str, Any]:
    """Return what tells this screen from any other, as JSON."""
    models = members.members if isinstance(members, Ensemble) else list(members)
    first = next(iter(members))
    return {
        "format": FORMAT,
        "order": screen.design.order,
        "drugs": list(screen.drugs),
        "levels": [[float(v) for v in level] for level in screen.design.levels],
        "nodes": list(first.names),
        "readout": screen.readout,
        "kind": screen.kind,
        "members": blocks.n_members,
        "model": fingerprint(models)[:16],
        "context": screen.context,
        "solve": {name: value for name, value in asdict(solver.solve).items() if value is not None},
        "precision": config.precision,
        "scale": screen.scale.scale,
        "better": screen.scale.better,
        "input": screen.input,
        "blocks": [blocks.height, blocks.width],
        "shape": [blocks.n_members, blocks.n_conditions, blocks.n_alone],
    }
