"""The city is one that could be, and cannot be a real one."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date

import numpy as np
import pytest
from demo_city import Generated, check_ok, iso

from orchestration.demo.identifiers import make_identifiers
from orchestration.demo.life import Life
from orchestration.demo.months import completed_years, day_number, first_day, parse_month
from orchestration.demo.people import initial_people
from orchestration.demo.places import build_city, township_counts
from orchestration.demo.regimes import allowed

PERSONS, MONTHS = 250_000, 12


@pytest.fixture(scope="module")
def life() -> Life:
    start = parse_month("2013-10")
    city = build_city(PERSONS, 1)
    lived = Life(city, initial_people(PERSONS, city, first_day(start), 1), 1, start)
    for month in range(start, start + MONTHS):
        lived.step(month)
    return lived


def test_rates_are_those_of_the_time(life: Life) -> None:
    assert 11.5 <= len(life.births) / PERSONS * 1000 <= 13.5
    assert 5.5 <= len(life.deaths) / PERSONS * 1000 <= 7.5


def test_sex_ratio_and_parity_at_birth(life: Life) -> None:
    parity, male = np.minimum(life.births["parity"], 3), life.births["male"]
    ratios = [male[parity == p].sum() / (~male[parity == p]).sum() * 100 for p in (1, 2, 3)]
    assert 110 <= male.sum() / (~male).sum() * 100 <= 123
    assert ratios[0] < ratios[1]
    shares = np.bincount(parity)[1:] / len(parity)
    assert 0.55 <= shares[0] <= 0.75
    assert 0.015 <= shares[2] <= 0.06


def test_counties_differ_around_the_target(life: Life) -> None:
    county = life.city.county_of[life.births["village"]]
    rates = [life.births["in_policy"][county == c].mean() * 100 for c in range(len(life.city.counties))]
    assert min(rates) < 78.74 < max(rates)


def test_mothers_are_women_of_the_city(life: Life) -> None:
    births, people = life.births, life.people
    mother = births["mother"]
    assert not people["male"][mother].any()
    assert (people["birth"][mother] == births["mother_birth"]).all()
    ages = completed_years(births["mother_birth"], births["day"])
    assert ages.min() >= 15
    assert ages.max() < 50
    assert 25 <= ages.mean() <= 29
    order = np.lexsort((births["day"], mother))
    same = mother[order][1:] == mother[order][:-1]
    assert (np.diff(births["day"][order])[same] > 280).all()


def test_age_structure(life: Life) -> None:
    people = life.people
    age = completed_years(people["birth"][people["living"]], first_day(life.first_month + MONTHS))
    assert 0.13 <= (age < 15).mean() <= 0.19
    assert 0.08 <= (age >= 65).mean() <= 0.12
    assert age.max() <= 105


def test_most_births_are_registered_in_time(life: Life) -> None:
    waited = life.births["registered"].astype(np.int64) - life.births["day"]
    assert waited.min() >= 0
    assert 0.95 <= (waited <= 30).mean() <= 0.99


def test_full_size() -> None:
    assert sum(township_counts(2_800_000)) == 161
    assert len(township_counts(2_800_000)) == 10
    city = build_city(60_000, 1)
    assert (len(city.counties), len(city.townships)) == (4, 18)
    assert 70 <= len(city.villages) <= 90


def test_names_are_in_two_languages_and_unique_among_siblings() -> None:
    areas = build_city(200_000, 4).areas
    siblings = Counter((area.code[: {"村居": 9, "镇办": 6, "区县": 4, "市": 2}[area.level]], area.zh) for area in areas)
    assert len({area.code for area in areas}) == len(areas)
    assert max(Counter({k: v for k, v in siblings.items() if "村" not in k[1]}).values()) == 1
    assert all(area.en[0].isascii() and area.en[0].isupper() for area in areas)


def test_identifiers_are_unique_and_check() -> None:
    day = np.full(600, day_number(date(2000, 2, 29)), dtype=np.int32)
    male = np.arange(600) % 2 == 0
    made = [bytes(i).decode() for i in make_identifiers(np.full(600, 990101, dtype=np.int32), day, male)]
    assert len(set(made)) == 600
    assert all(check_ok(i) and i[6:14] == "20000229" for i in made)
    assert all(int(i[16]) % 2 == is_male for i, is_male in zip(made, male, strict=True))


def test_known_identifier() -> None:
    """The example of GB 11643-1999."""
    assert check_ok("11010519491231002X")


def test_too_many_twins_are_refused() -> None:
    size = 501
    with pytest.raises(ValueError, match="500 persons"):
        make_identifiers(np.full(size, 990101), np.zeros(size, dtype=np.int32), np.ones(size, dtype=np.bool_))


def test_identifiers_in_files_cannot_be_real(clean: Generated) -> None:
    seen = 0
    first = [row for row in clean.truth("files") if row["month"] == "2014-06" and not row["file"].endswith("xlsx")]
    for row in first:
        for person in clean.rows(row["file"]):
            identifier = person.get("id") or person.get("mother_id")
            if identifier:
                assert identifier.startswith("99")
                assert check_ok(identifier)
                seen += 1
    assert seen > 10_000


def test_a_person_agrees_with_the_identifier(clean: Generated) -> None:
    file = next(row["file"] for row in clean.truth("files") if row["register"] == "population")
    ids = set()
    for person in clean.rows(file):
        assert iso(person["birth_date"]).replace("-", "") == person["id"][6:14]
        assert (person["sex"] == "男") == (int(person["id"][16]) % 2 == 1)
        assert iso(person["event_date"]) <= iso(person["registered_at"])
        ids.add(person["id"])
    assert len(ids) == len(list(clean.rows(file)))


@pytest.mark.parametrize(
    ("day", "parity", "within"),
    [
        (date(2013, 12, 27), 2, False),
        (date(2013, 12, 28), 2, True),
        (date(2015, 12, 31), 3, False),
        (date(2021, 5, 30), 3, False),
        (date(2021, 5, 31), 3, True),
        (date(2013, 1, 1), 1, True),
    ],
)
def test_policy_by_the_date_of_birth(day: date, parity: int, within: bool) -> None:
    """A couple of which one is an only child, not rural, without a permit."""
    no, yes = np.array([False]), np.array([True])
    status = allowed(
        np.array([parity], dtype=np.int32), np.array([day_number(day)], dtype=np.int32),
        married=yes, rural_girl=no, only_child=yes, permit=no,
    )  # fmt: skip
    assert status[0] == within


def test_certificates_and_births_agree_mostly(clean: Generated) -> None:
    last = [row["file"] for row in clean.truth("files") if row["month"] == "2014-09"]
    births = {b["mother_id"]: b for f in last if f.startswith("births_") for b in clean.rows(f)}
    issued = [c for f in last if f.startswith("birth_cert") for c in clean.rows(f)]
    matched = [c for c in issued if c["mother_id"] in births]
    assert 0.8 <= len(matched) / len(issued) < 1
    agree = [births[c["mother_id"]]["sex"] == c["sex"] for c in matched]
    assert sum(agree) / len(agree) > 0.95


def test_area_register(clean: Generated) -> None:
    file = next(row["file"] for row in clean.truth("files") if row["register"] == "areas")
    raw = (clean.home / "inbox" / file).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw)))
    codes = {row["地区代码"] for row in rows}
    assert all(len(code) == 12 and code.startswith("9901") for code in codes)
    retired = [row for row in rows if row["停用日期"]]
    assert len(retired) == 2
    assert all(row["承接代码"] in codes for row in retired)


def test_official_population(clean: Generated) -> None:
    from python_calamine import CalamineWorkbook

    file = next(row for row in clean.truth("files") if row["register"] == "official_population")
    sheet = CalamineWorkbook.from_path(clean.home / "inbox" / file["file"]).get_sheet_by_index(0).to_python()
    assert sheet[1] == ["地区代码", "年份", "年中人口", "年末人口"]
    assert len(sheet) - 2 == int(file["rows"])
    numbers = {(row[0], int(row[1])): int(str(row[3]).replace(",", "").split(".")[0]) for row in sheet[2:]}
    county = numbers["990101000000", 2014]
    assert county == sum(v for (code, year), v in numbers.items() if year == 2014 and code[6:9] != "000")
    persons = sum(
        int(row["value"]) for row in clean.truth("counts")
        if row["measure"] == "population" and row["month"] == "2014-12" and row["area_code"].startswith("990101")
    )  # fmt: skip
    assert 0.95 <= persons / county <= 1.06


def test_legal_dirt_occurs(clean: Generated) -> None:
    forms: Counter[str] = Counter()
    for path in sorted((clean.home / "inbox").iterdir()):
        if path.suffix == ".xlsx":
            continue
        raw = "\n".join(clean.lines(path.name))
        forms["full_width"] += any(digit in raw for digit in "０１２３４")
        forms["ideographic_space"] += "\u3000" in raw
        forms["chinese_date"] += "月" in raw
        forms["trailing_comma"] += raw.split("\n")[0].endswith(",")
        forms["crlf"] += path.suffix == ".csv" and b"\r\n" in path.read_bytes()
        forms["lower_case_x"] += "x," in raw
    assert min(forms.values()) > 0
    assert len(forms) == 6
