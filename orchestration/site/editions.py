"""The office's edition of a report: the same templates over exact figures, each page a whole by itself, marked on every sheet."""

from pathlib import Path

from markupsafe import Markup

from orchestration.site.build import ASSETS, environment, local, render
from orchestration.site.data import Facts, alerts, header
from orchestration.site.history import history_page
from orchestration.site.marts import Marts, Row, open_marts, open_office
from orchestration.site.page import Page
from orchestration.site.quality import quality_page
from orchestration.site.reports import Kind, kinds, report

OFFICE = "-office"


def office_name(kind: Kind, edition: str) -> str:
    """`report-annual-office-en`: never the name of a page of the site."""
    return kind.page("zh") + OFFICE + ("" if edition == "zh" else f"-{edition}")


def public_context(marts: Path, kind: Kind) -> tuple[Row, Row]:
    """What the templates are told of the publication, and what is stamped on them. MartsError without the file."""
    with open_marts(marts) as opened:
        return _context(opened, kind, "publication")


def _context(marts: Marts, kind: Kind, publication: str) -> tuple[Row, Row]:
    facts = Facts(marts)
    told = marts.rows(f"select publication, published_at from {publication}")[0]
    shared = {"head": header(facts), "alert_count": len(alerts(facts)), "reports": list(kinds().values())}
    context = shared | report(facts, kind, history_page(facts), quality_page(facts))
    return context, {"publication": str(told["publication"]), "generated_at": local(told["published_at"])}


def office_context(office: Path, published: Path, kind: Kind) -> tuple[Row, Row]:
    """What the templates are told of the office's exact figures, and what is stamped on them. MartsError without both files."""
    with open_office(office, published) as marts:
        context, stamp = _context(marts, kind, "published.publication")
        made = marts.rows("select written_at, notice_zh, notice_en from office.office")[0]
    return context | made | {"office": True, "written_at": local(made["written_at"])}, stamp


def office_pages(kind: Kind, context: Row, stamp: Row) -> dict[str, str]:
    """HTML by name, Chinese and English: styles and icons inside, no script, no link."""
    style = Markup((ASSETS / "site.css").read_text(encoding="utf-8"))  # noqa: S704  ours, and no value of a table
    templates = environment()
    return {
        office_name(kind, edition): render(
            templates,
            Page(office_name(kind, edition), kind.template, "report", {**context, "edition": edition, "other": ""}),
            {**stamp, "style": style},
        )
        for edition in ("zh", "en")
    }
