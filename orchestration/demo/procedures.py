"""Contraception of married women, and the procedures that go with it."""

from __future__ import annotations

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.delays import draw_days
from orchestration.demo.life import INSTITUTION_SHARES, INSTITUTIONS_PER_COUNTY
from orchestration.demo.linked import (
    BLANK,
    MARRIED,
    NO,
    YES,
    Linked,
    days_between,
    draw,
    married_women,
    perhaps,
    some,
    some_day,
)
from orchestration.demo.months import NEVER, Int, first_day, last_day, month_numbers
from orchestration.demo.schedules import schedules

METHODS = (
    "宫内节育器", "皮下埋植", "女性绝育", "男性绝育", "避孕套", "口服避孕药", "注射避孕针", "外用药", "其他方法", "未避孕",
)  # fmt: skip
IUD, IMPLANT, LIGATION, VASECTOMY, CONDOM, PILL, INJECTION, SPERMICIDE, OTHER, NONE = range(1, 11)
SUPPLIED = (CONDOM, PILL, INJECTION, SPERMICIDE)
TYPES = ("放环", "取环", "男扎", "女扎", "皮埋", "人工流产", "引产")
CANONICAL = (
    "iud_insertion", "iud_removal", "vasectomy", "tubal_ligation", "implant", "induced_abortion", "labour_induction",
)  # fmt: skip
INSERTION, REMOVAL, MALE, FEMALE, UNDER_SKIN, ABORTION, INDUCTION = range(7)
# what is done when a woman takes up one of the first four methods
_TYPE_OF = {IUD: INSERTION, IMPLANT: UNDER_SKIN, LIGATION: FEMALE, VASECTOMY: MALE}
MONTHS_AFTER_BIRTH = 3


def _informed(rng: np.random.Generator, size: int) -> Int:
    table, value = schedules().contraception, rng.random(size)
    return np.where(value < table.informed, YES, np.where(value > 1 - table.informed_empty, BLANK, NO)).astype(np.int32)


def add_procedures(linked: Linked, who: Int, kind: Int, day: Int, due: Int, rng: np.random.Generator) -> None:
    """Procedures of these persons, each with its follow-up and its paper."""
    table, size = schedules().contraception, len(who)
    village = linked.life.people["village"][who]
    serial = draw(rng, list(INSTITUTION_SHARES), size)
    followed = day + days_between(rng, size, (5, table.followup_days + 3))
    linked["procedures"].add(
        person=who, village=village,
        institution=linked.life.city.county_of[village] * INSTITUTIONS_PER_COUNTY + serial, kind=kind, day=day,
        due=due, informed=_informed(rng, size), follow_due=day + table.followup_days,
        follow=perhaps(followed, rng.random(size) < table.followed_up),
        registered=draw_days(day.astype(np.int32), schedules().registration.other, rng),
    )  # fmt: skip


def step(linked: Linked, month: int) -> None:
    """New entries on the contraception register, methods after births, removals."""
    rng = linked.rng("contraception", month)
    people = linked.life.people
    women = married_women(linked.life, month)
    new = women[people["method"][women] == 0]
    table = schedules().contraception
    chosen = _choose(table.standing, people["true_children"][new], rng)
    since = np.maximum(last_day(month) - days_between(rng, len(new), (300, 1500)), people["birth"][new] + 5500)
    _use(linked, new, chosen, since.astype(np.int32), last_day(month) - days_between(rng, len(new), (0, 300)), rng)
    confirmed = some(rng, women, table.confirmed_per_month)
    people["method_updated"][confirmed] = last_day(month)
    _after_births(linked, month, rng)
    users = women[people["method"][women] == IUD]
    removed = some(rng, users, table.removal_per_month)
    day = some_day(rng, month, len(removed))
    day = np.maximum(day, people["method_since"][removed]).astype(np.int32)
    add_procedures(
        linked, removed, np.full(len(removed), REMOVAL), day, day + days_between(rng, len(day), (-4, 30)), rng
    )
    _use(linked, removed, np.full(len(removed), NONE), day, day, rng)


def _choose(shares: list[list[float]], children: Int, rng: np.random.Generator) -> Int:
    """A method for each by the number of children."""
    bounds = np.cumsum(np.array(shares), axis=1)[np.minimum(children, 2)]
    return np.minimum((rng.random(len(children))[:, None] > bounds).sum(axis=1) + 1, NONE).astype(np.int32)


def _use(linked: Linked, who: Int, method: Int, since: Int, updated: Int, rng: np.random.Generator) -> None:
    people = linked.life.people
    people["method"][who] = method
    people["method_since"][who] = np.where(method == NONE, NEVER, since)
    people["informed"][who] = _informed(rng, len(who))
    people["method_updated"][who] = updated


def _after_births(linked: Linked, month: int, rng: np.random.Generator) -> None:
    """Mothers of three months ago take up a method; most of these need a procedure."""
    births, people, table = linked.life.births, linked.life.people, schedules().contraception
    rows = np.flatnonzero(month_numbers(births["day"]) == month - MONTHS_AFTER_BIRTH)
    mother = births["mother"][rows]
    ready = people["living"][mother] & (people["method"][mother] != 0) & np.isin(people["marital"][mother], MARRIED)
    rows, mother = rows[ready], mother[ready]
    method = _choose(table.after_birth, births["parity"][rows], rng)
    day = some_day(rng, month, len(rows))
    _use(linked, mother, method, day, day, rng)
    kind = np.array([_TYPE_OF.get(number, -1) for number in range(NONE + 1)])[method]
    due = (births["day"][rows] + table.after_birth_due_days).astype(np.int32)
    done = kind >= 0
    who = np.where(kind == MALE, _some_men(linked, mother, rng), mother)[done]
    add_procedures(linked, who.astype(np.int32), kind[done], day[done], due[done], rng)


def _some_men(linked: Linked, woman: Int, rng: np.random.Generator) -> Int:
    """A married man of each woman's village; the life course knows no couples. Without one, the woman herself."""
    people = linked.life.people
    age = (first_day(linked.life.first_month) - people["birth"]) / 365.25
    fit = people["living"] & people["male"] & np.isin(people["marital"], MARRIED) & (age > 20) & (age < 50)
    fit &= people["status"] == p.REGISTERED
    men = np.flatnonzero(fit)
    men = men[np.argsort(people["village"][men], kind="stable")]
    village = people["village"][men]
    low = np.searchsorted(village, people["village"][woman], side="left")
    high = np.searchsorted(village, people["village"][woman], side="right")
    at = low + (rng.random(len(woman)) * (high - low)).astype(np.int64)
    return np.where(high > low, men[np.minimum(at, max(len(men) - 1, 0))] if len(men) else woman, woman)
