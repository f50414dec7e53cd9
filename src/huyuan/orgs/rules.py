"""What signing in asks for: tables and arithmetic, without a clock, a database or a secret of ours."""

import hashlib
import hmac
import re
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta


# ---- what the protection level asks of passwords and sign-ins
@dataclass(frozen=True)
class Level:
    """`length` and `classes` (kinds of character) of a password, `change_after` which it is changed, `idle`
    after which a sign-in ends, `second_factor`: posts that need one (`*`: every post)."""

    length: int
    classes: int
    change_after: timedelta
    idle: timedelta
    second_factor: tuple[str, ...]


# GB/T 22239-2019, 7.1.4.1 (level 2) and 8.1.4.1 (level 3), 身份鉴别: a) passwords are complex and changed
# regularly, b) failures are limited and a connection that times out is ended; level 3 adds d) a second kind
# of authentication. The standard gives no figures: those below are this program's, and at level 2 the second
# factor of administrators is too. HUYUAN_SECOND_FACTOR replaces the last column.
LEVELS = {
    2: Level(10, 2, timedelta(days=365), timedelta(hours=24), ("admin",)),
    3: Level(12, 3, timedelta(days=90), timedelta(minutes=30), ("*",)),
}
CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")


def password_faults(password: str, level: Level, names: Sequence[str] = ()) -> list[str]:
    """What is wrong with a password, in Chinese; `names`: user name, phone number, which it may not hold."""
    faults = []
    if len(password) < level.length:
        faults.append(f"至少要 {level.length} 个字符。")
    if sum(bool(re.search(kind, password)) for kind in CLASSES) < level.classes:
        faults.append(f"小写字母、大写字母、数字、符号里至少要有 {level.classes} 种。")
    if any(len(name) > 3 and name.lower() in password.lower() for name in names):
        faults.append("不能含有账号或手机号码。")
    return faults


def password_expired(set_at: datetime | None, level: Level, now: datetime) -> bool:
    """Is it time to change it? One that was never chosen by its owner has no age."""
    return set_at is not None and now - set_at >= level.change_after


# ---- classes
SCHOOL_YEAR = re.compile(r"\d{4}-\d{4}")
# The grades as classes are named, each with the one that follows.
GRADES = (
    ("托班", "小班", "中班", "大班"),
    ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级"),
    ("1年级", "2年级", "3年级", "4年级", "5年级", "6年级", "7年级", "8年级", "9年级"),
    ("初一", "初二", "初三"),
    ("高一", "高二", "高三"),
    ("一", "二", "三", "四", "五", "六", "七", "八", "九"),
    ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
)
SHORT = re.compile(r"^([一二三四五六七八九1-9])(?=[（(.\-－])")  # 三（2）班, 3.2班
# With which grade a school ends, by its 学段; one that holds several ends with the latest.
LAST_GRADES = {
    "nursery": ("大班",),
    "primary": ("六年级", "6年级", "六", "6"),
    "junior": ("九年级", "9年级", "九", "9", "初三"),
    "nine-year": ("九年级", "9年级", "九", "9"),
    "senior": ("高三",),
    "complete": ("九年级", "9年级", "初三", "高三"),
}
ALWAYS_LAST = ("大班", "初三", "高三")


def grade_of(name: str) -> str | None:
    """The grade that the name of a class begins with; None for a name that stays (2024级1班)."""
    short = SHORT.match(name)
    if short:
        return short[1]
    return next((grade for row in GRADES[:5] for grade in row if name.startswith(grade)), None)


def moved_up(name: str, stages: Sequence[str]) -> str | None:
    """What a class is called in the next school year; None: it leaves the school. A name without a grade
    stays."""
    grade = grade_of(name)
    if grade is None:
        return name
    ends = {last for stage in stages for last in LAST_GRADES.get(stage, ())} or set(ALWAYS_LAST)
    row = next(row for row in GRADES if grade in row)
    place = row.index(grade) + 1
    if grade in ends or place == len(row):
        return None
    return row[place] + name[len(grade) :]


