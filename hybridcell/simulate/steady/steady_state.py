"""`hc.steady_state`: where a model settles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell._core.model import AbstractModel, check_one_model
from hybridcell.data import as_conditions
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.solve import solve_steady_state
from hybridcell.simulate.tables import dose_tables, node_table
from hybridcell.simulate.words import lower_words

if TYPE_CHECKING:
    import anndata


def steady_state(
    model: AbstractModel | ReactionNetwork, *, conditions: Any = None, solve: Solve | None = None
) -> anndata.AnnData:
    """Return the steady state of a model under each condition, with a certificate.

    Parameters
    ----------
    model
        A CellBox network, a hybrid, or a reaction network.
    conditions
        As for `hc.simulate`. None: the control.
    solve : Solve, optional
        "auto" looks for the root (of interaction networks by fixed-point, chord and Newton iteration, of
        reaction networks by implicit steps and Newton iteration within the conserved sums of the start) and
        integrates where that fails; any other method integrates from the initial state.

    Returns
    -------
    AnnData, conditions x nodes
        Of a reaction network, columns are states (species as amounts), and ``layers["concentration"]`` holds
        concentrations. obs holds ``residual`` (largest \\|dx/dt\\| / alpha; of a reaction network, largest
        net rate as a share of turnover), ``stable`` (eigenvalues of the Jacobian), ``method``, ``success``,
        ``flag`` ("", "unstable", "oscillating", "diverged", "not settled"). Rows without success are not
        to be used.

    Raises
    ------
    UnknownNameError
        On a perturbation that the model does not have.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> settled = hc.steady_state(model, conditions={"d": -1.0})
    >>> bool(settled.obs["success"].iloc[0]), settled.obs["method"].iloc[0]
    (True, 'fixed point')
    """
    import anndata
    import pandas as pd

    check_one_model("steady_state", model)
    model, conditions = lower_words(model, conditions)
    if isinstance(model, ReactionNetwork):
        from hybridcell.simulate.kinetics.steady.table import network_steady_state

        return network_steady_state(model, conditions=conditions, solve=solve)
    given = as_conditions(conditions)
    found = solve_steady_state(model, model.inputs(given), solve=solve)
    index = pd.Index(list(given.names), name="condition")
    obs = pd.DataFrame(
        {
            "residual": found.residual,
            "stable": found.stable,
            "method": list(found.method),
            "success": found.success,
            "flag": list(found.flag),
        },
        index=index,
    )
    return anndata.AnnData(X=found.x, obs=obs, var=node_table(model), obsm=dose_tables(given, index))
