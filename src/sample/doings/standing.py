"""What a school sets down once, at the start of the term."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sample.county import School
from sample.doings.doing import Doing, Ref, clock, done, recorded
from sample.names import draw


def standing(school: School, first: date) -> Iterator[Doing]:
    """What is set down once, at the start of the term."""
    day = clock(first, 9)
    station = f"station-{school.town}"
    iso = first.isoformat()
    forms: list[tuple[str, dict[str, Any]]] = [
        ("duty-room", {"date": iso, "rooms": 1, "place": "校门东侧"}),
        (
            "video",
            {
                "date": iso,
                "accepted": True,
                "gate": 2,
                "dormitory": 4 if school.boarders else 0,
                "canteen": 2 if school.canteen else 0,
                "teaching": 0 if draw(f"{school.key}/cameras", 8) == 0 else 6,
                "days": 30 if draw(f"{school.key}/days", 6) else 15,
                "blind_spots": 0 if draw(f"{school.key}/blind", 7) else 2,
            },
        ),
        (
            "protective-equipment",
            {
                "date": iso,
                "items": [
                    {"name": "防暴钢叉", "count": 4, "place": "值班室"},
                    {"name": "盾牌", "count": 4, "place": "值班室"},
                ],
                "usable": 8,
                "out_of_custody": 0,
                "keeper": "保安班长",
                "used": "无",
            },
        ),
        (
            "fire-facilities",
            {"date": iso, "signs": True, "equipment": True, "exits": bool(draw(f"{school.key}/exits", 9))},
        ),
        (
            "fire-equipment",
            {
                "date": iso,
                "items": [{"name": "extinguisher", "place": "各楼层", "count": 40}],
                "usable": 40,
                "expired": 0,
                "exits": 6,
                "blocked": 0 if draw(f"{school.key}/exits", 9) else 1,
                "handled": "按月看压力表和有效期",
            },
        ),
        (
            "building",
            {
                "date": iso,
                "list": [{"name": "教学楼", "year": 2009, "use": "teaching", "grade": "B"}],
                "buildings_count": 1,
                "old": 0,
                "dangerous_used": 0,
            },
        ),
        (
            "liaison",
            {
                "date": iso,
                "station": Ref("org", station),
                "officers": 1,
                "pairs": [{"school_side": "principal", "officer": "驻校联络民警", "phone": "110"}],
                "tested": True,
            },
        ),
        (
            "legal-vice-principal",
            {
                "date": iso,
                "title": "legal-vice-principal",
                "station": Ref("org", station),
                "name": "派出所民警",
                "count": 1 if draw(f"{school.key}/lvp", 10) else 0,
            },
        ),
        (
            "temporary-staff",
            {
                "date": iso,
                "cooks": 3 if school.canteen else 0,
                "temporary": 0 if draw(f"{school.key}/temp", 7) else 2,
                "need_pass": 2,
                "missing_pass": 0,
            },
        ),
        (
            "grid",
            {
                "date": iso,
                "first_responsible": "校长" if school.kind == "school" else "园长",
                "cells": [{"area": "教学楼", "duty": "每日巡查", "responsible": "值周领导"}],
                "unassigned": 0,
            },
        ),
        (
            "body",
            {
                "date": iso,
                "kind": "school-safety",
                "state": True,
                "members": [{"role": "head", "unit": school.short, "name": "主要负责人"}],
            },
        ),
        (
            "archive",
            {
                "date": iso,
                "section": ["daily-work", "checks", "responsibility", "hazard-removal"],
                "content": "本学期安全工作档案",
                "keeper": "安全员",
            },
        ),
        ("water-check", {"date": iso, "source": "水箱、饮水机", "good": True}),
        ("road-facilities", {"date": iso, "zebra": 1 if draw(f"{school.key}/zebra", 6) else 0, "bumps": 2}),
    ]
    if school.canteen:
        lapsed = 0 if draw(f"{school.key}/supplier", 9) else 1
        until = (first + timedelta(days=-3 if lapsed else 200)).isoformat()
        supplier = {"name": "定点粮油店", "goods": "米、面、油", "licence": "食品经营许可证", "until": until}
        forms.append(("supplier", {"date": iso, "suppliers": [supplier], "fixed": 1, "lapsed": lapsed}))
    if school.construction:
        site = {"project": "教学楼加固", "builder": "县建筑公司", "workers": 18, "missing": 0, "fenced": True}
        forms.append(("site-passes", {"date": iso, **site}))
    if school.boarders:
        forms.append(
            (
                "boarders",
                {
                    "date": iso,
                    "boarding": school.boarders,
                    "keepers": 1,
                    "off_campus": 400 if school.key == "no1-high" else 0,
                },
            )
        )
    for form, body in forms:
        if done(school, f"standing/{form}", 0.98):
            entered = recorded(school, f"standing/{form}", day)
            yield Doing(
                form,
                school.key,
                "safety-officer",
                body,
                day,
                entered,
                confirmed=entered + timedelta(hours=8),
                confirmer="head",
            )
