"""The structure of a tagged PDF: what each drawn thing is, in reading order, for those who do not see it.

ReportLab writes no tags, so the tree is built here and written as PDF objects of our own: an element for
each node, and the parent tree that leads from what is drawn on a page back to its element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase import pdfdoc


@dataclass(eq=False, slots=True)
class Node:
    """One element: its role, its children, and where its content was drawn as (page, number on the page).

    actual: what is to be read where the drawn order of the letters is another (right to left).
    attributes: the role's own, as PDF, such as the scope of a heading of a table.
    """

    role: str
    parent: Node | None = None
    actual: str = ""
    attributes: str = ""
    kids: list[Node | tuple[int, int]] = field(default_factory=list)

    def add(self, role: str, *, actual: str = "", attributes: str = "") -> Node:
        """A new child at the end."""
        child = Node(role, self, actual, attributes)
        self.kids.append(child)
        return child


COLUMN_HEADING = "<< /O /Table /Scope /Column >>"
ROW_HEADING = "<< /O /Table /Scope /Row >>"


class _Raw(pdfdoc.PDFObject):
    """An object whose bytes we write ourselves: a long document has thousands of elements."""

    def __init__(self) -> None:
        self.body = b""

    def format(self, _document: Any) -> bytes:
        return self.body


def write_tree(document: Any, root: Node, pages: int) -> Any:
    """Put the tree into the PDF; returns the reference for its catalogue."""
    top = _Numbered(document)
    nodes = list(_every(root))
    numbers = {id(node): top.take() for node in nodes}
    tree, parents = top.take(), top.take()
    page_numbers = [document.idToObjectNumberAndVersion[f"Page{n + 1}"][0] for n in range(pages)]
    for node in nodes:
        parent = numbers[id(node.parent)] if node.parent else tree
        top.put(numbers[id(node)], _element(node, parent, numbers, page_numbers))
    top.put(parents, _parent_tree(nodes, numbers, pages))
    top.put(tree, f"<< /Type /StructTreeRoot /K {numbers[id(root)]} 0 R /ParentTree {parents} 0 R"
                  f" /ParentTreeNextKey {pages} >>")  # fmt: skip
    return top.reference(tree)


class _Numbered:
    """Objects that know their numbers before they are written, so that they can point at each other."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.objects: dict[int, tuple[str, _Raw]] = {}

    def take(self) -> int:
        raw, name = _Raw(), f"Tag{len(self.objects)}"
        self.document.Reference(raw, name)
        number: int = self.document.idToObjectNumberAndVersion[name][0]
        self.objects[number] = name, raw
        return number

    def put(self, number: int, body: str) -> None:
        self.objects[number][1].body = body.encode("ascii")

    def reference(self, number: int) -> Any:
        return pdfdoc.PDFObjectReference(self.objects[number][0])


def _every(node: Node) -> Any:
    yield node
    for kid in node.kids:
        if isinstance(kid, Node):
            yield from _every(kid)


def _element(node: Node, parent: int, numbers: dict[int, int], pages: list[int]) -> str:
    drawn = [kid for kid in node.kids if not isinstance(kid, Node)]
    page = drawn[0][0] if drawn else None
    kids = " ".join(_kid(kid, page, numbers, pages) for kid in node.kids)
    parts = [f"<< /Type /StructElem /S /{node.role} /P {parent} 0 R /K [{kids}]"]
    if page is not None:
        parts.append(f"/Pg {pages[page]} 0 R")
    if node.attributes:
        parts.append(f"/A {node.attributes}")
    if node.actual:
        parts.append(f"/ActualText {text(node.actual)}")
    return " ".join((*parts, ">>"))


def _kid(kid: Node | tuple[int, int], page: int | None, numbers: dict[int, int], pages: list[int]) -> str:
    if isinstance(kid, Node):
        return f"{numbers[id(kid)]} 0 R"
    if kid[0] == page:
        return str(kid[1])
    return f"<< /Type /MCR /Pg {pages[kid[0]]} 0 R /MCID {kid[1]} >>"


def text(value: str) -> str:
    """A text string of PDF, in hexadecimal so that no letter can end it."""
    return f"<FEFF{value.encode('utf-16-be').hex().upper()}>"


def _parent_tree(nodes: list[Node], numbers: dict[int, int], pages: int) -> str:
    on_page: list[dict[int, int]] = [{} for _ in range(pages)]
    for node in nodes:
        for kid in node.kids:
            if not isinstance(kid, Node):
                on_page[kid[0]][kid[1]] = numbers[id(node)]
    lists = (" ".join(f"{found[n]} 0 R" for n in sorted(found)) for found in on_page)
    return f"<< /Nums [{' '.join(f'{n} [{refs}]' for n, refs in enumerate(lists))}] >>"
