"""Mathematical expressions as a shared graph: each distinct term is built once, and none is run as code."""

from hybridcell.mechanisms.expressions.expression import Expression as Expression
from hybridcell.mechanisms.expressions.expression import apply as apply
from hybridcell.mechanisms.expressions.expression import constant as constant
from hybridcell.mechanisms.expressions.expression import number as number
from hybridcell.mechanisms.expressions.expression import state as state
from hybridcell.mechanisms.expressions.expression import symbol as symbol
from hybridcell.mechanisms.expressions.expression import time as time
