"""A dose layer as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import table

if TYPE_CHECKING:
    import pandas as pd

#: An off-target counts from this share of the effect on the main target on.
SMALL = 0.01


def drug_table(layer: Any) -> pd.DataFrame:
    """Return one row per drug; see `DoseLayer.to_dataframe`."""
    import pandas as pd

    ec50 = np.asarray(layer.ec50)
    off = np.zeros(len(layer.drugs), dtype=int)
    if layer.nodes is not None:
        off = np.sum(np.abs(np.asarray(layer.off_target)) > SMALL * np.abs(np.asarray(layer.maximum)), axis=0)
    known = np.isfinite(layer.largest)
    return pd.DataFrame(
        {
            "target": list(layer.targets),
            "ec50": ec50,
            "hill": np.asarray(layer.hill),
            "maximum": np.where(layer.acts, np.asarray(layer.maximum), np.nan),
            "off_targets": off,
            "reached": [bool(e <= top) if k else None for e, top, k in zip(ec50, layer.largest, known)],
        },
        index=pd.Index(list(layer.drugs), name="drug"),
    )


def html_table(layer: Any) -> str:
    """Return the table for notebooks."""
    frame = drug_table(layer).reset_index()
    header = [f"ec50 ({layer.unit})" if name == "ec50" else name for name in frame.columns]
    rows = [[f"{v:.4g}" if isinstance(v, float) else v for v in row] for row in frame.to_numpy()]
    return f"<div><strong>DoseLayer</strong>{table(header, rows)}</div>"
