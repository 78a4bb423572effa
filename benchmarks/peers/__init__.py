"""Programs to compare with, in this interpreter or in others that HYBRIDCELL_PEERS names."""
