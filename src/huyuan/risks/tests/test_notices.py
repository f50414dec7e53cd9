"""Risk notices: issued, signed for, answered, chased, withdrawn, corrected; a refusal changes nothing."""

from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huyuan.duties.models import Proof
from huyuan.kernel.errors import Refused
from huyuan.notify.models import Message
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Organisation
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty
from huyuan.risks import actions, queries
from huyuan.risks.models import RiskMeasure, RiskNotice, RiskReceipt
from huyuan.risks.tests.giving import ANSWERS, issue
from huyuan.trace import files

LATER = NOW + timedelta(hours=30)
OVER = NOW + timedelta(days=10)


def refused(county: SmallCounty, **more: list[str]) -> Refused:
    with pytest.raises(Refused) as error:
        issue(county, now=NOW, client_id=None, replaces=None, **more)
    with acting(county.system):
        assert not RiskNotice.objects.exists() and not Message.objects.exists()
    return error.value


def sign(
    county: SmallCounty, notice: RiskNotice, who: str = "safety", org: str = "central", now: datetime = NOW
) -> RiskReceipt:
    actor = county.actors[who]
    with acting(actor):
        return actions.risk_notice_sign(actor=actor, risk_id=notice.id, org_id=county.orgs[org].id, now=now)


def states(county: SmallCounty, who: str, notice: RiskNotice, now: datetime = NOW) -> dict[str, str]:
    actor = county.actors[who]
    with acting(actor):
        return {one.name: one.state for one in queries.standings(actor, notice, now)}


def test_from_the_station_to_what_the_school_did(county: SmallCounty) -> None:
    notice = issue(county)
    assert notice.number == "〔2026〕1号" and notice.sign_by == NOW + timedelta(hours=24)
    both = {"central单位": "waiting", "other单位": "waiting"}
    assert states(county, "police", notice) == both == states(county, "officer", notice)
    # A school sees its own receipt alone.
    assert states(county, "safety", notice) == {"central单位": "waiting"}
    first = sign(county, notice)
    again = sign(county, notice, who="head", now=LATER)
    assert (first.signed_at, first.signed_by_name) == (again.signed_at, again.signed_by_name)
    assert states(county, "police", notice, LATER) == {"central单位": "signed", "other单位": "overdue"}
    safety, key = county.actors["safety"], uuid4()
    with acting(safety):
        for _ in range(2):
            actions.risk_notice_measures(
                actor=safety, risk_id=notice.id, org_id=county.orgs["central"].id, client_id=key,
                text="东门增加2人。", now=LATER,
            )  # fmt: skip
    with acting(county.system):
        done = list(Proof.objects.order_by("occurred_at").values_list("act", "org__key", "source"))
        assert done == [("risk-notice", "station", "risk"), ("risk-measures", "central", "risk")]
        assert RiskMeasure.objects.count() == 1
        told = Message.objects.filter(key=f"risk:{notice.id}:issued").order_by("org__key", "post_kind")
        assert list(told.values_list("org__key", "post_kind")) == [
            ("central", "head"),
            ("central", "safety-officer"),
        ]


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        ("kind", "gossip", "请从列出的选项中选择"),
        ("kind", "", "请选择"),
        ("place", "某人11010119900307888X家门口", "身份证号"),
        ("place", "皖N12345常停的路边", "车牌号"),
        ("measure", "有情况打13800000000", "手机号"),
        ("measure", "", "请填写"),
        ("ends", "2026-10-15 06:00", "早于开始"),
        ("expires", "2026-10-13", "已经过了"),
        ("expires", "2026-10-18", "早于风险结束"),
        ("expires", "2027-10-18", "最长30天"),
        ("expires", "", "请填写"),
    ],
)
def test_what_a_notice_must_not_say(county: SmallCounty, field: str, given: str, says: str) -> None:
    error = refused(county, **{field: [given]})
    assert error.code == "invalid-risk-notice"
    errors = error.facts["errors"]
    assert isinstance(errors, dict) and says in errors[field]


def test_a_notice_goes_to_somebody_it_may_go_to(county: SmallCounty) -> None:
    assert refused(county, to=["chosen"]).code == "invalid-risk-notice"
    assert refused(county, to=["chosen"], schools=[str(county.orgs["village"].id)]).facts["errors"]
    point = str(county.orgs["point"].id)  # the station is not its liaison
    assert refused(county, to=["chosen"], schools=[point]).facts["errors"]
    one = issue(county, to=["chosen"], schools=[str(county.orgs["other"].id)])
    west = issue(county, to=["town"], towns=[str(county.orgs["other"].region_id)])
    assert states(county, "police", one) == states(county, "police", west) == {"other单位": "waiting"}
    with acting(county.actors["safety"]), pytest.raises(Refused, match="not-found"):
        queries.notice_seen(county.actors["safety"], one.id)


def test_a_station_without_schools_is_told(county: SmallCounty) -> None:
    with acting(county.system):
        Organisation.objects.filter(key__in=("central", "other")).update(closed=DAY)
        rebuild_reach(COUNTY, DAY)
    assert refused(county).code == "missing-schools"


