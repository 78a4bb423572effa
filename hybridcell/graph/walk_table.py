"""Tables of paths and loops: their steps in words, what they do, how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    import pandas as pd


def walk_table(
    found: Sequence[tuple[int, ...]],
    names: Sequence[str],
    weights: Float[np.ndarray, "n n"],
    stability: Float[np.ndarray, "n n"],
    *,
    what: str,
) -> pd.DataFrame:
    """Return the table of `Interactions.paths` and `Interactions.feedback_loops`.

    Parameters
    ----------
    found
        Positions of the nodes of each walk; a loop is closed here.
    names
        Of all nodes.
    weights, stability
        Of the edge from column to row.
    what : {"path", "loop"}
        What the walks are; names the first column.
    """
    import pandas as pd

    rows = []
    for walk in found:
        ends = (*walk[1:], walk[0]) if what == "loop" else walk[1:]
        steps = list(zip(ends, walk))
        weight = float(np.prod([weights[step] for step in steps]))
        text = names[walk[0]]
        for step in steps:
            text += f" {'→' if weights[step] > 0 else '⊣'} {names[step[0]]}"
        surest = min(float(stability[step]) for step in steps)
        nodes = tuple(names[i] for i in walk)
        rows.append((text, nodes, int(np.sign(weight)), weight, len(steps), surest))
    columns = [what, "nodes", "sign", "weight", "length", "sign_stability"]
    table = pd.DataFrame(rows, columns=pd.Index(columns))
    # without rows, pandas would take columns of numbers for anything
    return table.astype({"sign": int, "weight": float, "length": int, "sign_stability": float})
