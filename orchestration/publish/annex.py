"""The tables of a report as a workbook: a sheet each, headers Chinese first, figures as numbers, counts as they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.publish.files import whole, workbook
from orchestration.site.figures import month_of
from orchestration.site.marts import Row

TEXT, NUMBER, WHOLE = pa.string(), pa.float64(), pa.int64()
ITEMS = [
    ("方案 scheme", TEXT), ("地区代码 area code", TEXT), ("地区 area", TEXT), ("area", TEXT), ("指标代码 indicator code", TEXT),
    ("指标 indicator", TEXT), ("indicator", TEXT), ("时段 window", TEXT), ("期 period", TEXT), ("比较 operator", TEXT),
    ("目标 target", NUMBER), ("目标上限 upper target", NUMBER), ("数值 value", NUMBER), ("区间下限 low", NUMBER),
    ("区间上限 high", NUMBER), ("分子/分母 numerator/denominator", TEXT), ("上年同期 a year before", NUMBER),
    ("比上年 against it", TEXT), ("结论 verdict", TEXT), ("一票否决 veto", pa.bool_()), ("原因 reason", TEXT),
]  # fmt: skip
FIGURES = [
    ("指标代码 indicator code", TEXT), ("指标 indicator", TEXT), ("indicator", TEXT), ("单位 unit", TEXT), ("数值 value", NUMBER),
    ("区间下限 low", NUMBER), ("区间上限 high", NUMBER), ("分子 numerator", TEXT), ("分母 denominator", TEXT),
    ("状态 status", TEXT), ("上年同期 a year before", NUMBER), ("比上年 against it", TEXT),
]  # fmt: skip
TALLIES = [
    ("方案 scheme", TEXT),
    ("期 period", TEXT),
    ("地区数 areas", WHOLE),
    ("结论 verdict", TEXT),
    ("项数 items", WHOLE),
]
CHANGES = [
    ("方案 scheme", TEXT), ("地区代码 area code", TEXT), ("地区 area", TEXT), ("指标 indicator", TEXT), ("对比期 earlier", TEXT),
    ("原结论 was", TEXT), ("现结论 is", TEXT),
]  # fmt: skip
FLAGS = [
    ("地区 area", TEXT), ("登记 register", TEXT), ("为什么暂定 why provisional", TEXT), ("月数 months", WHOLE),
    ("指标数 indicators", WHOLE),
]  # fmt: skip
REVISIONS = [
    ("指标 indicator", TEXT), ("时段 window", TEXT), ("期 period", TEXT), ("口径 clock", TEXT), ("原数 was", NUMBER),
    ("现数 is", NUMBER), ("发布 publication", WHOLE),
]  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, its columns (header and type), its rows."""

    name: str
    columns: list[tuple[str, pa.DataType]]
    rows: list[tuple[Any, ...]]


def write_annex(context: Row, stamp: Row, path: Path) -> None:
    """Write the workbook of a report. `context` and `stamp` are what its templates are told. NotWritable as `write_file`."""
    marking = "内部资料 机密 CONFIDENTIAL" if context["office"] else ""
    with whole(path) as part, workbook(part, marking) as book:
        for sheet in sheets(context, stamp):
            schema = pa.schema(sheet.columns)
            columns = [[row[place] for row in sheet.rows] for place in range(len(sheet.columns))]
            arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, sheet.columns, strict=True)]
            book.sheets(schema, [pa.RecordBatch.from_arrays(arrays, schema=schema)], name=sheet.name)


def sheets(context: Row, stamp: Row) -> Iterator[Sheet]:
    """The sheets of a report, those without rows among them: what a period does not have is seen to be absent."""
    yield Sheet("说明 about", [("项目 item", TEXT), ("内容 content", TEXT)], list(_about(context, stamp)))
    found = context.get("schemes", {"city": [], "county": []})
    yield Sheet("全市 city", ITEMS, list(_items(found["city"])))
    yield Sheet("区县 counties", ITEMS, list(_items(found["county"])))
    yield Sheet("指标 indicators", FIGURES, [_figure(row) for row in context.get("figures", [])])
    yield Sheet("方案 schemes", TALLIES, list(_tallies(context.get("tallies", []))))
    yield Sheet("变化 changes", CHANGES, list(_changes(context.get("changes", []))))
    yield Sheet("质量 quality", FLAGS, [_flag(row) for row in context.get("flagged", [])])
    yield Sheet("修订 revisions", REVISIONS, [_revision(row) for row in context.get("revised_in_period", [])])