@pytest.mark.parametrize(
    "who", ["officer", "head", "safety", "guard", "town-officer", "villager", "governor"]
)
def test_only_the_police_issue(county: SmallCounty, who: str) -> None:
    actor = county.actors[who]
    for org in ("station", "central", "bureau"):
        with acting(actor), pytest.raises(Refused) as error:
            actions.risk_notice_issue(
                actor=actor, org_id=county.orgs[org].id, client_id=uuid4(), answers=ANSWERS, uploads={},
                now=NOW,
            )  # fmt: skip
        assert error.value.code in ("forbidden", "not-found")


# Who sees a notice to both schools; who signs for which; who withdraws it; who asks the schools once more.
MATRIX: dict[str, tuple[bool, set[str], bool, set[str]]] = {
    "police": (True, set(), True, {"central", "other"}),
    "officer": (True, set(), False, {"central", "other"}),
    "governor": (True, set(), False, set()),
    "head": (True, {"central"}, False, set()),
    "safety": (True, {"central"}, False, set()),
    "guard": (True, set(), False, set()),
    "town-officer": (True, set(), False, set()),
    "teacher": (False, set(), False, set()),
    "villager": (False, set(), False, set()),
}


@pytest.mark.parametrize("who", MATRIX)
def test_the_matrix(county: SmallCounty, who: str) -> None:
    sees, signs, withdraws, chases = MATRIX[who]
    notice, actor = issue(county), county.actors[who]
    with acting(actor):
        found = queries.notices(actor, "in-force", "", NOW)
        assert [one.id for one in found] == ([notice.id] if sees else [])
    for org in ("central", "other"):
        with acting(actor):
            try:
                sign(county, notice, who, org)
            except Refused as error:
                assert org not in signs and error.http_status in (403, 404)
            else:
                assert org in signs
    with acting(county.system):
        signed = RiskReceipt.objects.filter(signed_at__isnull=False)
        assert set(signed.values_list("org__key", flat=True)) == signs
        signed.update(signed_at=None, signed_by_name="")
    with acting(actor):
        try:
            actions.risk_notice_chase(actor=actor, risk_id=notice.id, now=LATER)
        except Refused as error:
            assert error.http_status in (403, 404)
    with acting(county.system):
        asked = RiskReceipt.objects.filter(chased_at=LATER).values_list("org__key", flat=True)
        assert set(asked) == chases
    with acting(actor):
        try:
            actions.risk_notice_withdraw(actor=actor, risk_id=notice.id, reason="情况解除", now=LATER)
        except Refused as error:
            assert not withdraws and error.http_status in (403, 404)
        else:
            assert withdraws


def test_what_is_over_is_over(county: SmallCounty) -> None:
    notice = issue(county)
    with pytest.raises(Refused, match="closed-risk-notice"):
        sign(county, notice, now=OVER)
    assert states(county, "police", notice, OVER) == {"central单位": "unsigned", "other单位": "unsigned"}
    police, safety = county.actors["police"], county.actors["safety"]
    with acting(police):
        assert list(queries.notices(police, "in-force", "", OVER)) == []
        assert [one.id for one in queries.notices(police, "expired", "", OVER)] == [notice.id]
        with pytest.raises(Refused, match="closed-risk-notice"):
            actions.risk_notice_chase(actor=police, risk_id=notice.id, now=OVER)
        with pytest.raises(Refused, match="closed-risk-notice"):
            actions.risk_notice_withdraw(actor=police, risk_id=notice.id, reason="晚了", now=OVER)
    with acting(safety):
        assert list(queries.waiting(safety, NOW)) and not list(queries.waiting(safety, OVER))
        # What was done is written down in the evening, too.
        actions.risk_notice_measures(
            actor=safety, risk_id=notice.id, org_id=county.orgs["central"].id, client_id=uuid4(),
            text="已增派值守。", now=OVER,
        )  # fmt: skip


def test_withdrawn_with_a_reason(county: SmallCounty) -> None:
    notice, police = issue(county), county.actors["police"]
    with acting(police):
        for reason, code in (("", "missing-reason"), ("找13800000000", "invalid-text")):
            with pytest.raises(Refused, match=code):
                actions.risk_notice_withdraw(actor=police, risk_id=notice.id, reason=reason, now=LATER)
        first = actions.risk_notice_withdraw(actor=police, risk_id=notice.id, reason="情况解除", now=LATER)
        again = actions.risk_notice_withdraw(actor=police, risk_id=notice.id, reason="再说一次", now=OVER)
        assert (first.withdrawn_at, first.withdraw_reason) == (again.withdrawn_at, again.withdraw_reason)
    with pytest.raises(Refused, match="closed-risk-notice"):
        sign(county, notice, now=LATER)
    with acting(county.system):
        told = Message.objects.get(key=f"risk:{notice.id}:withdrawn", post_kind="head")
    assert "情况解除" in told.text


