"""Writes the sample county: organisations, people, calendar, accounts, adoptions and a term of acts.
Set-wise, the same rows for the same day."""

import io
import time as clock
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction
from PIL import Image, ImageDraw

from huyuan.duties.actions import close_due
from huyuan.kernel.days import at, day_of, start_of
from huyuan.kernel.holidays_cn import known_years
from huyuan.orgs import actions as orgs
from huyuan.orgs.actions.organisations import DUTY_PHONE
from huyuan.orgs.actor import Actor, Holding, actor_for, system_actor
from huyuan.orgs.models import (
    Account,
    Appointment,
    Attribute,
    Bell,
    Certificate,
    Liaison,
    Organisation,
    Person,
    Place,
    Post,
    Region,
    SchoolClass,
    TermRow,
)
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import acting
from huyuan.packs.actions import install_all
from huyuan.papers.actions import submit_collected
from huyuan.papers.models import Policy
from huyuan.reports.tasks import refresh_county
from huyuan.trace import files
from huyuan.trace.models import File
from sample import entries, gate, risks
from sample.adoption import adopt, adopt_themselves, excuse
from sample.county import AGENCIES, CODE, DEMO_SCHOOL, NAME, SCHOOLS, TOWNS, TOWNS_AT, School
from sample.doings import doings, done, habit
from sample.names import draw, person, share
from sample.partners import COLLEGE, area_of, partners
from sample.people import SEATS_BY_KIND, Seat, seats
from sample.policies import policies
from sample.venues import around

PASSWORD = "qinghe-2026"
"""One password for all sample accounts; `serve` refuses a database that holds sample accounts."""

ACCOUNTS: tuple[tuple[str, str, str, str], ...] = (
    # user name, organisation, post kind, what it is
    ("anquan", DEMO_SCHOOL, "safety-officer", "幼儿园安全员"),
    ("yuanzhang", DEMO_SCHOOL, "head", "幼儿园园长"),
    ("fenguan", DEMO_SCHOOL, "vice-principal-safety", "分管安全副园长"),
    ("menwei", DEMO_SCHOOL, "guard", "幼儿园保安"),
    ("banzhuren", DEMO_SCHOOL, "class-teacher", "幼儿园班主任"),
    ("xiaozhang", "no1-high", "head", "县一中校长"),
    ("jiaoxuedian", "zhuao-point", "head", "三人教学点负责人"),
    ("jiaoyuju", "education-bureau", "bureau-officer", "教育局安全股"),
    ("juzhang", "education-bureau", "bureau-leader", "教育局分管副局长"),
    ("minjing", "station-城关镇", "police-liaison", "派出所联络民警"),
    ("zhenzheng", "town-临河镇", "town-officer", "镇政府教育专干"),
    ("zongzhi", "stability-临河镇", "town-officer", "镇综治办专干"),
    ("cunganbu", "village-临河镇-上渡", "village-officer", "村干部"),
    ("shichang", "market-临河镇", "market-officer", "市场监管所干部"),
    ("jiaojing", "traffic-police", "traffic-officer", "交警大队民警"),
    ("guanqu", "area-临河镇-河东", "area-director", "管区主任"),
    ("guanliyuan", "education-bureau", "admin", "教育局系统管理员"),
)


def school_year(today: date) -> int:
    """The year in which the school year of `today` begins."""
    return today.year if today.month >= 9 else today.year - 1


def first_day(today: date) -> date:
    """The first day of the term that the sample lives in: the first of September or the term in spring."""
    year = school_year(today)
    spring = date(year + 1, 2, 24)
    return spring if today >= spring else date(year, 9, 1)


def second_day(today: date) -> date:
    """When the second directive goes live: with the month before this one."""
    before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return max(first_day(today), before)


@dataclass
class Rows:
    """Everything of the county, ready to be written in one go, and the look-ups that acts need."""

    orgs: dict[str, Organisation] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    classes: list[SchoolClass] = field(default_factory=list)
    class_of: dict[str, list[SchoolClass]] = field(default_factory=dict)
    holders: dict[tuple[str, str], list[Person]] = field(default_factory=dict)


