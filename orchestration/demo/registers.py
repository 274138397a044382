"""The registers: their columns in file order, and the rows of one county and month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from orchestration.demo import layout
from orchestration.demo import people as p
from orchestration.demo.life import INSTITUTIONS_PER_COUNTY, Life
from orchestration.demo.months import Int, first_day, last_day, policy_year_start
from orchestration.demo.records import Records, registered_between
from orchestration.demo.text import Cells, Coded, Dates, Fixed, Joined, Labels, whole_numbers

# English contract name -> Chinese header, in file order
COLUMNS: dict[str, dict[str, str]] = {
    "population": {
        "id": "身份证号", "name": "姓名", "address": "住址", "sex": "性别", "birth_date": "出生日期",
        "area": "户籍地代码", "residence_area": "现居住地代码", "household_type": "户口性质",
        "marital_status": "婚姻状况", "first_marriage_date": "初婚日期", "status": "人员状态",
        "status_date": "状态日期", "children_born": "生育子女数", "event_date": "变动日期",
        "registered_at": "登记日期",
    },
    "births": {
        "birth_no": "出生编号", "mother_id": "母亲身份证号", "child_name": "子女姓名",
        "birth_date": "出生日期", "sex": "性别", "parity": "孩次", "mother_birth_date": "母亲出生日期",
        "policy_status": "政策属性",
        "area": "母亲户籍地代码", "institution": "接生机构代码", "registered_at": "登记日期",
    },
    "deaths": {
        "death_no": "死亡编号", "id": "身份证号", "sex": "性别", "birth_date": "出生日期",
        "death_date": "死亡日期", "area": "户籍地代码", "registered_at": "登记日期",
    },
    "birth_certificates": {
        "certificate_no": "出生证编号", "mother_id": "母亲身份证号", "birth_date": "出生日期",
        "sex": "性别", "institution": "接生机构代码", "area": "母亲户籍地代码", "issued_on": "签发日期",
    },
    "official_population": {
        "area": "地区代码", "year": "年份", "mid_year_population": "年中人口",
        "year_end_population": "年末人口",
    },
    "areas": {
        "area": "地区代码", "name": "地区名称", "name_en": "英文名称", "level": "级别",
        "valid_from": "启用日期", "valid_to": "停用日期", "successor": "承接代码",
    },
    **layout.COLUMNS,
}  # fmt: skip
PERSON_REGISTERS = ("population", "births", "deaths", "birth_certificates")
WINDOW_REGISTERS = ("births", "deaths", "birth_certificates")


@dataclass(frozen=True)
class Frame:
    """The rows of one county's file: record numbers, typed columns, and which rows are new to it."""

    register: str
    county: int
    month: int
    records: Int
    columns: dict[str, Cells]
    new: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: npt.NDArray[np.integer]) -> Frame:
        """The frame of these rows."""
        columns = {name: cells.take(rows) for name, cells in self.columns.items()}
        return Frame(self.register, self.county, self.month, self.records[rows], columns, self.new[rows])

    def days(self, column: str) -> Int:
        """Day numbers of a date column."""
        cells = self.columns[column]
        if not isinstance(cells, Dates):
            raise TypeError(f"{column} of {self.register} is not a date")
        return cells.days

    def day(self, column: str, row: int) -> int:
        """Day number of a date cell."""
        return int(self.days(column)[row])


@cache
def _sexes() -> Labels:
    return Labels(list(p.SEX))


@cache
def _full_names() -> Labels:
    return Labels(p.full_names())


@cache
def labels(texts: tuple[str, ...]) -> Labels:
    """The labels of a fixed list of texts."""
    return Labels(list(texts))


def sexes(male: npt.NDArray[np.bool_]) -> Coded:
    """Sex cells."""
    return Coded(_sexes(), np.where(male, 0, 1))


def _numbers(prefix: str, numbers: Int) -> Labels:
    return Labels([f"{prefix}{number:07d}" for number in numbers.tolist()])


def listed(prefix: str, numbers: Int) -> Coded:
    """Cells of their own text, row by row: for the small window files."""
    return Coded(_numbers(prefix, numbers), np.arange(len(numbers)))


def window_days(month: int) -> tuple[int, int]:
    """First and last registration day of a window file."""
    return first_day(policy_year_start(month)), last_day(month)


