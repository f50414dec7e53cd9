"""What the pages of each kind of matter are called, and what they say."""

from huyuan.cases.queries import DISPUTE, HAZARD

PAGES = {
    HAZARD: {
        "board": "cases:board",
        "name": "隐患",
        "report": "上报隐患",
        "lead": "拍照、选类别、写在哪里，就可以提交。",
        "open": "没有销号",
        "over": "销号",
        "who": "谁来整改",
        "working": "整改",
        "seen": "本单位、上级教育部门、结对的派出所等和所在乡镇看得到；此外，因为办理这件事看得到的单位：",
    },
    DISPUTE: {
        "board": "cases:disputes",
        "name": "矛盾纠纷",
        "report": "登记矛盾纠纷",
        "lead": "选谁和谁、写在哪里、什么事，就可以提交。不写姓名、电话和身份证号。",
        "open": "没有办结",
        "over": "办结",
        "who": "谁来调解",
        "working": "调解",
        "seen": "只有本单位经办的人和登记人看得到，上级只看到件数；此外，因为调处这件事看得到的单位：",
    },
}