def load(today: date) -> Rows:
    """Write the county's organisations as they stand on `today`. One transaction of the caller's `acting`."""
    rows = Rows()
    regions(rows)
    organisations(rows)
    Region.objects.bulk_create(rows.regions.values())
    Organisation.objects.bulk_create(rows.orgs.values())
    since = first_day(today)
    for school in SCHOOLS:
        staff(rows, school, since, today)
    for org in list(rows.orgs.values()):
        fill(rows, org, SEATS_BY_KIND.get(org.kind, ()), since - timedelta(days=400), since)
    Person.objects.bulk_create(rows.people)
    SchoolClass.objects.bulk_create(rows.classes)
    Post.objects.bulk_create(rows.posts)
    Appointment.objects.bulk_create(rows.appointments)
    Certificate.objects.bulk_create(rows.certificates)
    Attribute.objects.bulk_create(attributes(rows, since, today))
    Place.objects.bulk_create(places(rows))
    Bell.objects.bulk_create(bells(rows, since - timedelta(days=400)))
    Liaison.objects.bulk_create(liaisons(rows, since - timedelta(days=400)))
    orgs.rebuild_reach(CODE, today)
    return rows


def regions(rows: Rows) -> None:
    county = Region(county_id=CODE, kind="county", name=NAME)
    rows.regions[NAME] = county
    for town, villages in TOWNS.items():
        rows.regions[town] = Region(county_id=CODE, kind="town", name=town, parent=county)
        for village in villages:
            rows.regions[f"{town}{village}"] = Region(
                county_id=CODE, kind="village", name=f"{village}村", parent=rows.regions[town]
            )


def organisations(rows: Rows) -> None:
    above: dict[str, str] = {}

    def add(
        key: str, kind: str, name: str, short: str, region: str, parent: str = "", **more: date | None
    ) -> None:
        rows.orgs[key] = Organisation(
            county_id=CODE,
            key=key,
            kind=kind,
            name=name,
            short_name=short,
            region=rows.regions[region],
            opened=more.get("opened"),
        )
        if parent:
            above[key] = parent

    add("county", "county-government", f"{NAME}人民政府", "县政府", NAME)
    for key, kind, name, short in AGENCIES:
        add(key, kind, name, short, NAME, "police-bureau" if key == "traffic-police" else "county")
    for town, villages in TOWNS.items():
        place = town.removesuffix("镇").removesuffix("乡")
        add(f"town-{town}", "town-government", f"{town}人民政府", f"{town}政府", town, "county")
        add(
            f"station-{town}",
            "police-station",
            f"{NAME}公安局{place}派出所",
            f"{place}派出所",
            town,
            "police-bureau",
        )
        for village in villages:
            add(
                f"village-{town}-{village}",
                "village-committee",
                f"{town}{village}村民委员会",
                f"{village}村",
                f"{town}{village}",
                area_of(town, village),
            )
    for school in SCHOOLS:
        add(
            school.key,
            school.kind,
            school.name,
            school.short,
            school.town,
            school.parent or "education-bureau",
            opened=school.opened,
        )
    for partner in partners():
        add(*partner)
    for key, parent in above.items():
        rows.orgs[key].parent = rows.orgs[parent]


def staff(rows: Rows, school: School, since: date, today: date) -> None:
    appointed = school.opened or since - timedelta(days=400)
    fill(rows, rows.orgs[school.key], seats(school, today), appointed, since)


def fill(rows: Rows, org: Organisation, wanted: Iterable[Seat], since: date, term: date) -> None:
    """Make the posts of one organisation and put invented people in them, appointed `since`; the classes are
    those of the `term` that begins on that day."""
    year = f"{term.year}-{term.year + 1}" if term.month >= 8 else f"{term.year - 1}-{term.year}"
    for seat in wanted:
        school_class = None
        if seat.class_name:
            school_class = SchoolClass(
                county_id=CODE,
                org=org,
                name=seat.class_name,
                school_year=year,
                pupils=24 + draw(f"{org.key}/{seat.class_name}", 22),
            )
            rows.classes.append(school_class)
            rows.class_of.setdefault(org.key, []).append(school_class)
        post = Post(county_id=CODE, org=org, kind=seat.kind, title=seat.title, school_class=school_class)
        rows.posts.append(post)
        if seat.fill == "vacant":
            continue
        if seat.fill == "acting":
            holder = rows.holders[org.key, seat.by][0]
        else:
            holder = Person(county_id=CODE, name=person(f"{org.key}/{seat.title}"), home=org)
            rows.people.append(holder)
        rows.holders.setdefault((org.key, seat.kind), []).append(holder)
        rows.appointments.append(
            Appointment(
                county_id=CODE, post=post, person=holder, from_day=since, acting=seat.fill == "acting"
            )
        )
        if seat.certified:
            rows.certificates.append(
                Certificate(
                    county_id=CODE,
                    person=holder,
                    kind="security-guard",
                    from_day=since,
                    until=seat.certificate,
                )
            )


