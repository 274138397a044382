"""The way of one file through the rooms: receive, keep, read, check, protect, gate, land. One transaction per delivery."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.errors import HeaderDrift, LandingFailed, Refusal, cause_of
from orchestration.landing import land, ledger
from orchestration.landing.archive import Archive
from orchestration.landing.check import checked_sql, protected_sql, row_hash_sql
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.diagnose import SAMPLE_ROWS, swapped_columns
from orchestration.landing.inbox import put_back
from orchestration.landing.known import KnownRows
from orchestration.landing.ledger import Outcome
from orchestration.landing.protect import Key, finish_rotation, load_key
from orchestration.landing.read import BadRow, Chunk
from orchestration.landing.receive import (
    FileName,
    Received,
    parse_name,
    printable,
    source_of,
    wait_until_settled,
)
from orchestration.landing.rows import in_batches
from orchestration.landing.seal import ArchiveKey, Unopened, load_archive_key
from orchestration.periods import month_end, now
from orchestration.quality.deadlines import deadline_of
from orchestration.quality.gate import CheckResult, Gate, verdict
from orchestration.quality.limits import check_limits, held_reason, limits_of, unreadable
from orchestration.quality.record import record_results, record_suites
from orchestration.quality.suites import Threshold, load_suites
from orchestration.settings import Settings
from orchestration.warehouse import ARCHIVE_KEY, PSEUDONYM_KEY, bind_key, bound, open_warehouse, transaction

VAULT_MEMORY = "1GB"
ALL_SEALED = "archive_sealed"  # the mark in landing.settings that no original of an earlier version lies there open
Progress = Callable[[Outcome], None]


@contextmanager
def landing(settings: Settings) -> Iterator["Lander"]:
    """A Lander over the open warehouse. SettingsError when a key is missing, open to others or not the warehouse's."""
    registers = load_contracts(settings.dbt_project)
    suites = load_suites(settings.expectations)
    with open_warehouse(settings, registers) as connection:
        key, archive = keys_of(settings, connection)
        put_back(settings)
        record_suites(
            connection, {n: [deadline_of(r), *limits_of(r), *suites.get(n, [])] for n, r in registers.items()}
        )
        connection.execute("attach ':memory:' as incoming")
        with duckdb.connect(":memory:", config={"memory_limit": VAULT_MEMORY, "threads": settings.threads}) as vault:
            vault.execute("set temp_directory = ''")  # what is not yet protected never touches a disk
            yield Lander(settings, registers, suites, connection, vault, key, archive)


def keys_of(settings: Settings, connection: duckdb.DuckDBPyConnection) -> tuple[Key, Archive]:
    """The pseudonym key, and the archive under its own key, as the warehouse knows both. SettingsError when one is not right."""
    finish_rotation(settings.staged_key, settings.key_path, bound(connection, PSEUDONYM_KEY))
    key = load_key(settings.key_path, create=settings.allow_new_key and bound(connection, PSEUDONYM_KEY) is None)
    bind_key(connection, PSEUDONYM_KEY, key.fingerprint)
    archive = Archive(settings.archive, _archive_key(settings, connection))
    if bound(connection, ALL_SEALED) is None:
        for path in archive.plain():
            archive.seal_plain(path, ledger.names_of(connection, path.name))
        connection.execute("insert into landing.settings values (?, 'true')", [ALL_SEALED])
    return key, archive


def _archive_key(settings: Settings, connection: duckdb.DuckDBPyConnection) -> ArchiveKey:
    standing = bound(connection, ARCHIVE_KEY)
    key = load_archive_key(settings.archive_key_path, create=settings.allow_new_key and standing is None)
    if standing in key.recipients[1:]:  # a rotation that was cut short
        connection.execute("update landing.settings set value = ? where name = ?", [key.recipient, ARCHIVE_KEY])
    bind_key(connection, ARCHIVE_KEY, key.recipient)
    return key


@dataclass(frozen=True)
class Waiting:
    """An original that may land: the name it came under, its digest, and when it came."""

    name: FileName
    sha256: str
    at: datetime


