"""What is sampled, inspected and reported: surveys, spot checks, supervision, figures as townships report them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.linked import Linked
from orchestration.demo.months import Int, first_day, last_day, policy_year_start, to_date
from orchestration.demo.offices import Bureau
from orchestration.demo.schedules import schedules
from orchestration.demo.truth import birth_masks

YES_NO = ("是", "否")
CHECKED = (
    ("全员人口", "性别"), ("全员人口", "出生日期"), ("全员人口", "户籍地"), ("全员人口", "现居住地"),
    ("全员人口", "婚姻状况"), ("避孕现状", "避孕方法"),
)  # fmt: skip
FOUND_BY = ("名册", "入户", "两者")
INSPECTED = {
    "区县": ("机构落实", "政策法规落实", "优质服务落实", "队伍落实"),
    "镇办": ("领导到位", "组织到位", "信息到位", "依法行政到位", "质量到位"),
    "村居": ("组织好", "制度好", "公开好", "宣传好", "诚信好", "文明好"),
}
REPORTED = (
    ("policy_compliant_birth_rate", "births_in_policy", "births"),
    ("out_of_policy_3plus_rate", "births_3plus_out_of_policy", "births"),
    ("birth_registration_timely_rate", "births_registered_timely", "births"),
    ("sex_ratio_at_birth", "births_male", "births_female"),
)


def _day(number: int) -> str:
    return to_date(number).isoformat()


def _yes(rng: np.random.Generator, share: float) -> str:
    return YES_NO[int(rng.random() >= share)]


def _round_of(month: int) -> str:
    """`2014-1` for the first half of the year, `2014-2` for the second."""
    return f"{1970 + month // 12}-{1 + (month % 12) // 6}"


def interviews(linked: Linked, bureau: Bureau, month: int) -> list[list[str]]:
    """A stratified sample of persons of 15 and over: towns and villages; the weight is persons per interview."""
    table, people, rng = schedules().offices, linked.life.people, bureau.rng("survey", month)
    here = people["living"] & (people["status"] == p.REGISTERED) & (people["entered"] <= last_day(month))
    here &= (linked.life.city.county_of[people["village"]] == bureau.county) & (
        people["birth"] < last_day(month) - 5479
    )
    urban = linked.life.city.village_urban[people["village"]]
    rows: list[list[str]] = []
    for stratum, chosen in (("U", here & urban), ("R", here & ~urban)):
        frame = np.flatnonzero(chosen)
        size = min(table.interviews_per_county // 2, len(frame))
        weight = f"{len(frame) / max(size, 1):.2f}"
        for who in np.sort(rng.choice(frame, size=size, replace=False)).tolist():
            village = linked.life.city.villages[int(people["village"][who])]
            number = f"FT{bureau.code}-{1970 + month // 12}{month % 12 + 1:02d}-{len(rows) + 1:04d}"
            day = _day(int(rng.integers(first_day(month), last_day(month) + 1)))
            answers = [_yes(rng, share) for share in table.aware]
            rows.append([number, f"S{_round_of(month)}", village, stratum, weight, day, *answers])
    return rows


def checks(linked: Linked, bureau: Bureau, month: int) -> list[list[str]]:
    """Fields of sampled persons against what their household says; some persons stand on one side only."""
    table, people, rng = schedules().offices, linked.life.people, bureau.rng("spot", month)
    here = people["living"] & (people["status"] == p.REGISTERED) & (people["entered"] <= first_day(month))
    frame = np.flatnonzero(here & (linked.life.city.county_of[people["village"]] == bureau.county))
    rows: list[list[str]] = []
    for who in np.sort(rng.choice(frame, size=min(table.checked_persons, len(frame)), replace=False)).tolist():
        village = linked.life.city.villages[int(people["village"][who])]
        day = _day(int(rng.integers(first_day(month), last_day(month) + 1)))
        found = FOUND_BY[int(rng.choice(3, p=[0.03, 0.03, 0.94]))]
        fields = [("全员人口", "是否在册"), *(CHECKED if found == "两者" else ())]
        for register, field in fields:
            same = found == "两者" and (field == "是否在册" or rng.random() < table.field_matches)
            number = f"CC{bureau.code}-{1970 + month // 12}{month % 12 + 1:02d}-{len(rows) + 1:05d}"
            rows.append([number, village, _round_of(month), day, register, field, YES_NO[not same], found])
    return rows


def visits(bureau: Bureau, month: int) -> list[list[str]]:
    """A quarter's supervision: the county, most townships, and a village of each."""
    table, rng = schedules().offices, bureau.rng("visits", month)
    townships = [area for area in bureau.townships if rng.random() < table.townships_visited]
    villages = [next(code for code in bureau.villages if code[:9] == area[:9]) for area in townships]
    places = [(bureau.area, "区县"), *((area, "镇办") for area in townships), *((area, "村居") for area in villages)]
    rows: list[list[str]] = []
    for number, (area, level) in enumerate(places, start=1):
        day = int(rng.integers(first_day(month), last_day(month) - 5))
        visit = f"DC{bureau.code}-{1970 + month // 12}{month % 12 + 1:02d}-{number:04d}"
        for item in INSPECTED[level]:
            passed = rng.random() < table.item_passed
            mended = day + int(rng.integers(1, 40))
            known = not passed and mended <= last_day(month)
            rows.append([visit, area, "季度督查", _day(day), item, YES_NO[not passed],
                         "" if passed else _day(day + 30), _day(mended) if known else ""])  # fmt: skip
    return rows


@dataclass(frozen=True)
class Figure:
    """A figure as reported, and what the records say: truth/reported_figures.csv."""

    row: list[str]
    truth: list[str]


def figures(linked: Linked, bureau: Bureau, month: int) -> list[Figure]:
    """Figures of the policy year so far as the townships report them: most true, some embellished."""
    table, rng, births, city = schedules().offices, bureau.rng("figures", month), linked.life.births, linked.life.city
    start, end = first_day(policy_year_start(month)), last_day(month)
    on_paper = (births["registered"] >= start) & (births["registered"] <= end)
    masks = birth_masks(births)
    at: Int = city.township_of[births["village"]]
    totals = {
        name: np.bincount(at[on_paper & masks[name]], minlength=len(city.townships))
        for pair in REPORTED
        for name in pair[1:]
    }
    found = []
    for place, code in enumerate(city.townships):
        for indicator, above, below in REPORTED if code.startswith(bureau.code) else ():
            true, whole = int(totals[above][place]), int(totals[below][place])
            if whole:
                wrong = rng.random() < table.figures_wrong
                told = true + (1 if true < whole or indicator == "sex_ratio_at_birth" else -1) if wrong else true
                head = [f"{code}000", _day(start), _day(end), indicator]
                value = f"{told / whole * 100:.2f}"
                found.append(Figure([*head, str(told), str(whole), value, "季报"], [*head, str(true), str(told)]))
    return found
