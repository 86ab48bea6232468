"""The bytes of a feed as entries: RSS and Atom through feedparser, JSON Feed by its few fields."""

import codecs
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from xml.parsers import expat

from monitor.connector import JSON, Unavailable

MAX_ENTRIES = 1000
MAX_ATTRIBUTES = 200  # of one element
MAX_ELEMENTS = 50_000  # about a second of work
MAX_DEPTH = 200
_MENDABLE = {b"<": 20_000, b"&": 200_000}  # what is not well-formed is parsed many times slower
_LONGEST_ID = 400

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s{0,100}<\?xml[^>]{1,200}?encoding=["']([\w.:-]{1,40})["']""")
# Codecs that take quadratic time, or give something else than the characters that were sent.
_UNWANTED = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
_MARKUP = re.compile(rb"<[^<>]*>")  # it would make any language look like English
_ROOT = re.compile(r"<(?=[A-Za-z_:])")

Entry = dict[str, JSON]


def entries(body: bytes, content_type: str, url: str) -> list[Entry]:
    """Return the entries of a feed, newest as the feed has them, at most `MAX_ENTRIES`.

    `url` is where it was found: relative links start there. Raises `Unavailable` when it is not a feed, or
    one that would cost too much.
    """
    text = decode(body, content_type)
    if text.lstrip().startswith("{"):
        found = [_json_entry(item, url) for item in _json_items(text)]
    else:
        found = [_xml_entry(item, feed, url) for item, feed in _xml_items(text, url)]
    return _with_ids(found)


def decode(body: bytes, content_type: str) -> str:
    """Return the text of `body`: by its mark, by what is declared if that fits, as UTF-8, or by its look."""
    for name in _encodings(body, content_type):
        try:
            if codecs.lookup(name).name.replace("_", "-") not in _UNWANTED:
                return body.decode(name)
        except (LookupError, ValueError):
            continue
    return body.decode(_look(body), errors="replace")


def _encodings(body: bytes, content_type: str) -> Iterator[str]:
    yield from (name for mark, name in _BOMS if body.startswith(mark))
    if told := _CHARSET.search(content_type):
        yield told.group(1)
    if declared := _DECLARED.match(body):
        yield declared.group(1).decode()
    yield "utf-8"


def _look(body: bytes) -> str:
    """Return the most likely encoding of text that does not say what it is, or says it wrongly."""
    from charset_normalizer import from_bytes

    text = body.decode(errors="replace")
    not_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if text.count("\N{REPLACEMENT CHARACTER}") * 10 < not_ascii:
        return "utf-8"  # with a broken character here and there
    best = from_bytes(_MARKUP.sub(b" ", body)[: 2**14]).best()
    return best.encoding if best else "windows-1252"


def _xml_items(text: str, url: str) -> Iterator[tuple[Any, Any]]:
    import feedparser  # type: ignore[import-untyped]

    source = '<?xml version="1.0" encoding="utf-8"?>\n' + _without_prolog(text)
    data = source.encode("utf-8", "replace")
    _refuse_costly(data)
    try:
        parsed = feedparser.parse(
            io.BytesIO(data),
            resolve_relative_uris=False,
            sanitize_html=False,
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Unavailable(f"the feed cannot be parsed: {type(error).__name__}") from error
    if not parsed["version"] and not parsed["entries"]:
        raise Unavailable("it is not a feed")
    for entry in parsed["entries"][:MAX_ENTRIES]:
        yield entry, parsed["feed"]


def _without_prolog(text: str) -> str:
    """Return `text` from its first element on: a document type, and with it every entity, stays behind.

    Raises `Unavailable` when it declares entities, which is how a small feed becomes a large one.
    """
    position = 0
    while True:
        position = text.find("<", position)
        if position < 0:
            raise Unavailable("it is not a feed")
        if text.startswith(("<!--", "<?"), position):
            closing = "-->" if text[position + 1] == "!" else "?>"
            position = text.find(closing, position)
            if position < 0:
                raise Unavailable("it is not a feed")
        elif _ROOT.match(text, position):
            break
        else:
            root = _ROOT.search(text, position)
            declared = text[position : root.start() if root else len(text)]
            if "<!entity" in declared.lower():
                raise Unavailable("refused: the feed declares entities")
            position = root.start() if root else len(text)
    return text[position:]


def _refuse_costly(data: bytes) -> None:
    """Raise `Unavailable` when feedparser would take seconds: too many elements, too deep, too broken."""
    count = depth = 0

    def opened(_: str, attributes: Mapping[str, str]) -> None:
        nonlocal count, depth
        count, depth = count + 1, depth + 1
        if len(attributes) > MAX_ATTRIBUTES:  # feedparser's time grows with their square
            raise Unavailable(f"an element of the feed has more than {MAX_ATTRIBUTES} attributes")
        if count > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise Unavailable(f"the feed has more than {MAX_ELEMENTS} elements or {MAX_DEPTH} levels")

    def closed(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if any(data.count(mark) > limit for mark, limit in _MENDABLE.items()):
            raise Unavailable("the feed is not well-formed and too long to be mended") from error


def _xml_entry(entry: Any, feed: Any, url: str) -> Entry:
    written = next(iter(entry.get("content") or ()), None) or entry.get("summary_detail") or {}
    title = entry.get("title_detail") or {}
    author = entry.get("author_detail") or {}
    return {
        "guid": _text(entry.get("id")),
        "link": _link(url, entry.get("link")),
        "title": _text(title.get("value")),
        "title_is_html": "html" in (title.get("type") or ""),
        "content": _text(written.get("value")),
        "content_is_html": "html" in (written.get("type") or "html"),
        "author": _text(author.get("name") or entry.get("author") or feed.get("author") or feed.get("title")),
        "author_url": _link(url, author.get("href")),
        "lang": _text(written.get("language") or title.get("language") or feed.get("language")),
        # dict.get: the class's own get() gives "published" for a missing "updated", with a warning
        "published": _moment(dict.get(entry, "published_parsed")),
        "updated": _moment(dict.get(entry, "updated_parsed")),
    }


def _json_items(text: str) -> Iterator[Mapping[str, JSON]]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unavailable("it looks like a JSON feed and is not JSON") from error
    items = feed.get("items") if "jsonfeed.org/version" in str(feed.get("version")) else None
    if not isinstance(items, list):
        raise Unavailable("it is not a JSON feed")
    shared = {name: feed.get(name) for name in ("authors", "author", "language")}
    for item in items[:MAX_ENTRIES]:
        if isinstance(item, dict):
            yield {**shared, **item}


def _json_entry(item: Mapping[str, JSON], url: str) -> Entry:
    authors = item.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else item.get("author")
    author = author if isinstance(author, dict) else {}
    text, markup = _text(item.get("content_text")), _text(item.get("content_html"))
    number = item.get("id") if isinstance(item.get("id"), int) else None
    return {
        "guid": _text(item.get("id")) or (None if number is None else str(number)[:_LONGEST_ID]),
        "link": _link(url, item.get("url") or item.get("external_url")),
        "title": _text(item.get("title")),
        "title_is_html": False,
        "content": text or markup or _text(item.get("summary")),
        "content_is_html": bool(markup and not text),
        "author": _text(author.get("name")),
        "author_url": _link(url, author.get("url")),
        "lang": _text(item.get("language")),
        "published": _iso(item.get("date_published")),
        "updated": _iso(item.get("date_modified")),
    }


def _with_ids(found: list[Entry]) -> list[Entry]:
    """Give each entry its id: its guid, unless others have the same; then its link; then a digest of itself.

    A guid such as "17" is only unique in its feed; the connector puts the feed before it.
    """
    guids = Counter(entry["guid"] for entry in found)
    kept: dict[str, Entry] = {}
    for entry in found:
        own = entry["guid"] if guids[entry["guid"]] == 1 else None
        chosen = own or entry["link"] or digest(entry["title"], entry["published"] or entry["content"])
        if len(chosen) > _LONGEST_ID or not chosen.isprintable():
            chosen = "sha256:" + digest(chosen)
        kept.setdefault(chosen, {"id": chosen, **entry})
    return list(kept.values())


def digest(*parts: JSON) -> str:
    """Return a short fingerprint of JSON values."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _text(value: JSON) -> str | None:
    """Return `value` if it is text that is not blank, without what no database stores."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip()


def _link(url: str, value: JSON) -> str | None:
    """Return the http(s) address that `value` means when it stands at `url`."""
    try:
        link = urljoin(url, value.strip()) if isinstance(value, str) and value.strip() else ""
    except ValueError:
        return None
    return _text(link) if link.startswith(("http://", "https://")) else None


def _moment(parsed: Any) -> str | None:
    """Return feedparser's time tuple, which is UTC, as ISO 8601."""
    try:
        return datetime(*parsed[:6]).replace(tzinfo=UTC).isoformat() if parsed else None  # noqa: DTZ001 - on the spot
    except (TypeError, ValueError, OverflowError):
        return None


def _iso(value: JSON) -> str | None:
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        return (
            None if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
        )
    except ValueError:
        return None
