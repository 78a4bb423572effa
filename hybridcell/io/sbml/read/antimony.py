"""Antimony text to SBML."""

from __future__ import annotations

from hybridcell._core.errors import SBMLError


def sbml_of_antimony(text: str) -> str:
    """Return Antimony as SBML Level 3.

    Raises
    ------
    SBMLError
        The package antimony is not installed, or the text is not Antimony.
    """
    try:
        import antimony
    except ImportError:
        raise SBMLError(
            "reading Antimony needs the package antimony",
            hint="Install it: pip install 'hybridcell[antimony]'.",
        ) from None

    antimony.clearPreviousLoads()
    try:
        if antimony.loadAntimonyString(text) < 0:
            raise SBMLError(f"the text is not Antimony: {str(antimony.getLastError()).strip()}")
        return str(antimony.getCompSBMLString(antimony.getMainModuleName()))
    except UnicodeDecodeError:
        # the package cuts letters of its messages in half
        raise SBMLError("the text is not Antimony, and holds letters that Antimony cannot quote") from None
    finally:
        antimony.clearPreviousLoads()
