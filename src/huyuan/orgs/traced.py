"""How the record names what this package does."""

from huyuan.trace.verbs import register

GROUPS = {
    "sign-in": (
        "登录和退出",
        {
            "sign-in": "登录",
            "activate": "用激活码启用账号",
            "sign-out-everywhere": "退出其他设备",
            "ask-text-code": "申请短信激活码",
            "use-recovery-code": "用备用码登录",
        },
    ),
    "failed": (
        "失败的尝试",
        {
            "sign-in-failed": "登录失败",
            "activation-failed": "激活失败",
            "elevate-failed": "提升权限失败",
        },
    ),
    "account": (
        "账号管理",
        {
            "elevate": "提升权限",
            "end-elevation": "结束提升",
            "issue-slip": "发激活单",
            "withdraw-slip": "收回激活单",
            "reset-second-factor": "重置两步验证",
            "change-password": "更改密码",
            "enable-second-factor": "启用两步验证",
            "disable-second-factor": "停用两步验证",
            "renew-recovery-codes": "换备用码",
            "link-identity": "绑定企业账号",
            "unlink-identity": "解除企业账号",
            "close": "停用",
        },
    ),
    "change": (
        "新建、修改、删除",
        {
            "create": "新建",
            "alter": "修改",
            "remove": "删除",
            "stop": "停用",
            "import": "用表格导入",
            "seed": "导入放假安排",
        },
    ),
}
OBJECTS = {
    "orgs_account": "账号",
    "orgs_person": "人员",
    "orgs_post": "职务",
    "orgs_appointment": "任职",
    "orgs_organisation": "单位",
    "orgs_region": "乡镇、村",
    "orgs_attribute": "单位情况",
    "orgs_place": "场所",
    "orgs_schoolclass": "班级",
    "orgs_certificate": "证件",
    "orgs_liaison": "联系单位",
    "orgs_bell": "作息时间",
    "orgs_termrow": "学期",
    "orgs_calendarday": "与平常不同的日子",
    "orgs_holidayyear": "放假安排",
    "orgs_upload": "表格",
    "notify_webhook": "消息通道",
}


def register_verbs() -> None:
    """Called once, when the program starts."""
    for key, (zh, verbs) in GROUPS.items():
        register(key, zh, verbs, OBJECTS)
