"""A month's deliveries: every register of every county, with the faults planned for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from orchestration.demo import layout
from orchestration.demo.arrivals import Hits
from orchestration.demo.dirt import Style, draw_style
from orchestration.demo.duplicates import Duplicates
from orchestration.demo.faults import BATCH_KINDS, KINDS, FaultEngine, RowFault, locate, rule_of, scattered
from orchestration.demo.fileplan import FilePlan
from orchestration.demo.files import HEADER_LINES, compressed, text_blocks, write_bytes
from orchestration.demo.frames import Maker
from orchestration.demo.life import Life
from orchestration.demo.linked import Linked
from orchestration.demo.months import month_label, month_of_year
from orchestration.demo.options import CityOptions
from orchestration.demo.registers import (
    PERSON_REGISTERS,
    Frame,
    births_frame,
    certificates_frame,
    deaths_frame,
    population_frame,
)
from orchestration.demo.shares import SHARE_KINDS, struck
from orchestration.demo.standing import SHEETS, STOCKS, Standing
from orchestration.demo.streams import stream
from orchestration.demo.text import Coded
from orchestration.demo.truth import CsvLog, Landed
from orchestration.demo.wholes import WHOLE_KINDS, Spot

PARTIAL_SHARE, BATCH_SHARE = 0.4, 0.15
UNKNOWN_SHARE, OTHER_BOOK_SHARE, TWICE_SHARE = 0.1, 0.4, 0.02
WRONG_ROWS = 3
JUDGED_ROWS = 30  # no share can be judged in a smaller file
JUDGED_KINDS = (
    "partial_extract", "bad_batch", "unknown_villages", "other_code_book", "empty_file", *SHARE_KINDS, *WHOLE_KINDS,
)  # fmt: skip
# encoding, byte order mark, file name ending
FORMS: dict[str, tuple[str, bool, str]] = {
    "population": ("gb18030", False, "csv.gz"),
    "births": ("gb18030", False, "csv"),
    "deaths": ("gb18030", False, "csv"),
    "birth_certificates": ("utf-8", True, "csv"),
    **layout.FORMS,
}


@dataclass
class Shipped:
    """What was written so far."""

    sizes: dict[str, int] = field(default_factory=dict)
    rows: int = 0


@dataclass
class Desk:
    """Where files leave: inbox, logs of truth, and the city behind them."""

    options: CityOptions
    life: Life
    plan: FilePlan
    inbox: Path
    faults: CsvLog
    files: CsvLog
    engine: FaultEngine
    duplicates: Duplicates
    landed: dict[str, Landed]
    linked: Linked
    hits: Hits
    standing: Standing
    shipped: Shipped = field(default_factory=Shipped)

    def ship(self, month: int) -> Iterator[str]:
        """Write all files of the persons' registers for a month; yields each one's name."""
        village = self.life.people["village"]
        on_file = self.life.on_file(month)
        self.duplicates.step(month, on_file, village)
        who = np.flatnonzero(on_file).astype(np.int32)
        county = self.life.city.county_of[village[who]]
        for place in range(len(self.life.city.counties)):
            for register in PERSON_REGISTERS:
                own = who[county == place] if register == "population" else who[:0]
                frame = self._frame(register, place, month, own)
                self._deliver(frame, self.engine.strike(frame))
                yield f"{register} {self.life.city.counties[place]}"
            yield from self._ship_linked(place, month)

    def _ship_linked(self, place: int, month: int) -> Iterator[str]:
        """The linked registers and those of the offices that are due in the month."""
        maker = Maker(self.linked, place, month)
        for register in layout.COLUMNS:
            if layout.due(register, month_of_year(month)):
                frame = maker.frame(register)
                faults = self.engine.strike(frame)
                self.standing.see(frame, [fault.row for fault in faults])
                self._deliver(frame, faults)
                yield f"{register} {self.life.city.counties[place]}"

    def _frame(self, register: str, county: int, month: int, own: np.ndarray) -> Frame:
        if register == "population":
            again, elsewhere = self.duplicates.of_county(county)
            people = np.concatenate([own, again]).astype(np.int32)
            village = np.concatenate([self.life.people["village"][own], elsewhere]).astype(np.int32)
            frame = population_frame(self.life, people, village, county, month)
            first_entry = np.arange(len(people)) < len(own)
            return replace(frame, new=first_entry)
        make = {"births": births_frame, "deaths": deaths_frame, "birth_certificates": certificates_frame}
        return make[register](self.life, county, month)

    def _deliver(self, frame: Frame, faults: list[RowFault]) -> None:
        """The delivery of a frame: as it is, or as its file-level fault has it."""
        kind = self.plan.kind(frame.register, frame.county, frame.month)
        rng = stream(self.options.seed, f"file-{frame.register}", frame.county, frame.month)
        if kind == "missing_delivery":
            self.faults.add(self._name(frame, 0), "", "", kind, "missing", kind)
            self._doubt(frame, np.flatnonzero(frame.new))
            return
        handler = {
            "redelivery": self._redelivery,
            "partial_extract": self._partial,
            "unknown_villages": self._unknown_villages,
            "other_code_book": self._other_code_book,
            "empty_file": self._empty_file,
            "many_duplicates": self._many_duplicates,
            "bad_batch": self._bad_batch,
            **dict.fromkeys(SHARE_KINDS, self._share),
            **dict.fromkeys(WHOLE_KINDS, self._whole),
            "wrong_encoding": self._wrong_encoding,
            "same_bytes": self._same_bytes,
        }.get(kind)
        if handler is not None and len(frame) >= (JUDGED_ROWS if kind in JUDGED_KINDS else 1):
            handler(frame, faults, rng)
            return
        self._write(frame, faults)
        if kind == "late_registration_burst":
            self.faults.add(self._name(frame, 0), "", "registered_at", kind, "lands", kind)

    def _redelivery(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """First with wrong rows: some look right, some are bad; then corrected."""
        taken = {fault.record for fault in faults}
        free = frame.take(np.flatnonzero(frame.new & ~np.isin(frame.records, sorted(taken))))
        bad = min(WRONG_ROWS, int(len(frame) * self.options.faults.max_row_share) - len(faults))
        size = min(WRONG_ROWS + max(bad, 0), len(free))
        rows = rng.choice(len(free), size=size, replace=False) if size else np.zeros(0, dtype=int)
        wrong = {
            int(free.records[row]): "redelivery" if turn < WRONG_ROWS else "bad_check_digit"
            for turn, row in enumerate(rows.tolist())
        }
        both = sorted([*faults, *locate(frame, wrong)], key=lambda fault: fault.row)
        self._write(frame, both, lands=False)
        self.faults.add(self._name(frame, 0), "", "", "redelivery", "lands", "redelivery")
        self._write(frame, faults, redelivery=1)

    def _partial(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """A part of the rows, to be held; the whole comes as a re-delivery, or never."""
        part = np.sort(rng.choice(len(frame), size=max(1, round(len(frame) * PARTIAL_SHARE)), replace=False))
        few = frame.take(part)
        self._write(few, locate(few, {fault.record: fault.kind for fault in faults}), held=True, lands=False)
        self.faults.add(self._name(frame, 0), "", "", "partial_extract", "held", "partial_extract")
        if (frame.register, frame.county, frame.month) not in self.plan.never_replaced:
            self._write(frame, faults, redelivery=1)
        else:
            self._doubt(frame, np.flatnonzero(frame.new))

    def _share(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """A share of a column's cells wrong; where the truth would suffer, the right file comes again."""
        slot = (frame.register, frame.county, frame.month)
        kind, column = self.plan.kind(*slot), self.plan.column(*slot)
        again = SHARE_KINDS[kind].replaced(column)
        wrong, rows = struck(frame, kind, column, faults, rng)
        self._write(wrong, faults, lands=not again)
        self.faults.add(self._name(frame, 0), "", column, kind, "lands", kind)
        if again:
            self._write(frame, faults, redelivery=1)
        else:
            self._doubt(frame, np.flatnonzero(rows))

    def _whole(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """A file of good rows that is wrong as a whole; then the right one."""
        slot = (frame.register, frame.county, frame.month)
        kind, column = self.plan.kind(*slot), self.plan.column(*slot)
        wrong = WHOLE_KINDS[kind](Spot(frame, column, self.life, rng))
        self._write(wrong, locate(wrong, {fault.record: fault.kind for fault in faults}), lands=False)
        self.faults.add(self._name(frame, 0), "", column, kind, "lands", kind)
        self._write(frame, faults, redelivery=1)

    def _unknown_villages(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """Village codes that the area register lacks, more than a gate lets pass unremarked."""
        strays = scattered(frame, UNKNOWN_SHARE, ("unknown_village",), rng)
        strays |= {fault.record: fault.kind for fault in faults}
        self._write(frame, locate(frame, strays))
        self.faults.add(self._name(frame, 0), "", "area", "unknown_villages", "lands", "area_known")

    def _other_code_book(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """So many unknown codes that the file is held; then the right one."""
        strays = scattered(frame, OTHER_BOOK_SHARE, ("unknown_village",), rng)
        strays |= {fault.record: fault.kind for fault in faults}
        self._write(frame, locate(frame, strays), held=True, lands=False)
        self.faults.add(self._name(frame, 0), "", "area", "other_code_book", "held", "area_mostly_known")
        self._write(frame, faults, redelivery=1)

    def _empty_file(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """Nothing but a header; then the right file."""
        self._write(frame.take(np.zeros(0, dtype=np.int32)), [], held=True, lands=False)
        self.faults.add(self._name(frame, 0), "", "", "empty_file", "held", "rows")
        self._write(frame, faults, redelivery=1)

    def _many_duplicates(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """Persons that stand a second time in another village, at the end of the file."""
        size = max(1, round(len(frame) * TWICE_SHARE))
        twice = np.sort(rng.choice(np.flatnonzero(frame.new), size=size, replace=False))
        both = frame.take(np.concatenate([np.arange(len(frame)), twice]))
        area = both.columns["area"]
        if not isinstance(area, Coded):
            raise TypeError("area is a coded column")
        villages = self.life.city.villages_of(frame.county)
        codes = area.codes.copy()
        codes[len(frame) :] = villages[(np.searchsorted(villages, codes[len(frame) :]) + 1) % len(villages)]
        new = np.concatenate([frame.new, np.zeros(size, dtype=np.bool_)])
        columns = both.columns | {"area": Coded(area.labels, codes)}
        self._write(replace(both, new=new, columns=columns), faults)
        self.faults.add(self._name(frame, 0), "", "id", "many_duplicates", "lands", "duplicates")

    def _bad_batch(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """A file of which so many rows are bad that it is held; a population file comes again at once."""
        bad = scattered(frame, BATCH_SHARE, BATCH_KINDS, rng)
        bad |= {fault.record: fault.kind for fault in faults}
        self._write(frame, locate(frame, bad), held=True, lands=False)
        self.faults.add(self._name(frame, 0), "", "", "bad_batch", "held", "bad_batch")
        if frame.register == "population":
            self._write(frame, faults, redelivery=1)
        else:
            self._doubt(frame, np.flatnonzero(frame.new))

    def _wrong_encoding(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """First saved as UTF-8 without a mark, so that its header cannot be read; then as declared.

        Row faults are recorded for the second file only: of the first nothing is read.
        """
        name = self._name(frame, 0)
        style, dirt_rng = self._style(frame, 0)
        wrong = replace(style, encoding="utf-8", bom=False)
        dirt = self.options.faults.legal_dirt
        blocks, _, rows = text_blocks(frame, wrong, dirt, faults=faults, change=self.engine.change, rng=dirt_rng)
        self._put(frame, 0, blocks, rows)
        self.faults.add(name, "", "", "wrong_encoding", "refused", "wrong_encoding")
        self._write(frame, faults, redelivery=1)

    def _same_bytes(self, frame: Frame, faults: list[RowFault], rng: np.random.Generator) -> None:
        """The file, and its bytes once more under the next number; row faults are recorded for the first only."""
        rows = self._write(frame, faults)
        again = self._name(frame, 1)
        self._put(frame, 1, [(self.inbox / self._name(frame, 0)).read_bytes()], rows)
        self.faults.add(again, "", "", "same_bytes", "duplicate", "same_content")

    def _name(self, frame: Frame, redelivery: int) -> str:
        again = f"_{redelivery}" if redelivery else ""
        county = self.life.city.counties[frame.county]
        return f"{frame.register}_{county}_{month_label(frame.month, '')}{again}.{FORMS[frame.register][2]}"

    def _style(self, frame: Frame, redelivery: int) -> tuple[Style, np.random.Generator]:
        house = stream(self.options.seed, f"house-{frame.register}", frame.county)
        rng = stream(self.options.seed, f"dirt-{frame.register}", frame.county, frame.month, redelivery)
        encoding, bom, _ = FORMS[frame.register]
        return draw_style(encoding, bom, self.options.faults.legal_dirt, house, rng), rng

    def _write(
        self,
        frame: Frame,
        faults: list[RowFault],
        redelivery: int = 0,
        held: bool = False,
        lands: bool = True,
    ) -> int:
        """Write one file and log it; ``lands`` says that its good rows count as landed. Returns its rows."""
        name = self._name(frame, redelivery)
        style, rng = self._style(frame, redelivery)
        dirt = self.options.faults.legal_dirt
        blocks, strikes, rows = text_blocks(frame, style, dirt, faults=faults, change=self.engine.change, rng=rng)
        self._put(frame, redelivery, compressed(*blocks) if name.endswith(".gz") else blocks, rows)
        for strike in strikes:
            kind = strike.fault.kind
            outcome = "held" if held else KINDS[kind].outcome
            self.faults.add(name, strike.line, strike.column, kind, outcome, rule_of(kind, frame.register))
        self._log_duplicates(frame, faults, name, "held" if held else "lands")
        if lands:
            self._doubt(frame, np.array([fault.row for fault in faults], dtype=np.int32))
        if lands and frame.register in self.landed:
            self._note_landed(frame, faults)
        return rows

    def _doubt(self, frame: Frame, rows: np.ndarray) -> None:
        """Tell the truth table that these rows may be missing, late or wrong, and who stands twice."""
        if frame.register not in STOCKS:
            self.hits.note(frame.register, frame.records[rows])
            return
        area = frame.columns["area"]
        if frame.register in SHEETS or not isinstance(area, Coded):
            return  # sheets know their struck rows
        if frame.register == "population":
            twice = np.flatnonzero(~frame.new)
            self.standing.struck("population", frame.month, self.life.people["village"][frame.records[twice]])
            rows = np.union1d(rows, twice)
        self.standing.struck(frame.register, frame.month, area.codes[rows].astype(np.int32))

    def _put(self, frame: Frame, redelivery: int, blocks: Sequence[bytes | memoryview], rows: int) -> None:
        """Put a file into the inbox and on the list of files."""
        name = self._name(frame, redelivery)
        self.shipped.sizes[name] = write_bytes(self.inbox / name, *blocks)
        self.shipped.rows += rows
        county = self.life.city.counties[frame.county]
        self.files.add(name, frame.register, county, month_label(frame.month), redelivery, rows)

    def _log_duplicates(self, frame: Frame, faults: list[RowFault], name: str, outcome: str) -> None:
        """Second entries by what can see them: the file's own check, where both entries are good rows of it, or the city's."""
        if frame.register != "population":
            return
        good = np.ones(len(frame), dtype=np.bool_)
        good[[fault.row for fault in faults if KINDS[fault.kind].outcome == "quarantined"]] = False
        first = frame.records[frame.new & good]
        for row in np.flatnonzero(~frame.new).tolist():
            in_file = good[row] and frame.records[row] in first
            rule = "duplicates" if in_file else "register_duplicates"
            self.faults.add(name, row + HEADER_LINES + 1, "id", "duplicate_person", outcome, rule)

    def _note_landed(self, frame: Frame, faults: list[RowFault]) -> None:
        """A copied row does no harm to its original; all other quarantined rows are missing."""
        landed = self.landed[frame.register]
        lost = [f.row for f in faults if KINDS[f.kind].outcome == "quarantined" and not f.kind.startswith("duplicate")]
        good = np.ones(len(frame), dtype=np.bool_)
        good[lost] = False
        size = len(self.life.births if frame.register == "births" else self.life.deaths)
        landed.note(frame.records[good], frame.month, size)
        strays = {fault.record for fault in faults if fault.kind == "unknown_village"}
        for record in frame.records[good].tolist():
            landed.elsewhere.pop(record, None)
        for fault in faults:
            if fault.record in strays:
                landed.elsewhere[fault.record] = self.engine.change(frame, fault).cells["area"]
