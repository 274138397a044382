"""Check: every cell against its type and code list, every row against the contract's rules, in one pass of SQL.

What lives here: the SQL of the checks, made from a contract. What does not: files, history, thresholds.
"""

from datetime import date

from orchestration.landing.contracts import Column, Register
from orchestration.landing.protect import Key
from orchestration.periods import month_end, policy_year, policy_year_start
from orchestration.sql_text import quoted

FULL = "".join(chr(c) for c in range(0xFF01, 0xFF5F))
HALF = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F))
IDENTIFIER_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643 / ISO 7064 MOD 11-2
EXCEL_FIRST, EXCEL_LAST = 14611, 73050  # serials of 1940 to 2099
REQUIRED = {"identifier": "missing_identifier"}
INVALID = {
    "identifier": "bad_check_digit",
    "date": "impossible_date",
    "code": "unknown_code",
    "area": "area_malformed",
    "integer": "not_a_number",
    "amount": "not_a_number",
}


def clean_sql(column: str) -> str:
    """SQL for a cell without stray spaces and full-width forms; null when empty. Only rows marked `dirty` are mended."""
    halved = f'translate("{column}", {quoted(FULL + chr(0x3000) + chr(0xA0))}, {quoted(HALF + "  ")})'
    return f"""case when dirty then nullif(trim({halved}, e' \\t\\r'), '') else "{column}" end"""


def date_sql(cell: str) -> str:
    """SQL for a date written as 2014-03-05, 2014/3/5, 20140305, 2014年3月5日 or as an Excel serial; else null.

    The commonest form is told by its shape alone, which is several times faster than a regular expression. Years have
    four digits and do not begin with 0 or a sign: DuckDB would read years before Christ.
    """
    dashed = f"replace(replace(replace(replace({cell}, '年', '-'), '月', '-'), '日', ''), '/', '-')"
    other = "[1-9][0-9]{3}(-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}日)"
    return f"""case
        when {cell} like '____-__-__' and {cell} >= '1' then try_cast({cell} as date)
        when {cell} is null then null
        when regexp_full_match({cell}, '[1-9][0-9]{{7}}')
            then try_cast(substr({cell}, 1, 4) || '-' || substr({cell}, 5, 2) || '-' || substr({cell}, 7, 2) as date)
        when regexp_full_match({cell}, '[0-9]{{5}}')
            then case when try_cast({cell} as int) between {EXCEL_FIRST} and {EXCEL_LAST}
                then date '1899-12-30' + try_cast({cell} as int) end
        when regexp_full_match({cell}, '{other}') then try_cast({dashed} as date)
        end"""


def _weighted_digits(number: str, digits: int, weights: tuple[int, ...]) -> str:
    terms = (f"{w} * ({number} // {10 ** (digits - 1 - i)} % 10)" for i, w in enumerate(weights))
    return " + ".join(terms)


def identifier_body_sql(cell: str) -> str:
    """SQL for the 18-place form of a cell; the 15-digit form of before 1999 gets its century and `?` for its check digit."""
    return (
        f"case when length({cell}) = 15 then substr({cell}, 1, 6) || '19' || substr({cell}, 7) || '?' else {cell} end"
    )


def identifier_sql(name: str) -> str:
    """SQL for the normalised 18-character identifier, or null when its form or check digit is wrong (GB 11643).

    Works on `t_<name>` (cleaned), `b_<name>` (18-place form) and on its digits 1-9 and 10-17 as the integers `l_<name>` and
    `r_<name>`: the weighted sum over two integers is several times faster than over seventeen characters.
    """
    body, left, right = f'"b_{name}"', f'"l_{name}"', f'"r_{name}"'
    total = (
        f"{_weighted_digits(left, 9, IDENTIFIER_WEIGHTS[:9])} + {_weighted_digits(right, 8, IDENTIFIER_WEIGHTS[9:])}"
    )
    character = f"substr('10X98765432', (({total}) % 11 + 1)::int, 1)"
    return f"""case
        when not regexp_full_match({body}, '[0-9]{{17}}[0-9Xx?]') then null
        when {character} = upper(substr({body}, 18, 1)) then upper({body})
        when length("t_{name}") = 15 then substr({body}, 1, 17) || {character}
        end"""


def code_sql(cell: str, codes: dict[str, list[str]]) -> str:
    """SQL that maps the written forms (and the canonical values themselves) to canonical values; else null."""
    whens = [
        f"when {cell} in ({', '.join(quoted(form) for form in [*forms, canonical])}) then {quoted(canonical)}"
        for canonical, forms in codes.items()
    ]
    return f"case {' '.join(whens)} end"


