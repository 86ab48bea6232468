"""The one sanitiser: platform text made harmless before a terminal, a log, a CSV cell or an HTML page.

The text itself is stored as it was. Here control characters (C0, C1, DEL), bidirectional controls (which can
make a text read as another), invisible characters, those that XML forbids and lone surrogates become visible
stand-ins. Escaping markup is the business of whoever writes it.
"""

from collections.abc import Iterable

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (
    0x00AD,
    0x200B,
    0x2028,
    0x2029,
    *range(0x2060, 0x2066),
    *range(0x206A, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    0xFFFE,
    0xFFFF,
    *range(0xE0000, 0xE0080),
)


def _table(keep: str) -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(0x20)}  # Unicode's control pictures: ␛ for ESC
    table |= {0x7F: "\N{SYMBOL FOR DELETE}"}
    table |= dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)
    table |= dict.fromkeys((*_BIDI, *_INVISIBLE, *range(0xD800, 0xE000)), _REPLACEMENT)
    for character in keep:
        table[ord(character)] = character
    return table


_BLOCK = _table(keep="\n\t") | {0x0D: ""}
_LINE = _table(keep="") | {ord(white): " " for white in "\n\r\t\v\f"}
_BLANK = ("\t", "\n")
_FORMULA = ("=", "+", "-", "@", *"\uff1d\uff0b\uff0d\uff20")  # and their full-width forms, which some run too


def block(text: str, limit: int = 100_000) -> str:
    """Return `text` with its line breaks and tabs, everything else harmless, at most `limit` characters."""
    return _cut(text, limit).translate(_BLOCK)


def line(text: str, limit: int = 1_000) -> str:
    """Return `text` as one harmless line, runs of white space made one blank, at most `limit` characters."""
    return _cut(" ".join(_cut(text, 4 * limit).translate(_LINE).split()), limit)


def cell(value: object) -> str:
    """Return `value` as the text of a CSV cell that no spreadsheet runs as a formula.

    A text that begins with a tab or a line break, or after any white space with `=`, `+`, `-` or `@`, gets a
    leading apostrophe (OWASP, "CSV Injection"); numbers stay numbers; None is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    harmless = block(str(value))
    risky = harmless.startswith(_BLANK) or harmless.lstrip().startswith(_FORMULA)
    return f"'{harmless}" if risky else harmless


def cells(values: Iterable[object]) -> list[str]:
    """Return a row of cells."""
    return [cell(value) for value in values]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else (text[: limit - 1] + "…")[: max(limit, 0)]
