"""Doses, household entries, marriages, exchange with other areas, cards, supplies and checks."""

from __future__ import annotations

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.identifiers import make_identifiers
from orchestration.demo.linked import NO, YES, Linked, days_between, married_women, perhaps, some, some_day
from orchestration.demo.months import Int, first_day
from orchestration.demo.pregnancies import pregnant_now
from orchestration.demo.procedures import SUPPLIED
from orchestration.demo.schedules import Witness, schedules

CHECK_TYPES = ("孕前优生", "妇科普查", "叶酸发放", "出生缺陷干预")
PREPREGNANCY, GYNAECOLOGY, FOLIC_ACID, DEFECTS = range(4)
SCREENING_MONTHS = 24  # each woman's turn comes once in so many
READ_DAYS = (6, 20)  # days of the month on which a service point sends its reads


def step(linked: Linked, month: int, new_births: Int) -> None:
    """A month of all of them; ``new_births`` are the record numbers of the month's births."""
    _witness(linked, "vaccinations", new_births, schedules().doses, month)
    _witness(linked, "household_entries", new_births, schedules().household_entries, month)
    _couples(linked, month)
    _exchange(linked, month)
    _cards(linked, month)
    _supplies(linked, month)
    _checks(linked, month)


def _witness(linked: Linked, register: str, new: Int, table: Witness, month: int) -> None:
    """What another register says of the births: some are missing, a few fields disagree."""
    rng, births = linked.rng(register, month), linked.life.births
    new = some(rng, new, table.given)
    size, true_day = len(new), births["day"][new]
    mother = births["mother"][new]
    mother = np.where(rng.random(size) < table.other_mother, np.maximum(mother - 1, 0), mother)
    waited = days_between(rng, size, table.days)
    waited = waited + np.where(rng.random(size) < table.late, days_between(rng, size, (30, 150)), 0)
    linked[register].add(
        mother=mother, village=births["village"][new],
        day=np.where(rng.random(size) < table.other_day, true_day - 1, true_day),
        male=births["male"][new] ^ (rng.random(size) < table.other_sex), registered=true_day + waited,
    )  # fmt: skip


def _couples(linked: Linked, month: int) -> None:
    """Women who married or divorced in the month, each with a man who did the same."""
    for purpose, (who, day), divorce in (
        ("marriages", linked.life.weddings, False), ("divorces", linked.life.divorces, True)
    ):  # fmt: skip
        rng, people = linked.rng(purpose, month), linked.life.people
        male = people["male"][who]
        order = np.argsort(day, kind="stable")
        women, men = who[order][~male[order]], who[order][male[order]]
        size = len(women)
        share = schedules().marriage_registration.partner_elsewhere
        birth = (people["birth"][women] - days_between(rng, size, (-300, 1500))).astype(np.int32)
        prefix = np.full(size, 991000 + 500 * divorce + month - linked.life.first_month, dtype=np.int32)
        other = make_identifiers(prefix, birth, np.ones(size, dtype=np.bool_))
        local = np.zeros(size, dtype=np.bool_)
        local[: len(men)] = rng.random(min(len(men), size)) >= share
        here = people["identifier"][np.resize(men, size)] if len(men) else other
        linked["marriages"].add(
            man=np.where(local, here, other), woman=people["identifier"][women], divorce=divorce,
            village=people["village"][women], registered=day[order][~male[order]],
        )  # fmt: skip


