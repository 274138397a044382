"""The rows of one county and month of the linked registers and of those that offices keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchestration.demo import offices, polls, procedures, services
from orchestration.demo import people as p
from orchestration.demo.layout import COLUMNS, FULL
from orchestration.demo.linked import Linked, known, married_women
from orchestration.demo.months import Int, first_day, last_day
from orchestration.demo.pregnancies import OUTCOMES, TERM_DAYS, UNRECORDED, VISIT_TYPES
from orchestration.demo.records import registered_between
from orchestration.demo.registers import (
    Frame,
    institution_labels,
    labels,
    listed,
    sexes,
    window_days,
)
from orchestration.demo.schedules import schedules
from orchestration.demo.text import Cells, Coded, Dates, Fixed, Labels, whole_numbers

YES_NO = ("是", "否", "")
FINDINGS = ("正常", "异常", "")
SCHEMES = ("职工医保", "居民医保", "职工养老", "居民养老", "生育保险")
ROWS_A_MONTH = 100_000  # record numbers of a month in registers whose rows are made anew each time


def _coded(texts: tuple[str, ...], codes: np.ndarray) -> Coded:
    return Coded(labels(texts), codes)


def _numbers(values: np.ndarray, ending: str = "") -> Coded:
    """Cells with a number of their own."""
    return Coded(Labels([f"{value}{ending}" for value in values.tolist()]), np.arange(len(values)))


def _flag(yes: np.ndarray) -> Coded:
    return _coded(YES_NO, np.where(yes, 0, 1))


class Maker:
    """Makes the frames of a county and month."""

    def __init__(self, linked: Linked, county: int, month: int) -> None:
        self.linked, self.county, self.month = linked, county, month
        self.city, self.people = linked.life.city, linked.life.people
        self.code = self.city.counties[county]

    def frame(self, register: str) -> Frame:
        """The rows of a register."""
        if register in _SHEETS:
            return self._sheet(register)
        if register == "contraception_use":
            return self._contraception()
        if register == "insurance":
            return self._insurance()
        records = self.linked[register]
        first = -(2**30) if register in FULL else window_days(self.month)[0]
        rows = registered_between(records, first, last_day(self.month))
        rows = rows[self.city.county_of[records["village"][rows]] == self.county]
        columns = getattr(self, f"_{register}")(rows, {name: records[name][rows] for name in records.names})
        new = (records["registered"][rows] >= first_day(self.month)) | (register in FULL)
        return Frame(register, self.county, self.month, rows, columns, new)

    def _area(self, village: Int) -> Coded:
        return _coded(self.city.villages, village)

    def _own_area(self, size: int) -> Coded:
        return _coded((f"{self.code}000000",), np.zeros(size, dtype=np.int32))

    def _person(self, who: Int) -> Fixed:
        return Fixed(self.people["identifier"][who])

    def _day(self, days: Int) -> Dates:
        return Dates(known(days, self.month))

    def _pregnancies(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        told = r["recorded"] <= last_day(self.month)
        return {
            "pregnancy_no": listed(f"Y{self.code}-", rows),
            "id": self._person(r["woman"]),
            "area": self._area(r["village"]),
            "lmp_date": Dates(r["lmp"]),
            "first_seen_date": Dates(r["seen"]),
            "parity_before": Coded(whole_numbers(), r["before"]),
            "due_date": Dates(r["lmp"] + TERM_DAYS),
            "outcome": _coded(OUTCOMES, np.where(told, r["outcome"], UNRECORDED)),
            "outcome_date": self._day(np.where(told, r["ended"], last_day(self.month) + 1).astype(np.int32)),
            "registered_at": Dates(r["registered"]),
        }

    def _pregnancy_visits(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "visit_no": listed(f"SF{self.code}-", rows),
            "pregnancy_no": listed(f"Y{self.code}-", r["pregnancy"]),
            "visit_date": Dates(r["registered"]),
            "gestational_week": Coded(whole_numbers(), r["week"]),
            "visit_type": _coded(VISIT_TYPES, r["kind"]),
        }

    def _fee_cases(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        decided = r["decided"] <= last_day(self.month)
        amounts = [f"{amount}.00" if ready else "" for amount, ready in zip(r["amount"].tolist(), decided, strict=True)]
        return {
            "case_no": listed(f"A{self.code}-", rows),
            "area": self._area(r["village"]),
            "birth_no": listed(f"B{self.code}-", r["birth"]),
            "filed_date": Dates(r["registered"]),
            "decision_date": self._day(r["decided"]),
            "amount_due": Coded(Labels(amounts), np.arange(len(rows))),
            "court_applied_date": self._day(r["applied"]),
            "court_enforced_date": self._day(r["enforced"]),
            "closed_date": self._day(r["closed"]),
        }

    def _fee_payments(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        receipts = [f"JK{self.code}-{row:07d}" if given else "" for row, given in zip(rows, r["receipt"], strict=True)]
        return {
            "payment_no": listed(f"F{self.code}-", rows),
            "case_no": listed(f"A{self.code}-", r["case"]),
            "paid_date": Dates(r["registered"]),
            "amount": _numbers(r["amount"], ".00"),
            "treasury_receipt": Coded(Labels(receipts), np.arange(len(rows))),
        }

    def _newborn(self, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "mother_id": self._person(r["mother"]),
            "birth_date": Dates(r["day"]),
            "sex": sexes(r["male"]),
            "area": self._area(r["village"]),
        }

    def _vaccinations(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {"dose_no": listed("V99-", rows), **self._newborn(r), "dose_date": Dates(r["registered"])}

    def _household_entries(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {"entry_no": listed("H99-", rows), **self._newborn(r), "entry_date": Dates(r["registered"])}

    def _marriages(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "registration_no": listed(f"M{self.code}-", rows),
            "id_a": Fixed(r["man"]),
            "id_b": Fixed(r["woman"]),
            "event": _coded(("结婚", "离婚"), r["divorce"].astype(np.int8)),
            "event_date": Dates(r["registered"]),
            "area": self._area(r["village"]),
        }

    def _procedures(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "procedure_no": listed(f"S{self.code}-", rows),
            "id": self._person(r["person"]),
            "area": self._area(r["village"]),
            "institution": Coded(institution_labels(self.city.counties), r["institution"]),
            "procedure_type": _coded(procedures.TYPES, r["kind"]),
            "procedure_date": Dates(r["day"]),
            "due_date": Dates(r["due"]),
            "informed_choice": _coded(YES_NO, r["informed"]),
            "followup_due_date": Dates(r["follow_due"]),
            "followup_date": self._day(r["follow"]),
            "registered_at": Dates(r["registered"]),
        }

    def _floating_population(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        sent = r["submitted"] <= last_day(self.month)
        return {
            "exchange_no": listed(f"L{self.code}-", rows),
            "id": self._person(r["person"]),
            "area": self._area(r["village"]),
            "other_area": self._area(r["other"]),
            "direction": _coded(("流入", "流出"), np.where(r["inflow"], 0, 1)),
            "due_date": Dates(r["registered"]),
            "submitted_date": self._day(r["submitted"]),
            "feedback_due_date": self._day(np.where(sent, r["answer_due"], last_day(self.month) + 1).astype(np.int32)),
            "feedback_date": self._day(r["answered"]),
            "free_service": _coded(YES_NO, r["free"]),
        }

    def _card_reads(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "area": self._area(r["village"]),
            "read_date": Dates(r["registered"]),
            "service_contacts": _numbers(r["contacts"]),
            "valid_reads": _numbers(r["reads"]),
        }

    def _supplies(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "supply_no": listed(f"YJ{self.code}-", rows),
            "area": self._area(r["village"]),
            "due_recipients": _numbers(r["due"]),
            "recipients": _numbers(r["reached"]),
            "followed_up": _numbers(r["followed"]),
            "supply_month": Dates(r["registered"]),
        }

    def _health_checks(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "check_no": listed(f"K{self.code}-", rows),
            "id": self._person(r["person"]),
            "area": self._area(r["village"]),
            "check_type": _coded(services.CHECK_TYPES, r["kind"]),
            "eligible_from": Dates(r["eligible"]),
            "check_date": Dates(r["registered"]),
            "finding": _coded(FINDINGS, r["finding"]),
            "treated_date": self._day(r["treated"]),
        }

    def _institution_inspections(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        return {
            "inspection_no": listed(f"JC{self.code}-", rows),
            "institution": Coded(institution_labels(self.city.counties), r["institution"]),
            "area": self._own_area(len(rows)),
            "inspected_on": Dates(r["registered"]),
            "item": _coded(offices.ITEMS, r["item"]),
            "passed": _flag(r["passed"]),
            "rectified_on": self._day(r["rectified"]),
        }

    def _two_acts_cases(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        closed = r["closed"] <= last_day(self.month)  # what it led to is known when it is closed
        return {
            "case_no": listed(f"LF{self.code}-", rows),
            "area": self._own_area(len(rows)),
            "institution": Coded(institution_labels(self.city.counties), r["institution"]),
            "act_type": _coded(offices.ACTS, r["act"]),
            "lead_source": _coded(offices.LEADS, r["lead"]),
            "filed_date": Dates(r["registered"]),
            "closed_date": self._day(r["closed"]),
            "typical": _flag(r["typical"]),
            "practitioners_licence_revoked": Coded(whole_numbers(), np.where(closed, r["practitioners"], 0)),
            "institutions_licence_revoked": Coded(whole_numbers(), np.where(closed, r["institutions"], 0)),
            "persons_sentenced": Coded(whole_numbers(), np.where(closed, r["sentenced"], 0)),
            "fine_amount": _numbers(np.where(closed, r["fine"], 0), ".00"),
        }

    def _benefits(self, rows: Int, r: dict[str, np.ndarray]) -> dict[str, Cells]:
        paid = np.where(r["paid_on"] <= last_day(self.month), r["paid"], 0)
        return {
            "benefit_no": listed(f"FZ{self.code}-", rows),
            "id": self._person(r["person"]),
            "area": self._area(r["village"]),
            "programme": _coded(offices.PROGRAMMES, r["programme"]),
            "year": _numbers(r["year"]),
            "amount_due": _numbers(r["due"], ".00"),
            "amount_paid": _numbers(paid.astype(np.int32), ".00"),
            "due_date": Dates(r["registered"]),
            "paid_date": self._day(r["paid_on"]),
        }

    def _contraception(self) -> Frame:
        people, who = self.people, married_women(self.linked.life, self.month)
        who = who[(self.city.county_of[people["village"][who]] == self.county) & (people["method"][who] != 0)]
        columns: dict[str, Cells] = {
            "id": self._person(who),
            "area": self._area(people["village"][who]),
            "method": _coded(procedures.METHODS, people["method"][who] - 1),
            "method_since": self._day(people["method_since"][who]),
            "informed_choice": _coded(YES_NO, people["informed"][who]),
            "updated_at": Dates(people["method_updated"][who]),
        }
        return Frame("contraception_use", self.county, self.month, who, columns, np.ones(len(who), dtype=np.bool_))

    def _insurance(self) -> Frame:
        """A sample: one person in so many, always the same ones."""
        people, today = self.people, last_day(self.month)
        here = (people["status"] == p.REGISTERED) & (people["entered"] <= today)
        who = np.flatnonzero(here & (self.city.county_of[people["village"]] == self.county)).astype(np.int32)
        who = who[who % schedules().offices.insured_sample == 7]
        age = (today - people["birth"][who]) / 365.25
        working = ~people["agricultural"][who] & (age >= 18) & (age < 60)
        scheme = np.where(working, np.where(who % 3 == 0, 0, np.where(who % 3 == 1, 2, 4)), np.where(age < 16, 1, 3))
        since = np.minimum(people["entered"][who], today)
        columns: dict[str, Cells] = {
            "id": self._person(who),
            "area": self._area(people["village"][who]),
            "scheme": _coded(SCHEMES, scheme),
            "insured_from": Dates(since),
        }
        return Frame("insurance", self.county, self.month, who, columns, np.ones(len(who), dtype=np.bool_))

    def _sheet(self, register: str) -> Frame:
        """A small register whose rows are made as text."""
        bureau = offices.Bureau(self.city, self.county, self.linked.seed)
        rows = _SHEETS[register](self.linked, bureau, self.month)
        columns: dict[str, Cells] = {
            name: Coded(Labels([row[at] for row in rows]), np.arange(len(rows)))
            for at, name in enumerate(COLUMNS[register])
        }
        first = 0 if register in FULL else self.month * ROWS_A_MONTH
        records = first + np.arange(len(rows), dtype=np.int32)
        return Frame(register, self.county, self.month, records, columns, np.ones(len(rows), dtype=np.bool_))


def _budgets(linked: Linked, bureau: offices.Bureau, month: int) -> list[list[str]]:
    people, city = linked.life.people, linked.life.city
    townships = np.array([code.startswith(bureau.code) for code in city.townships])
    persons = np.bincount(city.township_of[people["village"][people["living"]]], minlength=len(townships))[townships]
    return bureau.budgets(1970 + month // 12, np.concatenate([[persons.sum()], persons]).astype(np.int32))


_SHEETS: dict[str, Callable[[Linked, offices.Bureau, int], list[list[str]]]] = {
    "staff": lambda linked, bureau, month: bureau.posts(month),
    "facilities": lambda linked, bureau, month: bureau.institutions(),
    "budgets": _budgets,
    "surveys": polls.interviews,
    "spot_checks": polls.checks,
    "inspections": lambda linked, bureau, month: polls.visits(bureau, month),
    "reported_figures": lambda linked, bureau, month: [one.row for one in polls.figures(linked, bureau, month)],
}
