"""The county as tables: in, out and in again, and what people's tables look like."""

import io
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.kernel.datum import gcj02
from huyuan.kernel.errors import Refused
from huyuan.kernel.sheets import write_template
from huyuan.orgs import vocabulary
from huyuan.orgs.actions.tables import bring_in_table, discard_table, look_through, receive_table
from huyuan.orgs.models import (
    Account,
    Appointment,
    Attribute,
    Bell,
    Organisation,
    Person,
    Place,
    Post,
    Reach,
    Upload,
)
from huyuan.orgs.session import acting
from huyuan.orgs.tables import OWN, TABLES, Scene
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty
from huyuan.orgs.vocabulary import FactSpec, OrgKindSpec, PostSpec
from huyuan.trace.models import Record

Rows = Sequence[Sequence[Any]]


@pytest.fixture(autouse=True)
def words(db: None) -> None:
    kinds = ("school", "education-bureau", "police-station", "teaching-point", "security-company")
    vocabulary.install("orgkind", [OrgKindSpec(key=key, zh=f"类{key}", side="school") for key in kinds])
    vocabulary.install(
        "post",
        [
            PostSpec(key="head", zh="校长", at=("school",)),
            PostSpec(key="class-teacher", zh="班主任"),
            PostSpec(key="guard", zh="保安员"),
            PostSpec(key="bureau-officer", zh="安全股"),
            PostSpec(key="safety-officer", zh="安全员"),
        ],
    )
    vocabulary.install(
        "fact",
        [
            FactSpec(
                key="stage", zh="学段", sentence="的学段是", values={"primary": "小学", "junior": "初中"}
            ),
            FactSpec(key="boarding", zh="有寄宿生", sentence="有寄宿生"),
            FactSpec(key="students.enrolled", zh="在校学生数", sentence="的在校学生数", number=True),
        ],
    )


