"""The documents are true: rendered parts are as the code has them, links lead somewhere, commands stand."""

import re
from dataclasses import dataclass, fields
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from monitor import config
from tests.docs import render

ROOT = render.ROOT
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)")
FENCE = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)


def ident(path: Path) -> str:
    """Name a test after its document."""
    return path.relative_to(ROOT).as_posix()


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    """Return the links of the document at `path` to files and headings that do not exist."""
    broken = []
    for target in LINK.findall(FENCE.sub("", path.read_text())):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):  # the web is not read by tests
            continue
        file = (path.parent / name) if name else path
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            broken.append(target)
    return broken


@pytest.mark.parametrize("path", render.documents(), ids=ident)
def test_links_lead_somewhere(path: Path) -> None:
    """Each link to another page, a file or a heading finds it."""
    assert broken_links(path) == []


def test_every_page_can_be_reached() -> None:
    """A reader who begins at the README comes to each page by links."""
    seen, waiting = set[Path](), [(ROOT / "README.md").resolve()]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(FENCE.sub("", page.read_text())))
        waiting += [(page.parent / each).resolve() for each in targets if each and ":" not in each]
    assert {path.resolve() for path in render.documents()} - seen == set()


def test_every_choice_is_listed() -> None:
    """Each record of a decision stands in the list of them, under its own title."""
    folder = ROOT / "docs" / "decisions"
    rows = {
        f"| [{path.name[:4]}]({path.name}) | {path.read_text().splitlines()[0].partition(': ')[2]} |"
        for path in folder.glob("0*.md")
    }
    assert rows <= set((folder / "index.md").read_text().splitlines())


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A missing page and a missing heading are found; the web, code blocks and real targets pass."""
    (tmp_path / "other.md").write_text("# A `real` heading\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#a-real-heading) [c](other.md#no) [d](none.md) [e](https://x.example/#y)\n"
        "```\n[f](none.md)\n```\n"
    )
    assert broken_links(page) == ["other.md#no", "none.md"]


@pytest.mark.parametrize("path", render.documents(), ids=ident)
def test_rendered_parts_are_up_to_date(path: Path) -> None:
    """What code knows better is as the code has it (remedy: `python tests/docs/render.py --write`)."""
    text = path.read_text()
    assert render.rewritten(text) == text


@pytest.mark.parametrize("path", render.documents(), ids=ident)
def test_rendered_parts_are_closed(path: Path) -> None:
    """No part lost its end, which would hide it from the check."""
    text = path.read_text()
    assert len(list(render.regions(text))) == text.count("\n<!-- rendered: ")


@pytest.mark.parametrize("name", render.PICTURES)
def test_pictures_are_up_to_date(name: str) -> None:
    """A picture of the terminal shows what the program prints now, by text that can be read aloud."""
    drawn = (ROOT / name).read_text()
    assert render.PICTURES[name]() == drawn
    assert "caught fire" in drawn


def test_a_stale_part_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendering replaces what stands between the marks, passes the argument on, and settles."""
    monkeypatch.setitem(render.RENDERERS, "greeting", lambda name="world": f"Hello, {name}.")
    text = "a\n<!-- rendered: greeting:you -->\nold\n<!-- end -->\n"
    text += "b\n<!-- rendered: greeting -->\n<!-- end -->\n"
    now = render.rewritten(text)
    assert now == (
        "a\n<!-- rendered: greeting:you -->\nHello, you.\n<!-- end -->\n"
        "b\n<!-- rendered: greeting -->\nHello, world.\n<!-- end -->\n"
    )
    assert render.rewritten(now) == now


def test_the_script_lists_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `--write` it names what is stale and exits with 1; with it, it mends the file."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("<!-- rendered: greeting -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(render, "ROOT", tmp_path)
    monkeypatch.setattr(render, "documents", lambda: [tmp_path / "README.md"])
    monkeypatch.setattr(render, "PICTURES", {"docs/pictures/face.svg": lambda: "<svg/>"})
    monkeypatch.setitem(render.RENDERERS, "greeting", lambda: "Hello.")
    assert render.main([]) == 1
    listed = capsys.readouterr().out
    assert "README.md is out of date" in listed
    assert "docs/pictures/face.svg is out of date" in listed
    assert render.main(["--write"]) == 0
    assert "Hello." in (tmp_path / "README.md").read_text()
    assert (tmp_path / "docs" / "pictures" / "face.svg").read_text() == "<svg/>"
    assert render.main([]) == 0


@pytest.mark.parametrize(
    ("page", "name"),
    [("configuration", "configuration"), ("escalation", "transitions"), ("cli", "cli")],
)
def test_a_reference_page_is_rendered(page: str, name: str) -> None:
    """The pages that list keys, transitions and commands take them from the code."""
    path = ROOT / "docs" / f"{page}.md"
    assert name in dict(render.regions(path.read_text()))


def test_every_table_of_the_configuration_is_rendered() -> None:
    """No key of any table of the configuration is missing from its page."""
    tables = config._Table.__subclasses__()
    keys = {f"| `{name}` |" for table in tables for name in table.model_fields}
    assert {key for key in keys if key not in render.rendered("configuration")} == set()
    assert render.rendered("configuration").count("### `") == len(tables)


def test_options_are_rendered_with_their_comments() -> None:
    """An option's row has its type, its default as it stands in TOML, and the comment of its field."""
    rows = render._fields_table("option", _Options).splitlines()
    assert rows[2:] == [
        "| `path` | string | required | Where it is. |",
        '| `words` | list of strings | `["a", "b"]` | What to look for, in any order. |',
        "| `limit` | whole number | none |  |",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """Options of a connector that does not exist."""

    path: str  # Where it is.
    # What to look for,
    # in any order.
    words: tuple[str, ...] = ("a", "b")
    limit: int | None = None


@pytest.mark.parametrize(
    "connector", sorted(point.name for point in entry_points(group="monitor.connectors"))
)
def test_a_connector_has_a_page_that_names_its_options(connector: str) -> None:
    """Whoever configures a source finds each of its options and credentials on the connector's page."""
    [point] = entry_points(group="monitor.connectors", name=connector)
    path = ROOT / "docs" / "connectors" / f"{connector}.md"
    cls = point.load()
    wanted = {one.name for kind in (cls.Options, cls.Credentials) if kind for one in fields(kind)}
    text = path.read_text()
    assert {name for name in wanted if not re.search(rf"\b{name}\b", text)} == set()


@pytest.mark.parametrize(
    "command", ["pip install uv && uv run uproar demo", "pip install uv && uv run pytest"]
)
def test_the_readme_holds_the_two_commands(command: str) -> None:
    """Each of the two commands that do everything stands on a line of its own, to be copied whole."""
    lines = [line.strip() for line in (ROOT / "README.md").read_text().splitlines()]
    assert command in lines
