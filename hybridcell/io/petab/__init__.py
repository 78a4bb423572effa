"""Estimation problems in the PEtab format (versions 1 and 2), as tables that say what they mean."""
