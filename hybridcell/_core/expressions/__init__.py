"""Mathematical expressions as a shared graph: each distinct term is built once, and none is run as code."""

from hybridcell._core.expressions.expression import Expression as Expression
from hybridcell._core.expressions.expression import apply as apply
from hybridcell._core.expressions.expression import constant as constant
from hybridcell._core.expressions.expression import number as number
from hybridcell._core.expressions.expression import state as state
from hybridcell._core.expressions.expression import symbol as symbol
from hybridcell._core.expressions.expression import time as time