def attributes(rows: Rows, since: date, today: date) -> Iterable[Attribute]:
    central = {school.parent for school in SCHOOLS if school.kind != "campus"}
    for school in SCHOOLS:
        facts: dict[str, str | int] = {
            "stage": school.stage,
            "nature": "private" if school.private else "public",
            "boarding": "yes" if school.boarders else "no",
            "canteen": "yes" if school.canteen else "no",
            "school-bus": "yes" if school.bus else "no",
            "construction": "yes" if school.construction else "no",
            "central": "yes" if school.key in central or "中心幼儿园" in school.name else "no",
            "shop": "no",
            "guards-from-company": "yes",
            "counter-terror-target": "no",
            "students.enrolled": school.pupils,
            "students.boarding": school.boarders,
        }
        if draw(f"{school.key}/forgot", 30) == 0 and school.key != DEMO_SCHOOL:
            del facts["students.enrolled"]
        for key, value in facts.items():
            yield Attribute(
                county_id=CODE,
                org=rows.orgs[school.key],
                key=key,
                from_day=school.opened or since - timedelta(days=400),
                text=str(value),
                number=value if isinstance(value, int) else None,
            )
    # An area code that is nobody's.
    for number, org in enumerate(rows.orgs.values()):
        if org.kind not in ("county-government", "security-company"):
            yield Attribute(
                county_id=CODE,
                org=org,
                key=DUTY_PHONE,
                from_day=since - timedelta(days=400),
                text=f"0100-20{number:05d}",
            )


def places(rows: Rows) -> Iterable[Place]:
    for school in SCHOOLS:
        names = [("gate", "正门"), ("building", "教学楼")]
        names += [("gate", "后门")] if school.pupils > 1000 else []
        names += [("dormitory", "学生宿舍")] if school.boarders else []
        names += [("canteen", "食堂")] if school.canteen else []
        for kind, name in names:
            place = Place(county_id=CODE, org=rows.orgs[school.key], kind=kind, name=name)
            if name == "正门" and draw(f"{school.key}/unmeasured", 20):
                place.lat, place.lng = position(school)
            yield place


def position(school: School) -> tuple[float, float]:
    """Near the middle of its town; the county's own town is the densest."""
    lat, lng = TOWNS_AT[school.town]
    spread = 0.02 if school.town == "城关镇" else 0.045
    north, east = (share(f"{school.key}/{way}") * 2 - 1 for way in ("north", "east"))
    return round(lat + spread * north, 6), round(lng + spread * east * 1.3, 6)


def bells(rows: Rows, since: date) -> Iterable[Bell]:
    for school in SCHOOLS:
        kindergarten = school.kind == "kindergarten"
        times: list[tuple[str, time, time | None]] = [
            ("arrival", time(7, 40), time(8, 10)) if kindergarten else ("arrival", time(7, 10), time(7, 40)),
            ("dismissal", time(16, 20), time(16, 50))
            if kindergarten
            else ("dismissal", time(17), time(17, 30)),
            ("class-hours", time(8, 20), time(16, 10)),
            ("shift", time(8), time(20)),
            ("shift", time(20), time(8)),
            ("night", time(22), time(6)),
        ]
        for kind, starts, ends in times:
            yield Bell(
                county_id=CODE,
                org=rows.orgs[school.key],
                kind=kind,
                from_day=since,
                starts=starts,
                ends=ends,
                number=2 if kind == "shift" and starts == time(20) else 1,
            )


def liaisons(rows: Rows, since: date) -> Iterable[Liaison]:
    for school in SCHOOLS:
        near = tuple(f"{office}-{school.town}" for office in ("traffic", "market"))
        for agency in (f"station-{school.town}", "traffic-police", "market-regulator", *near):
            if agency in rows.orgs:
                yield liaison(rows.orgs[school.key], rows.orgs[agency], since)
    yield liaison(rows.orgs[COLLEGE], rows.orgs["station-城关镇"], since)


def liaison(school: Organisation, agency: Organisation, since: date) -> Liaison:
    return Liaison(county_id=CODE, school=school, agency=agency, from_day=since)


def calendar(actor: Actor, today: date, now: datetime) -> None:
    """Terms of this school year and the one before; the holiday tables that are published."""
    year = school_year(today)
    TermRow.objects.bulk_create(
        TermRow(county_id=CODE, year=f"{start}-{start + 1}", semester=semester, first=first, last=last)
        for start in (year - 1, year)
        for semester, first, last in (
            (1, date(start, 9, 1), date(start + 1, 1, 29)),
            (2, date(start + 1, 2, 24), date(start + 1, 7, 9)),
        )
    )
    for published in known_years() & {year - 1, year, year + 1}:
        orgs.seed_holidays(actor=actor, year=published, now=now)