class Lander:
    """Lands files one after another; holds what is costly to make: connections, contracts, the gate."""

    def __init__(
        self,
        settings: Settings,
        registers: dict[str, Register],
        suites: dict[str, list[Threshold]],
        connection: duckdb.DuckDBPyConnection,
        vault: duckdb.DuckDBPyConnection,
        key: Key,
        archive: Archive,
    ) -> None:
        self.settings, self.registers, self.suites = settings, registers, suites
        self.connection, self.vault, self.key, self.archive = connection, vault, key, archive
        self.taken: dict[Path, tuple[int, int]] = {}  # files of which it is settled what becomes, as they were
        self._gate: Gate | None = None
        self._known = KnownRows(connection, vault, key)
        self._sample: pa.Table | None = None  # first rows of the file at work, for a diagnosis

    def land_all(self, paths: Iterable[Path], progress: Progress | None = None) -> list[Outcome]:
        """Land files in their natural order (area register, then month by month); one outcome per file."""
        named: list[tuple[FileName, Path]] = []
        outcomes: list[Outcome] = []
        for path in paths:
            try:
                name = parse_name(path.name, self.registers)
            except Refusal as refusal:
                outcomes.append(Outcome(printable(path.name), "refused", str(refusal)))
                continue
            named.append((name, path))
        settled = wait_until_settled([path for _, path in named], self.settings.settle_seconds)
        for name, path in sorted(named, key=lambda item: item[0].order):
            outcomes.append(self.land(name, path, settled.get(path)))
            if progress:
                progress(outcomes[-1])
        return outcomes

    def land(self, name: FileName, path: Path, settled: tuple[int, int] | None = None) -> Outcome:
        """Land one file. A refusal becomes an outcome with its reason; only the machine's own failures raise."""
        received_at = now()
        try:
            with source_of(path, settled) as source:
                received = Received(name, source.descriptor, self.archive.keep(source), source.size)
                outcome = self._land(received, received_at, source.require_unchanged)
                if ledger.known_outcome(self.connection, name.name, received.sha256) is not None:
                    self.taken[path] = source.fingerprint
                return outcome
        except Refusal as refusal:
            return Outcome(printable(name.name), "refused", str(refusal))
        except OSError as error:
            detail = (
                f"it cannot be read, or kept in the archive ({cause_of(error)}); look at the disk and its permissions"
            )
            raise LandingFailed(f"{printable(name.name)}: {detail}") from None

    def waiting_in_archive(self) -> list[Waiting]:
        """Originals that the ledger does not know under a name they came under, in the order in which they land."""
        waiting = [
            Waiting(parse_name(name, self.registers), original.sha256, at)
            for original in self.archive.originals()
            for name, at in original.names.items()
            if ledger.known_outcome(self.connection, name, original.sha256) is None
        ]
        return sorted(waiting, key=lambda item: (item.name.order, item.at))

    def land_archive(self, waiting: Iterable[Waiting], progress: Progress | None = None) -> list[Outcome]:
        """Land originals; with an empty warehouse and the old keys the registers' histories are as they were.

        One that cannot be opened is an outcome (refused, in no ledger) and does not stop the others.
        """
        outcomes = []
        for item in waiting:
            try:
                with self.archive.original(item.sha256) as descriptor:
                    size = os.fstat(descriptor).st_size
                    outcomes.append(self._land(Received(item.name, descriptor, item.sha256, size), item.at))
            except Unopened as error:
                outcomes.append(Outcome(item.name.name, "refused", f"{item.name.name}: unopened: {error}"))
            if progress:
                progress(outcomes[-1])
        return outcomes

    def _land(self, received: Received, at: datetime, confirm: Callable[[], None] = lambda: None) -> Outcome:
        """Examine and commit a delivery. `confirm` raises Refusal when what was read is not what was received."""
        outcome = ledger.known_outcome(self.connection, received.name.name, received.sha256)
        if outcome is not None:
            return outcome
        outcome, bad, results = self._examine(received)
        confirm()
        self.archive.remember(received.sha256, received.name.name, at)
        self._commit(received, outcome, bad, results, at)
        return outcome

    def check(self, path: Path) -> tuple[Outcome, list[BadRow]]:
        """What `land` would make of a file, and every quarantined row of it; nothing is kept of the file."""
        try:
            name = parse_name(path.name, self.registers)
            settled = wait_until_settled([path], self.settings.settle_seconds)
            with source_of(path, settled.get(path)) as source:
                found = self._checked(Received(name, source.descriptor, source.digest(), source.size))
                source.require_unchanged()
                return found
        except Refusal as refusal:
            return Outcome(printable(path.name), "refused", str(refusal)), []
        except OSError as error:
            raise LandingFailed(f"{printable(path.name)}: it cannot be read ({cause_of(error)})") from None

    def _checked(self, received: Received) -> tuple[Outcome, list[BadRow]]:
        outcome = ledger.known_outcome(self.connection, received.name.name, received.sha256)
        if outcome is not None:
            return outcome, ledger.quarantined(self.connection, outcome.delivery)
        outcome, bad, _ = self._examine(received)
        if outcome.status == "landed":
            name = received.name
            outcome.count_changes(land.plan(self.connection, self.registers[name.register], name))
        return outcome, sorted(set(bad), key=lambda row: (row.line, row.column, row.rule))

    def _examine(self, received: Received) -> tuple[Outcome, list[BadRow], list[CheckResult]]:
        """A delivery's outcome, quarantined rows and check results; its good rows stand staged. Writes nothing that stays."""
        outcome = self._superfluous(received)
        if outcome is not None:
            return outcome, [], []
        register = self.registers[received.name.register]
        try:
            self._check_area(received.name)
            read, bad = self._stage(received)
        except HeaderDrift as drift:
            return Outcome(received.name.name, "held", str(drift)), [], [unreadable(register)]
        except Refusal as refusal:
            results = [] if refusal.rule in ledger.RETRIED else [unreadable(register)]
            return Outcome(received.name.name, "refused", str(refusal)), [], results
        outcome, results = self._judge(received, read, bad)
        return outcome, bad, results

    def accept(self, delivery: int, *, by: str, reason: str) -> Outcome:
        """Let a held delivery land, from the archive, and record who decided and why.

        A header that drifted is read as far as the contract knows it. Raises Refusal when there is no such held delivery, or
        when a required column is missing from it.
        """
        row = self.connection.execute(
            "select file_name, sha256, bytes, received_at from landing.deliveries where delivery = ? and status = 'held'",
            [delivery],
        ).fetchone()
        if row is None:
            raise Refusal(
                f"delivery {delivery}",
                "not_held",
                "no delivery of this number is held; see renkou deliveries --status held",
            )
        with self.archive.original(row[1]) as descriptor:
            received = Received(parse_name(row[0], self.registers), descriptor, row[1], row[2])
            read, bad = self._stage(received, lenient=True)
            outcome, results = self._judge(received, read, bad)
            outcome.status, outcome.reason, outcome.delivery = "landed", None, delivery
            outcome.accepted_by, outcome.accept_reason = by, reason
            self._commit(received, outcome, bad, results, row[3])
        return outcome

    def _superfluous(self, received: Received) -> Outcome | None:
        """An outcome for bytes that came before under another name, and for re-deliveries that a later one beat."""
        name = received.name
        for delivery, redelivery, digest, status in ledger.same_month(self.connection, name):
            if digest == received.sha256 and status in ("landed", "held"):
                return Outcome(
                    name.name, "duplicate", f"{name.name}: same_content: delivery {delivery} brought the same bytes"
                )
            if status == "landed" and redelivery > name.redelivery:
                return Outcome(
                    name.name, "superseded", f"{name.name}: superseded: delivery {delivery} is re-delivery {redelivery}"
                )
            if status == "landed" and redelivery == name.redelivery:
                detail = (
                    f"other content under the number of delivery {delivery}; send it as re-delivery {redelivery + 1}"
                )
                return Outcome(name.name, "refused", f"{name.name}: same_number: {detail}")
        return None

    def _check_area(self, name: FileName) -> None:
        """Refusal when the delivering area is not one of the city's, or would be a second city."""
        level = self.registers[name.register].delivered_by
        if name.register == "areas":
            self._check_city(name)
            return
        codes = {row[0] for row in self.connection.execute(
            "select distinct substr(area, 1, 6) from raw.areas where level = ? and _valid_to is null", [level]
        ).fetchall()}  # fmt: skip
        if not codes:
            raise Refusal(
                name.name,
                "no_area_register",
                "no area register has landed yet: land areas_<city6>_<yyyymm> first",
            )
        if name.area not in codes:
            known = ", ".join(sorted(codes))
            detail = f"{name.area} is no {level} of this city; known: {known}; name the file after one, or land it in `areas`"
            raise Refusal(name.name, "unknown_area", detail)

    def _check_city(self, name: FileName) -> None:
        row = self.connection.execute("select _area from raw.areas where _area <> ? limit 1", [name.area]).fetchone()
        if row is not None:
            detail = f"this warehouse is the city {row[0]}'s, and {name.area} is another; give it a home of its own"
            raise Refusal(name.name, "unknown_area", detail)

    def _stage(self, received: Received, *, lenient: bool = False) -> tuple[int, list[BadRow]]:
        """Read, check and protect: the good rows stand in incoming.main.staged; rows read, and the bad ones, are returned.

        `lenient` reads a file whose header has drifted as far as the contract knows it.
        """
        register = self.registers[received.name.register].model_copy(update={"lenient": lenient})
        columns = ", ".join(f'"{c.landed_name}" {c.sql_type}' for c in register.kept)
        self.connection.execute(f"create or replace table {land.STAGED} (_line bigint, {columns}, _row_hash uhugeint)")
        bad = list[BadRow]()
        self._sample = None
        try:
            read = 0
            for chunk in self._known.unknown(received, register):
                if self._sample is None and chunk.rows.num_rows:
                    self._sample = chunk.rows.slice(0, SAMPLE_ROWS)
                read += chunk.rows.num_rows + len(chunk.bad)
                bad += chunk.bad + self._stage_chunk(register, received.name, chunk)
            read += self._known.staged
            bad += self._unstage_duplicates(register)
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:  # their messages may hold rows
            raise LandingFailed(f"{received.name.name}: reading stopped: {cause_of(error)}") from None
        return read, bad

    def _stage_chunk(self, register: Register, name: FileName, chunk: Chunk) -> list[BadRow]:
        if not chunk.rows.num_rows:
            return []
        self.vault.register("chunk", in_batches(chunk.rows))
        check = checked_sql(register, name.area, name.month)
        self.vault.execute(f"create or replace temp table checked as {check}")
        uses_key = any(column.role == "identifier" for column in register.kept)
        good = self.vault.sql(
            protected_sql(register, self.key), params=self.key.pads if uses_key else {}
        ).to_arrow_table()
        found = self.vault.execute(
            "select line, unnest(violations) from checked where len(violations) > 0 order by line"
        ).fetchall()
        self.vault.execute("drop table checked")
        self.vault.unregister("chunk")
        self.connection.register("good_rows", in_batches(good))
        self.connection.execute(f"insert into {land.STAGED} select *, {row_hash_sql(register)} from good_rows")
        self.connection.unregister("good_rows")
        return [BadRow(line, *flag.split(":", 1)) for line, flag in found]

    def _unstage_duplicates(self, register: Register) -> list[BadRow]:
        """Take out all but the first of identical rows, and, where the key is unique, of rows with the same key."""
        bad = self._unstage_repeats("_row_hash", "", "duplicate_row")
        if register.unique:
            key = ", ".join(f'"{register.column(part).landed_name}"' for part in register.key)
            bad += self._unstage_repeats(key, register.key[0], "duplicate_key")
        return bad

    def _unstage_repeats(self, key: str, column: str, rule: str) -> list[BadRow]:
        twice = f"select {key} from {land.STAGED} group by {key} having count(*) > 1"
        repeats = self.connection.execute(
            f"""select _line from (
                    select _line, row_number() over (partition by {key} order by _line) as place from {land.STAGED}
                    where ({key}) in ({twice})
                ) where place > 1 order by _line"""
        ).fetchall()
        if repeats:
            lines = [line for (line,) in repeats]
            self.connection.execute(f"delete from {land.STAGED} where _line in (select unnest(?::bigint[]))", [lines])
        return [BadRow(line, column, rule) for (line,) in repeats]

    def _judge(self, received: Received, read: int, bad: list[BadRow]) -> tuple[Outcome, list[CheckResult]]:
        """Landing's own limits, then the gate: landed, or held with the reason."""
        name = received.name
        register = self.registers[name.register]
        row = self.connection.execute(f"select count(*) from {land.STAGED}").fetchone()
        assert row is not None
        quarantined = len({b.line for b in bad})
        if read != row[0] + quarantined:
            raise LandingFailed(f"{name.name}: {read} rows were read, {row[0] + quarantined} accounted for")
        outcome = Outcome(name.name, "landed", rows_in=read, rows_quarantined=quarantined)
        previous = ledger.previous_rows(self.connection, name, land.scope_months(register))
        results = check_limits(register, read, quarantined, previous) + self._run_gate(name, outcome)
        outcome.gate = verdict(results)
        outcome.checks = {s: sum(r.status == s for r in results) for s in ("pass", "warn", "fail", "n/a")}
        reason = held_reason(results)
        if reason:
            outcome.status, outcome.reason = "held", f"{name.name}: {reason}{self._diagnosis(register, name, results)}"
        return outcome, results

    def _diagnosis(self, register: Register, name: FileName, results: list[CheckResult]) -> str:
        """What may be behind too many bad rows, to be added to the reason; empty when nothing is known."""
        too_many = any(
            result.status == "fail" and result.threshold.id == f"{register.name}_bad_rows" for result in results
        )
        if not too_many or self._sample is None:
            return ""
        pair = swapped_columns(self.vault, register, name, self._sample)
        if pair is None:
            return ""
        one, other = (f"{register.column(part).zh[0]} ({part})" for part in pair)
        return f"; the headers of {one} and {other} seem to be swapped"

    def _run_gate(self, name: FileName, outcome: Outcome) -> list[CheckResult]:
        thresholds = self.suites.get(name.register, [])
        self.connection.execute(
            "create or replace table incoming.main.delivery as select ?::varchar as area_code, ?::date as month, "
            "?::date as month_end, ?::bigint as rows_in, ?::bigint as rows_quarantined",
            [name.area, name.month, month_end(name.month), outcome.rows_in, outcome.rows_quarantined],
        )
        self._gate = self._gate or Gate(self.connection)
        return self._gate.run(thresholds)

    def _commit(
        self,
        received: Received,
        outcome: Outcome,
        bad: list[BadRow],
        results: list[CheckResult],
        at: datetime,
    ) -> None:
        """Everything about a delivery in one transaction: history, ledger, quarantine, results, alerts."""
        accepted = outcome.delivery is not None
        outcome.delivery = outcome.delivery or ledger.next_delivery(self.connection)
        name, register = received.name, self.registers[received.name.register]
        try:
            plan = land.plan(self.connection, register, name) if outcome.status == "landed" else None
            with transaction(self.connection):
                if accepted:
                    ledger.forget(self.connection, outcome.delivery)
                landing = ledger.next_landing(self.connection) if plan else None
                if plan and landing:
                    land.apply(self.connection, register, plan, outcome.delivery, landing)
                    outcome.count_changes(plan)
                    self._known.remember(register, name)
                ledger.record_delivery(self.connection, received, outcome, at, now(), landing)
                ledger.record_quarantine(self.connection, outcome.delivery, bad)
                record_results(self.connection, name, outcome.delivery, results, now())
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise LandingFailed(
                f"{name.name}: nothing of it was committed ({cause_of(error)}); mend the cause and run again"
            ) from None
