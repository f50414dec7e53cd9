"""Pages of cases."""

from huyuan.cases.views.boards import board, listing
from huyuan.cases.views.disputes import disputes
from huyuan.cases.views.figures import figures
from huyuan.cases.views.reading import case, file
from huyuan.cases.views.stepping import report, report_dispute, step

__all__ = ["board", "case", "disputes", "figures", "file", "listing", "report", "report_dispute", "step"]
