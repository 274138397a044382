"""Files as departments send them, and a home to land them in: shared by the tests of landing, gate and publication."""

import csv
import gzip
import hashlib
import io
import os
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing import deliver
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.deliver import landing
from orchestration.landing.ledger import Outcome
from orchestration.landing.receive import Received, parse_name
from orchestration.settings import Settings

REGISTERS = load_contracts(Settings().dbt_project)
CITY, COUNTY, OTHER_COUNTY = "990100", "990101", "990102"
VILLAGES = [f"{county}{township}{village}" for county in (COUNTY, OTHER_COUNTY)
            for township in ("001", "002") for village in ("001", "002", "003")]  # fmt: skip
Row = dict[str, str]


def check_character(body: str) -> str:
    """The 18th character by the definition of ISO 7064 MOD 11-2 (a running product), not by weights."""
    product = 0
    for digit in body:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]


def identifier(number: int, born: str = "19850607", area: str = COUNTY) -> str:
    """An 18-digit identifier with a right check digit; `number` 0 to 999 tells persons of one birthday apart."""
    body = f"{area}{born}{number:03d}"
    return body + check_character(body)


def person_born(number: int) -> str:
    """A birthday (yyyymmdd) for person `number`."""
    return f"{date(1950, 1, 1) + timedelta(days=7 * (number // 900)):%Y%m%d}"


# A good cell of every column; the fields in braces are those of `good_row`.
# fmt: off
CELLS: dict[str, Row] = {
    "contraception_use": {"id": "{person}", "area": "{village}", "method": "宫内节育器",
        "method_since": "2012-06-01", "informed_choice": "是", "updated_at": "{month}-02"},
    "procedures": {"procedure_no": "P{county}{n:06d}", "id": "{person}", "area": "{village}",
        "institution": "I1", "procedure_type": "放环", "procedure_date": "{month}-01", "due_date": "{month}-05",
        "informed_choice": "是", "followup_due_date": "{month}-15", "followup_date": "{month}-03",
        "registered_at": "{month}-05"},
    "supplies": {"supply_no": "S{county}{n:06d}", "area": "{village}", "due_recipients": "10",
        "recipients": "9", "followed_up": "8", "supply_month": "{month}-01"},
    "pregnancies": {"pregnancy_no": "G{county}{n:06d}", "id": "{person}", "area": "{village}",
        "lmp_date": "2014-12-20", "first_seen_date": "{month}-01", "parity_before": "1",
        "due_date": "2015-09-26", "outcome": "未记录", "outcome_date": "", "registered_at": "{month}-05"},
    "pregnancy_visits": {"visit_no": "V{county}{n:06d}", "pregnancy_no": "G{county}{n:06d}",
        "visit_date": "{month}-04", "gestational_week": "12", "visit_type": "入户"},
    "fee_cases": {"case_no": "F{county}{n:06d}", "area": "{village}", "birth_no": "B{county}{n:06d}",
        "filed_date": "2014-11-03", "decision_date": "2014-12-03", "amount_due": "12,000.00",
        "court_applied_date": "2015-01-05", "court_enforced_date": "2015-02-05", "closed_date": ""},
    "fee_payments": {"payment_no": "K{county}{n:06d}", "case_no": "F{county}{n:06d}", "paid_date": "{month}-06",
        "amount": "1,500.50", "treasury_receipt": "T{n:06d}"},
    "two_acts_cases": {"case_no": "L{county}{n:06d}", "area": "{village}", "institution": "I1",
        "act_type": "非法鉴定", "lead_source": "举报", "filed_date": "2014-11-03", "closed_date": "2015-01-03",
        "typical": "否", "practitioners_licence_revoked": "0", "institutions_licence_revoked": "0",
        "persons_sentenced": "0", "fine_amount": "5000"},
    "institution_inspections": {"inspection_no": "J{county}{n:06d}", "institution": "I{n:03d}",
        "area": "{village}", "inspected_on": "{month}-07", "item": "实名登记", "passed": "是", "rectified_on": ""},
    "floating_population": {"exchange_no": "X{county}{n:06d}", "id": "{person}", "area": "{village}",
        "other_area": "990201001001", "direction": "流入", "due_date": "{month}-10",
        "submitted_date": "{month}-08", "feedback_due_date": "{month}-20", "feedback_date": "{month}-15",
        "free_service": "是"},
    "card_reads": {"area": "{village}", "read_date": "{month}-{day:02d}", "service_contacts": "20",
        "valid_reads": "18"},
    "health_checks": {"check_no": "H{county}{n:06d}", "id": "{person}", "area": "{village}",
        "check_type": "孕前优生", "eligible_from": "2014-01-01", "check_date": "{month}-09", "finding": "正常",
        "treated_date": ""},
    "benefits": {"benefit_no": "E{county}{n:06d}", "id": "{person}", "area": "{village}", "programme": "奖励扶助",
        "year": "2014", "amount_due": "960", "amount_paid": "960.00", "due_date": "2014-12-31",
        "paid_date": "2014-11-20"},
    "staff": {"post_no": "W{county}{n:06d}", "area": "{village}", "level": "村居", "post_type": "医技",
        "on_establishment": "是", "certified": "是", "pay_due": "30,000", "pay_paid": "30000.00"},
    "facilities": {"institution": "I{n:03d}", "area": "{village}", "level": "镇办", "standardised": "是",
        "opened_on": "2005-05-01", "accidents": "0"},
    "budgets": {"area": "{township}", "year": "{year}", "amount": "1,250,000.00"},
    "surveys": {"interview_no": "Q{county}{n:06d}", "survey": "S2015-1", "area": "{village}", "stratum": "A1",
        "weight": "12.50", "interview_date": "{month}-11", "aware_rights": "是", "aware_methods": "是",
        "aware_policy": "否", "satisfied": "是", "participated": "否"},
    "spot_checks": {"check_no": "Y{county}{n:06d}", "area": "{village}", "round": "2015-1",
        "checked_on": "{month}-12", "register": "全员人口", "field": "性别", "matches": "是", "found_by": "两者"},
    "inspections": {"visit_no": "Z{county}{n:06d}", "area": "{village}", "visit_type": "季度督查",
        "visited_on": "{month}-13", "item": "组织好", "passed": "是", "rectify_by": "", "rectified_on": ""},
    "vaccinations": {"dose_no": "N{county}{n:06d}", "mother_id": "{person}", "birth_date": "{month}-01",
        "sex": "{sex}", "area": "{village}", "dose_date": "{month}-02"},
    "household_entries": {"entry_no": "R{county}{n:06d}", "mother_id": "{person}", "birth_date": "{month}-01",
        "sex": "{sex}", "area": "{village}", "entry_date": "{month}-08"},
    "marriages": {"registration_no": "M{county}{n:06d}", "id_a": "{person}", "id_b": "{spouse}", "event": "结婚",
        "event_date": "{month}-14", "area": "{village}"},
    "insurance": {"id": "{person}", "area": "{village}", "scheme": "居民医保", "insured_from": "2010-07-01"},
    "reported_figures": {"area": "{village}", "period_from": "{period}-01", "period_to": "{period}-28",
        "indicator": "crude_birth_rate", "numerator": "120", "denominator": "10,000", "value": "12.00",
        "source": "月报"},
}
# fmt: on


