"""Two monthly snapshots of a whole population in one file each, made from the project's own synthetic city.

The generator writes one file per county; here they are joined under one header, with the township codes renumbered so
that all lie in one county. Run as `python -m benchmarks.population PERSONS FOLDER`: a process of its own, because its
memory must not count as a contender's.
"""

import gzip
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.files import COUNTY, FIRST, SECOND, areas_file, population_file, utf8_file
from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions, FaultRates

CHANGED_EVERY = 100  # rows: 1 % of the second snapshot differ
CHANGE = b"2013-11-05"
AREA = re.compile(rb"(?<![^,\n])9901(\d\d)(\d{3})(\d{3})(?=,)")  # a whole cell
EVENT_DATE = 13  # position of the cell that changes


def make(persons: int, folder: Path) -> None:
    """Write the area register, and both snapshots as delivered and as UTF-8."""
    city = folder / "city"
    generate(CityOptions(persons=persons, months=1, faults=FaultRates.none()), city)
    areas = (city / "inbox" / areas_file(folder).name).read_bytes()
    areas_file(folder).write_bytes(AREA.sub(_in_one_county, areas))
    with ExitStack() as files:
        written = [
            (files.enter_context(population_file(folder, month).open("wb")),
             files.enter_context(utf8_file(folder, month).open("wb"))) for month in (FIRST, SECOND)
        ]  # fmt: skip
        for number, line in enumerate(_lines(city)):
            later = _changed(line) if number % CHANGED_EVERY == CHANGED_EVERY - 1 else line
            for (delivered, utf8), text in zip(written, (line, later), strict=True):
                delivered.write(text)
                utf8.write(text.decode("gb18030").encode())
    shutil.rmtree(city)


def _in_one_county(cell: "re.Match[bytes]") -> bytes:
    """The code of the same township, unique within one county: its county's number becomes its first digit."""
    county, township, village = cell.groups()
    if county == b"00" or township == b"000":  # the city, and the counties themselves
        return cell[0]
    return b"9901%b%d%b%b" % (COUNTY[4:].encode(), int(county) - 1, township[1:], village)


def _lines(city: Path) -> Iterator[bytes]:
    """Header and rows of all counties, with the separator at the end of the line that some counties send taken off."""
    for number, path in enumerate(sorted((city / "inbox").glob("population_*"))):
        header, *rows = AREA.sub(_in_one_county, gzip.decompress(path.read_bytes())).splitlines()
        trailing = header.endswith(b",")
        for line in rows if number else [header, *rows]:
            yield (line[:-1] if trailing else line) + b"\n"


def _changed(line: bytes) -> bytes:
    cells = line.split(b",")
    cells[EVENT_DATE] = CHANGE
    return b",".join(cells)


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
