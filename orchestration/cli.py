"""`renkou ...`: one verb each, thin over the rooms. Exit codes: 0 done, 1 a check or gate failed, 2 input or call is wrong."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration import show
from orchestration.cli_alerts import alerts
from orchestration.cli_keys import key, purge
from orchestration.cli_marts import check_address, export, load_into, sql
from orchestration.errors import RenkouError, cause_of
from orchestration.periods import parse_snapshot_month
from orchestration.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Renkou 人口: a city's statistical warehouse.",
)
demo = typer.Typer(no_args_is_help=True, help="合成城市 / The synthetic city.")
app.add_typer(demo, name="demo")
app.add_typer(alerts, name="alerts")
app.add_typer(key, name="key")
app.command()(sql)
app.command()(export)

AsJson = Annotated[bool, typer.Option("--json", help="answer as JSON on standard output")]
PublishLast = Annotated[
    int | None,
    typer.Option(min=1, help="of a backlog, build and publish the last N months; the older are landed alone"),
]
FAILED, WRONG = 1, 2


def main() -> None:
    """Run the command line; every error becomes one message and an exit code. RENKOU_DEBUG=1 shows where it came from."""
    try:
        app()
    except RenkouError as error:
        show.error(str(error))
        sys.exit(error.exit_code)
    except Exception as error:  # what a library says may hold content
        if os.environ.get("RENKOU_DEBUG") == "1":
            raise
        show.error(f"unexpected: {cause_of(error)}. Nothing that was landed is lost; RENKOU_DEBUG=1 shows where")
        sys.exit(WRONG)


def _month(text: str) -> date:
    try:
        return parse_snapshot_month(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@demo.command("generate")
def demo_generate(
    persons: Annotated[int, typer.Option(min=1000, help="persons on the register")] = 40_000,
    months: Annotated[int, typer.Option(min=1, max=240, help="snapshot months")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 1,
    start: Annotated[str, typer.Option(help="first snapshot month")] = "2013-10",
    out: Annotated[Path | None, typer.Option(help="folder for inbox/ and truth/; default: RENKOU_HOME")] = None,
    fault_scale: Annotated[float, typer.Option(min=0, help="0: a clean city; 1: the default rates of faults")] = 1.0,
) -> None:
    """Write a fictional city's deliveries into OUT/inbox and what is true of it into OUT/truth.

    Example: renkou demo generate --persons 40000 --months 12 --seed 1 --out data
    """
    from orchestration.demo.generate import generate
    from orchestration.demo.options import CityOptions, FaultRates

    options = CityOptions(
        persons=persons, months=months, seed=seed, start=start, faults=FaultRates().scaled(fault_scale)
    )
    with show.progress("生成城市 / generating") as bar:
        summary = generate(options, out or Settings().root, bar)
    show.generated(summary, out or Settings().root)


@demo.command("run")
def demo_run(
    persons: Annotated[int, typer.Option(min=1000)] = 40_000,
    months: Annotated[int, typer.Option(min=1, max=240)] = 12,
    seed: Annotated[int, typer.Option()] = 1,
    publish_last: PublishLast = 2,
) -> None:
    """The whole way: generate the city, land every month, build and publish the last two. Again: changes nothing.

    Example: renkou demo run
    """
    from orchestration.demo.generate import generate
    from orchestration.demo.options import CityOptions
    from orchestration.status import taken_files

    settings = Settings()
    with show.progress("1/2 生成城市 / generating") as bar:
        options = CityOptions(persons=persons, months=months, seed=seed)
        summary = generate(options, settings.root, bar, taken_files(settings))
    show.generated(summary, settings.root)
    ran = _run_pending(settings, "2/2 按月入库 / monthly runs", publish_last)
    _finish(settings, ran)


@demo.command("measure")
def demo_measure(as_json: AsJson = False) -> None:
    """Recall and precision of landing and gate per kind of injected fault, from the truth beside the inbox.

    Land the city first (`renkou demo run`, or `renkou land` of its inbox).

    Example: renkou demo measure --json
    """
    from orchestration.demo.measure import measure

    found = measure(Settings())
    if as_json:
        _print_json(found.as_data())
    else:
        show.measured(found)


def _run_pending(settings: Settings, title: str, publish_last: int | None) -> int:
    """Run every month of which the inbox holds something new; the last ones, or all, the whole way. How many ran."""
    from orchestration.backlog import pending_months
    from orchestration.pipeline import LANDING, MONTHLY, monthly_runner

    pending = pending_months(settings)
    with _telling(settings):
        if pending:
            with monthly_runner(settings) as run_month, show.month_progress(title, pending) as step:
                landed_alone = 0 if publish_last is None else max(0, len(pending) - publish_last)
                for number, (month, _) in enumerate(pending):
                    with step(month):
                        run_month(month, LANDING if number < landed_alone else MONTHLY)
    return len(pending)


@contextmanager
def _telling(settings: Settings) -> Iterator[None]:
    """Send the alerts afterwards, whatever became of the run; what hinders that is said and changes nothing."""
    from orchestration.notify.dispatch import dispatch

    try:
        yield
    finally:
        try:
            show.dispatched(dispatch(settings))
        except RenkouError as error:
            show.error(f"alerts were not sent, and wait: {error}")


def _finish(settings: Settings, ran: int) -> None:
    from orchestration.status import status

    show.summary(status(settings), settings, ran)


@app.command()
def land(
    files: Annotated[list[Path] | None, typer.Argument(help="files to land, in any order")] = None,
    archive: Annotated[
        bool,
        typer.Option("--archive", help="land the originals that the archive holds and the warehouse does not know"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land files: receive, read, check, protect, gate, one transaction each. Marts change with the next `renkou run`.

    What lay in the inbox and is kept in the archive is taken out of the inbox. With --archive a lost warehouse is made
    again from the originals, under the keys they came under.

    Example: renkou land births_990101_201503.csv
    """
    from orchestration.landing.deliver import landing
    from orchestration.landing.inbox import empty_inbox

    if archive == bool(files):
        raise typer.BadParameter("name files, or --archive alone")
    settings = Settings()
    with show.progress("入库 / landing") as bar, landing(settings) as lander:
        waiting = [] if files else lander.waiting_in_archive()
        done, total = count(1), len(files or waiting)
        told = lambda outcome: bar(outcome.file, next(done), total)  # noqa: E731
        outcomes = lander.land_all(files, told) if files else lander.land_archive(waiting, told)
        empty_inbox(settings, lander.taken)
    show.outcomes(outcomes, as_json)
    _exit_for({outcome.status for outcome in outcomes})


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="files to check, each on its own")], as_json: AsJson = False
) -> None:
    """Say what `renkou land` would make of files, and which lines of them are bad; nothing lands, nothing is kept.

    Exit code as `renkou land`: 0 they would land, 1 one would be held, 2 one would be refused.

    Example: renkou check births_990101_201503.csv
    """
    from orchestration.landing.deliver import landing

    with landing(Settings()) as lander:
        checked = [(lander.registers, *lander.check(path)) for path in files]
    show.checked(checked, as_json)
    _exit_for({outcome.status for _, outcome, _ in checked})


