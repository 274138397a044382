"""`renkou alerts ...`: what is open, who has taken it on, and sending by hand."""

from datetime import date
from typing import Annotated

import typer

from orchestration import show
from orchestration.errors import Refusal
from orchestration.landing.contracts import load_contracts
from orchestration.settings import Settings

alerts = typer.Typer(
    no_args_is_help=False, help="警报 / Alerts of the data's quality: open ones; `ack`, `mute`, `show`, `send`."
)
AlertId = Annotated[str, typer.Argument(help="the alert's id, as `renkou alerts` lists it")]


@alerts.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="resolved ones, too")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="answer as JSON on standard output")] = False,
) -> None:
    """The open alerts, what holds a delivery first.

    Example: renkou alerts --all
    """
    if context.invoked_subcommand is not None:
        return
    from orchestration.notify.desk import read_desk

    show.alerts(read_desk(Settings(), every=every), as_json)


@alerts.command("show")
def shown(alert: AlertId) -> None:
    """One alert in the words of its message, with the first lines of the file that are at fault.

    Example: renkou alerts show 17-births_timely
    """
    from orchestration.notify.desk import read_one

    text = read_one(Settings(), alert)
    if text is None:
        raise Refusal(alert, "no_such_alert", "no alert has this id; see renkou alerts --all")
    show.plain(text)


@alerts.command()
def ack(
    alert: AlertId,
    by: Annotated[str, typer.Option(help="who takes it on")],
    note: Annotated[str | None, typer.Option(help="what is being done about it")] = None,
) -> None:
    """Take an alert on: nobody is reminded of it any more, and it closes with the delivery that mends it.

    Example: renkou alerts ack 17-births_timely --by "county 990101" --note "clinic files are late, sent by Friday"
    """
    from orchestration.notify.outbox import acknowledge
    from orchestration.warehouse import open_warehouse

    settings = Settings()
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        _need(acknowledge(connection, alert, by, note), alert)


@alerts.command()
def mute(
    alert: AlertId, until: Annotated[str, typer.Option(help="the last day on which nothing is said of it: 2015-04-30")]
) -> None:
    """Say nothing of an alert up to a day; it stays open and listed.

    Example: renkou alerts mute 17-births_timely --until 2015-04-30
    """
    from orchestration.notify.outbox import mute as mute_alert
    from orchestration.warehouse import open_warehouse

    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise typer.BadParameter("write a day such as 2015-04-30") from None
    settings = Settings()
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        _need(mute_alert(connection, alert, day), alert)


@alerts.command()
def send() -> None:
    """Look for missed deadlines and send what is due. `renkou run` and the daemon do it by themselves.

    Example: renkou alerts send
    """
    from orchestration.notify.dispatch import dispatch

    done = dispatch(Settings())
    show.dispatched(done)
    if done.waiting:
        raise typer.Exit(1)


def _need(found: bool, alert: str) -> None:
    if not found:
        raise Refusal(alert, "no_such_alert", "no open alert has this id; see renkou alerts")