def good_row(register: str, number: int, county: str = COUNTY, month: str = "2015-03") -> Row:
    """A row without fault; `number` makes its key."""
    born = person_born(number)
    person, village = identifier(number % 900, born, county), f"{county}001{number % 3 + 1:03d}"
    sex = "男" if number % 2 else "女"
    match register:
        case "population":
            return {"id": person, "name": "某人", "address": "某街", "sex": sex,
                    "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}", "area": village, "residence_area": village,
                    "household_type": "农业", "marital_status": "未婚", "first_marriage_date": "", "status": "在册",
                    "status_date": "", "children_born": "0", "event_date": "", "registered_at": "2013-01-05"}  # fmt: skip
        case "births":
            return {"birth_no": f"B{county}{number:06d}", "mother_id": person, "child_name": "小某",
                    "birth_date": f"{month}-01", "sex": sex, "parity": "1", "mother_birth_date": "1988-02-03",
                    "policy_status": "政策内", "area": village, "institution": "I1", "registered_at": f"{month}-05"}  # fmt: skip
        case "deaths":
            return {"death_no": f"D{county}{number:06d}", "id": person, "sex": sex, "birth_date": "1940-02-03",
                    "death_date": f"{month}-01", "area": village, "registered_at": f"{month}-05"}  # fmt: skip
        case "birth_certificates":
            return {"certificate_no": f"C{county}{number:06d}", "mother_id": person, "birth_date": f"{month}-01",
                    "sex": sex, "institution": "I1", "area": village, "issued_on": f"{month}-05"}  # fmt: skip
        case "official_population":
            return {"area": f"{county}{number % 2 + 1:03d}000", "year": str(2000 + number // 2),
                    "mid_year_population": "1,000", "year_end_population": "1010"}  # fmt: skip
        case "areas":
            return area_rows()[number]
    fields = {
        "n": number, "county": county, "month": month, "sex": sex, "person": person, "village": village,
        "spouse": identifier((number + 450) % 900, born, county), "township": f"{county}{number % 2 + 1:03d}000",
        "year": 2000 + number // 2, "day": number // 3 % 28 + 1,
        "period": f"{2000 + number // 12 % 14}-{number % 12 + 1:02d}",
    }  # fmt: skip
    return {column: cell.format(**fields) for column, cell in CELLS[register].items()}


def area_rows() -> list[Row]:
    """The whole area register: a city, two counties, two townships each, three villages each."""
    codes = [(f"{CITY}000000", "市"), *((f"{c}000000", "区县") for c in (COUNTY, OTHER_COUNTY))]
    codes += [(f"{township}000", "镇办") for township in sorted({village[:9] for village in VILLAGES})]
    codes += [(village, "村居") for village in VILLAGES]
    return [{"area": code, "name": f"某{level}", "name_en": "Some", "level": level, "valid_from": "2000-01-01",
             "valid_to": "", "successor": ""} for code, level in codes]  # fmt: skip


def good_rows(register: str, count: int, county: str = COUNTY, month: str = "2015-03", start: int = 0) -> list[Row]:
    """`count` rows without fault."""
    if register == "areas":
        return area_rows()
    return [good_row(register, number, county, month) for number in range(start, start + count)]


def header(register: Register | str) -> list[str]:
    """The Chinese header in contract order."""
    register = REGISTERS[register] if isinstance(register, str) else register
    return [column.zh[0] for column in register.columns]


def csv_text(register: str, rows: Iterable[Row], quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    """The rows as a delimited file with the Chinese header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(header(register))
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerows([row.get(column.name, "") for column in REGISTERS[register].columns] for row in rows)
    return out.getvalue()


def workbook(table: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file of these cells; dates become date cells, numbers number cells."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, dates = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for i, row in enumerate(table):
            for j, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(i, j, cell, dates)
                elif cell is not None:
                    sheet.write(i, j, cell)
    return out.getvalue()


def encoded(name: str, text: str, encoding: str | None = None) -> bytes:
    """The file's bytes in the register's encoding, gzipped where the name says so."""
    register = next(r for r in REGISTERS.values() if name.startswith(f"{r.name}_"))
    data = text.encode(encoding or register.encoding)
    return gzip.compress(data, mtime=0) if name.endswith(".gz") else data


def received(folder: Path, name: str, data: bytes) -> Received:
    """A file as if it had come through the door."""
    path = folder / name
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    came = Received(parse_name(name, REGISTERS), descriptor, hashlib.sha256(data).hexdigest(), len(data))
    weakref.finalize(came, os.close, descriptor)
    return came


class Home:
    """A RENKOU_HOME of a test's own."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.settings = Settings(home=root, settle_seconds=0, threads=1, **options)
        self.settings.inbox.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, data: bytes | str) -> Path:
        """A file in the inbox; text is encoded as its register declares."""
        path = self.settings.inbox / name
        path.write_bytes(encoded(name, data) if isinstance(data, str) else data)
        return path

    def rows(self, name: str, rows: Iterable[Row]) -> Path:
        """A delimited file of these rows in the inbox."""
        return self.put(name, csv_text(parse_name(name, REGISTERS).register, rows))

    def areas(self, month: str = "201310") -> Path:
        """The area register in the inbox."""
        return self.rows(f"areas_{CITY}_{month}.csv", area_rows())

    def land(self, *paths: Path) -> list[Outcome]:
        """Land files through the whole way of a row."""
        with landing(self.settings) as lander:
            return lander.land_all(paths)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer of the warehouse to a query."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            return connection.execute(sql).fetchall()

    def hashes(self, registers: Iterable[str] = REGISTERS) -> dict[str, str]:
        """`history_hash` per register."""
        from orchestration.status import register_status

        with duckdb.connect(str(self.settings.warehouse)) as connection:
            return {name: register_status(connection, name)["history_hash"] for name in registers}


def quick_landing(patch: pytest.MonkeyPatch) -> None:
    """Land without the gate, and read the contracts once for all homes."""
    patch.setattr(deliver, "Gate", OpenGate)
    patch.setattr(deliver, "load_contracts", lambda project: REGISTERS)
    patch.setattr(deliver, "load_suites", lambda folder: {})


@dataclass
class OpenGate:
    """Stands in for the gate where a test is about history and not about thresholds."""

    connection: object

    def run(self, thresholds: list[Any]) -> list[Any]:
        return []