@app.command()
def template(
    register: Annotated[str, typer.Argument(help="name of a register, such as births")],
    area: Annotated[str, typer.Option(help="six-digit code of the delivering area")],
    month: Annotated[str, typer.Option(help="snapshot month, 2015-03")],
    form: Annotated[str, typer.Option("--format", help="csv or xlsx")] = "xlsx",
    out: Annotated[Path, typer.Option(help="folder to write it to")] = Path(),
) -> None:
    """Write an empty file of a register, named and headed as it has to be, for a department to fill.

    Example: renkou template births --area 990101 --month 2015-03
    """
    from orchestration.landing.contracts import load_contracts
    from orchestration.landing.template import write_template

    path = write_template(load_contracts(Settings().dbt_project), register, area, _month(month), form, out)
    typer.echo(str(path))


def _exit_for(statuses: set[str]) -> None:
    if "refused" in statuses:
        raise typer.Exit(WRONG)
    if "held" in statuses:
        raise typer.Exit(FAILED)


@app.command()
def run(
    month: Annotated[
        str | None, typer.Option(help="snapshot month, 2015-03; default: every month with new files")
    ] = None,
    publish_last: PublishLast = None,
    as_json: AsJson = False,
) -> None:
    """Run the monthly job: land the inbox's files of the month, build the marts, publish, write the pages.

    Each month of a backlog is published, so that the vintages show what was known when; `--publish-last 1` is quicker.

    Ends with 1 when a delivery of this run is held, with 2 when one is refused or the inbox holds files that no run takes.

    Example: renkou run --month 2015-03
    """
    from orchestration.pipeline import MONTHLY, monthly_runner
    from orchestration.status import status

    if month is not None and publish_last is not None:
        raise typer.BadParameter("--publish-last is for a backlog, and --month for one month of it")
    settings = Settings()
    before = status(settings)["run"]
    if month is None:
        ran = _run_pending(settings, "按月入库 / monthly runs", publish_last)
    else:
        wanted = _month(month)
        with (
            _telling(settings),
            monthly_runner(settings) as run_month,
            show.month_progress("按月入库 / monthly run", [(wanted, 0)]) as step,
            step(wanted),
        ):
            run_month(wanted, MONTHLY)
        ran = 1
    facts = status(settings)
    if as_json:
        _print_json(facts)
    else:
        show.summary(facts, settings, ran)
    for line in facts["inbox_unrecognised"]:
        show.error(line)
    refused = facts["inbox_unrecognised"] or facts["run"]["refused"] > before["refused"]
    _exit_for({"refused"} if refused else {"held"} if facts["run"]["held"] > before["held"] else set())