def population_frame(life: Life, who: Int, village: Int, county: int, month: int) -> Frame:
    """Population rows of persons ``who``, registered in ``village`` (a second row may name another)."""
    people, villages = life.people, labels(life.city.villages)
    address = Joined(
        (
            Coded(labels(life.city.village_address), village),
            Coded(whole_numbers(suffix="号"), people["house"][who]),
        )
    )
    columns: dict[str, Cells] = {
        "id": Fixed(people["identifier"][who]),
        "name": Coded(_full_names(), people["name"][who]),
        "address": address,
        "sex": sexes(people["male"][who]),
        "birth_date": Dates(people["birth"][who]),
        "area": Coded(villages, village),
        "residence_area": Coded(villages, people["residence"][who]),
        "household_type": Coded(labels(p.HOUSEHOLD), np.where(people["agricultural"][who], 0, 1)),
        "marital_status": Coded(labels(p.MARITAL), people["marital"][who]),
        "first_marriage_date": Dates(people["first_marriage"][who]),
        "status": Coded(labels(p.STATUS), people["status"][who]),
        "status_date": Dates(people["status_day"][who]),
        "children_born": Coded(whole_numbers(), people["children"][who]),
        "event_date": Dates(people["event_day"][who]),
        "registered_at": Dates(people["registered"][who]),
    }
    return Frame("population", county, month, who, columns, np.ones(len(who), dtype=np.bool_))


def _window(life: Life, records: Records, county: int, month: int) -> tuple[Int, npt.NDArray[np.bool_]]:
    """Records of the window file, and which of them were registered in this month."""
    rows = registered_between(records, *window_days(month))
    rows = rows[life.city.county_of[records["village"][rows]] == county]
    return rows, records["registered"][rows] >= first_day(month)


def institution_labels(counties: tuple[str, ...]) -> Labels:
    """Institution codes by number: county and a serial."""
    return labels(
        tuple(f"YL{county}{serial + 1:02d}" for county in counties for serial in range(INSTITUTIONS_PER_COUNTY))
    )


def births_frame(life: Life, county: int, month: int) -> Frame:
    """Births registered in the policy year so far."""
    births, people = life.births, life.people
    rows, new = _window(life, births, county, month)
    columns: dict[str, Cells] = {
        "birth_no": listed(f"B{life.city.counties[county]}-", rows),
        "mother_id": Fixed(people["identifier"][births["mother"][rows]]),
        "child_name": Coded(_full_names(), births["name"][rows]),
        "birth_date": Dates(births["day"][rows]),
        "sex": sexes(births["male"][rows]),
        "parity": Coded(whole_numbers(), births["parity"][rows]),
        "mother_birth_date": Dates(births["mother_birth"][rows]),
        "policy_status": Coded(labels(("政策内", "政策外")), np.where(births["in_policy"][rows], 0, 1)),
        "area": Coded(labels(life.city.villages), births["village"][rows]),
        "institution": Coded(institution_labels(life.city.counties), births["institution"][rows]),
        "registered_at": Dates(births["registered"][rows]),
    }
    return Frame("births", county, month, rows, columns, new)


def deaths_frame(life: Life, county: int, month: int) -> Frame:
    """Deaths registered in the policy year so far."""
    deaths, people = life.deaths, life.people
    rows, new = _window(life, deaths, county, month)
    columns: dict[str, Cells] = {
        "death_no": listed(f"D{life.city.counties[county]}-", rows),
        "id": Fixed(people["identifier"][deaths["person"][rows]]),
        "sex": sexes(deaths["male"][rows]),
        "birth_date": Dates(deaths["birth"][rows]),
        "death_date": Dates(deaths["day"][rows]),
        "area": Coded(labels(life.city.villages), deaths["village"][rows]),
        "registered_at": Dates(deaths["registered"][rows]),
    }
    return Frame("deaths", county, month, rows, columns, new)


def certificates_frame(life: Life, county: int, month: int) -> Frame:
    """Birth certificates issued in the policy year so far."""
    certificates, people = life.certificates, life.people
    rows, new = _window(life, certificates, county, month)
    columns: dict[str, Cells] = {
        "certificate_no": listed("C99-", rows),
        "mother_id": Fixed(people["identifier"][certificates["mother"][rows]]),
        "birth_date": Dates(certificates["day"][rows]),
        "sex": sexes(certificates["male"][rows]),
        "institution": Coded(institution_labels(life.city.counties), certificates["institution"][rows]),
        "area": Coded(labels(life.city.villages), certificates["village"][rows]),
        "issued_on": Dates(certificates["registered"][rows]),
    }
    return Frame("birth_certificates", county, month, rows, columns, new)
