"""The canary: marked persons are driven down every failing path, and no trace of them is found anywhere.

Names, addresses, telephone numbers in wrong columns, identifiers right and wrong: after landing, refusing, holding and
crashing, everything below RENKOU_HOME (but inbox/; the archive is sealed), the temporary folder and all output are searched
byte by byte, in UTF-8 and GB18030, and every table of the warehouse as text besides.
"""

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from home_process import renkou

from orchestration.landing.deliver import landing
from orchestration.notify.dispatch import dispatch
from tests.landing_kit import (
    COUNTY,
    OTHER_COUNTY,
    REGISTERS,
    Home,
    Row,
    csv_text,
    encoded,
    good_rows,
    header,
    identifier,
    workbook,
)
from tests.notify_kit import CHATS, say_to_chats, write_channels

SCRIPT = Path(__file__).with_name("renkou_open_gate.py")
NAME, ADDRESS, PHONE, OLD = "金丝雀甲", "金丝雀路捌拾捌号", "13977770001", "990101770707007"
RIGHT = [identifier(n, "19770707") for n in range(700, 712)]
WRONG = [person[:17] + ("7" if person[17] != "7" else "3") for person in RIGHT[:6]]
MARKERS = [NAME, ADDRESS, PHONE, OLD, *RIGHT, *WRONG]
DROPPED = {"population": {"name": NAME, "address": ADDRESS}, "births": {"child_name": NAME}}


def marked(register: str, count: int, county: str = COUNTY, month: str = "2015-03") -> list[Row]:
    """Good rows of which the first are marked persons."""
    who = "mother_id" if register in ("births", "birth_certificates") else "id"
    rows = good_rows(register, count, county, month)
    return [row | {who: RIGHT[n]} | DROPPED.get(register, {}) if n < len(RIGHT) else row for n, row in enumerate(rows)]


def spoiled(register: str, count: int, faults: list[Row]) -> list[Row]:
    """Marked rows, the last of which carry these cells."""
    rows = marked(register, count)
    return rows[: -len(faults)] + [row | fault for row, fault in zip(rows[-len(faults) :], faults, strict=True)]


CELLS = [
    {"sex": NAME}, {"birth_date": PHONE}, {"area": PHONE}, {"residence_area": ADDRESS}, {"household_type": NAME},
    {"marital_status": PHONE}, {"first_marriage_date": OLD}, {"status": ADDRESS}, {"children_born": PHONE},
    {"children_born": NAME}, {"id": NAME}, {"id": PHONE}, {"registered_at": RIGHT[0]}, {"event_date": NAME},
    *({"id": person} for person in WRONG), {"id": OLD + "1"},
]  # fmt: skip


def line(register: str, row: Row) -> str:
    return ",".join(row[c.name] for c in REGISTERS[register].columns)