def _exchange(linked: Linked, month: int) -> None:
    """Persons who live in another village than the one where they are registered: both sides exchange records."""
    rng, table, people = linked.rng("floating", month), schedules().floating, linked.life.people
    county = linked.life.city.county_of
    here = people["living"] & (people["status"] == p.REGISTERED) & (people["entered"] <= first_day(month))
    away = np.flatnonzero(here & (county[people["village"]] != county[people["residence"]])).astype(np.int32)
    who = rng.choice(away, size=min(int(rng.poisson(here.sum() * table.per_month)), len(away)), replace=False)
    size, inflow = len(who), rng.random(len(who)) < 0.5
    home, residence = people["village"][who], people["residence"][who]
    due = some_day(rng, month, size)
    submitted = due - days_between(rng, size, (0, 12))
    submitted = np.where(rng.random(size) < table.timely, submitted, due + days_between(rng, size, (1, 40)))
    answer_due = np.maximum(submitted, due) + 15
    prompt = rng.random(size) < table.answered_timely
    answered = np.where(
        prompt, submitted + days_between(rng, size, (1, 15)), answer_due + days_between(rng, size, (1, 30))
    )
    linked["floating_population"].add(
        person=who, village=np.where(inflow, residence, home), other=np.where(inflow, home, residence), inflow=inflow,
        registered=due, submitted=submitted, answer_due=answer_due,
        answered=perhaps(answered, rng.random(size) < table.answered),
        free=np.where(rng.random(size) < table.free_service, YES, NO),
    )  # fmt: skip


def _cards(linked: Linked, month: int) -> None:
    """Two days of reads a month in every village."""
    rng, table, city = linked.rng("cards", month), schedules().card, linked.life.city
    people = linked.life.people
    persons = np.bincount(people["village"][people["living"]], minlength=len(city.villages))
    for day in READ_DAYS:
        contacts = rng.poisson(persons * table.contacts_per_person)
        linked["card_reads"].add(
            village=np.arange(len(city.villages)), registered=first_day(month) + day - 1, contacts=contacts,
            reads=rng.binomial(contacts, table.valid),
        )  # fmt: skip


def _supplies(linked: Linked, month: int) -> None:
    """Supplies of the month to the users of methods that need them."""
    rng, table, people = linked.rng("supplies", month), schedules().contraception, linked.life.people
    women = married_women(linked.life, month)
    users = women[np.isin(people["method"][women], SUPPLIED)]
    due = np.bincount(people["village"][users], minlength=len(linked.life.city.villages))
    reached = rng.binomial(due, table.supply_reached)
    linked["supplies"].add(
        village=np.arange(len(due)), registered=first_day(month), due=due, reached=reached,
        followed=rng.binomial(reached, table.supply_followed),
    )  # fmt: skip


def _checks(linked: Linked, month: int) -> None:
    """Free checks of the newly married, of the pregnant, and of married women."""
    rng, table, people = linked.rng("checks", month), schedules().checks, linked.life.people
    brides, day = linked.life.weddings
    female = ~people["male"][brides]
    kept = female & (rng.random(len(brides)) < table.prepregnancy)
    eligible = day[kept]
    _check(linked, rng, brides[kept], PREPREGNANCY, eligible, eligible + days_between(rng, len(eligible), (0, 75)))
    for kind, share in ((FOLIC_ACID, table.folic_acid), (DEFECTS, table.birth_defects)):
        women = some(rng, pregnant_now(linked, month), share)
        seen = np.full(len(women), first_day(month), dtype=np.int32)
        _check(linked, rng, women, kind, seen, some_day(rng, month, len(women)))
    women = married_women(linked.life, month)
    women = some(rng, women[women % SCREENING_MONTHS == month % SCREENING_MONTHS], table.gynaecology)
    since = np.full(len(women), first_day(month - SCREENING_MONTHS), dtype=np.int32)
    _check(linked, rng, women, GYNAECOLOGY, since, some_day(rng, month, len(women)))


def _check(linked: Linked, rng: np.random.Generator, who: Int, kind: int, eligible: Int, day: Int) -> None:
    table, size = schedules().checks, len(who)
    found = rng.random(size) < table.abnormal
    found &= kind in (PREPREGNANCY, GYNAECOLOGY)
    treated = perhaps(day + days_between(rng, size, (3, 60)), found & (rng.random(size) < table.treated))
    linked["health_checks"].add(
        person=who, village=linked.life.people["village"][who], kind=kind, eligible=eligible, registered=day,
        finding=np.where(found, NO, YES), treated=treated,
    )  # fmt: skip
