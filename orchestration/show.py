"""What the terminal shows: messages, tables and progress bars. Chinese first. No decisions live here."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from orchestration.progress import listening
from orchestration.settings import Settings
from orchestration.site.labels import label
from orchestration.sparkline import MARKS, legend, sparkline

if TYPE_CHECKING:
    from orchestration.assessment.runs import Run
    from orchestration.assessment.scorecard import Outlook, Scorecard
    from orchestration.demo.generate import GenerationSummary
    from orchestration.demo.measure import Measurement
    from orchestration.landing.contracts import Register
    from orchestration.landing.ledger import Outcome
    from orchestration.landing.purge import Candidate
    from orchestration.landing.read import BadRow
    from orchestration.notify.dispatch import Dispatched
    from orchestration.publish.audit import Report
    from orchestration.publish.postgres import Loaded
    from orchestration.publish.publication import Publication
    from orchestration.publish.quality import MonthQuality

Trend = Mapping[tuple[str, str], Sequence[tuple[float | None, str]]]

SHOWN_LINES = 50
WIDE = 200  # for files and pipes, where rich would cut lines at 80
out = Console(width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)
STATUS_STYLE = {
    "landed": "green",
    "held": "yellow",
    "refused": "red",
    "superseded": "dim",
    "duplicate": "dim",
}


def error(message: str) -> None:
    """One clear message on standard error."""
    err.print(f"[bold red]错误 / error[/]: {escape(message)}", soft_wrap=True)


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
               TextColumn("[dim]{task.fields[detail]}"))  # fmt: skip
    return Progress(*columns, console=err, refresh_per_second=4)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar; the yielded function takes (what is at work, done, total)."""
    with _bars() as bars:
        task = bars.add_task(title, total=None, detail="")
        yield lambda detail, done, total: bars.update(task, completed=done, total=total, detail=escape(detail))


@contextmanager
def month_progress(title: str, pending: list[tuple[date, int]]) -> Iterator[Callable[[date], Any]]:
    """A bar over months that shows inside each month what is at work; the yielded function makes a context per month."""
    with _bars() as bars:
        task = bars.add_task(title, total=len(pending), detail="")

        @contextmanager
        def step(month: date) -> Iterator[None]:
            def hear(what: str, detail: str) -> None:
                bars.update(task, detail=escape(f"{month:%Y-%m} {what} {detail}"))

            with listening(hear):
                hear("start", "")
                yield
            bars.advance(task)

        yield step


