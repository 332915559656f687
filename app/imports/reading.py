"""From the bytes somebody sent to a book: what kind of file it is, and a sentence where it cannot be read.

The content decides and not the name: a macro file called .xlsx is one all the same.
"""

from __future__ import annotations

from app.imports.book import LARGEST_FILE, Book, Unreadable
from app.imports.text_file import read_text
from app.imports.workbook import read_workbook

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = {
    b"%PDF": "This is a PDF. Save the table as .xlsx or .csv, and send that.",
    b"\x89PNG": "This is a picture. Send the spreadsheet itself, as .xlsx or .csv.",
    b"\xff\xd8\xff": "This is a picture. Send the spreadsheet itself, as .xlsx or .csv.",
    b"GIF8": "This is a picture. Send the spreadsheet itself, as .xlsx or .csv.",
    b"{\\rtf": "This is a text document. Copy its table into a spreadsheet, and save that as .xlsx or .csv.",
    b"\x1f\x8b": "This is a compressed file. Unpack it and send the spreadsheet that is in it.",
    b"PK\x05\x06": "This is an empty compressed file. Send the spreadsheet itself, as .xlsx or .csv.",
}
OLD = "This is a workbook of the old kind (.xls). Open it, save it as an Excel workbook (.xlsx), and send that."
LOCKED = (
    "The file is protected with a password. Take the password off (File, Info, Protect workbook), and send it again."
)


def read(content: bytes) -> Book:
    """Everything in the file. Raises Unreadable with a sentence for whoever sent it."""
    if not content.strip():
        raise Unreadable("The file is empty. Choose the one that holds the table.")
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"The file is larger than {LARGEST_FILE // 1024 // 1024} MB. Send a smaller one.")
    if content.startswith(OLE):
        raise Unreadable(LOCKED if _is_locked(content) else OLD)
    if content.startswith(ZIP):
        return _with_rows(read_workbook(content))
    for start, sentence in OTHERS.items():
        if content.startswith(start):
            raise Unreadable(sentence)
    return _with_rows(read_text(content))


def _is_locked(content: bytes) -> bool:
    """An encrypted workbook is an old container with a stream of this name in it."""
    return "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content


def _with_rows(book: Book) -> Book:
    if not any(sheet.rows for sheet in book.sheets):
        raise Unreadable("There is not a word in the file. Choose the one that holds the table.")
    return book
