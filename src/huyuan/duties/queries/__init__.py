"""Every read of duties: what is adopted, the facts, and the cells that follow from both."""

from huyuan.duties.queries.adopted import bindings_of, breaches
from huyuan.duties.queries.board import cells, matters, month_of, verdict_detail
from huyuan.duties.queries.facts import facts_of

__all__ = ["bindings_of", "breaches", "cells", "facts_of", "matters", "month_of", "verdict_detail"]
