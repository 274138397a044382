"""Text as SQL."""


def quoted(text: object) -> str:
    """A value's text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"
