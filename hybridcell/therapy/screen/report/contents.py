"""What the report of a screen holds: facts, the numbers of pairs and triples, and what was measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.therapy.screen.report.pair_numbers import RANKINGS, PairNumbers
from hybridcell.therapy.screen.scores import EMERGENT, SPREAD
from hybridcell.therapy.screen.stored_array import columns_of

if TYPE_CHECKING:
    from hybridcell.therapy.screen.combination_screen import CombinationScreen

#: Most bytes of the numbers of pairs. With the page around them the file stays below 15 MB.
_MOST_BYTES = 13_000_000
#: Triples in the table of each ranking.
_TRIPLES = 200


def report_data(screen: CombinationScreen, title: str, *, most_bytes: int = _MOST_BYTES) -> dict[str, Any]:
    """Return what the page draws, as values that JSON can hold.

    The numbers of a condition are those of `CombinationScreen.to_dataframe`, rounded to 16 bits. Where all
    are too many, the spread over the members is kept at the best doses of each pair only; where that is not
    enough, the pairs that lead by none of the rankings go, and only the map still shows them. Of triples the
    best are listed.
    """
    numbers = PairNumbers(screen)
    kept, spread, left_out = _fitting(numbers, most_bytes)
    if screen.design.n_triples > _TRIPLES:
        left_out.append(f"Of the triples the {_TRIPLES} best of each score are listed.")
    if left_out:
        left_out.append("screen.write('screen.csv') holds everything.")
    return {
        "title": title,
        "readout": screen.readout,
        "unit": "|u|" if screen.input == "strength" else "dose",
        "members": screen.n_members,
        "spread": SPREAD,
        "facts": _facts(screen, numbers),
        "leftOut": left_out,
        "rankings": RANKINGS,
        "drugs": list(screen.drugs),
        "levels": [[_short(abs(v)) for v in screen.levels[drug]] for drug in screen.drugs],
        "pairs": [list(pair) for pair in screen.design.pairs],
        "kept": kept.tolist(),
        "map": {by: numbers.per_pair(by) for by in RANKINGS},
        "best": {by: numbers.at_best(kept, by) for by in RANKINGS},
        "layers": numbers.layers(kept, spread=spread),
        "measured": _measured(screen, kept),
        "triples": _triples(screen) if screen.design.n_triples else None,
    }


def _fitting(numbers: PairNumbers, most_bytes: int) -> tuple[np.ndarray, bool, list[str]]:
    """Return the pairs whose doses are stored, whether with their spread, and what has to be said."""
    kept, spread = np.arange(numbers.n_pairs), numbers.has_spread
    left_out = []
    if spread and numbers.size(kept, spread=True) > most_bytes:
        spread = False
        left_out.append("The spread over the members is here for the best doses of each pair only.")
    if numbers.size(kept, spread=spread) > most_bytes:
        kept = numbers.leading(most_bytes)
        left_out.append(
            f"Doses and tables are here for the {len(kept):,} pairs of {numbers.n_pairs:,} that lead by one "
            "of the scores; the map shows all."
        )
    return kept, spread, left_out


def _facts(screen: CombinationScreen, numbers: PairNumbers) -> list[list[str]]:
    n_levels = sorted({len(levels) for levels in screen.levels.values()})
    levels = str(n_levels[0]) if len(n_levels) == 1 else f"{n_levels[0]} to {n_levels[-1]}"
    n_triples = screen.design.n_triples
    screened = [f"{len(screen.drugs):,} drugs", f"{numbers.n_pairs:,} pair{'s' * (numbers.n_pairs > 1)}"]
    screened += [f"{n_triples:,} triple{'s' * (n_triples > 1)}"] if n_triples else []
    facts = {
        "Screened": ", ".join([*screened, f"{screen.design.n_conditions:,} conditions"]),
        "Doses": f"{levels} levels a drug, 0 included, in the model's input"
        + (" (absolute strengths |u|)" if screen.input == "strength" else ""),
        "Readout": f"{screen.readout} ({screen.kind})",
        "Scale": str(screen.scale),
        "Model": "one model" if screen.n_members == 1 else f"ensemble of {screen.n_members:,} members",
    }
    if screen.context is not None:
        facts["Context"] = screen.context
    if screen.train is not None:
        n = len(screen.train.readouts)
        facts["Fitted to"] = f"{len(screen.train):,} conditions, {n:,} readout{'s' * (n > 1)}"
    facts["Solved"] = f"{screen.success:.1%} of the simulations"
    solved = numbers.columns["success"] > 0
    if solved.any():
        residual = columns_of(screen.residual, slice(0, len(solved)))[solved].max()
        where = ", of pairs" if n_triples else ""
        facts["Residual"] = f"at most {residual:.1e} (|dx/dt| / alpha{where})"
    return [[name, value] for name, value in facts.items()]


def _measured(screen: CombinationScreen, kept: np.ndarray) -> dict[str, Any]:
    """Return [dose_a, dose_b, response, effect] of each measured condition, single drugs once."""
    found: dict[str, Any] = {"control": [], "singles": {}, "pairs": {}}
    train = screen.train
    if train is None or screen.readout not in train.readouts:
        return found
    given = {name: train.doses[:, k] != 0 for k, name in enumerate(train.perturbations)}
    for position, q in enumerate(kept):
        i, j = screen.design.pairs[q]
        a, b = screen.drugs[i], screen.drugs[j]
        together = a in given and b in given and bool((given[a] & given[b]).any())
        if not together and i in found["singles"] and j in found["singles"]:
            continue  # nothing that is not known from other pairs
        rows = [[_short(v) for v in row] for row in screen.measured(a, b).to_numpy().tolist()]
        both = [row for row in rows if row[0] and row[1]]
        if both:
            found["pairs"][position] = both
        found["control"] = [row[2:] for row in rows if not row[0] and not row[1]]
        found["singles"].setdefault(i, [[row[0], *row[2:]] for row in rows if row[0] and not row[1]])
        found["singles"].setdefault(j, [[row[1], *row[2:]] for row in rows if row[1] and not row[0]])
    return found


def _triples(screen: CombinationScreen) -> dict[str, Any]:
    """Return the best triples of each ranking as rows of drugs, doses, scores and the spread of the rank."""
    numbers = ["effect", "bliss", "hsa", "additive", EMERGENT]
    if screen.n_members > 1:
        numbers += ["lower", "upper", "probability"]
    names, doses = ([f"{what}_{letter}" for letter in "abc"] for what in ("drug", "dose"))
    rows = {}
    for by in (EMERGENT, *RANKINGS):
        table = screen.top(_TRIPLES, by=by, order=3)
        rows[by] = [
            [*who, *map(_short, what)]
            for who, what in zip(table[names].to_numpy().tolist(), table[doses + numbers].to_numpy().tolist())
        ]
    return {"columns": names + doses + numbers, "rows": rows}


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
