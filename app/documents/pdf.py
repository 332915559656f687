"""A document as a tagged PDF (PDF/UA): the same content always gives the same bytes.

The text is never parsed: it is measured and drawn letter by letter, so that nothing a person typed can be
markup, name a file or reach for an address.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from threading import Lock

from reportlab import rl_config
from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from app.documents.faces import font, printable, width
from app.documents.model import Document
from app.documents.setting import BRASS, PETROL, QUIET, Composer
from app.documents.sheets import LANDSCAPE, LEFT, PORTRAIT, Box, Line, Paper, Placed, Setter, Sheet, Style
from app.documents.tags import Node, write_tree

PRODUCT = "Plumbline"
MARK = Style("bold", 8.5, 12, PETROL)
RUNNING = Style("regular", 8.5, 12, QUIET)
HEADER, FOOTER = 50.0, 44.0  # from the top and from the bottom
GAP, SMALLEST = 12.0, 3.0

# Streams as bytes: written as text they took a tenth of the time and a quarter more room.
rl_config.useA85 = 0
# A font of the library keeps what it has drawn and where it reads its file: one document at a time.
_ONE_AT_A_TIME = Lock()


def render_pdf(document: Document) -> bytes:
    """The PDF. Identical bytes for an identical document, whenever and wherever it is made."""
    with _ONE_AT_A_TIME:
        paper = LANDSCAPE if document.landscape else PORTRAIT
        composer = Composer(paper)
        sheets = Setter(paper).set(composer.document(document))
        return _Writer(document, composer.root, paper).write(sheets)


class _Writer:
    """Draws the sheets and writes what makes the file readable without seeing it."""

    def __init__(self, document: Document, root: Node, paper: Paper) -> None:
        self.document, self.root, self.paper = document, root, paper
        self.out = io.BytesIO()
        self.canvas = Canvas(
            self.out,
            pagesize=(paper.width, paper.height),
            pageCompression=1,
            invariant=1,
            lang=document.language,
            pdfVersion=(1, 7),
        )
        self.code: list[str] = self.canvas._code
        self.on_page = 0

    def write(self, sheets: list[Sheet]) -> bytes:
        for number, sheet in enumerate(sheets):
            self._page(number, sheet, len(sheets))
        self._name(len(sheets))
        self.canvas.save()
        return self.out.getvalue()

    def _page(self, number: int, sheet: Sheet, count: int) -> None:
        self.on_page = 0
        self.code = self.canvas._code
        self._boxes(sheet.boxes)
        self._running(number, count)
        for (node, ornament), placed in groupby(sheet.lines, lambda at: (at.line.node, at.ornament)):
            self._text(number, None if ornament else node, list(placed))
        for y, level, words in sheet.bookmarks:
            key = f"at-{number}-{y:.1f}"
            self.canvas.bookmarkHorizontalAbsolute(key, y + 10)
            self.canvas.addOutlineEntry(printable(words).replace("\n", " "), key, level, closed=False)
        self.canvas.showPage()

    def _boxes(self, boxes: list[Box]) -> None:
        drawn = (f"{_colour(b.colour)} rg {b.x:.2f} {b.y:.2f} {b.width:.2f} {b.height:.2f} re f" for b in boxes)
        self._ornament("/Artifact <</Type /Layout>>", drawn)

    def _running(self, number: int, count: int) -> None:
        """Header and footer: on every page, and never in the reading order."""
        document, right = self.document, self.paper.right
        header = self.paper.height - HEADER
        room = right - LEFT - 17 - GAP - _long(document.reference, RUNNING)
        self._ornament("/Artifact <</Type /Pagination /Subtype /Header>>", (
            _plumb(LEFT, header + 18),
            self._string(LEFT + 17, header, _fitted(MARK, document.marked_for, room), document.marked_for),
            self._from_right(header, RUNNING, document.reference),
            f"{_colour(PETROL)} rg {LEFT:.2f} {header - 11:.2f} {right - LEFT:.2f} 0.8 re f",
        ))  # fmt: skip
        self._ornament("/Artifact <</Type /Pagination /Subtype /Footer>>", (
            f"{_colour(PETROL)} rg {LEFT:.2f} {FOOTER + 16:.2f} {right - LEFT:.2f} 0.8 re f",
            self._string(LEFT, FOOTER, RUNNING, document.footer),
            self._from_right(FOOTER, RUNNING, f"{document.reference}  ·  Page {number + 1} of {count}"),
        ))  # fmt: skip

    def _ornament(self, opening: str, drawn: Iterable[str]) -> None:
        found = [part for part in drawn if part]
        if found:
            self.code += [f"{opening} BDC", *found, "EMC"]

    def _from_right(self, y: float, style: Style, words: str) -> str:
        return self._string(self.paper.right - _long(words, style), y, style, words)

    def _string(self, x: float, y: float, style: Style, words: str) -> str:
        shown = "".join(self._shown(printable(words).replace("\n", " "), style))
        return f"BT {_colour(style.colour)} rg 1 0 0 1 {x:.2f} {y:.2f} Tm {shown} ET" if shown else ""

    def _text(self, page: int, node: Node | None, placed: list[Placed]) -> None:
        """The lines of one element on one page, as one marked run; without a node, as an ornament."""
        if node is None:
            opening = "/Artifact <</Type /Pagination>> BDC"
        else:
            opening = f"/{node.role} <</MCID {self.on_page}>> BDC"
            node.kids.append((page, self.on_page))
            self.on_page += 1
        self.code += [opening, "BT", *self._lines(placed), "ET", "EMC"]

    def _lines(self, placed: list[Placed]) -> Iterator[str]:
        colour = ""
        for at in placed:
            line: Line = at.line
            if line.style.colour != colour:
                colour = line.style.colour
                yield f"{_colour(colour)} rg"
            yield f"1 0 0 1 {at.x:.2f} {at.y:.2f} Tm"
            yield from self._shown(line.text, line.style)

    def _shown(self, words: str, style: Style) -> Iterator[str]:
        face, document = font(style.face), self.canvas._doc
        for subset, codes in face.splitString(words, document):
            yield f"{face.getSubsetInternalName(subset, document)} {style.size} Tf ({escapePDF(codes)}) Tj"

    def _name(self, pages: int) -> None:
        """Title, language, structure and the claim of PDF/UA, which are what a screen reader asks first."""
        canvas, document, pdf = self.canvas, self.document, self.canvas._doc
        title = printable(document.title).replace("\n", " ")
        canvas.setTitle(title)
        canvas.setSubject(printable(document.subject).replace("\n", " "))
        canvas.setAuthor(printable(document.authority) or PRODUCT)
        canvas.setCreator(PRODUCT)
        canvas.setProducer(PRODUCT)
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
        for number, page in enumerate(pdf.Pages.pages):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = number, pdfdoc.PDFName("S")
        catalogue = pdf.Catalog
        catalogue.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})
        catalogue.StructTreeRoot = write_tree(pdf, self.root, pages)
        catalogue.Metadata = pdfdoc.XMP(creator=lambda _doc: _metadata(title, document))


def _long(words: str, style: Style) -> float:
    """How much room one line of these words takes."""
    return float(sum(width(style.face, letter) for letter in printable(words))) * style.size / 1000


def _fitted(style: Style, words: str, room: float) -> Style:
    """Smaller where the words would run into what stands at the right: whose copy it is must be readable."""
    long = _long(words, style)
    return style if long <= room else style._replace(size=max(SMALLEST, style.size * room / long))


def _colour(colour: str) -> str:
    return " ".join(f"{int(colour[n : n + 2], 16) / 255:.3f}" for n in (1, 3, 5))


def _plumb(x: float, y: float) -> str:
    """The product's mark: a bar, a line and its bob."""
    bar = f"{_colour(BRASS)} rg {x:.2f} {y - 9:.2f} 10 1.4 re f"
    line = f"{_colour(PETROL)} rg {x + 4.6:.2f} {y - 17:.2f} 0.8 8 re f"
    bob = f"{x + 2.4:.2f} {y - 17:.2f} m {x + 7.6:.2f} {y - 17:.2f} l {x + 5:.2f} {y - 23:.2f} l f"
    return f"{bar} {line} {bob}"


def _metadata(title: str, document: Document) -> bytes:
    subject, language = escape(printable(document.subject)), escape(document.language)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()
