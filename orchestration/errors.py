"""The errors a user meets. Each says where and which rule, never what the cell held."""

import errno
from dataclasses import dataclass, field

FULL_DISK = ("No space left on device", "database or disk is full")  # as DuckDB and SQLite say it


class RenkouError(Exception):
    """Base of every error that is shown to a user as one clear message (exit code 2)."""

    exit_code = 2


class SettingsError(RenkouError):
    """The installation is not usable: a missing folder, key or option."""


class ContractError(RenkouError):
    """A register contract is wrong; the message lists every error found."""


@dataclass
class Refusal(RenkouError):
    """A file that cannot be taken as it is: `rule` is a stable code, `detail` says what to do about it.

    `line` and `column` are given where they are known. `detail` never holds a cell's content.
    """

    file: str
    rule: str
    detail: str
    line: int | None = None
    column: str | None = None
    sheet: int | None = None

    def __str__(self) -> str:
        place = self.file
        if self.sheet is not None:
            place += f", sheet {self.sheet}"
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.rule}: {self.detail}"


@dataclass(frozen=True)
class UnknownHeader:
    """An unknown header: its column number (from 1), its text (None where it may be a person's) and the nearest known one."""

    column: int
    text: str | None
    nearest: str


@dataclass(frozen=True)
class HeaderReport:
    """How a header differs from the contract. Columns go by their contract names; `aliases` holds (column, as written)."""

    missing: tuple[str, ...] = ()
    unknown: tuple[UnknownHeader, ...] = ()
    repeated: tuple[tuple[int, str], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    reordered: bool = False


@dataclass
class HeaderDrift(Refusal):
    """A file whose header is one, but not the contract's; `report` says in which way."""

    report: HeaderReport = field(default_factory=HeaderReport)


class LandingFailed(RenkouError):
    """Landing stopped for a reason of the machine's (disk, memory, database); nothing was committed."""


class WarehouseBusy(RenkouError):
    """Another process is writing to the warehouse."""


def cause_of(error: BaseException) -> str:
    """What ailed the machine, in words that hold no content: a full disk and spent memory by name, else the kind of error."""
    seen: BaseException | None = error
    while seen is not None:
        if getattr(seen, "errno", None) == errno.ENOSPC or any(words in str(seen) for words in FULL_DISK):
            return "the disk is full"
        if "disk I/O error" in str(seen):
            return "the disk is full or failing"
        if isinstance(seen, MemoryError) or type(seen).__name__ == "OutOfMemoryException":
            return "memory and the room to spill ran out; see RENKOU_MEMORY_LIMIT and the disk"
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__
