"""Empty files for departments to fill, made from the contracts: right name, right header, code lists at hand."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import xlsxwriter

from orchestration.errors import Refusal
from orchestration.landing.contracts import Column, Register
from orchestration.landing.receive import parse_name

FILLED_ROWS = 10_000  # rows of a workbook that are formatted as text and offer code lists
NOTES = ("列 column", "类型 type", "必填 required", "写法 forms", "说明 description")


def write_template(
    registers: Mapping[str, Register], register: str, area: str, month: date, form: str, folder: Path
) -> Path:
    """Write the empty file into `folder` and return its path.

    Refusal when the register, the area's form or the format is not one that can be delivered, or the file is there already.
    """
    name = parse_name(f"{register}_{area}_{month:%Y%m}.{form}", dict(registers))
    path, contract = folder / name.name, registers[register]
    content = _workbook(contract) if form == "xlsx" else _text(contract)
    try:
        with path.open("xb") as handle:
            handle.write(content)
    except FileExistsError:
        raise Refusal(
            name.name,
            "file_exists",
            "a file of this name stands there already and was left alone; remove it or choose another folder",
        ) from None
    except OSError as error:
        detail = f"it cannot be written there ({type(error).__name__}); choose another folder"
        raise Refusal(name.name, "not_writable", detail) from None
    return path


def _text(register: Register) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(column.zh[0] for column in register.columns)
    return out.getvalue().encode("utf-8-sig" if register.encoding == "utf-8" else register.encoding)


def _workbook(register: Register) -> bytes:
    """Data on the first sheet, every cell text (Excel would turn identifiers into floats); explanations on the second."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        data, notes = book.add_worksheet("数据"), book.add_worksheet("说明")
        for index, column in enumerate(register.columns):
            data.set_column(index, index, max(12, 2 * len(column.zh[0]) + 4), text)
            data.write(0, index, column.zh[0], bold)
            forms = [written[0] for written in column.codes.values() if written]
            if forms:
                data.data_validation(1, index, FILLED_ROWS, index, {"validate": "list", "source": forms})
        data.freeze_panes(1, 0)
        notes.write_row(0, 0, NOTES, bold)
        for index, column in enumerate(register.columns, start=1):
            notes.write_row(index, 0, _note(column))
        notes.set_column(0, len(NOTES) - 1, 24)
    return out.getvalue()


def _note(column: Column) -> tuple[str, ...]:
    forms = " / ".join(written[0] for written in column.codes.values() if written)
    return (
        " / ".join(column.zh), column.type, "是 yes" if column.required else "", forms, column.description
    )  # fmt: skip
