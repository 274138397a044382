"""docs/registers.md, made from contracts and suites: what each department delivers, column by column, and how it is judged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestration.documents.markdown import table
from orchestration.landing.contracts import Column, Register, load_contracts
from orchestration.landing.rules import landing_rules
from orchestration.quality.suites import Threshold, load_suites
from orchestration.settings import Settings

MODES = {
    "full": "the whole register of the area; a row that is gone was deleted or moved",
    "window": "every row of the running policy year up to the month's end; a row gone from it was withdrawn",
    "append": "only new rows",
}
HEAD = """# Registers

Made from the contracts in `dbt_project/models/staging/<register>/` and the suites in `expectations/` by `make docs`:
change them, not this page.

A delivery is one file per register, delivering area and snapshot month: `<register>_<area6>_<yyyymm>[_<n>].<format>`,
`n` being the number of a re-delivery. `renkou template REGISTER --area A --month M` writes an empty one;
`renkou check FILE` says what would become of a filled one. English column names are accepted as headers beside the
Chinese ones. Columns of role *identifier* become keyed pseudonyms, columns of role *dropped* never pass the door.
"""


def registers_document(registers: Mapping[str, Register], suites: Mapping[str, Sequence[Threshold]]) -> str:
    """The whole page."""
    sections = (_section(register) + _thresholds(suites.get(name, [])) for name, register in registers.items())
    return "\n".join([HEAD, _overview(registers.values()), *sections, _rules()])


def _overview(registers: Iterable[Register]) -> str:
    rows = (
        [f"[{r.name}](#{r.name})", r.name_zh, r.name_en, r.owner.replace("_", " "), r.mode, r.encoding]
        for r in registers
    )
    return table(("register", "名称", "name", "owner", "mode", "encoding"), rows)


def _section(register: Register) -> str:
    window = f"; window by `{register.window_column}`" if register.window_column else ""
    unique = "" if register.unique else " (may repeat)"
    facts = [
        f"\n## {register.name}\n",
        f"{register.name_zh} · {register.name_en}. Mode `{register.mode}`: {MODES[register.mode]}{window}.",
        f"Key: {', '.join(f'`{part}`' for part in register.key)}{unique}. Delivered by each {register.delivered_by} as "
        f"{', '.join(register.formats)}; text in {register.encoding}.",
        f"Held when more than {register.max_bad_share:.0%} of the rows are bad or the row count falls by more than "
        f"{register.max_fall:.0%}.\n",
    ]
    columns = table(("column", "表头 headers", "type", "role", "required", "content"), map(_column, register.columns))
    rules = "".join(f"- `{rule.rule}` on `{rule.column}`: {rule.reason}\n" for rule in register.rules)
    return "\n".join([*facts, columns]) + (f"\nRules over a row:\n\n{rules}" if rules else "")


def _column(column: Column) -> Iterator[str]:
    yield f"`{column.name}`"
    yield "、".join(column.zh)
    yield column.type
    yield column.role
    yield "yes" if column.required else ""
    yield " ".join([column.description, *_limits(column)])


def _limits(column: Column) -> Iterator[str]:
    if column.codes:
        yield "; ".join(f"{'/'.join(forms)} = {code}" for code, forms in column.codes.items()) + "."
    if column.pattern:
        yield f"Form: `{column.pattern}`."
    if column.minimum is not None or column.maximum is not None:
        low, high = (value if value is not None else "…" for value in (column.minimum, column.maximum))
        yield f"{low} to {high}."
    if column.within_delivery:
        yield "Inside the delivering area."


def _thresholds(thresholds: Sequence[Threshold]) -> str:
    if not thresholds:
        return ""
    rows = ([f"`{t.id}`", t.zh, t.en, t.dimension, t.severity, f"{t.since}"] for t in thresholds)
    head = ("check", "含义", "meaning", "dimension", "severity", "since")
    return "\nThresholds on what a delivery brought:\n\n" + table(head, rows)


def _rules() -> str:
    rows = ([f"`{name}`", rule.zh, rule.en] for name, rule in landing_rules().items())
    return "\n## Rules of every register\n\n" + table(("rule", "含义与改法", "meaning and how to mend it"), rows)


def current_document(settings: Settings) -> str:
    """The page as it has to be now."""
    return registers_document(load_contracts(settings.dbt_project), load_suites(settings.expectations))
