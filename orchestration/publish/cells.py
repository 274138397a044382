"""What a spreadsheet would run: text that begins like a formula is told to be text, in every file that leaves."""

import re

import pyarrow as pa
import pyarrow.compute as pc

# Spaces and invisible characters that a spreadsheet may skip before it looks at a cell.
SPACES = " \t\r\n\v\f\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
# = + - @ in their ASCII, full-width (U+FF0x) and small (U+FE6x) forms; input methods turn the latter two into the first.
OPENERS = "=+@＝＋－＠﹢﹣﹦﹫\\-"
# Read alike by Python and by RE2 (Arrow).
FORMULA = rf"\A(?:[\t\r\n]|[{SPACES}]*[{OPENERS}])"
NUMBER = r"\A-[0-9][0-9,]*(?:\.[0-9]+)?\z"  # a negative count as text is what it looks like
_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER.replace(r"\z", r"\Z"))
MARK = "'"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula (OWASP, CSV injection)."""
    return _FORMULA.match(text) is not None and _NUMBER.match(text) is None


def defused(text: str) -> str:
    """The text with an apostrophe before it where it may be taken for a formula."""
    return MARK + text if is_formula(text) else text


def defused_column(column: pa.Array) -> pa.Array:
    """The same for a column of text; nulls stay null."""
    number = pc.match_substring_regex(column, NUMBER)
    at_risk = pc.and_not(pc.match_substring_regex(column, FORMULA), number)
    if not pc.any(at_risk).as_py():
        return column
    return pc.if_else(at_risk, pc.binary_join_element_wise(MARK, column, ""), column)
