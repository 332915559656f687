"""The tagged PDF: what a screen reader gets, what no text can do to it, and what does not fit on a page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pymupdf
import pytest

from app.documents.model import (
    Block,
    GradeLine,
    Heading,
    KeyValues,
    List,
    PageBreak,
    Paragraph,
    Quote,
    Table,
)
from app.documents.pdf import render_pdf
from tests.unit.documents.support import checked, made_of, pages_of, text_of

pytestmark = pytest.mark.pdf

LONG = "The worker came each week and wrote down what the child had said. " * 300
EVERY: tuple[Block, ...] = (
    Heading(2, "The child"),
    KeyValues((("Name", "Ama Kestrel"), ("Religion", ""))),
    Heading(2, "Journey of the child"),
    Heading(3, "What did you find?"),
    Paragraph("First paragraph.\n\nSecond paragraph,\nwith a line of its own."),
    List(("Seen alone", "Heard")),
    Table("Attempts", ("Attempt", "When", "How"), tuple((f"Attempt {n}", f"{n} June", "Letter") for n in range(1, 5))),
    GradeLine("Journey of the child", "Good", "Inadequate", "The plan came after the harm."),
    GradeLine("Needs", "Good", "Good"),
    Quote("The worker disagrees", "We were there."),
    PageBreak(),
    Heading(2, "Seal"),
    Paragraph("The end."),
)


def tree(pdf: bytes) -> list[tuple[str, int]]:
    """Every element as (role, how deep), in reading order."""
    found: list[tuple[str, int]] = []

    def walk(element: pikepdf.Object, depth: int) -> None:
        if isinstance(element, pikepdf.Dictionary) and "/S" in element:
            found.append((str(element.S)[1:], depth))
            for kid in element.get("/K", pikepdf.Array()):
                walk(kid, depth + 1)

    with pikepdf.open(pymupdf.io.BytesIO(pdf)) as opened:
        walk(opened.Root.StructTreeRoot.K, 0)
    return found


def roles(pdf: bytes) -> list[str]:
    return [role for role, _depth in tree(pdf)]


def test_every_block_passes_the_checker() -> None:
    assert checked(render_pdf(made_of(*EVERY))) == []


def test_the_tree_is_the_document() -> None:
    found = roles(render_pdf(made_of(*EVERY)))
    assert found[:4] == ["Document", "P", "H1", "P"]
    assert [role for role in found if role.startswith("H")] == ["H1", "H2", "H2", "H3", "H2"]
    assert found.count("Sect") == 3
    assert found.count("Table") == 2
    assert [found.count(role) for role in ("L", "LI", "Lbl", "LBody", "Caption", "BlockQuote")] == [1, 2, 2, 2, 1, 1]
    assert found.count("TR") == 2 + 5


def test_headings_of_tables_say_what_they_head() -> None:
    pdf = render_pdf(made_of(*EVERY))
    with pikepdf.open(pymupdf.io.BytesIO(pdf)) as opened:
        scopes = [str(o.A.Scope) for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/TH"]
    assert scopes == ["/Row", "/Row", "/Column", "/Column", "/Column", *["/Row"] * 4]


def test_what_a_reader_asks_first_is_there() -> None:
    pdf = render_pdf(made_of(*EVERY))
    with pikepdf.open(pymupdf.io.BytesIO(pdf)) as opened:
        root = opened.Root
        assert str(root.Lang) == "en-GB"
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert all(page.obj.Tabs == "/S" and "/StructParents" in page.obj for page in opened.pages)
        assert str(opened.docinfo.Title) == "A trial document"
        with opened.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "A trial document"
    with pymupdf.open(stream=pdf) as opened:
        assert [entry[1] for entry in opened.get_toc()] == [
            "A trial document",
            "The child",
            "Journey of the child",
            "Seal",
        ]


def test_the_text_comes_out_in_reading_order() -> None:
    text = text_of(render_pdf(made_of(*EVERY)))
    order = [
        "A trial document", "The child", "Ama Kestrel", "Not given", "First paragraph. Second paragraph, with a line",
        "Seen alone", "Attempts", "Attempt 4", "Final grade: Inadequate", "Why they differ", "We were there.",
        "The end.",
    ]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_every_page_says_what_it_is() -> None:
    pages = pages_of(render_pdf(made_of(*EVERY)))
    assert len(pages) == 2
    for number, page in enumerate(pages, 1):
        assert "Confidential: about a child" in page
        assert f"PR-2026-0001  ·  Page {number} of 2" in page


def test_the_same_document_is_the_same_bytes() -> None:
    first = render_pdf(made_of(*EVERY))
    render_pdf(made_of(Paragraph("Łódź, another in between")))
    assert render_pdf(made_of(*EVERY)) == first
    assert render_pdf(made_of(*EVERY[:-1])) != first


def test_several_at_once_do_not_mix() -> None:
    documents = [made_of(*EVERY, Paragraph(f"Łódź ŵ {number} " * 50)) for number in range(4)]
    alone = [render_pdf(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render_pdf, documents * 3)) == alone * 3


HOSTILE = [
    "<b>bold</b> & <i>not</i>",
    '<img src="file:///etc/passwd"/> <para backcolor="red">',
    "&lt;already&amp;escaped&gt; &#60;",
    "(unbalanced \\) EMC ET BT /Artifact BMC",
    "]]> --> <?xpacket end='w'?> </rdf:li>",
    "{{ 7 * 7 }} {% raw %} %(name)s ${x}",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_typed_is_what_is_read(words: str) -> None:
    pdf = render_pdf(
        made_of(
            Heading(2, words), Paragraph(words), KeyValues(((words, words),)), Quote(words, words), List((words,)),
            Table(words, ("A", words), ((words, words),)), GradeLine(words, words, "Good", words),
            PageBreak(), Paragraph(words), title=words, subject=words, footer=words, reference=words,
        )
    )  # fmt: skip
    assert text_of(pdf).count(" ".join(words.split())) >= 6
    assert checked(pdf) == []
    with pikepdf.open(pymupdf.io.BytesIO(pdf)) as opened:
        assert not [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and ("/URI" in o or "/JS" in o)]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    render_pdf(made_of(*EVERY))  # the faces are read once

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a document opened something")

    for place in ("builtins.open", "socket.socket", "urllib.request.urlopen", "io.open"):
        monkeypatch.setattr(place, refuse)
    render_pdf(made_of(Paragraph('<img src="http://nowhere.invalid/a.png"/><link href="file:///etc/hosts">')))


NAMES = [
    "Siân Ŵyn-Ŷork, tŷ ŵyr",
    "Łucja Żółć, ąęćńśźż",
    "Çağrı Işık, İğneada ş",  # noqa: RUF001 - a Turkish name
    "Nguyễn Thị Hằng, đường phố ữ ặ",
    "Ελένη, Žofia, Ђорђе",
]


@pytest.mark.parametrize("words", NAMES)
def test_letters_of_the_families_are_all_there(words: str) -> None:
    pdf = render_pdf(made_of(Paragraph(words), Heading(2, words), Quote("Said", words)))
    assert words in text_of(pdf)
    assert "□" not in text_of(pdf)
    assert checked(pdf) == []


def test_what_the_face_lacks_is_seen_to_be_missing() -> None:
    pdf = render_pdf(made_of(Paragraph("Well done 👍🏽 \U0001f468\u200d\U0001f469 हिन्दी 中 end\x00\x07\ufeff.\ud800")))
    text = text_of(pdf)
    assert "Well done [thumbs up sign]" in text
    assert "□" in text
    assert "end." in text
    assert checked(pdf) == []


def test_right_to_left_is_read_as_typed_and_drawn_turned() -> None:
    pdf = render_pdf(
        made_of(Paragraph("Her name is שרה כהן, and she wrote مرحبا."), KeyValues((("Name", "سارة علي"),)))
    )
    assert checked(pdf) == []
    with pikepdf.open(pymupdf.io.BytesIO(pdf)) as opened:
        spoken = [str(o.ActualText) for o in opened.objects if isinstance(o, pikepdf.Dictionary) and "/ActualText" in o]
    assert any("שרה כהן" in words and "مرحبا" in words for words in spoken)
    assert any("سارة علي" in words for words in spoken)


def test_a_cell_of_twenty_thousand_letters() -> None:
    words = " ".join(f"word{n}" for n in range(2400))[:20_000]
    pdf = render_pdf(made_of(Table("Long", ("A", "B"), (("one", words), ("two", "W" * 20_000)))))
    pages = pages_of(pdf)
    assert len(pages) > 5
    assert roles(pdf).count("Table") == 1
    assert roles(pdf).count("TR") == 3
    body = "".join("".join(pages).split())
    assert body.count("W") >= 20_000
    assert "word2399"[:6] in body
    assert checked(pdf) == []


def test_a_table_over_pages_is_one_table_and_shows_its_headings_again() -> None:
    rows = tuple((f"Attempt {n}", "A letter, and then another", "No answer") for n in range(150))
    pdf = render_pdf(made_of(Table("Attempts", ("Attempt", "What was tried in these weeks", "Outcome"), rows)))
    found = roles(pdf)
    assert (found.count("Table"), found.count("TR"), found.count("Caption")) == (1, 151, 1)
    pages = pages_of(pdf)
    assert len(pages) > 3
    assert all("WHAT WAS TRIED IN THESE WEEKS" in page for page in pages[1:])
    assert text_of(pdf).count("What was tried in these weeks") == 1
    assert text_of(pdf).count("Attempt 149") == 1
    assert checked(pdf) == []


def test_long_text_goes_on_and_headings_stay_with_what_they_head() -> None:
    blocks = [
        block for n in range(40) for block in (Heading(2, f"Part {n}"), Heading(3, "Why?"), Paragraph(LONG[: n * 97]))
    ]
    pdf = render_pdf(made_of(*blocks))
    for page in pages_of(pdf):
        body = [line for line in page.splitlines() if line.strip() and "PR-2026" not in line and "version" not in line]
        assert body[-1] != "Why?"
        assert not body[-1].startswith("Part ")


@pytest.mark.parametrize("columns", [1, 2, 7, 13])
def test_tables_of_any_width(columns: int) -> None:
    names = tuple(f"A rather long heading number {n}" for n in range(columns))
    rows = tuple(tuple(f"cell {n} of {row}" for n in range(columns)) for row in range(12))
    pdf = render_pdf(made_of(Table("Wide", names, (*rows, ("short row",)))))
    assert checked(pdf) == []
    text = "".join(text_of(pdf).split())
    assert f"cell{columns - 1}of11" in text


def test_nothing_at_all() -> None:
    pdf = render_pdf(made_of(authority="", footer=""))
    assert checked(pdf) == []
    empty = render_pdf(
        made_of(Heading(2, ""), Paragraph(""), KeyValues((("", ""),)), Table("", (), ()), List(()), Quote("", ""))
    )
    assert "Not given" in text_of(empty)


def test_the_licence_of_the_face_is_beside_it() -> None:
    folder = Path(__file__).resolve().parents[3] / "app" / "documents" / "fonts"
    assert "Bitstream" in (folder / "LICENSE-DejaVu.txt").read_text(encoding="utf8")
