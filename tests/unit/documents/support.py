"""Documents to draw, and what a checker and a reader make of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import outloud
import pymupdf

from app.documents.content import ReviewContent, read_review
from app.documents.model import Block, Document
from forms import descriptor
from forms.descriptor import FormTemplate

LIBRARY = Path(__file__).resolve().parents[3] / "forms" / "library"


def made_of(*blocks: Block, **changes: Any) -> Document:
    """A document of these blocks."""
    values: dict[str, Any] = {
        "title": "A trial document",
        "subject": "What it is about",
        "reference": "PR-2026-0001",
        "footer": "Practice review, version 2024-04",
        "authority": "Alder Vale Council",
    }
    return Document(blocks=blocks, **{**values, **changes})


def checked(pdf: bytes, *but: str) -> list[str]:
    """What the accessibility checker says, errors and warnings, but for rules named."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(pdf)
        result = outloud.check(str(path), skip=but)
    assert result.error is None, result.error
    return [f"{f.rule}: {f.message}" for f in result.findings if f.severity in ("error", "warning")]


def pages_of(pdf: bytes) -> list[str]:
    with pymupdf.open(stream=pdf) as document:
        return [page.get_text() for page in document]


def text_of(pdf: bytes) -> str:
    """All that is written, in the order in which it is drawn, with one space where a line ends."""
    return " ".join(" ".join(pages_of(pdf)).split())


def template(name: str = "practice-review-2024-04") -> FormTemplate:
    return descriptor.parse_template((LIBRARY / f"{name}.yaml").read_text(encoding="utf8"))


def review_data(**changes: Any) -> dict[str, Any]:
    """The data of a small decided review, as the queries room would give it."""
    section = {"evidence": "Seen alone on 3 June.", "difference": "The child rings her worker.", "grade": "good"}
    return {
        "reference": "PR-2026-0001",
        "authority": "Alder Vale Council",
        "id_label": "Case-system ID",
        "child": {
            "name": "Ama Kestrel",
            "case_system_id": "CS000001",
            "born_on": "2017-04-09",
            "expected_on": None,
            "status": "child_in_need",
            "case_open": True,
        },
        "conduct": {
            "theme": "Help that lasts",
            "reviewer": "Miriam Feldman",
            "reviewer_kind": "external",
            "worker": "Daniel Osei",
            "line_manager": "Priya Raman",
            "due_on": "2026-11-20",
            "reviewed_on": "2026-11-02",
            "look_back_from": "2026-05-02",
            "submitted_on": "2026-11-16",
        },
        "decided": {"how": "panel", "by": "Ruth Amadi", "acting": "", "on": "2026-11-23", "reason": "Agreed by all."},
        "answers": {"journey": {**section}, "needs": {**section}, "summary": {**section}},
        "people": {},
        "grades": [
            {"part": "journey", "title": "Journey of the child", "reviewer": "Good", "final": "Good", "reason": ""},
            {
                "part": "needs",
                "title": "Needs, support and outcomes",
                "reviewer": "Good",
                "final": "Inadequate",
                "reason": "The plan came after the harm.",
            },
        ],
        "disagreements": [{"part": "needs", "who": "worker", "text": "We were there.", "reply": "Not in the record."}],
        "recommendations": [recommended(1)],
        "closing": {"sent_on": "2026-11-27", "tracker_meeting_on": "2026-12-10", "by_panel": True},
        "corrections": [],
        **changes,
    }


def recommended(number: int, action: str = "Agree with the child who to ring.") -> dict[str, Any]:
    return {
        "reference": f"PR-2026-0001/{number}",
        "level": "child" if number % 2 else "service",
        "finding": "Needs, support and outcomes",
        "action": action,
        "effect": "The child knows who will come.",
        "owner": "Daniel Osei",
        "due_on": "2027-01-15",
    }


def review(form: str = "practice-review-small", **changes: Any) -> ReviewContent:
    return read_review(template(form), review_data(**changes))