def next_school_year(year: str) -> str:
    """2026-2027 → 2027-2028"""
    first = int(year[:4]) + 1
    return f"{first}-{first + 1}"


def class_ended(school_year: str, day: date) -> bool:
    """Is the school year of a class over? A class lasts until the end of July."""
    return day >= date(int(school_year[5:]), 8, 1)


# ---- how often one may be wrong
@dataclass(frozen=True)
class Limit:
    """After `failures` within `minutes` no further attempt is looked at until the oldest is that old."""

    failures: int
    minutes: int


# A browser that has signed in to the account before (device cookie) is counted by itself, so that whoever
# fails on purpose from elsewhere shuts out other unknown browsers, never the owner's.
LIMITS = {
    "device": Limit(10, 15),  # a known browser, on its account
    "pair": Limit(5, 15),  # unknown browsers of one address, on one account
    "account": Limit(50, 60),  # unknown browsers of all addresses, on one account
    "address": Limit(60, 15),  # unknown browsers of one address (a school behind one line), on all accounts
    "second": Limit(5, 15),  # the second step, on one account from one address
    "text": Limit(3, 60),  # text messages asked for, to one number
    "text-address": Limit(20, 60),  # text messages asked for, from one address
    "link": Limit(20, 15),  # links opened from one address that were never made
    "voice-address": Limit(20, 10),  # reports by the public from one address
    "voice-gate": Limit(60, 10),  # reports by the public through the code of one school
}


# ---- one-time codes
# No letter or figure that is taken for another on paper.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 12
SLIP_DAYS = 14
TEXT_CODE_MINUTES = 15
RECOVERY_CODES = 10


def grouped(code: str) -> str:
    """ABCD-EFGH-JKMN, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def plain_code(typed: str) -> str:
    """What was meant: capitals, without what people put between."""
    return re.sub(r"[^A-Z0-9]", "", typed.upper())


# ---- names
def by_number(name: str) -> list[tuple[str, int]]:
    """A key by which figures in a name sort as numbers: 保安2 before 保安10."""
    return [(text, int(figure or 0)) for text, figure in re.findall(r"(\D*)(\d*)", name)]


# ---- mobile numbers
PHONE = re.compile(r"1[3-9]\d{9}")


def plain_phone(typed: str) -> str | None:
    """+86 138-1234-5678 → 13812345678; None when it is no mobile number of the mainland."""
    digits = re.sub(r"[\s\-()（）]", "", typed)
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    return digits if PHONE.fullmatch(digits) else None


DUTY_PHONE = re.compile(r"\d{3,12}(?:-\d{1,8}){0,2}")


def duty_phone(typed: str) -> str:
    """The telephone of an organisation as it is dialled (0564-1234567, 110); empty where it is none, or a
    mobile number, which belongs to a person."""
    plain = re.sub(r"[ —－]+", "-", unicodedata.normalize("NFKC", typed).strip())
    return "" if plain_phone(plain) or not DUTY_PHONE.fullmatch(plain) else plain


def masked_phone(phone: str) -> str:
    """138****5678"""
    return f"{phone[:3]}****{phone[-4:]}"


# ---- the second factor: RFC 6238 with SHA-1, six figures, thirty seconds, as every authenticator app does
STEP_SECONDS = 30
DRIFT_STEPS = 1


def totp(secret: bytes, step: int) -> str:
    """The code of one step of thirty seconds since 1970."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


def matching_step(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """The step whose code this is, later than `after` (a code counts once); one step either way for clocks
    that are a little off. None: wrong."""
    here = int(now.timestamp()) // STEP_SECONDS
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(totp(secret, step), code):
            return step
    return None


# ---- elevation and the record
ELEVATION = timedelta(minutes=30)
# 网络安全法 第二十一条（三）: network logs are kept for at least six months. Ours are never removed; the page
# that searches them begins so many days ago.
AUDIT_DAYS = 184