def accounts(rows: Rows) -> None:
    password = make_password(PASSWORD)
    Account.objects.bulk_create(
        Account(
            county_id=CODE,
            username=username,
            person=rows.holders[org, kind][0],
            password=password,
            sample=True,
        )
        for username, org, kind, _ in ACCOUNTS
    )


def hand_in_lists(rows: Rows, since: date, now: datetime) -> int:
    """The three lists of each month: most schools by the 28th, late ones after it, lazy ones not at all."""
    posts = {(post.org_id, post.kind): post for post in rows.posts}
    count = 0
    month = since.replace(day=1)
    while month <= day_of(now):
        for school in SCHOOLS:
            org = rows.orgs[school.key]
            what = f"lists/{month}"
            day = 24 + draw(f"{school.key}/{what}/day", 5)
            if habit(school) == "late" and share(f"{school.key}/{what}/late") < 0.5:
                day = 29
            received = at(month.replace(day=day), "16:20") + timedelta(
                minutes=draw(f"{school.key}/{what}", 300)
            )
            opened = school.opened or since
            if received > now or opened > month or not done(school, what, 0.97):
                continue
            post = posts[org.id, "safety-officer"]
            holder = rows.holders[school.key, "safety-officer"][0]
            holding = Holding(post.id, post.kind, org.id, org.kind, title=post.title, org_name=org.name)
            actor = Actor(CODE, holder.id, holder.name, (holding,))
            with acting(actor):
                submit_collected(
                    actor=actor,
                    org_id=org.id,
                    kind="three-lists",
                    period=f"{month:%Y-%m}",
                    client_id=uuid5(org.id, what),
                    now=received,
                )
            count += 1
        month = (month + timedelta(days=32)).replace(day=1)
    return count


def signature(now: datetime, county_id: int = CODE) -> File:
    """The photo of a signed sheet that all sample hand-overs carry."""
    sheet = Image.new("RGB", (320, 160), "white")
    pen = ImageDraw.Draw(sheet)
    pen.line([(40, 110), (90, 60), (120, 115), (160, 55), (200, 105), (270, 70)], fill="black", width=4)
    pen.line([(30, 130), (290, 130)], fill="gray", width=1)
    picture = io.BytesIO()
    sheet.save(picture, "PNG")
    return files.store(picture.getvalue(), county_id=county_id, now=now)


def create(now: datetime) -> Iterator[str]:
    """Load the whole county as of `now`, saying what has been done: all of it, or nothing."""
    started = clock.monotonic()
    with transaction.atomic():
        for done_so_far in write(now):
            yield timed(done_so_far, started)
    yield timed(f"统计 {refresh_county(CODE, now)} 个单位月", started)


def timed(text: str, started: float) -> str:
    return f"{text}（{clock.monotonic() - started:.1f} 秒）"


def write(now: datetime) -> Iterator[str]:
    """Everything but the figures, which are made of what is committed."""
    today = day_of(now)
    since = first_day(today)
    # The county began ten days before the term: what is installed and adopted later owes nothing before.
    begun = start_of(since - timedelta(days=10))

    for installed in install_all(now=begun):
        yield f"法规包 {installed.key} {installed.version}"
    actor = system_actor("建立示例县", CODE)
    with acting(actor):
        rows = load(today)
    actor = system_actor("建立示例县", CODE)
    with acting(actor):
        calendar(actor, today, begun)
        accounts(rows)
        adopt(
            actor=actor,
            bureau=rows.orgs["education-bureau"],
            first=since,
            second=second_day(today),
            now=begun,
        )
        adopt_themselves(
            actor=actor,
            orgs=rows.orgs,
            first=since,
            second=second_day(today),
            today=today,
            now=begun,
        )
        Policy.objects.bulk_create(policies(rows.orgs, rows.holders, since, now))
    leader = actor_for(Account.objects.get(username="juzhang"), today)
    excuse(actor=leader, school=rows.orgs["no1-high"], first=since, now=begun)
    yield f"{NAME}：{len(rows.orgs)} 个单位，{len(rows.people)} 人"
    with acting(actor):
        county = entries.County(
            rows.orgs, rows.holders, rows.class_of, {"signature": signature(now)}, entries.forms()
        )
        count = entries.write(doings(since, second_day(today), today, calendar_of(CODE), now), county, now)
    yield f"本学期登记 {count} 份"
    yield from around(rows.orgs, begun, now)
    yield f"报送三清单 {hand_in_lists(rows, since, now)} 次"
    seen = risks.County(rows.orgs, rows.holders, since, today)
    yield risks.enter(seen, now)
    yield gate.enter(seen, now)
    closed = close_due(CODE, now)
    yield f"已到期的判定 {closed.verdicts} 项，事后更正 {closed.corrections} 项"
