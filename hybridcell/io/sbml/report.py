"""What an export wrote, and how true it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hybridcell._core.html import card, table


@dataclass(frozen=True, eq=False)
class ExportReport:
    """What `hc.write_sbml` wrote.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    level : str
        Level and version of SBML.
    elements : tuple of (str, int, str, str)
        For each kind of element: what, how many, "exact", "approximate" or "left out", and how it is written.
    ids : dict
        SBML id of each node or species.
    inputs : dict
        SBML id of the input u of each perturbation that can be set.
    messages : tuple of (str, str)
        Severity and text of what libsbml has to say; an error never leaves a file behind.
    deviation : float or None
        Largest difference between our trajectories and those of libRoadRunner from the file (of a reaction
        network: relative to each state's largest value); None where it was not simulated, with the reason in
        `deviation_note`.
    deviation_note : str
        Over what the deviation was taken, or why there is none.
    warnings : tuple of str
        What a reader of the file should know.
    deviations : dict of str to float
        The same difference by program: "hybridcell" (the file read back), "libRoadRunner", "COPASI"; without
        those that did not simulate it.
    deviation_notes : dict of str to str
        For each program over what the difference was taken, or why there is none.
    load_seconds : float or None
        Wall time in which libRoadRunner loaded the file.

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> report = hc.write_sbml(model, f"{tempfile.mkdtemp()}/model.xml", resimulate=False)
    >>> report.is_exact, report.inputs
    (True, {'aMEK': 'u_aMEK'})
    """

    path: Path
    level: str
    elements: tuple[tuple[str, int, str, str], ...]
    ids: dict[str, str]
    inputs: dict[str, str]
    messages: tuple[tuple[str, str], ...] = ()
    deviation: float | None = None
    deviation_note: str = ""
    warnings: tuple[str, ...] = field(default=())
    deviations: dict[str, float] = field(default_factory=dict)
    deviation_notes: dict[str, str] = field(default_factory=dict)
    load_seconds: float | None = None

    @property
    def is_exact(self) -> bool:
        """Whether nothing was approximated or left out."""
        return all(status == "exact" for _, _, status, _ in self.elements)

    def __repr__(self) -> str:
        inexact = [f"{what} {status}" for what, _, status, _ in self.elements if status != "exact"]
        what, count, *_ = self.elements[0] if self.elements else ("elements", 0)
        parts = [f"{self.level}, {count} {what}", ", ".join(inexact) or "exact"]
        parts += [f"{program} within {found:.1e}" for program, found in self.deviations.items()]
        parts.append(f"{len(self.messages)} messages of libsbml" if self.messages else "valid")
        parts += [f"warning: {text}" for text in self.warnings]
        return f"ExportReport({self.path.name}: {'; '.join(parts)})"

    def _repr_html_(self) -> str:
        facts = {
            "file": self.path,
            "form": self.level,
            **{f"difference in {program}": self._difference(program) for program in self.deviation_notes},
            "libRoadRunner loads it in": None if self.load_seconds is None else f"{self.load_seconds:.2g} s",
            **{f"warning {i}": text for i, text in enumerate(self.warnings, start=1)},
            **{f"libsbml {i}": f"{s}: {text}" for i, (s, text) in enumerate(self.messages, start=1)},
        }
        head = card("SBML export", {k: v for k, v in facts.items() if v})
        return head + table(("element", "count", "", "how"), self.elements)

    def _difference(self, program: str) -> str:
        note = self.deviation_notes[program]
        found = self.deviations.get(program)
        return note if found is None else f"{found:.2e} ({note})"
