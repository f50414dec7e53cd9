"""Pages of cases."""

from huyuan.cases.views.boards import board, listing
from huyuan.cases.views.caring import care, care_list, care_open, care_step
from huyuan.cases.views.disputes import disputes
from huyuan.cases.views.figures import figures
from huyuan.cases.views.gate import find_answer, gate, gate_answer
from huyuan.cases.views.links import ask, part_file, part_link
from huyuan.cases.views.papers import paper
from huyuan.cases.views.reading import case, file
from huyuan.cases.views.stepping import report, report_dispute, step
from huyuan.cases.views.voices import gate_code, voice, voice_file, voice_phone, voices

__all__ = [
    "ask",
    "board",
    "care",
    "care_list",
    "care_open",
    "care_step",
    "case",
    "disputes",
    "figures",
    "file",
    "find_answer",
    "gate",
    "gate_answer",
    "gate_code",
    "listing",
    "paper",
    "part_file",
    "part_link",
    "report",
    "report_dispute",
    "step",
    "voice",
    "voice_file",
    "voice_phone",
    "voices",
]