def failing_files(home: Home) -> list[Path]:
    """One file or more for every way in which a delivery can go wrong, each with marked persons in it."""
    person = marked("deaths", 1)[0]
    head = ",".join(header("deaths"))
    good = csv_text("deaths", marked("deaths", 30))
    broken = f"{good}{line('deaths', person)},{PHONE},{NAME}\n{NAME},{RIGHT[1]}\n"
    undecodable = (
        (good + NAME).encode("gb18030") + b"\xff\xff" + f"{PHONE}\n{line('deaths', person)}\n".encode("gb18030")
    )
    unknown = [row | {"area": f"{COUNTY}001999"} for row in marked("birth_certificates", 40)]
    cells = [[row[c.name] for c in REGISTERS["deaths"].columns] for row in marked("deaths", 25, OTHER_COUNTY)]
    put = home.put
    return [
        home.areas(),
        home.rows(f"population_{COUNTY}_201501.csv.gz", marked("population", 900)),
        home.rows(f"population_{COUNTY}_201503.csv.gz", spoiled("population", 900, CELLS)),  # a few bad cells
        home.rows(f"population_{COUNTY}_201504.csv.gz", spoiled("population", 100, CELLS)),  # held: too many of them
        home.rows(f"population_{COUNTY}_201505.csv.gz", marked("population", 60)),  # held: fallen
        put(f"deaths_{COUNTY}_201501.csv", broken),  # widths
        put(f"deaths_{COUNTY}_201502.csv", broken.replace(NAME, f'"{NAME}"')),  # widths, quoted
        put(f"deaths_{COUNTY}_201503.csv", undecodable),
        put(f"deaths_{COUNTY}_201504.csv", good.encode("utf-8")),  # another encoding
        put(f"deaths_{COUNTY}_201505.csv", f'{good}"{NAME},{PHONE}\n{line("deaths", person)}\n'),  # open quotes
        put(f"deaths_{COUNTY}_201506.csv", f'{good}"{NAME}"{PHONE},{line("deaths", person)}\n'),
        put(f"deaths_{COUNTY}_201507.csv", f"{line('deaths', person)}\n{line('deaths', person)}\n"),  # no header
        put(f"deaths_{COUNTY}_201508.csv", f"{head},{NAME},{PHONE}\n{good}"),  # unknown headers
        put(f"deaths_{COUNTY}_201509.csv", good + line("deaths", person).replace(",", f"\r{NAME},", 1) + "\n"),  # line ends
        put(f"deaths_{COUNTY}_201512.csv", good + f"{NAME}\0{PHONE}\n"),
        put("deaths_990199_201503.csv", good),  # no county of the city
        put(f"deaths_{COUNTY}_201503_1.csv", good.replace("男", NAME)),
        home.rows(f"birth_certificates_{COUNTY}_201503.csv", unknown),  # held by the gate
        home.rows(f"births_{COUNTY}_201503.csv", [r | {"parity": PHONE, "policy_status": NAME} for r in marked("births", 30)]),
        put(f"births_{COUNTY}_201504.csv.gz", encoded("births_x.gz", csv_text("births", marked("births", 900)))[:-900]),
        put(f"births_{COUNTY}_201505.xlsx", b"PK" + good.encode("gb18030")),  # no workbook
        put(f"deaths_{OTHER_COUNTY}_201503.xlsx", workbook([[NAME, PHONE], header("deaths"), *cells, [NAME, *cells[0], PHONE]])),
        put(f"deaths_{OTHER_COUNTY}_201504.xlsx", workbook([[NAME, PHONE], *cells])),  # no header
        home.rows(f"population_{COUNTY}_201501.csv", marked("population", 901)),  # other content under a number that has landed
        put(f"birth_{COUNTY}_201503.csv", good.encode("gb18030")),  # unknown register
        put(f"births_{COUNTY}_202年9月.csv", good.encode("gb18030")),
    ]  # fmt: skip


class Search:
    """Where markers were found."""

    def __init__(self) -> None:
        self.needles = {(marker, form): marker.encode(form) for marker in MARKERS for form in ("utf-8", "gb18030")}
        self.hits: list[str] = []
        self.files = 0

    def data(self, where: str, data: bytes) -> None:
        self.hits += [
            f"{marker} ({form}) in {where}" for (marker, form), needle in self.needles.items() if needle in data
        ]

    def folder(self, folder: Path, leave_out: tuple[str, ...] = ()) -> None:
        for path in sorted(folder.rglob("*")):
            self.data(f"the name {path.name}", path.name.encode())
            if path.is_file() and path.relative_to(folder).parts[0] not in leave_out:
                self.files += 1
                self.data(str(path.relative_to(folder)), path.read_bytes())

    def warehouse(self, path: Path) -> None:
        """Every table as text: what is stored compressed is not found byte by byte."""
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            assert len(tables) >= 11
            for schema, table in tables:
                rows = connection.execute(f"select t::varchar from {schema}.{table} as t").fetchall()
                self.data(f"{schema}.{table}", "\n".join(row for (row,) in rows).encode())


def search(home: Home, said: list[str]) -> Search:
    found = Search()
    found.folder(home.settings.root, leave_out=("inbox",))
    found.folder(home.settings.root.parent / "tmp")
    found.warehouse(home.settings.warehouse)
    for number, text in enumerate(said):
        found.data(f"output {number}", text.encode())
    return found