def _both(pair: tuple[str, str]) -> str:
    return " ".join(part for part in dict.fromkeys(pair) if part)


def _about(context: Row, stamp: Row) -> Iterator[tuple[str, str]]:
    head, period = context["head"], context["period"]
    if context["office"]:
        yield "机密 confidential", f"{context['notice_zh']} {context['notice_en']}"
    yield "报告 report", f"{head['city_zh']}{context['report'].name[0]} {head['city_en']}, {context['report'].name[1]}"
    yield "期间 period", f"{period['first']} – {period['last']}" if period else "本次发布没有 none in this publication"
    yield "发布 publication", f"{stamp['publication']}, {stamp['generated_at']}"
    yield "版次 vintage", str(head["vintage"])
    if context["history"]["publications"]:
        newest = context["history"]["publications"][0]
        yield "代码与运行 code and run", f"{newest['code_version']}, {newest['run']}"
    for run in context.get("runs", []):
        yield "冻结的考核 frozen assessment", f"{run['run']}, {run['scheme_name'][0]}, {run['frozen_by']}"


def _items(pages: list[Row]) -> Iterator[tuple[Any, ...]]:
    for page in pages:
        for line in page["lines"]:
            for item in line["items"]:
                yield _item(page, line["area"], item)


def _item(page: Row, area: Row, item: Row) -> tuple[Any, ...]:
    window = _both(item["window"]) if item["window"] else None
    return (
        _both((page["zh"], page["en"])), area["area_code"], area["name_zh"], area["name_en"], item["indicator"], item["zh"],
        item["en"], window, item["period"], item["operator"], item["target"], item["target_upper"], item["value"], item["low"],
        item["high"], item.get("count") or None, item["prior"], _both(item.get("compared_name", ("", ""))) or None,
        _both((item["verdict_zh"], item["verdict_en"])), item["veto"], _both((item["reason_zh"], item["reason_en"])) or None,
    )  # fmt: skip


def _figure(row: Row) -> tuple[Any, ...]:
    return (
        row["indicator"], row["zh"], row["en"], _both(row["unit"]), row["value"], row["low"], row["high"], row["n"], row["d"],
        _both(row["status_name"]), row["before"], _both(row["change_name"]) or None,
    )  # fmt: skip


def _tallies(tallies: list[Row]) -> Iterator[tuple[Any, ...]]:
    for tally in tallies:
        for of in tally["verdicts"]:
            yield _both(tally["name"]), tally["period"], tally["areas"], _both(of["name"]), of["n"]


def _changes(changes: list[Row]) -> Iterator[tuple[Any, ...]]:
    for change in changes:
        for row in change["moved"]:
            area = row["area"]
            names = [_both(row[name]) for name in ("name", "was_name", "now_name")]
            yield (_both(row["scheme_name"]), area["area_code"], _both((area["name_zh"], area["name_en"])), names[0],
                   change["earlier"], names[1], names[2])  # fmt: skip


def _flag(row: Row) -> tuple[Any, ...]:
    area, sentence = row["area"], (row["sentence_zh"] or row["check_id"], row["sentence_en"] or row["check_id"])
    names = (_both((area["name_zh"], area["name_en"])), _both(row["register_name"]), _both(sentence))
    return *names, row["months"], row["indicators"]


def _revision(row: Row) -> tuple[Any, ...]:
    names = (
        _both((row["zh"], row["en"])),
        _both(row["window_name"]),
        month_of(row["period_end"]),
        _both(row["clock_name"]),
    )
    return *names, row["value_before"], row["value"], row["published_in"]
