"""Neural pieces put into networks of reactions: each becomes laws, rules and constants like any others."""

from hybridcell.mechanisms.reactions.composition.compose import add_piece as add_piece
from hybridcell.mechanisms.reactions.composition.compose import replace_rate as replace_rate
from hybridcell.mechanisms.reactions.composition.compose import without_pieces as without_pieces