def table(columns: list[str], rows: list[list[Any]], right: set[int] | None = None) -> Table:
    """A plain table; columns in `right` are aligned right."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for index, column in enumerate(columns):
        grid.add_column(column, justify="right" if right and index in right else "left", no_wrap=index == 0)
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    return grid


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]–[/]"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return escape(str(value))


def generated(summary: "GenerationSummary", root: Path) -> None:
    """What the generator wrote."""
    word = "城市已在 / the city is there already" if summary.unchanged else "生成 / generated"
    figures = f"{summary.files:,} files"
    if not summary.unchanged:
        figures += f", {summary.rows:,} rows, {summary.faults:,} faults"
    out.print(f"{word}: {figures} in {escape(str(root / 'inbox'))}", soft_wrap=True)


def measured(found: "Measurement") -> None:
    """Recall and precision per kind of fault, and the alarms that no fault explains."""
    names = ["错误 fault", "计数 counted", "注入 injected", "发现 found", "查全率 recall", "报警 alarms", "属实 explained",
             "查准率 precision", "阈值 meant"]  # fmt: skip
    rows = [[m.kind, m.unit, m.injected, m.found, m.recall, m.alarms, m.explained, m.precision, ", ".join(sorted(m.meant))]
            for m in found.kinds]  # fmt: skip
    out.print(table(names, rows, {2, 3, 4, 5, 6, 7}))
    out.print(f"阈值报警 / alarms: {found.alarms:,}; 无法解释 / unexplained: {len(found.unexplained):,}")
    for alarm in found.unexplained:
        out.print(f"  {alarm.check}: {escape(alarm.file)} ({alarm.unexpected:,})", soft_wrap=True)
    for one in found.quiet:
        told = f"不应报警 / no alarm expected: {one.kind}: {one.files:,} files, {one.alarms:,} alarms; {one.why}"
        out.print(escape(told), soft_wrap=True)


def outcomes(done: "list[Outcome]", as_json: bool) -> None:
    """One line per file, then every reason in full."""
    if as_json:
        out.print_json(json.dumps([asdict(outcome) for outcome in done], ensure_ascii=False))
        return
    names = ["文件 file", "结果 outcome", "门 gate", "行 rows", "入库 landed", "未变 same", "隔离 quarantined"]
    figures = ("gate", "rows_in", "rows_landed", "rows_unchanged", "rows_quarantined")
    rows = [[o.file, f"{o.status}{' (known)' if o.known else ''}", *(getattr(o, f) for f in figures)] for o in done]
    out.print(table(names, rows, {3, 4, 5, 6}))
    for outcome in done:
        if outcome.reason:
            style = STATUS_STYLE.get(outcome.status, "white")
            err.print(f"[{style}]{outcome.status}[/] {escape(outcome.reason)}", soft_wrap=True)


def checked(files: "list[tuple[dict[str, Register], Outcome, list[BadRow]]]", as_json: bool) -> None:
    """What would become of each file, and its bad lines with how to mend them: never what stands there."""
    if as_json:
        found = [{**asdict(outcome), "bad_rows": [asdict(row) for row in bad]} for _, outcome, bad in files]
        out.print_json(json.dumps(found, ensure_ascii=False))
        return
    from orchestration.landing.receive import parse_name

    outcomes([outcome for _, outcome, _ in files], as_json=False)
    for registers, outcome, bad in files:
        if bad:
            _bad_rows(registers[parse_name(outcome.file, registers).register], outcome, bad)


def _bad_rows(register: "Register", outcome: "Outcome", bad: "list[BadRow]") -> None:
    from orchestration.landing.rules import rule_words

    rows = []
    for row in bad[:SHOWN_LINES]:
        words = rule_words(register, row.rule)
        rows.append([row.line, row.column, row.rule, f"{words.zh} / {words.en}"])
    out.print(f"\n{escape(outcome.file)}")
    out.print(table(["行 line", "列 column", "规则 rule", "怎样改正 how to mend"], rows, {0}))
    if len(bad) > SHOWN_LINES:
        out.print(f"… {len(bad) - SHOWN_LINES:,} more; --json lists them all")


def history(registers: dict[str, dict[str, Any]]) -> None:
    """A line per register: rows that stand, versions, hash."""
    rows = [[name, *(figures[f] for f in ("rows", "versions", "history_hash"))] for name, figures in registers.items()]
    out.print(table(["登记 register", "现行行 rows", "版本 versions", "哈希 hash"], rows, {1, 2}))


def deliveries(lines: list[dict[str, Any]], as_json: bool) -> None:
    """The ledger."""
    if as_json:
        out.print_json(json.dumps(lines, ensure_ascii=False, default=str))
        return
    names = [
        "delivery",
        "file_name",
        "status",
        "gate",
        "rows_in",
        "rows_landed",
        "rows_unchanged",
        "rows_quarantined",
        "reason",
    ]
    out.print(table(names, [[line[name] for name in names] for line in lines], {0, 4, 5, 6, 7}))


def alerts(lines: list[dict[str, Any]], as_json: bool) -> None:
    """One line per alert. Counts are protected as in every other channel; `renkou alerts show` has the lines."""
    if as_json:
        out.print_json(json.dumps(lines, ensure_ascii=False, default=str))
        return
    names = [
        "警报 alert",
        "级别",
        "登记",
        "地区 area",
        "自 since",
        "至 last",
        "不符 of",
        "规则 rule",
        "处理 taken on by",
    ]
    rows = [
        [line["alert"], line["severity"], line["register"], line["area_code"], f"{line['opened_month']:%Y-%m}",
         f"{line['month']:%Y-%m}", f"{line['unexpected']} / {line['elements']}", line["sentence_zh"],
         line["acknowledged_by"] or (f"muted until {line['muted_until']}" if line["muted_until"] else None)]
        for line in lines
    ]  # fmt: skip
    out.print(table(names, rows))
    out.print(f"{len(lines)} 条警报 / alerts")


QUALITY_MARKS = {"pass": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]", "n/a": "[dim]·[/]"}
SCORELESS = {None: "no_delivery", "n/a": "not_applicable"}  # why a month has no score; else it rests on few
SCORES_LEGEND = (
    f"走势 trend: {MARKS['no_delivery']} 无报送 no delivery   {MARKS['suppressed']} 太少 too few   "
    f"{MARKS['not_applicable']} 不可检 n/a"
)


def quality(found: "MonthQuality") -> None:
    """A matrix of registers and areas, scores by dimension (of one area: every register's), reporting, and what flags do."""
    worst = found.worst()
    registers, areas = (sorted({key[part] for key in worst}) for part in (0, 1))
    out.print(f"[bold]{found.month:%Y-%m} 数据质量 / quality of the data[/]")
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("登记 register", *(area[:6] for area in areas)):
        grid.add_column(name)
    for register in registers:
        marks = [QUALITY_MARKS.get(worst.get((register, area), ""), "–") for area in areas]
        grid.add_row(escape(register), *marks)
    out.print(grid)
    states = (f"{mark} {' '.join(label('quality', code))}" for code, mark in QUALITY_MARKS.items())
    out.print("  ".join((*states, "– 无报送 no delivery")))
    _dimensions(found)
    names = ["地区 area", "应报 due", "已入库 landed", "完整率 completeness", "及时率 timeliness"]
    rows = [
        [row["area_code"][:6], row["deliveries_due"], row["deliveries_landed"],
         _share(row["completeness"]), _share(row["timeliness"])]
        for row in found.reporting
    ]  # fmt: skip
    out.print(table(names, rows, {1, 2, 3, 4}))
    for flag in found.flags:
        out.print(escape(_flag(flag)), soft_wrap=True)
    below: dict[str, list[dict[str, Any]]] = {}
    for row in found.items:
        if row["area_level"] in ("township", "village"):
            below.setdefault(row["scheme"], []).append(row)
        else:
            out.print(escape(_items(row)), soft_wrap=True)
    for scheme, rows_below in below.items():
        out.print(escape(_items_below(scheme, rows_below)), soft_wrap=True)
    for row in found.held:
        out.print(f"[red]{row['status']}[/] {row['register']} {row['area_code'][:6]}: {escape(row['reason'] or '')}")


def _dimensions(found: "MonthQuality") -> None:
    """Each dimension with its state, score, the one before and those of the last year: of an area's worst register, or of all."""
    names = ["地区 area", "维度 dimension", "状态 state", "得分 score", "上次 before", "走势 trend"]
    grid = table([*names, "登记 register" if found.area else "最差的登记 worst register"], [], {3, 4})
    for row in found.by_dimension():
        grid.add_row(
            row["area_code"][:6],
            " ".join(label("dimensions", row["dimension"])),
            f"{QUALITY_MARKS[row['status']]} {' '.join(label('quality', row['status']))}",
            _score(row["score"]),
            _score(row["score_before"]),
            sparkline([(month["score"], SCORELESS.get(month["status"], "suppressed")) for month in row["trend"]]),
            escape(row["register"]),
        )
    out.print(grid)
    out.print(f"[dim]{SCORES_LEGEND}[/]")


def _score(score: float | None) -> str:
    """With two digits: 99.96 is not 100, and 96.95 is below 97."""
    return "–" if score is None else f"{score:.2%}"


def _items(row: dict[str, Any]) -> str:
    """What flags do to an assessment: "scheme: 2 scores of county X provisional"."""
    count = len(row["items_zh"])
    return (
        f"{row['scheme_zh'] or row['scheme']}：{row['area_zh']} {count} 项考核结论暂定（{'、'.join(row['items_zh'])}） / "
        f"{row['scheme_en'] or row['scheme']}: {count} scores of {row['area_en']} provisional ({', '.join(row['items_en'])})"
    )


def _items_below(scheme: str, rows: list[dict[str, Any]]) -> str:
    """The same of townships and villages, of which there may be thousands: how many, for a query to name."""
    count = sum(len(row["items_zh"]) for row in rows)
    zh, en = rows[0]["scheme_zh"] or scheme, rows[0]["scheme_en"] or scheme
    return (
        f"{zh}：{len(rows)} 个镇办和村居共 {count} 项考核结论暂定（assessments） / "
        f"{en}: {count} scores of {len(rows)} townships and villages provisional (assessments)"
    )


def _flag(flag: dict[str, Any]) -> str:
    """What a flag does: "completeness 93.0 %, below 97.0 %: 4 indicators of county X provisional"."""
    zh, en = label("dimensions", flag["dimension"])
    few_zh, few_en = ("样本少", "few rows") if flag["observed"] is None else (_score(flag["observed"]),) * 2
    limit, indicators, items = _share(flag["threshold"]), flag["indicators"], flag["items"]
    return (
        f"{flag['sentence_zh']}：{zh} {few_zh}，门槛 {limit}；{flag['area_zh']} {indicators} 项指标暂定，涉及考核 {items} 项 / "
        f"{flag['check_id']}: {en} {few_en}, below {limit}: {indicators} indicators of {flag['area_en']} provisional, "
        f"{items} assessment items"
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def dispatched(done: "Dispatched") -> None:
    """What was sent; silent where there is no channel and so nothing to say."""
    if done.sent or done.waiting:
        err.print(f"警报消息 alert messages: 已发 sent {done.sent}, 待发 waiting {done.waiting}")


def plain(text: str) -> None:
    """Text as it is."""
    out.print(escape(text), soft_wrap=True)


def status(facts: dict[str, Any]) -> None:
    """The registers and the run's figures."""
    names = ["deliveries", "rows", "versions", "quarantined", "held", "refused", "history_hash"]
    rows = [
        [register, *(figures[name] for name in names), sparkline([(n, "no_delivery") for _, n in figures["delivered"]])]
        for register, figures in facts["registers"].items()
    ]
    out.print(table(["登记 register", *names, "近一年各月行数 rows by month"], rows, set(range(1, 7))))
    out.print(f"[dim]{MARKS['no_delivery']} {' '.join(label('statuses', 'no_delivery'))}[/]")
    out.print(_run_line(facts["run"]))
    for line in facts["inbox_unrecognised"]:
        out.print(f"[red]无人认领 nobody will take[/] {escape(line)}", soft_wrap=True)
    months = facts["months"]
    out.print(f"月份 months {months['first']} – {months['last']}; 发布 publication {facts['publication'] or '–'}")


def _run_line(run: dict[str, int]) -> str:
    return (
        f"文件 files {run['files']:,} (held {run['held']}, refused {run['refused']}, duplicate {run['duplicate']}); "
        f"行 rows in {run['rows_in']:,} = landed {run['rows_landed']:,} + unchanged {run['rows_unchanged']:,} "
        f"+ quarantined {run['rows_quarantined']:,}\n"
        f"检查 checks passed {run['checks_passed']:,}, warned {run['checks_warned']:,}, failed {run['checks_failed']:,}, "
        f"n/a {run['checks_not_applicable']:,}; 警报 alerts open {run['alerts_open']}, resolved {run['alerts_resolved']}"
    )


def summary(facts: dict[str, Any], settings: Settings, ran: int) -> None:
    """What the main job ends with: what it did, where the page is, what to type next."""
    if not ran:
        out.print("[bold]没有新文件，什么都没有改变 / nothing new in the inbox: nothing was changed[/]")
    else:
        out.print(f"[bold]运行了 {ran} 个月 / {ran} months were run[/]")
    out.print(_run_line(facts["run"]))
    page = settings.published / "site" / "index.html"
    if page.exists():
        out.print(f"页面 page  {escape(str(page))}", soft_wrap=True)
    out.print("接下来 next: .venv/bin/renkou status · .venv/bin/renkou deliveries --status held · make dev")
    example = (
        "renkou sql \"select period_end, value, low, high from indicator_values where area_level = 'city' and clock = 'event' "
        "and indicator = 'sex_ratio_at_birth' and \\`window\\` = 'policy_year'\""
    )
    out.print(f"  .venv/bin/{escape(example)}", soft_wrap=True)


def published(publication: "Publication", settings: Settings) -> None:
    """What a publication wrote."""
    word = "未变 unchanged" if publication.unchanged else "发布 published"
    out.print(
        f"{word}: {publication.path.name}, {publication.tables} tables, {publication.rows:,} rows",
        soft_wrap=True,
    )
    out.print(f"页面 page  {escape(str(settings.published / 'site' / 'index.html'))}", soft_wrap=True)


def loaded(done: "Loaded") -> None:
    """What was loaded into PostgreSQL."""
    word = "未变 unchanged" if done.unchanged else "载入 loaded"
    out.print(
        f"{word}: PostgreSQL, publication {done.publication}, {done.tables} tables, {done.rows:,} rows", soft_wrap=True
    )
    if done.kept:
        note("an older publication stays there as long as somebody reads it or has views on it")


def audited(report: "Report") -> None:
    """What an audit by attack found."""
    levels = ", ".join(f"{level} {count}" for level, count in report.pinned_by_level.items()) or "0"
    out.print(
        f"审计 audit: {report.small:,} small counts, {report.programmes:,} programmes; 可推出 pinned: {levels}",
        soft_wrap=True,
    )


VERDICT_STYLE = {"met": "green", "missed": "bold red", "not_distinguishable": "yellow", "not_assessed": "dim"}


def outlook(found: "Outlook") -> None:
    """An area's scorecards, with the last year of each indicator as a sparkline."""
    for scheme, card in found.cards.items():
        scorecards([card], f"{scheme} {found.period:%Y-%m}", found.trend)
    out.print(f"[dim]{legend()}[/]")


def scorecards(cards: "list[Scorecard]", title: str, trend: Trend | None = None) -> None:
    """One table per area: what was asked, what was found, and what that means; `trend` adds its last figures."""
    names = [
        "指标 indicator",
        "目标 target",
        "数值 value",
        "区间 95 %",
        "判定 verdict",
        "上年同期 year before",
        "上级 parent",
    ]
    for card in cards:
        counts = ", ".join(f"{'/'.join(label('verdicts', verdict))} {card.count(verdict)}" for verdict in VERDICT_STYLE)
        out.print(f"\n[bold]{escape(card.area[0])} {escape(card.area[1])}[/] {card.area_code} · {escape(title)}")
        revised = any(item["revised_in"] is not None for item in card.items)
        more = [*(["走势 trend"] if trend else []), *(["修订前 before revision"] if revised else [])]
        grid = table([*names, *more], [], {1, 2, 3, 5, 6, *([len(names) + len(more) - 1] if revised else [])})
        for item in card.items:
            line = [sparkline(trend.get((item["indicator"], item["window"]), []))] if trend else []
            grid.add_row(*_scored(item), *line, *([_before_revision(item)] if revised else []))
        out.print(grid)
        out.print(f"[dim]{counts}[/]")
        for row in card.attested:
            out.print(_attested(row))
        if card.vetoed:
            out.print(f"[bold red]一票否决 veto[/]: {escape(', '.join(card.vetoed))}")


def _scored(item: dict[str, Any]) -> Iterator[str]:
    """The cells of one item."""
    veto = " [red]否决 veto[/]" if item["veto"] else ""
    yield f"{escape(item['name_zh'])} {escape(item['name_en'])} [dim]{escape(item['unit'] or '')}[/]{veto}"
    yield f"{_target(item)}"
    yield _figure(item["value"])
    yield "[dim]–[/]" if item["low"] is None else f"{item['low']:,.2f} – {item['high']:,.2f}"
    words = "/".join(label("verdicts", item["verdict"]))
    reason = f" [dim]({'/'.join(label('reasons', item['reason']))})[/]" if item["reason"] else ""
    yield f"[{VERDICT_STYLE[item['verdict']]}]{words}[/]{reason}"
    yield _figure(item["year_before"])
    yield _figure(item["parent"])


def _attested(row: dict[str, Any]) -> str:
    """One attested item: its name, the verdict, why, and the visit that decided."""
    words = "/".join(label("verdicts", row["verdict"]))
    reason = f" ({'/'.join(label('reasons', row['reason']))})" if row["reason"] else ""
    visit = f" [dim]{row['visited_on']}[/]" if row["visited_on"] else ""
    return (
        f"{escape(row['name_zh'])} {escape(row['name_en'])}: [{VERDICT_STYLE[row['verdict']]}]{words}[/]{reason}{visit}"
    )


def _before_revision(item: dict[str, Any]) -> str:
    """The value before it was last revised, and the publication that revised it."""
    return "" if item["revised_in"] is None else f"{_figure(item['revised_from'])} [dim](#{item['revised_in']})[/]"


def run(frozen: "Run") -> None:
    """A frozen run: its identity, who froze it and who signed."""
    for name, value in frozen.identity.items():
        if name != "inputs":
            out.print(f"[dim]{name}[/] {value}")
    out.print(f"[bold]考核 run {frozen.run}[/]")
    out.print(f"冻结 frozen {frozen.frozen_at:%Y-%m-%d %H:%M} {escape(frozen.frozen_by)}: {escape(frozen.reason)}")
    for at, by, reason in frozen.sign_offs:
        out.print(f"签发 signed off {at:%Y-%m-%d %H:%M} {escape(by)}: {escape(reason)}")


def records(rows: list[dict[str, Any]], nothing: str) -> None:
    """Rows as a table under the names of their fields; `nothing` when there are none."""
    if not rows:
        out.print(nothing)
        return
    numbers = {place for place, value in enumerate(rows[0].values()) if isinstance(value, int | float)}
    out.print(table(list(rows[0]), [list(row.values()) for row in rows], numbers))


def purged(found: "list[Candidate]", *, dry_run: bool) -> None:
    """Originals that went, or would go, and those that stay with the reason why."""
    word = "将删除 / would go" if dry_run else "已删除 / gone"
    columns = ["登记册 / register", "地区 / area", "月份 / month", "文件 / files", "字节 / bytes", ""]
    rows = [
        [c.register, c.area_code, f"{c.month:%Y-%m}", ", ".join(c.file_names), c.bytes, c.kept_because or word]
        for c in found
    ]
    if rows:
        out.print(table(columns, rows, {4}))
    going = sum(not c.kept_because for c in found)
    out.print(f"{word}: {going}; 保留 / kept: {len(found) - going}")


def _figure(value: float | None) -> str:
    return "[dim]–[/]" if value is None else f"{value:,.2f}"


def _target(item: dict[str, Any]) -> str:
    if item["operator"] == "between":
        return f"{item['target']:g} – {item['target_upper']:g}"
    return f"{'≥' if item['operator'] == '>=' else '≤'} {item['target']:g}"


def confidential() -> None:
    """What stands before exact figures, on standard error."""
    from orchestration.publish.office import NOTICE_EN, NOTICE_ZH

    err.print(f"[bold]{NOTICE_ZH} / {NOTICE_EN}[/]")


def answer(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """A query's answer as a table."""
    numeric = {i for i in range(len(columns)) if any(isinstance(row[i], int | float) for row in rows)}
    out.print(table(columns, [list(row) for row in rows], numeric))


def note(text: str) -> None:
    """Something beside the answer, on standard error."""
    err.print(escape(text), style="dim", soft_wrap=True)


def wrote(path: Path, rows: int) -> None:
    """A file that was written."""
    note(f"写入 wrote {rows:,} 行 rows: {path}")


class Waiting:
    """What is told of a query while it runs: rows once there are some."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("查询 asking", total=100, detail="")

    def rows(self, count: int) -> None:
        """So many rows are written."""
        self._bars.update(self._task, detail=f"{count:,} 行 rows")

    def done(self) -> None:
        """There is nothing more to wait for."""
        self._bars.stop()


class _Asked(ProgressColumn):
    """The database's own word on how much of a query is done; nothing while it cannot tell."""

    def __init__(self, percent: Callable[[], float]) -> None:
        super().__init__()
        self._percent = percent

    def render(self, task: Task) -> Text:
        percent = self._percent()
        return Text(f"{percent:3.0f} %" if percent > 0 else "")


@contextmanager
def asking(percent: Callable[[], float]) -> Iterator[Waiting]:
    """While a query runs: how much of it is done and for how long, on standard error, on a terminal only; gone afterwards."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), _Asked(percent), TimeElapsedColumn(),
               TextColumn("[dim]{task.fields[detail]}"))  # fmt: skip
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal, refresh_per_second=4) as bars:
        yield Waiting(bars)
