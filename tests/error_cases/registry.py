"""Errors by id, each with what raises it; `tests/test_docs_errors.py` compares them with the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hybridcell as hc
from hybridcell.data import PerturbationData

CASES: dict[str, Callable[[Any], Any]] = {}


def case(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register what raises the error of that id from a model, a screen and a folder."""

    def keep(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        CASES[name] = function
        return function

    return keep


class Setting:
    """Small objects that the cases break."""

    def __init__(self, model: Any, screen: PerturbationData, folder: Path):
        self.model, self.screen, self.folder = model, screen, folder

    def other(self, **changes: Any) -> PerturbationData:
        return replace(self.screen, **changes)

    def network(self, **changes: Any) -> Any:
        fields: dict[str, Any] = {
            "names": ["a", "d"],
            "kinds": ["protein", "drug"],
            "weights": [[0, 1.0], [0, 0]],
        }
        fields |= changes
        return hc.CellBox(fields.pop("names"), fields.pop("kinds"), fields.pop("weights"), **fields)
