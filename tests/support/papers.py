"""Files as people send them, and as somebody who means harm would."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 60
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
LOCKED = OLE + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 100
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + b"This program cannot be run in DOS mode."
TYPES = b"<?xml version='1.0'?><Types/>"
ODT_TYPE = b"application/vnd.oasis.opendocument.text"


def packed(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return held.getvalue()


def docx(**more: bytes) -> bytes:
    return packed({"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>", **more})


def xlsx(**more: bytes) -> bytes:
    return packed({"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<workbook/>", **more})


def odt(**more: bytes) -> bytes:
    return packed({"mimetype": ODT_TYPE, "content.xml": b"<office/>", **more})


def bomb(megabytes: int = 250) -> bytes:
    """A few kilobytes that unpack to a great deal."""
    return xlsx(**{f"xl/worksheets/sheet{n}.xml": bytes(25 * 1024 * 1024) for n in range(megabytes // 25)})