def sheet(*rows: Sequence[Any]) -> bytes:
    """An Excel file with these rows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet()
    for line, row in enumerate(rows):
        for index, value in enumerate(row):
            if value is not None:
                page.write(line, index, value)
    book.close()
    return out.getvalue()


def brought_in(county: SmallCounty, key: str, *rows: Sequence[Any], person: str = "officer") -> Upload:
    """The table after both steps."""
    actor = county.actors[person]
    upload = receive_table(actor=actor, key=key, name="表.xlsx", content=sheet(*rows), now=NOW)
    return bring_in_table(actor=actor, upload_id=upload.id, now=NOW)


def said(upload: Upload) -> list[tuple[int, str]]:
    """(row, sentence) of what stops it."""
    return [(line, text) for line, _, text, stops in upload.findings if stops]


def seen(county: SmallCounty, work: Callable[[], Any]) -> Any:
    with acting(county.system):
        return work()


def test_organisations_come_in_with_those_above_them(county: SmallCounty) -> None:
    upload = brought_in(
        county,
        "organisations",
        ("单位代号", "单位名称*", "类别", "乡镇", "村（社区）", "上级单位"),
        ("north", "北山小学", "类school", "east", None, "bureau单位"),
        (None, "北山教学点", "类teaching-point", "east", "birch", "北山小学"),
    )
    assert (upload.counts["new"], upload.stopped, bytes(upload.content)) == (2, False, b"")
    found = {
        org.name: org for org in seen(county, lambda: list(Organisation.objects.select_related("region")))
    }
    north, point = found["北山小学"], found["北山教学点"]
    assert (north.key, north.short_name, north.parent_id) == ("north", "北山小学", county.orgs["bureau"].id)
    assert (point.region.name, point.parent_id) == ("birch", north.id)
    # From now on the bureau reaches both.
    reached = seen(
        county,
        lambda: set(Reach.objects.filter(viewer=county.orgs["bureau"]).values_list("org_id", flat=True)),
    )
    assert {north.id, point.id} <= reached


def test_the_same_table_again_changes_nothing(county: SmallCounty) -> None:
    rows = (
        ("单位名称", "类别", "乡镇", "上级单位"),
        ("北山小学", "类school", "east", "bureau"),
        ("北山小学", "类school", "west", "bureau"),
    )
    assert brought_in(county, "organisations", *rows).counts["new"] == 2
    before = seen(county, lambda: list(Organisation.objects.order_by("id").values()))
    records = seen(county, Record.objects.count)
    again = brought_in(county, "organisations", *rows)
    assert again.counts | {"findings": 0} == {"new": 0, "changed": 0, "same": 2, "findings": 0}
    assert seen(county, lambda: list(Organisation.objects.order_by("id").values())) == before
    assert seen(county, Record.objects.count) == records + 1  # that a table came in


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("k!", "新校", "类school", "east", "bureau"), "代号只能用"),
        ((None, "新校", "类school", "nowhere", "bureau"), "没有叫“nowhere”的乡镇"),
        ((None, "新校", "类school", "east", None), "新单位要写上级单位"),
        ((None, "新校", "类school", "east", "没有的局"), "没有叫“没有的局”的单位"),
        ((None, "新校", "类school", "east", "station单位"), "您不能在“station单位”下面设单位"),
        ((None, "新校", "类hospital", "east", "bureau"), "没有“类hospital”这一项"),
        ((None, "station单位", "类police-station", "east", "county单位"), "不归您管理"),
        (("fresh", "central单位", "类school", "east", "bureau"), "代号是central"),
        (("bureau", "bureau单位", "类education-bureau", None, "central"), "成了一个圈"),
    ],
)
def test_one_bad_row_stops_the_whole_table(county: SmallCounty, row: Sequence[Any], sentence: str) -> None:
    before = seen(county, Organisation.objects.count)
    upload = brought_in(
        county,
        "organisations",
        ("单位代号", "单位名称", "类别", "乡镇", "上级单位"),
        (None, "南山小学", "类school", "east", "bureau"),
        row,
    )
    assert upload.stopped and upload.done_at is None
    assert any(line == 3 and sentence in text for line, text in said(upload)), upload.findings
    assert seen(county, Organisation.objects.count) == before


def test_two_rows_about_one_thing(county: SmallCounty) -> None:
    head = ("单位名称", "类别", "乡镇", "上级单位")
    row = ("北山小学", "类school", "east", "bureau")
    twice = brought_in(county, "organisations", head, row, row)
    assert (twice.counts["new"], [text for _, _, text, _ in twice.findings]) == (
        1, ["和第2行完全相同，只算一次。"],
    )  # fmt: skip
    other = brought_in(
        county, "organisations", head, ("南山小学", *row[1:]), ("南山小学", "类teaching-point", *row[2:])
    )
    assert [text for _, text in said(other)] == ["和第2行说的是同一个，内容却不同。请只留一行。"]


def test_towns_and_villages(county: SmallCounty) -> None:
    plan = seen(
        county,
        lambda: look_through(
            county.system,
            "regions",
            sheet(("乡镇", "村"), ("east", "birch"), ("south", None), ("south", "柳村")),
            NOW,
        ),
    )
    assert [(row.kind, row.name) for row, _ in plan.new] == [("town", "south"), ("village", "柳村")]
    assert plan.same == 1
    # As on the page of regions, only whoever may do so at the county's government.
    for person in ("safety", "officer"):
        with pytest.raises(Refused) as refused:
            brought_in(county, "regions", ("乡镇", "村"), ("south", None), person=person)
        assert refused.value.code == "forbidden"


def test_facts_become_steps_only_where_they_change(county: SmallCounty) -> None:
    head = ("单位", "从哪天起", "学段", "有寄宿生", "在校学生数")
    brought_in(county, "facts", head, ("central单位", "2026-09-01", "小学、初中", "是", 501))
    upload = brought_in(county, "facts", head, ("central单位", "2026年10月1日", "小学、初中", "否", "５２０"))
    assert (upload.counts["new"], upload.counts["same"]) == (2, 1)
    steps = seen(
        county,
        lambda: list(
            Attribute.objects.order_by("key", "from_day").values_list("key", "from_day", "text", "number")
        ),
    )
    first, second = date(2026, 9, 1), date(2026, 10, 1)
    assert steps == [
        ("boarding", first, "yes", None),
        ("boarding", second, "no", None),
        ("stage", first, "primary,junior", None),
        ("students.enrolled", first, "501", 501),
        ("students.enrolled", second, "520", 520),
    ]


def test_somebody_elses_school_does_not_exist(county: SmallCounty) -> None:
    upload = brought_in(
        county, "places", ("单位", "场所类别", "场所名称"), ("other单位", "校门", "东门"), person="head"
    )
    assert said(upload) == [(2, "没有叫“other单位”的，请核对名称，或从模板的下拉列表里选。")]
    assert seen(county, Place.objects.count) == 0


def test_times_of_day_are_steps(county: SmallCounty) -> None:
    heading = ("单位", "时段", "开始时刻", "结束时刻", "从哪天起")
    first = ("central单位", "上学", "07:10", "07:40", "2026-09-01")
    assert brought_in(county, "bells", heading, first).counts["new"] == 1
    # The same from a later day on says nothing new; another time does; the same day again corrects it.
    later = ("central单位", "上学", "07:10", "07:40", "2026-10-01")
    assert brought_in(county, "bells", heading, later).counts["same"] == 1
    winter = ("central单位", "上学", "07:30", "08:00", "2026-11-01")
    assert brought_in(county, "bells", heading, winter).counts["new"] == 1
    moved = ("central单位", "上学", "07:20", "07:50", "2026-11-01")
    assert brought_in(county, "bells", heading, moved).counts["changed"] == 1
    wrong = brought_in(county, "bells", heading, ("central单位", "上学", "25:00", "07:40", "2026-12-01"))
    assert wrong.stopped
    steps = seen(county, lambda: list(Bell.objects.order_by("from_day").values_list("starts", "ends")))
    assert steps == [(time(7, 10), time(7, 40)), (time(7, 20), time(7, 50))]


def test_positions_come_with_the_places(county: SmallCounty) -> None:
    heading = ("单位", "场所类别", "场所名称", "纬度", "经度", "坐标系")
    row = ("central单位", "校门", "正门")
    assert brought_in(county, "places", heading, (*row, 40.3, 90.5, None)).counts["new"] == 1
    assert seen(county, lambda: Place.objects.values_list("lat", "lng").get()) == (40.3, 90.5)
    shifted = gcj02(40.4, 90.6)
    moved = (*row, round(shifted.lat, 6), round(shifted.lng, 6), "GCJ02")
    assert brought_in(county, "places", heading, moved).counts["changed"] == 1
    assert seen(county, lambda: Place.objects.values_list("lat", "lng").get()) == pytest.approx(
        (40.4, 90.6), abs=2e-6
    )
    assert brought_in(county, "places", heading, (*row, None, None, None)).counts["same"] == 1
    half = brought_in(county, "places", heading, (*row, 40.3, None, None))
    assert said(half) == [(2, "纬度和经度要一起填，或者都不填。")]
    assert brought_in(county, "places", heading, (*row, 95, 90.5, None)).stopped


def test_people_posts_and_august(county: SmallCounty) -> None:
    brought_in(
        county, "classes", ("单位", "学年", "班级", "人数"), ("central单位", "2026-2027", "一年级1班", 41)
    )
    brought_in(
        county,
        "people",
        ("单位", "姓名"),
        ("central单位", "王一"),
        ("central单位", "王二"),
        ("central单位", "人员head"),
    )
    head = ("单位", "职务", "班级", "姓名", "从哪天起", "到哪天止", "代理")
    upload = brought_in(
        county,
        "posts",
        head,
        ("central单位", "校长", None, "人员head", None, "2026-10-31", None),
        ("central单位", "校长", None, "王一", "2026-11-01", None, "是"),
        ("central单位", "班主任", "一年级1班", "王二", "2026-09-01", None, None),
        ("central单位", "保安员", None, None, None, None, None),
    )
    assert said(upload) == []
    rows = seen(
        county,
        lambda: list(
            Appointment.objects.filter(post__org=county.orgs["central"])
            .order_by("post__kind", "from_day")
            .values_list("post__kind", "person__name", "until", "acting")
        ),
    )
    assert rows == [
        ("class-teacher", "王二", None, False),
        ("head", "人员head", date(2026, 10, 31), False),
        ("head", "王一", None, True),
        ("safety-officer", "人员safety", None, False),
    ]
    assert seen(county, lambda: Post.objects.get(kind="guard", org=county.orgs["central"])).title == "保安员"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("安全员", None, "没来的人", "2026-09-01", None), "没有叫“没来的人”的人"),
        (("安全员", None, "人员safety", None, "2026-08-01"), "结束日期不能早于开始日期"),
        (("安全员", None, "人员safety", "2026-10-01", None), "从2026年9月1日起已经任这个职务"),
        (("班主任", "九年级9班", "人员safety", "2026-09-01", None), "没有“九年级9班”"),
        (("保安员", None, "人员safety", None, None), "新的任职要写从哪天起"),
    ],
)
def test_appointments_that_cannot_be(county: SmallCounty, row: Sequence[Any], sentence: str) -> None:
    before = seen(county, lambda: list(Appointment.objects.order_by("id").values()))
    upload = brought_in(
        county, "posts", ("单位", "职务", "班级", "姓名", "从哪天起", "到哪天止"), ("central单位", *row)
    )
    assert any(sentence in text for _, text in said(upload)), upload.findings
    assert seen(county, lambda: list(Appointment.objects.order_by("id").values())) == before


def test_whoever_leaves_by_the_table_is_signed_out(county: SmallCounty) -> None:
    brought_in(
        county, "people", ("单位", "姓名", "离开日期"), ("central单位", "人员head", DAY - timedelta(days=1))
    )
    assert not Account.objects.get(person=county.people["head"]).is_active
    (row,) = seen(county, lambda: list(Appointment.objects.filter(person=county.people["head"])))
    assert row.until == DAY - timedelta(days=1)


def test_two_of_one_name_are_not_guessed(county: SmallCounty) -> None:
    with acting(county.system):
        Person.objects.create(county_id=COUNTY, name="人员head", home=county.orgs["central"])
    upload = brought_in(county, "people", ("单位", "姓名"), ("central单位", "人员head"))
    assert said(upload) == [(2, "本单位有2个人都叫“人员head”，请在网页上办这个人的事。")]


def test_liaisons(county: SmallCounty) -> None:
    head = ("学校", "联系单位", "从哪天起", "到哪天止")
    upload = brought_in(county, "liaisons", head, ("other单位", "station单位", "2026-09-01", None))
    assert upload.counts["new"] == 1
    assert seen(
        county,
        lambda: Reach.objects.filter(
            viewer=county.orgs["station"], org=county.orgs["other"], relation="linked"
        ).exists(),
    )
    upload = brought_in(county, "liaisons", head, ("other单位", "station单位", "2026-10-01", None))
    assert "已经联系" in said(upload)[0][1]
    brought_in(county, "liaisons", head, ("other单位", "station单位", "2026-09-01", "2026-10-13"))
    assert not seen(
        county,
        lambda: Reach.objects.filter(
            viewer=county.orgs["station"], org=county.orgs["other"], relation="linked"
        ).exists(),
    )


@pytest.mark.parametrize("key", sorted(table.key for table in OWN))
def test_what_goes_out_comes_in_again_and_changes_nothing(county: SmallCounty, key: str) -> None:
    east, west = "同名小学（east）", "同名小学（west）"
    schools = [("同名小学", "类school", town, "bureau", "2020-09-01") for town in ("east", "west")]
    tables: tuple[tuple[Any, ...], ...] = (
        ("organisations", ("单位名称", "类别", "乡镇", "上级单位", "设立日期"), *schools),
        (
            "facts",
            ("单位", "从哪天起", "学段", "有寄宿生", "在校学生数"),
            (east, "2026-09-01", "小学", "是", 5),
        ),
        ("facts", ("单位", "从哪天起", "学段", "有寄宿生"), (west, "2026-09-01", "小学、初中", "否")),
        (
            "places",
            ("单位", "场所类别", "场所名称", "纬度", "经度", "坐标系"),
            (east, "校门", "=东门", 40.301234, 90.5, "GCJ02"),
            (west, "校门", "正门", None, None, None),
        ),
        (
            "bells",
            ("单位", "时段", "第几个", "开始时刻", "结束时刻", "从哪天起"),
            (east, "上学", None, "07:10", "7:40", "2026-09-01"),
            (east, "值班时段", 2, "20:00", "08:00", "2026-09-01"),
        ),
        ("classes", ("单位", "学年", "班级"), (east, "2026-2027", "一年级1班")),
        ("people", ("单位", "姓名"), (east, "张三")),
        (
            "posts",
            ("单位", "职务", "班级", "姓名", "从哪天起", "人员所在单位"),
            (east, "班主任", "一年级1班", "张三", "2026-09-01", None),
            (west, "校长", None, "张三", "2026-09-01", east),
        ),
    )
    for name, *lines in tables:
        assert not brought_in(county, name, *lines).stopped
    actor = county.actors["officer"]
    with acting(county.system if key == "regions" else actor):
        asking = county.system if key == "regions" else actor
        scene = Scene(asking, DAY)
        table = TABLES[key]
        rows = list(table.rows(scene))
        out = io.BytesIO()
        write_template(out, table.layout(scene), rows)
        if key in ("organisations", "posts"):
            # What was built without words of the vocabulary cannot be told in its columns.
            rows = [
                row
                for row in rows
                if row["kind"] in vocabulary.names("orgkind" if key == "organisations" else "post")
            ]
            out = io.BytesIO()
            write_template(out, table.layout(scene), rows)
        plan = look_through(asking, key, out.getvalue(), NOW)
    assert rows, "nothing to try it with"
    assert [one.text for one in plan.findings if one.stops] == []
    assert (plan.new, plan.changed, plan.leaving) == ([], [], {})
    assert plan.same >= len(rows) - (key == "regions")


def test_a_table_that_waits_is_its_uploaders(county: SmallCounty) -> None:
    rows = (("单位", "姓名"), ("central单位", "新人"))
    upload = receive_table(
        actor=county.actors["head"], key="people", name="表.xlsx", content=sheet(*rows), now=NOW
    )
    for work in (
        lambda: bring_in_table(actor=county.actors["officer"], upload_id=upload.id, now=NOW),
        lambda: discard_table(actor=county.actors["officer"], upload_id=upload.id),
    ):
        with pytest.raises(Refused) as refused:
            work()
        assert refused.value.code == "not-found"
    # A second one takes its place; brought in twice it counts once.
    second = receive_table(
        actor=county.actors["head"], key="people", name="表.xlsx", content=sheet(*rows), now=NOW
    )
    for _ in range(2):
        bring_in_table(actor=county.actors["head"], upload_id=second.id, now=NOW)
    assert seen(county, lambda: Person.objects.filter(name="新人").count()) == 1
    with acting(county.actors["head"]):
        assert list(Upload.objects.values_list("id", flat=True)) == [second.id]


def test_what_changed_meanwhile_stops_it(county: SmallCounty) -> None:
    head = county.actors["head"]
    rows = (("单位", "职务", "姓名", "从哪天起"), ("central单位", "安全员", "人员head", "2026-09-01"))
    upload = receive_table(actor=head, key="posts", name="表.xlsx", content=sheet(*rows), now=NOW)
    assert not upload.stopped
    with acting(county.system):
        Person.objects.create(county_id=COUNTY, name="人员head", home=county.orgs["central"])
    upload = bring_in_table(actor=head, upload_id=upload.id, now=NOW)
    assert upload.stopped and upload.done_at is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet-empty"),
        (b"<html><body>sign in first</body></html>", "sheet-type"),
        (b"PK\x03\x04broken", "sheet-damaged"),
    ],
)
def test_what_is_no_table(county: SmallCounty, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        receive_table(actor=county.actors["head"], key="people", name="x", content=content, now=NOW)
    assert refused.value.code == code
    assert seen(county, Upload.objects.count) == 0


def test_text_in_no_encoding_of_ours_is_said_to_be_so(county: SmallCounty) -> None:
    content = "单位,姓名\r\ncentral单位,王一".encode("utf-32")
    upload = receive_table(actor=county.actors["head"], key="people", name="x", content=content, now=NOW)
    assert "列名成了乱码的，请用 Excel 或 WPS 打开，另存为 xlsx" in said(upload)[0][1]
    assert bring_in_table(actor=county.actors["head"], upload_id=upload.id, now=NOW).done_at is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_in_the_encodings_of_offices(county: SmallCounty, encoding: str) -> None:
    content = "单位,姓名\r\ncentral单位,王一\r\n".encode(encoding)
    upload = receive_table(actor=county.actors["head"], key="people", name="x.csv", content=content, now=NOW)
    assert (upload.stopped, upload.counts["new"]) == (False, 1)


def test_many_rows_take_no_more_statements(county: SmallCounty) -> None:
    def statements(count: int, prefix: str) -> int:
        rows = [("central单位", f"{prefix}{number}") for number in range(count)]
        upload = receive_table(
            actor=county.actors["officer"],
            key="people",
            name="x",
            content=sheet(("单位", "姓名"), *rows),
            now=NOW,
        )
        with CaptureQueriesContext(connection) as sent:
            done = bring_in_table(actor=county.actors["officer"], upload_id=upload.id, now=NOW)
        assert done.counts["new"] == count
        return len(sent)

    assert statements(1000, "甲") <= statements(250, "乙")
