"""People, and who holds which post from which day."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from huyuan.kernel.days import zh_date
from huyuan.kernel.fields import Cell, Field
from huyuan.kernel.sheets import Layout, Record
from huyuan.orgs.models import Appointment, Person, Post, SchoolClass, Word
from huyuan.orgs.rules import class_ended
from huyuan.orgs.tables.plan import Plan, Table, day_in, org_in, text_in
from huyuan.orgs.tables.scene import FROM, KNOWN_AS, ORG, UNTIL, Scene, words

ALTER = "people.alter"
ALSO = {**KNOWN_AS, "name": ("教师姓名", "人员", "名字"), "kind": ("岗位", "职务类别")}


def _people(org_ids: set[UUID]) -> dict[tuple[UUID, str], list[Person]]:
    """Everybody whose home is one of these organisations, by home and name."""
    found: dict[tuple[UUID, str], list[Person]] = defaultdict(list)
    for person in Person.objects.filter(home_id__in=org_ids):
        found[person.home_id, person.name].append(person)
    return found


# ---- people
# ---------------------------------------------------------------------------------------------------------
def person_layout(scene: Scene) -> Layout:
    fields = (
        ORG,
        Field(id="name", label="姓名", type="text", max_length=40, required=True),
        Field(id="left", label="离开日期", type="date", hint="在本单位的最后一天；在职的不填"),
    )
    return Layout("人员", fields, {"org": scene.offered(ALTER)}, {**ALSO, "left": ("离职日期", "调离日期")})


def person_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """New people, and those who leave. One is known again by the name in the organisation."""
    plan = Plan()
    known = _people({org_in(record) for record in records})
    for record in records:
        org_id, name, left = org_in(record), text_in(record, "name"), day_in(record, "left")
        people = known.get((org_id, name), [])
        if len(people) > 1:
            plan.stop(record, "姓名", f"本单位有{len(people)}个人都叫“{name}”，请在网页上办这个人的事。")
        elif not plan.is_first((org_id, name), record):
            continue
        elif not people:
            plan.add(Person(county_id=scene.actor.county_id, home_id=org_id, name=name, left=left), org_id)
        elif left and people[0].left != left:
            plan.leaving[people[0]] = left
        else:
            plan.same += 1
    return plan


def person_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    people = Person.objects.filter(Q(left=None) | Q(left__gte=scene.day), home_id__in=scene.open(ALTER))
    for person in people.order_by("home__name", "name", "id"):
        yield {"org": scene.labels[person.home_id], "name": person.name, "left": person.left}


# ---- posts and appointments
# ---------------------------------------------------------------------------------------------------------
def post_layout(scene: Scene) -> Layout:
    fields = (
        ORG,
        Field(id="kind", label="职务", type="choice", required=True, options=words("post")),
        Field(id="title", label="职务名称", type="text", max_length=60, hint="不填的和职务同名"),
        Field(id="class_name", label="班级", type="text", max_length=60, hint="班主任填本学年的班级"),
        Field(id="name", label="姓名", type="text", max_length=40, hint="不填的，这个职务空着"),
        Field(id="home", label="人员所在单位", type="organisation", hint="外单位的人才填"),
        FROM.model_copy(update={"hint": "新任职必填"}),
        UNTIL,
        Field(id="acting", label="代理", type="yes_no"),
    )
    offered = {"org": scene.offered(ALTER), "home": scene.offered()}
    return Layout("任职", fields, offered, {**ALSO, "class_name": ("所带班级",), "acting": ("是否代理",)})


def post_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """New posts and appointments, and the last days of those that end."""
    plan = Plan()
    known = _Held(scene, records)
    for record in records:
        post = known.post(record, plan)
        if post is None:
            continue
        if not text_in(record, "name"):
            if plan.is_first(post.id, record):
                plan.same += 1 if post.id in known.stored else 0
            continue
        person = known.person(record, plan)
        if person is not None:
            known.appoint(record, post, person, plan)
    return plan


class _Held:
    """What is there: posts, classes, people and appointments of the organisations that the table names."""

    def __init__(self, scene: Scene, records: Sequence[Record]) -> None:
        self.scene = scene
        own = {org_in(record) for record in records}
        homes = own | {org_in(record, "home") for record in records if "home" in record.body}
        self.people = _people(homes)
        self.posts: dict[tuple[UUID, str, UUID | None], list[Post]] = defaultdict(list)
        self.stored: set[UUID] = set()
        for post in Post.objects.filter(org_id__in=own):
            self.posts[post.org_id, post.kind, post.school_class_id].append(post)
            self.stored.add(post.id)
        self.held: dict[tuple[UUID, UUID], list[Appointment]] = defaultdict(list)
        for row in Appointment.objects.filter(post__org_id__in=own):
            self.held[row.post_id, row.person_id].append(row)
        self.classes = {
            (row.org_id, class_label(row, scene.school_year)): row
            for row in SchoolClass.objects.filter(org_id__in=own)
        }
        self.words = {word.key: word for word in Word.objects.filter(list="post")}

    def post(self, record: Record, plan: Plan) -> Post | None:
        """The post that the row is about, a new one where there is none."""
        org_id, kind, title = org_in(record), text_in(record, "kind"), text_in(record, "title")
        word = self.words[kind]
        if word.detail.get("at") and self.scene.orgs[org_id].kind not in word.detail["at"]:
            plan.stop(record, "职务", f"这类单位没有“{word.zh}”，请换一个职务，或核对单位。")
            return None
        school_class = None
        if name := text_in(record, "class_name"):
            school_class = self.classes.get((org_id, name))
            if school_class is None:
                plan.stop(record, "班级", f"本学年没有“{name}”，请核对；新的班级先在“班级”表里导入。")
                return None
        found = self.posts[org_id, kind, school_class.id if school_class else None]
        named = [post for post in found if post.title == (title or word.zh)]
        if named:
            return named[0]
        if not title and len(found) == 1:
            return found[0]
        post = Post(
            county_id=self.scene.actor.county_id, org_id=org_id, kind=kind, title=title or word.zh,
            school_class=school_class,
        )  # fmt: skip
        found.append(post)
        plan.add(post, org_id)
        return post

    def person(self, record: Record, plan: Plan) -> Person | None:
        """Who is meant."""
        name = text_in(record, "name")
        home = org_in(record, "home") if "home" in record.body else org_in(record)
        people = self.people.get((home, name), [])
        staying = [person for person in people if person.left is None or person.left >= self.scene.day]
        people = staying or people
        if len(people) == 1:
            return people[0]
        if people:
            plan.stop(record, "姓名", f"有{len(people)}个人都叫“{name}”，请在网页上办这项任职。")
        else:
            where = "本单位" if home == org_in(record) else f"“{self.scene.labels[home]}”"
            plan.stop(record, "姓名", f"{where}没有叫“{name}”的人，请核对姓名；新来的人先在“人员”表里导入。")
        return None

    def appoint(self, record: Record, post: Post, person: Person, plan: Plan) -> None:
        """The appointment of this person to this post: new, ended, or as it is."""
        first, last = day_in(record, "from_day"), day_in(record, "until")
        rows = self.held[post.id, person.id]
        running = [row for row in rows if row.until is None or row.until >= (first or self.scene.day)]
        if first is None:
            if len(running) != 1:
                plan.stop(record, "从哪天起", "新的任职要写从哪天起，请补上。")
                return
            first = running[0].from_day
        found = next((row for row in rows if row.from_day == first), None)
        if last and last < first:
            plan.stop(record, "到哪天止", "结束日期不能早于开始日期，请改正。")
        elif person.left and (last is None or last > person.left):
            plan.stop(record, "到哪天止", f"这个人{zh_date(person.left)}以后不在本单位，任职最晚到那一天。")
        elif not plan.is_first((post.id, person.id, first), record):
            return
        elif found:
            said = {"acting": record.body.get("acting", found.acting), "until": last or found.until}
            plan.want(found, post.org_id, **said)
        elif running and (last is None or running[0].from_day <= last):
            since = running[0].from_day
            plan.stop(
                record, "从哪天起", f"这个人从{zh_date(since)}起已经任这个职务，请把开始日期写成那一天。"
            )
        else:
            row = Appointment(
                county_id=self.scene.actor.county_id, post=post, person=person, from_day=first, until=last,
                acting=bool(record.body.get("acting", False)),
            )  # fmt: skip
            rows.append(row)
            plan.add(row, post.org_id)


def class_label(row: SchoolClass, school_year: str) -> str:
    """A class of this school year goes by its name, another one with its year behind it."""
    return row.name if row.school_year == school_year else f"{row.name}（{row.school_year}）"


def post_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    posts = list(
        Post.objects.filter(org_id__in=scene.open(ALTER))
        .select_related("school_class")
        .order_by("org__name", "kind", "title", "id")
    )
    held: dict[UUID, list[Appointment]] = defaultdict(list)
    rows = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=scene.day), post__org_id__in=scene.open(ALTER)
    )
    for row in rows.select_related("person").order_by("from_day", "person__name"):
        held[row.post_id].append(row)
    for post in posts:
        said: dict[str, Cell] = {
            "org": scene.labels[post.org_id],
            "kind": post.kind,
            "title": post.title,
        }
        if post.school_class:
            if class_ended(post.school_class.school_year, scene.day) and post.id not in held:
                continue
            said["class_name"] = class_label(post.school_class, scene.school_year)
        if post.id not in held:
            yield said
        for row in held[post.id]:
            home = row.person.home_id
            yield {
                **said,
                "name": row.person.name,
                "home": scene.labels[home] if home != post.org_id else None,
                "from_day": row.from_day,
                "until": row.until,
                "acting": "是" if row.acting else None,
            }


PEOPLE = Table("people", "人员", "每个单位有哪些人。", ALTER, person_layout, person_plan, person_rows)
POSTS = Table(
    "posts", "任职", "谁从哪天起担任什么职务，到哪天止；八月的人事变动一次办完。", ALTER,
    post_layout, post_plan, post_rows,
)  # fmt: skip
