"""Reads the PDFs that Chromium prints: the text of each page, by the fonts' own tables of characters."""

import re
import unicodedata
import zlib
from pathlib import Path

OBJECT = re.compile(rb"(?:^|\s)(\d+) 0 obj\b(.*?)\bendobj", re.S)


def page_texts(pdf: Path) -> list[str]:
    """The text of every page, in order, without the spaces between words (they are drawn as gaps)."""
    data = pdf.read_bytes()
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    objects = {int(number): body for number, body in OBJECT.findall(data)}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", body)]
    return [_page(body, objects) for body in pages]


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    fonts = {name: _characters(objects[int(number)], objects) for name, number in _fonts(body, objects)}
    text, font = "", {}
    content = b"".join(_stream(objects[int(number)]) for number in _content(body))
    for name, digits, raw in re.findall(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\(((?:\\.|[^\\)])*)\)", content, re.S):
        if name:
            font = fonts.get(name, {})
        else:
            shown = digits.upper() or _unescaped(raw).hex().upper().encode()
            wide = len(next(iter(font), b"0000"))  # digits of a glyph: four, or two in fonts of drawn shapes
            text += "".join(font.get(shown[at : at + wide], "") for at in range(0, len(shown), wide))
    return unicodedata.normalize("NFKC", text)


def _unescaped(raw: bytes) -> bytes:
    """The bytes of a literal string."""
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def meant(found: re.Match[bytes]) -> bytes:
        said = found[1]
        return bytes([int(said, 8)]) if said[:1].isdigit() else named.get(said, said)

    return re.sub(rb"\\([0-7]{1,3}|.)", meant, raw, flags=re.S)


def _content(body: bytes) -> list[bytes]:
    found = re.search(rb"/Contents\s*(?:\[(.*?)\]|(\d+ 0 R))", body, re.S)
    return re.findall(rb"(\d+) 0 R", found[1] or found[2]) if found else []


def _fonts(body: bytes, objects: dict[int, bytes]) -> list[tuple[bytes, bytes]]:
    found = re.search(rb"/Resources (\d+) 0 R", body)
    resources = objects[int(found[1])] if found else body
    listed = re.search(rb"/Font\s*<<(.*?)>>", resources, re.S)
    return re.findall(rb"/(\w+) (\d+) 0 R", listed[1]) if listed else []


def _stream(body: bytes) -> bytes:
    start = re.search(rb"stream\r?\n", body)
    assert start is not None
    packed = b"/FlateDecode" in body[: start.start()]
    return zlib.decompressobj().decompress(body[start.end() :]) if packed else body[start.end() :]


def _characters(font: bytes, objects: dict[int, bytes]) -> dict[bytes, str]:
    """Glyph as hexadecimal digits -> character, as the font's ToUnicode says."""
    found = re.search(rb"/ToUnicode (\d+) 0 R", font)
    table = _stream(objects[int(found[1])]) if found else b""
    known: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
        for glyph, code in re.findall(rb"<(\w+)>\s*<(\w+)>", block):
            known[glyph.upper()] = bytes.fromhex(code.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, code in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                known[b"%0*X" % (len(first), int(first, 16) + step)] = chr(int(code, 16) + step)
    return known