def typed_sql(column: Column, cell: str) -> str:
    """SQL for the typed value of a cleaned cell; null when it is empty or invalid."""
    number = f"replace({cell}, ',', '')"
    digits = "([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})"  # thousands separators stand where they belong
    match column.type:
        case "date":
            return date_sql(cell)
        case "identifier":
            return identifier_sql(column.name)
        case "code":
            return code_sql(cell, column.codes)
        case "area":
            return f"case when regexp_full_match({cell}, '[0-9]{{12}}') then {cell} end"
        case "integer":
            return f"case when regexp_full_match({cell}, '-?{digits}') then try_cast({number} as bigint) end"
        case "amount":
            decimal = rf"-?{digits}(\.[0-9]{{1,2}})?"
            return f"case when regexp_full_match({cell}, '{decimal}') then try_cast({number} as decimal(18, 2)) end"
        case _:
            return cell


def _area_prefix(register: Register, area: str) -> str:
    return area if register.delivered_by == "county" else area[:4]


def violation_terms(register: Register, area: str, month: date) -> list[tuple[str, str, str]]:
    """(condition, column, rule) of everything that quarantines a row, over `t_<column>` (cleaned) and typed columns."""
    terms: list[tuple[str, str, str]] = []
    for column in register.kept:
        name, text = f'"{column.name}"', f'"t_{column.name}"'
        if column.required:
            terms.append((f"{text} is null", column.name, REQUIRED.get(column.type, "missing_required")))
        if column.type in INVALID:
            terms.append((f"{text} is not null and {name} is null", column.name, INVALID[column.type]))
        if column.pattern is not None:
            terms.append((f"not regexp_full_match({name}, {quoted(column.pattern)})", column.name, "malformed"))
        if column.minimum is not None:
            terms.append((f"{name} < {column.minimum}", column.name, "out_of_range"))
        if column.maximum is not None:
            terms.append((f"{name} > {column.maximum}", column.name, "out_of_range"))
        if column.within_delivery:
            prefix = quoted(_area_prefix(register, area))
            terms.append((f"not starts_with({name}, {prefix})", column.name, "area_outside_delivery"))
    if register.window_column:
        start = policy_year_start(policy_year(month))
        name = f'"{register.window_column}"'
        terms.append((f"{name} < date '{start}'", register.window_column, "outside_window"))
        terms.append((f"{name} > date '{month_end(month)}'", register.window_column, "after_month_end"))
    terms += [(f"not ({rule.sql})", rule.column, rule.rule) for rule in register.rules]
    return terms


def checked_sql(register: Register, area: str, month: date) -> str:
    """SQL over the relation `chunk`: line, the typed columns, and `violations` (a list of `column:rule`)."""
    cleaned = ", ".join(f'{clean_sql(c.name)} as "t_{c.name}"' for c in register.kept)
    bodies = [
        f'{identifier_body_sql(f"""t_{c.name}""")} as "b_{c.name}"' for c in register.kept if c.role == "identifier"
    ]
    halves = [
        f'try_cast(substr("b_{c.name}", {start}, {digits}) as int) as "{half}_{c.name}"'
        for c in register.kept
        if c.role == "identifier"
        for half, start, digits in (("l", 1, 9), ("r", 10, 8))
    ]
    typed = ", ".join(f"""{typed_sql(c, f'"t_{c.name}"')} as "{c.name}\"""" for c in register.kept)
    flags = ", ".join(
        f"case when {condition} then {quoted(f'{column}:{rule}')} end"
        for condition, column, rule in violation_terms(register, area, month)
    )
    return f"""
        with cleaned as (select line, {cleaned} from chunk),
        bodies as ({", ".join(["select *", *bodies])} from cleaned),
        halves as ({", ".join(["select *", *halves])} from bodies),
        typed as (select *, {typed}, date '{month_end(month)}' as month_end from halves),
        flagged as (select *, list_filter([{flags}], lambda v: v is not null) as violations from typed)
        select line, {", ".join(f'"{c.name}"' for c in register.kept)}, violations from flagged"""


def protected_sql(register: Register, key: Key) -> str:
    """SQL over `checked`: the good rows as they land: `_line` and the landed columns with pseudonyms."""
    columns = ", ".join(
        f"""{key.pseudonym_sql(f'"{c.name}"')} as "{c.landed_name}\"""" if c.role == "identifier" else f'"{c.name}"'
        for c in register.kept
    )
    return f"select line as _line, {columns} from checked where len(violations) = 0"


def row_hash_sql(register: Register) -> str:
    """SQL for the 128-bit hash of a row's landed columns (MD5 of their text, unit separators between)."""
    parts = ", ".join(f"""coalesce("{c.landed_name}"::varchar, '')""" for c in register.kept)
    return f"md5_number(concat_ws(chr(31), {parts}))"
