"""What a file really is, by its content: the few kinds that are kept, and why any other is not.

The name only says what somebody hopes it is. A kind is known by its first bytes and, for the office formats, by
what is packed inside; both must agree with the name's ending. Nothing is ever unpacked to disk or drawn.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from workflows.engine import GuardFailed, Reason

LONGEST_NAME = 150
MOST_PARTS, MOST_UNPACKED = 5_000, 200 * 1024 * 1024
FIELD = "file"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "EncryptedPackage".encode("utf-16-le")
ZIP = b"PK\x03\x04"
OFFICE = "application/vnd.openxmlformats-officedocument."
ODT = "application/vnd.oasis.opendocument.text"
NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
BLANK = b"\xef\xbb\xbf \t\r\n\x0c"
MARKUP = re.compile(r"\s*<(!doctype|html|head|body|script|svg|iframe|\?xml|\?php)", re.IGNORECASE)
PROGRAMS = (".exe", ".dll", ".scr", ".com", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jar", ".msi", ".hta", ".lnk")
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: its name made safe, and its media type as the content showed it."""

    name: str
    media_type: str


def examine(content: bytes, filename: str, megabytes: int) -> Examined:
    """Say what it is. Raises GuardFailed with one sentence for the field `file`."""
    name = safe_name(filename)
    if not content:
        _refuse("The file is empty. Choose another, or save it again and send that.")
    if len(content) > megabytes * 1024 * 1024:
        _refuse(f"The file is larger than {megabytes} MB. Send a smaller one, or a PDF of the pages that matter.")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    kind = KINDS.get(ending)
    if kind is None:
        _refuse(OTHERWISE.get(ending, f"A file of this kind cannot be kept. Send one of these: {ALLOWED}."))
    kind.look(content, ending)
    return Examined(name, kind.media_type)


