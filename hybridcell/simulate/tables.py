"""The tables that simulated AnnData carry: nodes as columns, doses beside the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def node_table(model: Any) -> pd.DataFrame:
    """Return the nodes of a model, or of anything with names and kinds, as ``var``."""
    import pandas as pd

    return pd.DataFrame({"kind": list(model.kinds)}, index=pd.Index(list(model.names)))


def dose_tables(given: Any, index: pd.Index) -> dict[str, Any]:
    """Return ``obsm`` with the doses of conditions, rows named by `index`."""
    import pandas as pd

    columns = pd.Index(list(given.perturbations))
    return {"doses": pd.DataFrame(np.asarray(given.doses), index=index, columns=columns)}
