"""What a file is said to be against what it is: the kinds that are kept, and a plain sentence for the rest."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.file_kinds import LONGEST_NAME, OTHERWISE, examine, safe_name
from tests.support import papers
from workflows.engine import GuardFailed


def why_not(content: bytes, name: str, megabytes: int = 10) -> str:
    with pytest.raises(GuardFailed) as refused:
        examine(content, name, megabytes)
    [reason] = refused.value.reasons
    assert reason.target == "file"
    return reason.text


KEPT = [
    ("minutes.pdf", papers.PDF, "application/pdf"),
    ("board.PNG", papers.PNG, "image/png"),
    ("drawing.jpg", papers.JPEG, "image/jpeg"),
    ("drawing.jpeg", papers.JPEG, "image/jpeg"),
    ("plan.docx", papers.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("figures.xlsx", papers.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("letter.odt", papers.odt(), "application/vnd.oasis.opendocument.text"),
    ("note.txt", "Café, seen at 10.\n".encode(), "text/plain"),
    ("old.txt", "Café".encode("cp1252"), "text/plain"),
    ("wide.csv", "a,b\n1,2\n".encode("utf-16"), "text/csv"),
]


@pytest.mark.parametrize(("name", "content", "media_type"), KEPT)
def test_what_is_kept_goes_out_as_what_it_is(name: str, content: bytes, media_type: str) -> None:
    found = examine(content, name, 10)
    assert (found.name, found.media_type) == (name, media_type)


@pytest.mark.parametrize("name", [name for name, _, _ in KEPT])
def test_a_program_under_a_good_name_is_refused(name: str) -> None:
    assert "something else" in why_not(papers.PROGRAM, name)


@pytest.mark.parametrize(("real", "content", "_media"), KEPT[:7])
def test_one_kind_under_the_name_of_another_is_refused(real: str, content: bytes, _media: str) -> None:
    ending = real.rpartition(".")[2].lower()
    for name, _, _ in KEPT:
        other = name.rpartition(".")[2].lower()
        if {other, ending} not in ({"jpg", "jpeg"}, {ending}):
            assert "something else" in why_not(content, f"evidence.{other}"), (real, other)


@pytest.mark.parametrize(
    "name", ["run.exe", "page.html", "page.htm", "image.svg", "x.js", "noending", "a.pdf.exe", ".pdf"]
)
def test_other_kinds_are_refused_with_what_to_do(name: str) -> None:
    assert "PDF" in why_not(papers.PDF, name)


@pytest.mark.parametrize("ending", sorted(OTHERWISE))
def test_what_people_do_send_is_told_what_to_send_instead(ending: str) -> None:
    assert any(word in why_not(b"anything", f"file.{ending}") for word in ("Save it", "Send", "Print", "send"))


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"\n  <!DOCTYPE html>",
        b"\xef\xbb\xbf<script>x</script>",
        b"<svg onload=x>",
        b"<?php",
        b" \n" * 5000 + b"<html>",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv"])
def test_a_web_page_is_no_text(page: bytes, name: str) -> None:
    assert "web page" in why_not(page, name)


@pytest.mark.parametrize(
    "held", ["word/vbaProject.bin", "xl/vbaProject.bin", "word/VBAPROJECT.BIN", "word/activeX/activeX1.xml"]
)
def test_macros_and_controls_are_refused(held: str) -> None:
    assert "macro" in why_not(papers.docx(**{held: b"x"}), "plan.docx")


def test_a_macro_kind_in_the_list_of_kinds_is_refused() -> None:
    types = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    content = papers.packed({"[Content_Types].xml": types, "word/document.xml": b"x"})
    assert "macro" in why_not(content, "plan.docx")


def test_a_program_or_a_macro_packed_inside_is_refused() -> None:
    assert "program" in why_not(papers.docx(**{"word/embeddings/run.exe": b"MZ"}), "plan.docx")
    assert "macro" in why_not(papers.odt(**{"Basic/Standard/Module1.xml": b"x"}), "letter.odt")


def test_a_password_is_named_as_what_it_is() -> None:
    assert "password" in why_not(papers.LOCKED, "figures.xlsx")
    assert "older format" in why_not(papers.OLE, "plan.docx")


def test_a_locked_part_is_named_as_a_password() -> None:
    content = bytearray(papers.docx())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(sign)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(sign, at + 4)
    assert "password" in why_not(bytes(content), "plan.docx")


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    content = papers.bomb()
    assert len(content) < 1024 * 1024
    assert "unpacks" in why_not(content, "figures.xlsx")


def test_far_too_many_parts_are_refused() -> None:
    parts = {f"word/{n}.xml": b"" for n in range(5_001)}
    assert "unpacks" in why_not(papers.docx(**parts), "plan.docx")


def test_a_broken_one_is_said_to_be_damaged() -> None:
    assert "damaged" in why_not(papers.docx()[:-30], "plan.docx")
    assert "damaged" in why_not(b"PK\x03\x04" + b"\x00" * 200, "plan.docx")


def test_empty_and_too_large_are_refused() -> None:
    assert "empty" in why_not(b"", "note.txt")
    assert "larger than 1 MB" in why_not(papers.PDF + bytes(1024 * 1024), "long.pdf", 1)


@given(st.binary(max_size=400), st.sampled_from(["docx", "xlsx", "odt", "txt", "csv", "pdf", "png"]))
def test_no_content_crashes_the_look(content: bytes, ending: str) -> None:
    for each in (content, b"PK\x03\x04" + content, papers.docx()[: len(content)] + content):
        try:
            examine(each, f"a.{ending}", 1)
        except GuardFailed as refused:
            assert refused.reasons[0].text.endswith(".")  # noqa: PT017 - most are refused, and a few are texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (r"C:\Users\ann\plan.pdf", "plan.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("annex\u202efdp.exe", "annexfdp.exe"),
        ("con.txt", "_con.txt"),
        ('"quoted" <b>.pdf', "_quoted_ _b_.pdf"),
        ("...pdf", "pdf"),
        ("", "file"),
    ],
)
def test_a_name_keeps_what_can_be_read_and_no_more(typed: str, kept: str) -> None:
    assert safe_name(typed) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_every_system_takes(typed: str) -> None:
    name = safe_name(typed)
    assert 0 < len(name) <= LONGEST_NAME + 30
    assert not set(name) & set('\\/:*?"<>|\r\n\x00\u202e')
    assert name == name.strip()
    assert safe_name(name) == name


def test_a_name_is_never_longer_than_its_column() -> None:
    assert len(safe_name("é" * 500 + ".docx")) <= 200
    assert safe_name("é" * 500 + ".docx").endswith(".docx")


def test_support_papers_are_what_they_say() -> None:
    """The parcels used here can be opened, so that their refusal is no accident."""
    import io

    for content in (papers.docx(), papers.xlsx(), papers.odt()):
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            assert held.testzip() is None
