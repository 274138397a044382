"""`renkou sql` and `renkou export`: the published marts, asked and taken away."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration import show
from orchestration.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("table", "csv", "json", "parquet", "xlsx", "markdown")
ENDINGS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".xlsx": "xlsx", ".md": "markdown"}
INTO_FILES = {"parquet", "xlsx"}
SHOWN_ROWS = 1000


def sql(
    statement: Annotated[str, typer.Argument(help="a query on the published tables")],
    form: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; default: by FILE's ending, else table")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="file to write to (parquet and xlsx need one)")] = None,
    office: Annotated[
        bool, typer.Option("--office", help="ask the office's exact figures instead (confidential)")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="short for --format json")] = False,
) -> None:
    """Ask the published marts (read only; nothing else can be opened). A table shows the first 1,000 rows, files hold all.

    Example: renkou sql "select area_code, value, low, high from indicator_values limit 5"
    """
    from orchestration.publish.analyst import open_marts, streamed
    from orchestration.publish.files import write_file
    from orchestration.warehouse import private_files

    chosen = _form(form, out, as_json)
    if office:
        show.confidential()
    with (
        private_files() if office else nullcontext(),
        open_marts(Settings(), office=office) as connection,
        show.asking(connection.query_progress) as waiting,
    ):
        found = streamed(connection, statement)
        if out is not None:
            rows = write_file(chosen, found.schema, found.batches, out, waiting.rows)
            waiting.done()
            show.wrote(out, rows)
        else:
            first = list(islice(found.batches, 1))  # the wait is over when the first rows are there
            waiting.done()
            _print(chosen, found.schema, chain(first, found.batches))


def export(
    form: Annotated[str, typer.Option("--format", help="sdmx (indicator_values), xlsx, csv or parquet")],
    out: Annotated[Path, typer.Option(help="folder to write to")],
    table: Annotated[list[str] | None, typer.Option(help="a published table, may be repeated; default: all")] = None,
) -> None:
    """Write published tables into a folder, a file each. sdmx: SDMX-CSV and its data structure definition.

    Example: renkou export --format xlsx --out tables --table indicator_values --table assessments
    """
    from orchestration.publish import exports
    from orchestration.publish.analyst import open_marts

    if form not in exports.FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(exports.FORMATS)}")
    with open_marts(Settings()) as connection, show.asking(connection.query_progress) as waiting:
        done = exports.export(connection, form, out, table, waiting.rows)
        waiting.done()
        for name, rows in done.items():
            show.wrote(out / name, rows)


def check_address(url: str) -> None:
    """Refuse an address of a database before anything else is done."""
    from orchestration.publish.postgres import check_address as check

    check(url)


def load_into(settings: Settings, url: str) -> None:
    """Load the current publication into a PostgreSQL database and say so."""
    from orchestration.publish.postgres import load

    with show.asking(lambda: -1.0) as waiting:
        done = load(settings, url, waiting.rows)
    show.loaded(done)


def _form(form: str | None, out: Path | None, as_json: bool) -> str:
    if form is not None and form not in FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(FORMATS)}")
    if as_json and form not in (None, "json"):
        raise typer.BadParameter("--json is short for --format json: take one of the two")
    if out is None:
        chosen = form or ("json" if as_json else "table")
        if chosen in INTO_FILES:
            raise typer.BadParameter(f"{chosen} is written to a file: add --out FILE")
        return chosen
    chosen = form or ("json" if as_json else ENDINGS.get(out.suffix.lower(), ""))
    if not chosen or chosen == "table":
        raise typer.BadParameter(f"a file is {', '.join(FORMATS[1:])}: add --format, or an ending such as .csv")
    return chosen


def _print(form: str, schema: "pa.Schema", batches: "Iterator[pa.RecordBatch]") -> None:
    from orchestration.publish.files import write_stream

    if form == "table":
        rows = list(islice((row for batch in batches for row in _rows(batch)), SHOWN_ROWS + 1))
        show.answer(schema.names, rows[:SHOWN_ROWS])
        if len(rows) > SHOWN_ROWS:
            show.note(f"前 {SHOWN_ROWS:,} 行 / the first {SHOWN_ROWS:,} rows; all of them: --format csv, or --out FILE")
        return
    with _pipe():
        write_stream(form, schema, batches, sys.stdout.buffer)
        sys.stdout.flush()


@contextmanager
def _pipe() -> Iterator[None]:
    """Whoever reads our output may stop reading (`| head`): no error."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _rows(batch: "pa.RecordBatch") -> Iterator[tuple[Any, ...]]:
    from orchestration.publish.files import plain

    return (tuple(map(plain, row)) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
