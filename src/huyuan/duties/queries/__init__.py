"""Every read of duties: what is adopted, the facts, and the cells that follow from both."""

from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import cells, matters, month_of, verdict_detail

__all__ = ["bindings_of", "cells", "matters", "month_of", "verdict_detail"]
