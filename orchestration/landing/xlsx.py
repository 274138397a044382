"""The child process that turns the first sheet of a workbook into CSV on standard output.

It runs apart and under limits, because a small workbook can inflate to gigabytes. Each output row starts with the
sheet's row number. Run as `python -m orchestration.landing.xlsx FILE`; exit code 3 means the workbook cannot be read.
"""

import csv
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 300
INFLATED_BYTES = 1 << 30
EXACT_INTEGERS = 2**53
UNREADABLE, TOO_LARGE = 3, 4


def cell_text(value: object) -> str:
    """A cell as text. A number beyond exact floats keeps its exponent, so that no rule mistakes it for an identifier."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGERS:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def sheet_rows(path: str) -> Iterator[list[str]]:
    """Rows of the first sheet as text cells, empty leading rows included so that row numbers hold."""
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    for row in sheet.to_python(skip_empty_area=False):
        yield [cell_text(cell) for cell in row]


def limit() -> None:
    """Set this process's limits on memory and processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str) -> int:
    """Write the workbook's first sheet to standard output; never a word of it to standard error."""
    limit()
    try:
        with Path(path).open("rb") as handle, zipfile.ZipFile(handle) as bundle:
            if sum(entry.file_size for entry in bundle.infolist()) > INFLATED_BYTES:
                return TOO_LARGE
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for number, row in enumerate(sheet_rows(path), start=1):
            writer.writerow([number, *row])
    except MemoryError:
        return TOO_LARGE
    except Exception:  # the readers' messages may hold content
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1]))
