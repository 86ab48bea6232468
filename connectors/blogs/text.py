"""HTML of an article as plain text, in time proportional to its length whatever is in it."""

import html
import re

# A tag with its quoted attributes; without a `<` between them, so that no start is scanned far in vain.
_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9:-]{0,40})(?:[^"'<>]|"[^"]{0,4000}"|'[^']{0,4000}')*+>""")
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
_SILENT_END = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template")}
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|div|fig(caption|ure)|footer|h[1-6r]|header|li|main|nav|[ou]l|p|"
    "pre|section|table|t[dhr]"
)
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def plain_text(source: str) -> str:
    """Return the text of the HTML in `source`, blocks on lines of their own."""
    text = html.unescape(_LONG_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", _without_tags(source)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _without_tags(source: str) -> str:
    pieces, position = [], 0
    while opening := _OPENS.search(source, position):
        start = opening.start()
        pieces.append(" ".join(source[position:start].split("\n")))
        tag = _TAG.match(source, start)
        name = tag.group(1).lower() if tag else ""
        position = tag.end() if tag else _end_of_odd_tag(source, start)
        if name in _SILENT_END and source[start + 1] != "/":
            end = _SILENT_END[name].search(source, position)
            position = end.start() if end else len(source)
        if _BLOCK.fullmatch(name):
            pieces.append("\n")
    pieces.append(" ".join(source[position:].split("\n")))
    return "".join(pieces)


def _end_of_odd_tag(source: str, start: int) -> int:
    """Return where a comment, a declaration or a broken tag ends: at the end of all when it never does."""
    closing = "-->" if source.startswith("<!--", start) else ">"
    end = source.find(closing, start + 2)
    return end + len(closing) if end >= 0 else len(source)