@app.command()
def status(as_json: AsJson = False) -> None:
    """What stands in the warehouse, per register, and what is published.

    Example: renkou status --json
    """
    from orchestration.status import status as read_status

    facts = read_status(Settings())
    if as_json:
        _print_json(facts)
    else:
        show.status(facts)


@app.command()
def deliveries(
    only: Annotated[str | None, typer.Option("--status", help="landed, superseded, held, refused or duplicate")] = None,
    as_json: AsJson = False,
) -> None:
    """The ledger of deliveries: what came, what became of it, and why.

    Example: renkou deliveries --status held
    """
    from orchestration.status import deliveries as read_deliveries

    show.deliveries(read_deliveries(Settings(), only), as_json)


@app.command()
def history(
    as_of: Annotated[
        str | None, typer.Option(help="a delivery's number, or a day such as 2015-04-12; default: now")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The registers' histories as they were known after a delivery landed, or at the end of a day.

    Example: renkou history --as-of 2015-04-12
    """
    from orchestration.status import history as read_history

    figures = read_history(Settings(), _moment(as_of))
    if as_json:
        _print_json(figures)
    else:
        show.history(figures)


def _moment(text: str | None) -> int | date | None:
    if text is None:
        return None
    if text.isdecimal():
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a delivery's number or a day such as 2015-04-12") from None


@app.command()
def accept(
    delivery: Annotated[int, typer.Argument(help="number of a held delivery")],
    reason: Annotated[str, typer.Option(help="why it may land after all")],
    by: Annotated[str, typer.Option(help="who decides")],
) -> None:
    """Let a held delivery land, and record who decided and why.

    Example: renkou accept 17 --reason "boundary change confirmed by letter" --by "statistics office"
    """
    from orchestration.landing.deliver import landing

    with landing(Settings()) as lander:
        outcome = lander.accept(delivery, by=by, reason=reason)
    show.outcomes([outcome], as_json=False)
    _exit_for({outcome.status})


app.command()(purge)


@app.command()
def audit(
    as_json: AsJson = False,
) -> None:
    """Attack the publication that stands: could a small count be worked out from everything else? Says where, never what.

    Ends with 1 when one could. Publications withhold what is not proven safe before they leave, and attack what changed; this
    attacks everything and takes nobody's word for it.

    Example: renkou audit
    """
    from orchestration.publish.audit import audit_publication, refuse_pinned

    report = audit_publication(Settings())
    if as_json:
        _print_json(vars(report) | {"pinned": sorted(set(report.pinned))})
        raise typer.Exit(1 if report.pinned else 0)
    show.audited(report)
    refuse_pinned(report)


@app.command()
def publish(
    to: Annotated[
        str | None, typer.Option(help="postgresql://user@host/database: load the tables there, too (no password)")
    ] = None,
) -> None:
    """Publish the marts as they stand in the warehouse and write the pages anew.

    Example: renkou publish --to postgresql://renkou@db.example.org/statistics
    """
    from orchestration.publish.office import write_office
    from orchestration.publish.page import write_site
    from orchestration.publish.publication import publish as publish_marts

    if to is not None:
        check_address(to)
    settings = Settings()
    publication = publish_marts(settings)
    write_office(settings)
    write_site(settings)
    show.published(publication, settings)
    if to is not None:
        load_into(settings, to)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="folder for the files")] = Path(),
    kind: Annotated[str, typer.Option(help="monthly, quarterly, half-year, annual, or all of them")] = "monthly",
    office: Annotated[
        bool,
        typer.Option("--office", help="the office's edition with exact figures (confidential), readable by you alone"),
    ] = False,
) -> None:
    """Write a report of the current publication: its tables as XLSX, and PDFs in Chinese and English (needs Chromium).

    Example: renkou report --kind quarterly --out reports
    """
    from orchestration.publish.reports import write_reports

    if office:
        show.confidential()
    for path in write_reports(Settings(), out, kind, office=office):
        show.out.print(str(path), soft_wrap=True)


@app.command()
def quality(
    month: Annotated[str | None, typer.Option(help="snapshot month, 2015-03; default: the last one published")] = None,
    area: Annotated[str | None, typer.Option(help="one delivering area, register by register, 990101")] = None,
    as_json: AsJson = False,
) -> None:
    """The quality of a month's data as published: scores by area and dimension with their trend, reporting, and what flags do.

    Ends with 1 when a delivery of the month is held or refused.

    Example: renkou quality --month 2015-03 --area 990101
    """
    from orchestration.publish.quality import quality_of

    found = quality_of(Settings(), _month(month) if month else None, area)
    if as_json:
        _print_json(asdict(found))
    else:
        show.quality(found)
    if found.held:
        raise typer.Exit(FAILED)


@app.command()
def assess(
    scheme: Annotated[str | None, typer.Option(help="assessment scheme, such as ezhou")] = None,
    period: Annotated[str | None, typer.Option(help="month at whose end it is assessed, 2015-03")] = None,
    area: Annotated[str | None, typer.Option(help="12-digit code of one area; default: every area assessed")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="a publication's number, or a day; default: as published now")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="a frozen run instead of scheme and period; see `renkou freeze`")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the scorecard of a scheme: targets, values with intervals, verdicts, the year before and the area above.

    With --run a frozen scorecard, after it was made again from the vintages to the byte. Ends with 1 when a veto item is
    missed, or when the frozen run cannot be made again.

    Example: renkou assess --scheme ezhou --period 2015-03
    """
    from orchestration.assessment.runs import frozen_cards, reproduce
    from orchestration.assessment.scorecard import scorecards

    settings = Settings()
    if run is not None and (scheme or period or as_of):
        raise typer.BadParameter("a frozen run has its scheme, period and publication: name it alone")
    if run is not None:
        frozen = reproduce(settings, run)
        cards, title = (
            frozen_cards(settings, frozen, area),
            f"{frozen.identity['scheme']} {frozen.identity['period_end'][:7]}",
        )
    elif scheme is None or period is None:
        raise typer.BadParameter("name a scheme and a period, or a frozen run")
    else:
        cards, title = scorecards(settings, scheme, _month(period), area, _moment(as_of)), f"{scheme} {period}"
    if as_json:
        _print_json([item for card in cards for item in card.items])
    else:
        show.scorecards(cards, title)
        if run is not None:
            show.run(frozen)
    if any(card.vetoed for card in cards):
        raise typer.Exit(FAILED)


@app.command()
def scorecard(
    area: Annotated[str | None, typer.Option(help="12-digit code of an area; default: the city")] = None,
    period: Annotated[
        str | None, typer.Option(help="month at whose end it is assessed, 2015-03; default: the last")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="one assessment scheme; default: all that assess the area")] = None,
    as_json: AsJson = False,
) -> None:
    """An area at a glance: its scorecards as published now, with the last year of each indicator as a sparkline.

    Example: renkou scorecard --area 990101000000
    """
    from orchestration.assessment.scorecard import outlook

    found = outlook(Settings(), area, _month(period) if period else None, scheme)
    if as_json:
        cards = [{"scheme": name, "items": card.items} for name, card in found.cards.items()]
        trend = [{"indicator": i, "window": w, "figures": figures} for (i, w), figures in sorted(found.trend.items())]
        _print_json({"period_end": found.period, "cards": cards, "trend": trend})
    else:
        show.outlook(found)


@app.command()
def freeze(
    scheme: Annotated[str, typer.Option(help="assessment scheme, such as ezhou")],
    period: Annotated[str, typer.Option(help="month at whose end it is assessed, 2015-03")],
    by: Annotated[str, typer.Option(help="who freezes it")],
    reason: Annotated[str, typer.Option(help="what it is for, such as the annual assessment")],
    as_of: Annotated[
        str | None, typer.Option(help="a publication's number, or a day; default: as published now")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a scorecard as published: an immutable run, named by scheme, period, vintage, code version and inputs.

    The same freezes to the same run. Runs stand in the next publication (renkou publish).

    Example: renkou freeze --scheme ezhou --period 2015-03 --by "statistics office" --reason "first quarter"
    """
    from orchestration.assessment.runs import freeze as freeze_run
    from orchestration.assessment.runs import run_file

    settings = Settings()
    run = freeze_run(settings, scheme, _month(period), by, reason, _moment(as_of))
    if as_json:
        _print_json({"run": run.run, **run.identity, "file": str(run_file(settings, run))})
    else:
        show.run(run)


@app.command("sign-off")
def sign_off(
    run: Annotated[str, typer.Argument(help="a frozen run, or the beginning of its name")],
    by: Annotated[str, typer.Option(help="who vouches for it")],
    reason: Annotated[str, typer.Option(help="on what ground")],
) -> None:
    """Sign a frozen run off, after it was made again from the vintages to the byte.

    Example: renkou sign-off 3f9a --by "head of statistics" --reason "checked against the quarterly supervision"
    """
    from orchestration.assessment.runs import sign_off as sign

    show.run(sign(Settings(), run, by, reason))


@app.command()
def revisions(
    indicator: Annotated[str | None, typer.Option(help="published values of this indicator that were revised")] = None,
    area: Annotated[str | None, typer.Option(help="12-digit code of an area; default: the city")] = None,
    period: Annotated[str | None, typer.Option(help="end of the period, 2015-03; default: all")] = None,
    run: Annotated[str | None, typer.Option(help="what a frozen run's items are now")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what was revised: publications and frozen runs, the values of an indicator, or a frozen run against the present.

    Example: renkou revisions --indicator crude_birth_rate --period 2014-09
    """
    from orchestration.assessment.runs import frozen_runs, revised_since
    from orchestration.publish.revisions import publications, revised_values

    settings = Settings()
    if run is not None:
        found = revised_since(settings, run)
    elif indicator is not None:
        found = revised_values(settings, indicator, area, _month(period) if period else None)
    else:
        found = publications(settings)
    if as_json:
        _print_json(found)
    elif run is not None or indicator is not None:
        show.records(found, "没有修订 / nothing was revised")
    else:
        show.records(found, "")
        show.records(frozen_runs(settings), "没有冻结的考核 / no frozen runs")


@app.command()
def dev(port: Annotated[int, typer.Option(help="port of the webserver on 127.0.0.1")] = 3000) -> None:
    """Start Dagster's webserver and daemon on 127.0.0.1.

    Example: renkou dev --port 3000
    """
    from orchestration.pipeline import serve

    raise typer.Exit(serve(Settings(), port))


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