def messages(home: Home) -> list[str]:
    """Everything that each kind of channel is sent about what went wrong."""
    write_channels(home.settings.alerts_path, CHATS)
    said: list[str] = []

    def send(jobs: list[dict[str, Any]], _: float) -> dict[str, bool]:
        with pytest.MonkeyPatch.context() as patch:
            said.extend(text for texts in say_to_chats(jobs, patch).values() for text in texts)
        return {job["batch"]: True for job in jobs}

    assert dispatch(home.settings, send=send).sent == len(CHATS)
    return said


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[str]]:
    """The home after every failing path, and everything that was said."""
    home = Home(tmp_path_factory.mktemp("canary") / "home")
    root = home.settings.root
    code, out, err = renkou(root, "land", *map(str, failing_files(home)))
    assert code == 2, err
    said = [out, err]
    for number, breakage in enumerate(["gate", "stage", "commit", "disk"]):
        path = home.rows(f"births_{COUNTY}_2015{6 + number:02d}.csv", marked("births", 120))
        if breakage == "disk":
            path = home.rows(f"population_{OTHER_COUNTY}_201503.csv.gz", marked("population", 2500, OTHER_COUNTY))
        code, out, err = renkou(
            root, "land", str(path), script=SCRIPT, TEST_BREAK=breakage, TEST_MARKER=f"{NAME} {RIGHT[0]}"
        )
        assert code == 2, (breakage, err)
        assert "Traceback" not in err, (breakage, err)
        said += [out, err]
    said += messages(home)
    for command in (
        ["alerts", "--all"],
        ["alerts", "--all", "--json"],
        ["deliveries"],
        ["deliveries", "--json"],
        ["status", "--json"],
    ):
        code, out, err = renkou(root, *command)
        assert code == 0, err
        said += [out, err]
    return home, said


def test_every_path_was_walked(ran: tuple[Home, list[str]]) -> None:
    home, said = ran
    rules = {
        rule
        for (rule,) in home.ask(
            "select distinct split_part(reason, ': ', 2) from landing.deliveries where reason is not null"
        )
    }
    assert rules == {
        "too_many_bad_rows", "row_count_fell", "gate", "wrong_encoding", "quotes", "header", "line_ends", "nul_byte",
        "unknown_area",
        "broken_archive", "broken_workbook", "same_number"}  # fmt: skip
    quarantine = {rule for (rule,) in home.ask("select distinct rule from landing.quarantine")}
    assert quarantine >= {
        "bad_check_digit",
        "unknown_code",
        "impossible_date",
        "area_malformed",
        "not_a_number",
        "width",
        "undecodable",
    }
    for part in ("unknown_register", "impossible_month", "the threshold broken cannot be evaluated",
                 "reading stopped: ConversionException",
                 "nothing of it was committed (IOException)"):  # fmt: skip
        assert any(part in text for text in said), part
    assert sum("警报" in text for text in said) >= len(CHATS)
    assert home.ask("select count(*) from raw.population") > [(880,)]
    assert home.ask("select count(*) from raw.deaths") > [(20,)]


def test_no_marked_person_is_found_outside_the_inbox(ran: tuple[Home, list[str]]) -> None:
    found = search(*ran)
    assert found.hits == []
    assert found.files >= 3


def test_the_search_finds_what_is_planted(ran: tuple[Home, list[str]], tmp_path: Path) -> None:
    """The control: markers in a file, a table, a file name and the output are found, and the archive holds them all."""
    home, _ = ran
    planted = Home(tmp_path / "home")
    (tmp_path / "tmp").mkdir()
    with duckdb.connect(str(planted.settings.warehouse)) as connection:
        for number in range(11):
            connection.execute(f"create table t{number} as select '{NAME}' as who from range(5000)")
    (planted.settings.root / "log").write_bytes(PHONE.encode() + b"\n" + ADDRESS.encode("gb18030"))
    (tmp_path / "tmp" / f"{RIGHT[3]}.tmp").write_bytes(b"")
    found = search(planted, [f"... {WRONG[2]} ..."])
    for hit in (f"{NAME} (utf-8) in main.t0", f"{PHONE} (utf-8) in log", f"{ADDRESS} (gb18030) in log",
                f"{RIGHT[3]} (utf-8) in the name {RIGHT[3]}.tmp", f"{WRONG[2]} (utf-8) in output 0"):  # fmt: skip
        assert hit in found.hits
    archive = Search()
    with landing(home.settings) as lander:
        for original in lander.archive.originals():
            with lander.archive.original(original.sha256) as descriptor:
                archive.data("archive", unpacked(Path(f"/proc/self/fd/{descriptor}").read_bytes()))
    assert {hit.split(" ")[0] for hit in archive.hits} == set(MARKERS)


def unpacked(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError):
        return data


def test_the_archive_is_closed_to_others(ran: tuple[Home, list[str]]) -> None:
    files = [path for path in ran[0].settings.archive.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