def test_a_correction_is_another_notice(county: SmallCounty) -> None:
    old = issue(county)
    new = issue(county, replaces=old.id, place=["西门外路口"], now=LATER)
    with acting(county.system):
        old.refresh_from_db()
    assert (new.number, new.replaces_id) == ("〔2026〕2号", old.id)
    assert (old.withdrawn_at, old.withdraw_reason) == (LATER, "已由〔2026〕2号更正")
    with pytest.raises(Refused, match="closed-risk-notice"):
        issue(county, replaces=old.id, now=LATER)
    with acting(county.system):
        assert RiskNotice.objects.count() == 2


def test_chased_once_however_often(county: SmallCounty) -> None:
    notice, police = issue(county), county.actors["police"]
    sign(county, notice, org="central")
    with acting(police):
        assert [actions.risk_notice_chase(actor=police, risk_id=notice.id, now=LATER) for _ in "12"] == [1, 1]
    with acting(county.system):
        asked = Message.objects.filter(key=f"risk:{notice.id}:chase")
        # The other school has a guard and an administrator, nobody who signs: there is nobody to tell.
        assert asked.count() == 0
        assert RiskReceipt.objects.get(org=county.orgs["other"]).chased_at == LATER


def test_a_school_that_is_no_more_owes_nothing(county: SmallCounty) -> None:
    notice = issue(county)
    with acting(county.system):
        Organisation.objects.filter(key="other").update(closed=DAY, merged_into=county.orgs["central"])
        rebuild_reach(COUNTY, DAY)
    police = county.actors["police"]
    with acting(police):
        (found,) = queries.notices(police, "in-force", "", LATER)
        assert (getattr(found, "total", None), getattr(found, "signed", None)) == (1, 0)
        assert actions.risk_notice_chase(actor=police, risk_id=notice.id, now=LATER) == 1


def test_the_same_form_twice_is_one_notice(county: SmallCounty) -> None:
    key = uuid4()
    assert issue(county, client_id=key).id == issue(county, client_id=key).id
    with pytest.raises(Refused, match="conflict-client-id"):
        issue(county, client_id=key, place=["西门"])
    with acting(county.system):
        assert RiskNotice.objects.count() == 1


def test_the_table_takes_no_person_and_no_endless_notice(county: SmallCounty) -> None:
    notice = issue(county)
    with acting(county.system):
        for wrong in (
            {"place": "皖N12345停车处"},
            {"measure": "打13800000000"},
            {"measure": "查110101199003078888"},
            {"ends_at": notice.starts_at},
            {"expires_at": notice.issued_at},
            {"withdrawn_at": NOW},
            {"recorded_by_org": county.orgs["bureau"]},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                RiskNotice.objects.filter(id=notice.id).update(**wrong)


def test_recorded_for_the_station(county: SmallCounty) -> None:
    """代录: with the signed sheet, by the school for itself or the bureau for those below it."""
    station = county.orgs["station"].id
    for who, keeper, schools in (
        ("safety", "central", {"central单位", "point单位"}),
        ("officer", "bureau", {"central单位", "point单位", "other单位"}),
    ):
        actor, by = county.actors[who], county.orgs[keeper].id
        with acting(actor):
            record = partial(actions.risk_notice_issue, actor=actor, org_id=station, recorded_by=by, now=NOW)
            with pytest.raises(Refused, match="invalid-risk-notice"):
                record(client_id=uuid4(), answers=ANSWERS, uploads={})
            sheet = files.store(b"%PDF-1.4 signed", county_id=COUNTY, now=NOW)
            answers = ANSWERS | {"entry_sheet": [str(sheet.id)]}
            with pytest.raises(Refused, match="invalid-risk-notice"):
                # A file that did not come with the form.
                record(client_id=uuid4(), answers=answers, uploads={})
            notice = record(client_id=uuid4(), answers=answers, uploads={sheet.id: "签字.pdf"})
        assert notice.number == "代录〔2026〕1号"
        assert states(county, who, notice).keys() == schools
        with acting(county.system):
            proof = Proof.objects.get(source_id=notice.id)
            assert (proof.org_id, proof.recorder_id) == (station, by)
        assert states(county, "police", notice).keys() == schools
        with acting(county.actors["police"]), pytest.raises(Refused, match="forbidden"):
            actions.risk_notice_withdraw(
                actor=county.actors["police"], risk_id=notice.id, reason="不是我录的", now=LATER
            )
    guard = county.actors["guard"]
    with acting(guard), pytest.raises(Refused, match="not-found"):
        actions.risk_notice_issue(
            actor=guard, org_id=station, recorded_by=county.orgs["other"].id, client_id=uuid4(),
            answers=ANSWERS, uploads={}, now=NOW,
        )  # fmt: skip


def test_sending_to_many_takes_no_more_statements(county: SmallCounty) -> None:
    issue(county)
    with CaptureQueriesContext(connection) as few:
        issue(county, to=["chosen"], schools=[str(county.orgs["central"].id)])
    with CaptureQueriesContext(connection) as many:
        issue(county)
    assert len(many) == len(few)
