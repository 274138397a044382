"""The truth of every measure of events, from the records of the generator: one function per register.

Written from the definitions (dbt_project/seeds/measures.csv says each in words), not from the models. A measure of a register is
added by one more line in its function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from orchestration.demo import links, offices, procedures
from orchestration.demo.arrivals import Arrival, arrival
from orchestration.demo.book import Book, Flow, Sightings
from orchestration.demo.definitions import definitions
from orchestration.demo.linked import BLANK, YES
from orchestration.demo.months import NEVER, Int, completed_years
from orchestration.demo.records import Records
from orchestration.demo.sight import Sight
from orchestration.demo.truth import TIMELY_DAYS, birth_masks

Measured = Iterator[Flow]


def _on(flow: Flow, months: tuple[Int, Int]) -> Flow:
    """The records in other months."""
    return Flow(flow.measure, months[0], months[1], flow.place, flow.hit)


def _weighed(flow: Flow, measure: str, weight: Int) -> Flow:
    return Flow(measure, flow.event, flow.report, flow.place, flow.hit, weight)


def _whole(flow: Flow, measure: str) -> Flow:
    return flow.among(measure, np.ones(len(flow.event), dtype=np.bool_))


def _births(sight: Sight) -> Measured:
    births = sight.linked.life.births
    came = sight.arrival("births", births)
    every = sight.flow("births", births, came, births["day"])
    masks = birth_masks(births)
    masks["births_out_of_policy"] = ~masks["births_in_policy"]
    for name, parity in (("births_p1", births["parity"] == 1), ("births_p2", births["parity"] == 2)):
        masks[name] = parity
    masks["births_p3plus"] = births["parity"] >= 3
    every_couple, some_couples = definitions().allowed(births["day"])
    masks["births_in_policy_beyond_regime"] = masks["births_in_policy"] & (births["parity"] > some_couples)
    within = masks["births_out_of_policy"] & (births["parity"] >= 2) & (births["parity"] <= every_couple)
    masks["births_out_of_policy_within_regime"] = within
    for name, mask in masks.items():
        yield every.among(name, mask)
    age = np.clip(completed_years(births["mother_birth"], births["day"]), 15, 49)
    for group in definitions().age_groups:
        low, high = (int(bound) for bound in group.split("-"))
        counted = every.among("births_by_age", (age >= low) & (age <= high), group)
        yield replace(counted, doubted=every.among("", every.hit))  # a wrong date of birth may lead to any group
    case = arrival("fee_cases", sight.linked["fee_cases"]["registered"], sight.run)
    with_case = np.zeros(len(births), dtype=np.bool_)
    with_case[sight.linked["fee_cases"]["birth"][case.first != NEVER]] = True
    struck = sight.hits.mask("births", len(births))
    struck[sight.linked["fee_cases"]["birth"][sight.hits.mask("fee_cases", len(case.first))]] = True
    filed = sight.flow("births", births, came, births["day"], struck)
    yield filed.among("fee_cases_filed", with_case & ~births["in_policy"])


def _events(sight: Sight) -> Measured:
    for register, records in (("births", sight.linked.life.births), ("deaths", sight.linked.life.deaths)):
        every = sight.flow(register, records, sight.arrival(register, records), records["day"])
        yield _whole(every, "events")
        waited = records["registered"].astype(np.int64) - records["day"]
        yield every.among("events_timely", waited <= TIMELY_DAYS)


def _deaths(sight: Sight) -> Measured:
    deaths = sight.linked.life.deaths
    yield _whole(sight.flow("deaths", deaths, sight.arrival("deaths", deaths), deaths["day"]), "deaths")


def _certificates(sight: Sight) -> Measured:
    given = sight.linked.life.certificates
    came = sight.arrival("birth_certificates", given)
    yield _whole(sight.flow("birth_certificates", given, came, given["day"]), "births_certified")


def _by_own_day(sight: Sight, register: str) -> tuple[Records, Arrival, Flow]:
    """Records that count on the day that decides in which file they stand."""
    records = sight.linked[register]
    came = sight.arrival(register, records)
    return records, came, sight.flow(register, records, came, records["registered"])


def _procedures(sight: Sight) -> Measured:
    done = sight.linked["procedures"]
    came = sight.arrival("procedures", done)
    every = sight.flow("procedures", done, came, done["day"])
    yield _whole(every, "procedures")
    yield every.among("procedures_informed_choice", done["informed"] == YES)
    yield every.among("induced_abortions", np.isin(done["kind"], (procedures.ABORTION, procedures.INDUCTION)))
    asked = _on(every, came.due(done["due"]))
    yield _whole(asked, "procedures_due")
    yield asked.among("procedures_timely", done["day"] <= done["due"])
    followed = _on(every, came.due(done["follow_due"]))
    yield _whole(followed, "procedures_followup_due")
    yield followed.among("procedures_followed_up", came.known(done["follow"]) != NEVER)


def _supplies(sight: Sight) -> Measured:
    given, _, every = _by_own_day(sight, "supplies")
    yield _weighed(every, "supply_recipients_due", given["due"])
    yield _weighed(every, "supply_recipients", given["reached"])


def _visits(sight: Sight) -> Measured:
    """In the village of the pregnancy; one that is on no file leaves its visits to the county."""
    visits, _, every = _by_own_day(sight, "pregnancy_visits")
    of = arrival("pregnancies", sight.linked["pregnancies"]["registered"], sight.run)
    stranger = of.first[visits["pregnancy"]] == NEVER
    county = sight.ground.above[sight.ground.above[visits["village"]]]
    struck = every.hit | sight.hits.mask("pregnancies", len(of.first))[visits["pregnancy"]]
    place = np.where(stranger, county, visits["village"])
    yield Flow("pregnancy_visits", every.event, every.report, place, struck)


def _two_acts(sight: Sight) -> Measured:
    cases, came, every = _by_own_day(sight, "two_acts_cases")
    every = Flow("", every.event, every.report, sight.of_county(cases["institution"]), every.hit)
    yield _whole(every, "two_acts_cases_filed")
    yield every.among("two_acts_cases_closed", came.known(cases["closed"]) != NEVER)
    yield every.among("two_acts_typical", cases["typical"])


def _inspections(sight: Sight) -> Measured:
    seen, _, every = _by_own_day(sight, "institution_inspections")
    every = Flow("", every.event, every.report, sight.of_county(seen["institution"]), every.hit)
    yield _whole(every, "institution_inspections")
    yield every.among("institution_inspections_passed", seen["passed"])


def inspected(sight: Sight, on_file: set[str], struck: set[str]) -> Sightings:
    """Institutions that were inspected, of those on some file of the facilities (``struck``: on a faulty row there)."""
    seen, _, every = _by_own_day(sight, "institution_inspections")
    codes = np.array(offices.institution_codes(sight.linked.life.city.counties))[seen["institution"]]
    known = np.isin(codes, list(on_file))
    hit = every.hit | np.isin(codes, list(struck))
    return Sightings(
        "institutions_inspected", seen["institution"][known], every.event[known], every.report[known],
        sight.of_county(seen["institution"])[known], hit[known],
    )  # fmt: skip


def _exchange(sight: Sight) -> Measured:
    sent, came, every = _by_own_day(sight, "floating_population")
    yield _whole(every, "exchange_due")
    yield every.among("exchange_submitted_timely", came.known(sent["submitted"]) <= sent["registered"])
    yield every.among("floating_eligible", sent["free"] != BLANK)
    yield every.among("floating_free_served", sent["free"] == YES)
    # an answer falls due once the record is sent, and a file cannot name a day ahead of it
    due = np.where(came.known(sent["submitted"]) != NEVER, came.known(sent["answer_due"]), NEVER).astype(np.int32)
    asked = _on(every, came.due(due))
    yield _whole(asked, "exchange_feedback_due")
    yield asked.among("exchange_feedback_timely", (due != NEVER) & (came.known(sent["answered"]) <= due))


def _cards(sight: Sight) -> Measured:
    read, _, every = _by_own_day(sight, "card_reads")
    yield _weighed(every, "card_contacts", read["contacts"])
    yield _weighed(every, "card_valid_reads", read["reads"])


def _checks(sight: Sight) -> Measured:
    yield _whole(_by_own_day(sight, "health_checks")[2], "health_checks")


def _benefits(sight: Sight) -> Measured:
    owed, came, every = _by_own_day(sight, "benefits")
    paid_on = came.known(owed["paid_on"])
    yield _whole(every, "benefits_due")
    yield every.among("benefits_paid_in_full", (paid_on != NEVER) & (owed["paid"] >= owed["due"]))
    yield every.among("benefits_paid_timely", paid_on <= owed["registered"])


def _newborns(sight: Sight) -> Measured:
    for register, measure in (("vaccinations", "newborns_vaccinated"), ("household_entries", "newborns_entered")):
        yield _whole(_by_own_day(sight, register)[2], measure)


def _marriages(sight: Sight) -> Measured:
    couples, _, every = _by_own_day(sight, "marriages")
    yield every.among("marriages", ~couples["divorce"])
    yield every.among("divorces", couples["divorce"])


def _reached(came: Arrival, register: str, days: Int, sight: Sight) -> tuple[Int, Int]:
    """A milestone of a case counts on the report clock in the first delivery that tells it (decision 0015)."""
    told = arrival(register, came.known(days), sight.run)
    return came.event(came.known(days)), np.where(told.first != NEVER, np.maximum(told.first, came.first), NEVER)


def _fee_cases(sight: Sight) -> Measured:
    cases, came, every = _by_own_day(sight, "fee_cases")
    decided = _on(every, _reached(came, "fee_cases", cases["decided"], sight))
    yield _whole(decided, "fee_cases_decided")
    yield _weighed(decided, "fee_amount_due", cases["amount"])
    applied = _on(every, _reached(came, "fee_cases", cases["applied"], sight))
    yield _whole(applied, "fee_court_applied")
    yield applied.among("fee_court_enforced", came.known(cases["enforced"]) != NEVER)


def _fee_payments(sight: Sight) -> Measured:
    paid, _, every = _by_own_day(sight, "fee_payments")
    struck = every.hit | sight.hits.mask("fee_cases", len(sight.linked["fee_cases"]))[paid["case"]]
    every = Flow("", every.event, every.report, every.place, struck)
    yield _whole(every, "fee_payments")
    yield _weighed(every, "fee_amount_collected", paid["amount"])
    yield _weighed(every, "fee_amount_in_treasury", np.where(paid["receipt"], paid["amount"], 0))


REGISTERS: tuple[Callable[[Sight], Measured], ...] = (
    _births, _deaths, _events, _certificates, _procedures, _supplies, links.births_on_lists, links.pregnancies, _visits,
    _two_acts, _inspections, _exchange, _cards, _checks, links.services_due, _benefits, _newborns, _marriages, _fee_cases,
    _fee_payments,
)  # fmt: skip


def note_flows(sight: Sight, book: Book) -> None:
    """Every measure of events into the book; one that several registers feed is one."""
    for measured in REGISTERS:
        together: dict[tuple[str, str], list[Flow]] = {}
        for flow in measured(sight):
            together.setdefault((flow.measure, flow.stratum), []).append(flow)
        for flows in together.values():
            book.flow(*flows)
    for measure, value, doubt in links.followed_up(sight):
        book.stock(measure, "", value, doubt)
