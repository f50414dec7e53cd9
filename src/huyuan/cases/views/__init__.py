"""Pages of cases."""

from huyuan.cases.views.boards import board, listing
from huyuan.cases.views.figures import figures
from huyuan.cases.views.reading import case, file
from huyuan.cases.views.stepping import report, step

__all__ = ["board", "case", "figures", "file", "listing", "report", "step"]
