"""What a caller may ask of the synthetic city."""

from __future__ import annotations

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator


def _rate(default: float, description: str) -> float:
    """A share between 0 and 1 with its meaning."""
    field: float = Field(default=default, ge=0.0, le=1.0, description=description)
    return field


def _count(default: int, description: str) -> int:
    """How many deliveries of the whole run carry a file-level fault."""
    field: int = Field(default=default, ge=0, description=description)
    return field


class FaultRates(BaseModel):
    """How often each kind of fault is injected.

    Row rates are shares of the *new* rows of a window register (rows first delivered in that month); the
    population register uses them times ``population_factor``, over all its rows. Kinds that land leave
    counts.csv as if the row were right (so ``landed`` births by mother's age ignores a wrong or missing
    mother_birth_date); only an unknown village is counted where it stands. File-level kinds are numbers
    of deliveries over the whole run, placed on different register x county x month slots.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bad_check_digit: float = _rate(0.001, "identifier whose check digit is wrong")
    missing_identifier: float = _rate(0.001, "empty identifier")
    impossible_date: float = _rate(0.001, "event date that is none: 202年9月, 2014-02-30")
    unknown_code: float = _rate(0.001, "value outside its code list")
    area_outside_county: float = _rate(0.001, "area code of another county of the city")
    area_malformed: float = _rate(0.001, "area code that is not 12 digits")
    missing_required: float = _rate(0.001, "empty required cell (event date or area)")
    registered_before_event: float = _rate(0.001, "registered before it happened")
    after_month_end: float = _rate(0.001, "registered after the end of the snapshot month")
    outside_window: float = _rate(0.001, "registered in an earlier policy year (window registers)")
    parity_out_of_range: float = _rate(0.001, "parity that no birth has (births)")
    mother_age_implausible: float = _rate(0.001, "mother under 12 or over 55 (births); lands")
    extra_separator: float = _rate(0.001, "a comma too many in the line")
    missing_separator: float = _rate(0.001, "a comma too few in the line")
    duplicate_key: float = _rate(0.001, "a number that stands twice with different content (window registers)")
    duplicate_row: float = _rate(0.001, "a line that stands twice (window registers)")
    unknown_village: float = _rate(0.001, "well-formed village code that the area register lacks; lands")
    duplicate_person: float = _rate(0.0002, "share of persons put on the register a second time per month; lands")
    missing_household_type: float = _rate(0.0005, "empty household type (population); lands")
    missing_residence: float = _rate(0.0005, "empty area of residence (population); lands")
    marriage_contradiction: float = _rate(0.0005, "never married, yet a date of first marriage (population); lands")
    ended_without_date: float = _rate(
        0.0005, "dead or moved out without a date (population; share of all rows, not of the ended); lands"
    )
    missing_mother_birth_date: float = _rate(0.0005, "empty mother's date of birth (births); lands")
    age_implausible: float = _rate(0.002, "died older than 115: born around 1880 (deaths); lands")
    malformed_number: float = _rate(0.0005, "eleven digits as an institution's code (births, certificates)")
    undecodable: float = _rate(0.0005, "a byte that is no character, in a text cell (births, deaths)")

    redelivery: int = _count(4, "deliveries with wrong rows that a re-delivery _1 corrects")
    partial_extract: int = _count(2, "files with 40 % of their rows; the last one is never replaced")
    missing_delivery: int = _count(2, "deliveries that never come")
    late_registration_burst: int = _count(1, "county-months whose births are mostly registered late")
    high_missing_share: int = _count(6, "files with 30 % of the cells of a column empty, columns in turn")
    implausible_share: int = _count(4, "files with 10 % of implausible dates of birth or parities, columns in turn")
    contradiction_share: int = _count(1, "population files in which 30 % of the married are never married")
    late_share: int = _count(2, "deaths and certificates files of which 40 % are late; the right one comes as _1")
    unknown_villages: int = _count(5, "files in which 10 % of the area codes are not in the area register")
    other_code_book: int = _count(5, "files in which 40 % of the area codes are unknown; the right one comes as _1")
    empty_file: int = _count(5, "files with a header and no row; the right one comes as _1")
    many_duplicates: int = _count(1, "population files in which 2 % of the persons stand twice")
    bad_batch: int = _count(4, "files of which 15 % of the rows are bad")
    wrong_encoding: int = _count(1, "deaths files saved as UTF-8, to be refused; the right one comes as _1")
    same_bytes: int = _count(1, "files that come again as _1, byte for byte")
    area_parent_missing: int = _count(1, "area registers that lack a township; the right one comes as _1")
    second_city: int = _count(1, "area registers with a second city; the right one comes as _1")
    area_ends_early: int = _count(1, "area registers with a code that ends before it begins; the right one comes as _1")
    official_malformed: int = _count(1, "official figures that are no number; the right file comes as _1")
    official_elsewhere: int = _count(1, "official figures of another county's township; the right file comes as _1")
    official_no_year: int = _count(1, "official figures without a year; the right file comes as _1")
    official_twice: int = _count(1, "official figures that stand twice; the right file comes as _1")
    official_jump: int = _count(1, "official figures that leap by 15 % in half a year; the right file comes as _1")
    month_missing: int = _count(2, "files without 90 % of the month's events; the right one comes as _1")
    month_repeated: int = _count(2, "files in which the month's events stand three times; the right one comes as _1")
    other_mothers: int = _count(
        4, "files in which 60 % of the children have another's mother; the right one comes as _1"
    )
    strangers: int = _count(5, "files in which 30 % of the persons are on no register; the right one comes as _1")
    other_persons: int = _count(2, "marriages and deaths, 60 % of living single persons; the right one comes as _1")
    dangling_reference: int = _count(
        4, "files in which 30 % refer to a number that is not there; the right one comes as _1"
    )
    villages_missing: int = _count(3, "files without a quarter of the villages; the right one comes as _1")
    inaccurate_checks: int = _count(1, "spot checks of which 20 % disagree; the right one comes as _1")
    swollen_register: int = _count(1, "staff lists with half of the posts twice; the right one comes as _1")

    population_factor: float = _rate(0.015, "row rates times this hold for the population register")
    corrected: float = _rate(0.7, "chance that a faulty row is mended in the next month's file")
    duplicate_corrected: float = _rate(0.05, "the same for a person registered twice")
    max_row_share: float = _rate(
        0.04, "row faults stop at this share of a file, so that only bad_batch brings files over the limit"
    )
    legal_dirt: float = _rate(0.01, "share of rows with a legal oddity: full-width digits, spaces, other date form")

    @classmethod
    def none(cls) -> Self:
        """No fault at all, but the usual legal dirt."""
        return cls(**{kind: 0 for kind in (*ROW_KINDS, *FILE_KINDS)})

    def scaled(self, factor: float) -> Self:
        """All faults ``factor`` times as frequent (rates capped at 0.2); dirt and corrections stay."""
        rates = {kind: min(getattr(self, kind) * factor, 0.2) for kind in ROW_KINDS}
        counts = {kind: round(getattr(self, kind) * factor) for kind in FILE_KINDS}
        return self.model_copy(update={**rates, **counts})


FILE_KINDS: tuple[str, ...] = tuple(name for name, field in FaultRates.model_fields.items() if field.annotation is int)
_NO_KIND = ("population_factor", "corrected", "duplicate_corrected", "max_row_share", "legal_dirt")
ROW_KINDS: tuple[str, ...] = tuple(
    name for name in FaultRates.model_fields if name not in FILE_KINDS and name not in _NO_KIND
)


class CityOptions(BaseModel):
    """The city to generate; equal options and equal code give byte-identical files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    persons: int = Field(default=40_000, ge=500, le=30_000_000, description="persons on the register at first")
    months: int = Field(default=12, ge=1, le=240, description="snapshot months")
    seed: int = Field(default=1, ge=0, description="seed of every random stream")
    start: str = Field(default="2013-10", description="first snapshot month, yyyy-mm")
    faults: FaultRates = Field(default_factory=FaultRates)

    @field_validator("start")
    @classmethod
    def _real_month(cls, value: str) -> str:
        if not re.fullmatch(r"(19[5-9]\d|20[0-4]\d)-(0[1-9]|1[0-2])", value):
            raise ValueError(f"start must be a month like 2013-10, not {value!r}")
        return value