def safe_name(filename: str) -> str:
    """The last part of the name without what a file system, a header or a reader could be misled by."""
    text = unicodedata.normalize("NFC", filename.replace("\\", "/").rpartition("/")[2])
    # Other than letters and marks: controls, and the signs that turn the direction of reading.
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    text = " ".join(NOT_IN_NAMES.sub("_", text).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot:
        stem, ending = text, ""
    stem = (stem or "file")[: LONGEST_NAME - len(ending) - 1].rstrip(". ") or "file"
    stem = f"_{stem}" if stem.lower().partition(".")[0] in DEVICES else stem
    return f"{stem}.{ending[:20]}" if ending else stem


def _refuse(sentence: str) -> NoReturn:
    raise GuardFailed(Reason(sentence, FIELD))


def _not_what_it_says(ending: str) -> NoReturn:
    _refuse(f"The name ends in .{ending}, and the content is something else. Save it again in that format.")


def _begins(*signs: bytes) -> Callable[[bytes, str], None]:
    def look(content: bytes, ending: str) -> None:
        if not content.startswith(signs):
            _not_what_it_says(ending)

    return look


# --- text -------------------------------------------------------------------------------------------------


def _text(content: bytes, ending: str) -> None:
    """Readable text and nothing else: no program, no page with a script that only calls itself a text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            read = content.decode("utf-16")
        except UnicodeDecodeError:
            read = "\x00"
    else:
        read = "\x00" if NOT_TEXT.search(content) else content.lstrip(BLANK)[:4096].decode("utf-8", "replace")
    if "\x00" in read or content.startswith(b"%PDF"):
        _not_what_it_says(ending)
    if MARKUP.match(read):
        _refuse("This is a web page or a drawing with code in it, which cannot be kept. Send it as a PDF.")


# --- what is packed ---------------------------------------------------------------------------------------


def _packed(main: str) -> Callable[[bytes, str], None]:
    def look(content: bytes, ending: str) -> None:
        if content.startswith(OLE):
            _ole(content)
        if not content.startswith(ZIP):
            _not_what_it_says(ending)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                parts = packed.infolist()
                _not_a_bomb(parts, len(content))
                _not_active(parts)
                if not _is(packed, main):
                    _not_what_it_says(ending)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
            raise GuardFailed(Reason("The file is damaged: it cannot be read to its end.", FIELD)) from error

    return look


def _ole(content: bytes) -> NoReturn:
    if LOCKED in content:
        _refuse("The file is protected with a password. Take the password off and send it again.")
    _refuse("This is the older format of Word or Excel, which can hide programs. Save it as .docx, .xlsx or PDF.")


def _not_a_bomb(parts: list[zipfile.ZipInfo], size: int) -> None:
    """By what its own list says: no reader unpacks more than that, and parts that share bytes add up to too much."""
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        _refuse("The file unpacks to far more than a document holds. Send a PDF of it.")
    if sum(part.compress_size for part in parts) > size:
        _refuse("The file is damaged: its parts overlap.")


def _not_active(parts: list[zipfile.ZipInfo]) -> None:
    """No macro, no control, no program, and nothing locked."""
    for part in parts:
        name = part.filename.lower()
        if part.flag_bits & 1:
            _refuse("The file is protected with a password. Take the password off and send it again.")
        macro = name.endswith("vbaproject.bin") or "/activex/" in f"/{name}" or name.startswith(("basic/", "scripts/"))
        if macro or name.endswith(PROGRAMS):
            _refuse("The file holds a macro or a program. Save it without macros and send it again.")


def _is(packed: zipfile.ZipFile, main: str) -> bool:
    """Whether it is what `main` says: a main part of its own, and a list of kinds that names no macros."""
    names = set(packed.namelist())
    if main == ODT:
        return "mimetype" in names and _beginning(packed, "mimetype").strip() == ODT.encode()
    kinds = _beginning(packed, "[Content_Types].xml") if "[Content_Types].xml" in names else b""
    if b"macroenabled" in kinds.lower():
        _refuse("The file holds a macro or a program. Save it without macros and send it again.")
    return main in names and bool(kinds)


def _beginning(packed: zipfile.ZipFile, name: str) -> bytes:
    with packed.open(name) as part:
        return part.read(1024 * 1024)


@dataclass(frozen=True)
class Kind:
    """One kind that is kept: how it is told, and what it is called on the way out."""

    media_type: str
    look: Callable[[bytes, str], None]


_JPEG = Kind("image/jpeg", _begins(b"\xff\xd8\xff"))
KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", _begins(b"%PDF-")),
    "png": Kind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "docx": Kind(f"{OFFICE}wordprocessingml.document", _packed("word/document.xml")),
    "xlsx": Kind(f"{OFFICE}spreadsheetml.sheet", _packed("xl/workbook.xml")),
    "odt": Kind(ODT, _packed(ODT)),
    "txt": Kind("text/plain", _text),
    "csv": Kind("text/csv", _text),
}
ALLOWED = "PDF, PNG, JPEG, Word (.docx), Excel (.xlsx), OpenDocument text (.odt), plain text (.txt) or CSV"
ACCEPT = ",".join(f".{ending}" for ending in KINDS)


def _otherwise() -> Iterator[tuple[str, str]]:
    """Kinds that people do send, and what to do instead."""
    for ending in ("docm", "xlsm", "dotm", "xltm", "xlam", "pptm"):
        yield ending, "The file holds macros. Save it without macros, as .docx or .xlsx, and send it again."
    for ending in ("doc", "xls", "rtf", "ods", "ppt", "pptx", "odp"):
        yield ending, f"A .{ending} file cannot be kept. Save it as .docx, .xlsx or PDF and send that."
    for ending in ("msg", "eml"):
        yield ending, "A mail can carry other files, so it cannot be kept. Print it to a PDF and send that."
    for ending in ("htm", "html", "svg", "xml"):
        yield ending, "This is a web page or a drawing with code in it, which cannot be kept. Send it as a PDF."
    for ending in ("zip", "7z", "rar"):
        yield ending, "A packed folder cannot be kept. Send its files one by one."


OTHERWISE = dict(_otherwise())
