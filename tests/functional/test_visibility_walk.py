"""R11 on every page: words planted in a review are looked for everywhere, as everybody.

Each review of the gallery has words that are in no other. Every one of the cast goes to every page about it, to
the lists and the search, and to the recommendations; what is found must be in the table below, which is the
handbook's table under R11 written out. That nothing is missing is asked too: what the table gives must be found.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from tests.support.people_at_work import EVERYBODY, LISTS, Case, Mark, gallery, stops_of, token, visitor
from tests.support.world import TODAY, World

pytestmark = [pytest.mark.walk, pytest.mark.slow]

R, W, M = "external.reviewer", "worker", "manager"
HEAD, DEPUTY, AGENCY, OWNER = "head.qa", "deputy.qa", "agency", "head.service"

Marks = frozenset[Mark]
IN_LISTS = frozenset({Mark.REFERENCE, Mark.INITIALS})
OPENED = IN_LISTS | {Mark.NAME, Mark.CASE_ID}
TEXT = OPENED | {Mark.DRAFT, Mark.ACTION}
ANSWERS = frozenset({Mark.WORKER, Mark.MANAGER, Mark.REPLY})
EVERYTHING = frozenset(Mark) - {Mark.UNSENT}  # what somebody is still writing is nobody else's

# Row by row of R11. "own draft"; "that it has begun, by whom"; "dates, progress".
DRAFTING = {
    R: TEXT | {Mark.AMENDING, Mark.CONFIDENTIAL},
    W: IN_LISTS,
    M: IN_LISTS,
    HEAD: OPENED,
    AGENCY: {Mark.REFERENCE},
}
# "draft, all answers"; "draft, own answers; each other's once both have answered"; the Head "the same" as before.
DISCUSSION = {**DRAFTING, W: TEXT | {Mark.WORKER, Mark.UNSENT}, M: TEXT | {Mark.MANAGER}}
BOTH_ANSWERED = {**DRAFTING, R: DRAFTING[R] | ANSWERS, W: TEXT | ANSWERS, M: TEXT | ANSWERS}
# "what was submitted; reasons if returned"; "what they read and answered"; "everything".
SUBMITTED = {
    R: TEXT | ANSWERS | {Mark.CONFIDENTIAL, Mark.RETURNED},
    W: TEXT | ANSWERS,
    M: TEXT | ANSWERS,
    HEAD: EVERYTHING,
    AGENCY: {Mark.REFERENCE},
}
# "final review, why a grade moved"; "final review, reasons, recommendations". Agreed without panel, the Head's view
# is what became final, and its reason with it.
REASONS = frozenset({Mark.VIEW, Mark.AGREED})
ISSUED = {**SUBMITTED, R: SUBMITTED[R] | REASONS, W: SUBMITTED[W] | REASONS, M: SUBMITTED[M] | REASONS}

MAY: Mapping[str, Mapping[str, AbstractSet[Mark]]] = {
    # R7: initials, status, team, worker and line manager before the first declaration; then the name
    "planned": {R: IN_LISTS, HEAD: EVERYTHING},
    "named": {R: IN_LISTS | {Mark.NAME}, HEAD: EVERYTHING},
    "conflict declared": {HEAD: EVERYTHING},
    "drafting": DRAFTING,
    "returned": {**DRAFTING, R: SUBMITTED[R] | {Mark.AMENDING}, HEAD: OPENED | {Mark.RETURNED}},
    "discussion": DISCUSSION,
    "half answered": {**DISCUSSION, R: DISCUSSION[R] | {Mark.WORKER}},
    "answered": BOTH_ANSWERED,
    "first moderation": SUBMITTED,
    "Head in conflict": {**SUBMITTED, HEAD: IN_LISTS, DEPUTY: EVERYTHING},
    "decided": SUBMITTED,
    "issued": ISSUED,
    # an owner with no other tie: its words, reference and initials
    "owned by another": {**ISSUED, OWNER: IN_LISTS | {Mark.ACTION}},
    "closed": ISSUED,
    # looked at anew; who had the first decision's record keeps it, never why it was reopened
    "reopened": {**ISSUED, HEAD: EVERYTHING},
    "withdrawn": {R: IN_LISTS, HEAD: EVERYTHING},
    "whole form, discussion": {**DISCUSSION, R: DISCUSSION[R] | {Mark.WORKER}},
    "whole form, issued": ISSUED,
}

# What somebody must find somewhere, or the walk would pass on empty pages.
MUST: dict[str, dict[str, set[Mark]]] = {
    "planned": {R: {Mark.REFERENCE, Mark.INITIALS}, HEAD: {Mark.REFERENCE, Mark.INITIALS, Mark.NAME, Mark.CASE_ID}},
    "named": {R: {Mark.NAME}},
    "drafting": {R: {Mark.DRAFT, Mark.NAME, Mark.CASE_ID}, W: {Mark.REFERENCE}, AGENCY: {Mark.REFERENCE}},
    "returned": {R: {Mark.RETURNED, Mark.DRAFT, Mark.WORKER}, HEAD: {Mark.REFERENCE}},
    "discussion": {R: {Mark.AMENDING}, W: {Mark.DRAFT, Mark.UNSENT}, M: {Mark.DRAFT}},
    "half answered": {R: {Mark.WORKER}, W: {Mark.WORKER}},
    "answered": {R: {Mark.WORKER, Mark.MANAGER}, W: {Mark.MANAGER, Mark.REPLY}, M: {Mark.WORKER, Mark.REPLY}},
    "first moderation": {HEAD: {Mark.DRAFT, Mark.COMMENT, Mark.VIEW, Mark.WORKER}, W: {Mark.DRAFT, Mark.MANAGER}},
    "Head in conflict": {DEPUTY: {Mark.DRAFT, Mark.WORKER}, HEAD: {Mark.REFERENCE}},
    "decided": {HEAD: {Mark.VIEW, Mark.AGREED, Mark.ACTION}, R: {Mark.DRAFT}, W: {Mark.DRAFT}},
    "issued": {R: {Mark.AGREED, Mark.ACTION}, W: {Mark.ACTION, Mark.DRAFT}, M: {Mark.ACTION}, HEAD: {Mark.COMMENT}},
    "owned by another": {OWNER: {Mark.ACTION, Mark.REFERENCE}},
    "reopened": {R: {Mark.AGREED}, W: {Mark.AGREED, Mark.ACTION}, M: {Mark.AGREED}, HEAD: {Mark.REOPENED}},
    "closed": {R: {Mark.DRAFT}, W: {Mark.DRAFT}, HEAD: {Mark.COMMENT}},
    "withdrawn": {HEAD: {Mark.DRAFT, Mark.WITHDRAWN}},
    "whole form, discussion": {R: {Mark.CONFIDENTIAL}, W: {Mark.DRAFT}},
    "whole form, issued": {R: {Mark.CONFIDENTIAL}, HEAD: {Mark.CONFIDENTIAL}, W: {Mark.DRAFT}},
}


def words_of(answer: TestResponse) -> str:
    """What can be read in an answer, whatever its kind; what was asked for is not an answer."""
    kind = answer.mimetype or ""
    if kind == "application/pdf":
        return _pdf_words(answer.get_data())
    if kind.endswith("sheet"):
        with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
            return " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return unescape(answer.get_data(as_text=True)) + str(answer.headers)


def _pdf_words(data: bytes) -> str:
    import pymupdf

    with pymupdf.open(stream=data) as document:
        return " ".join(page.get_text() for page in document) + str(document.metadata)


# Where a PDF is opened: one set of each is enough, they are slow.
PAPER = {"documents.pdf": "issued", "documents.earlier_pdf": "reopened"}


class Look:
    """One person's looks at the reviews of the gallery: what was found, and how many pages were opened."""

    def __init__(self, world: World, login: str) -> None:
        self.world, self.login = world, login
        self.client: FlaskClient = visitor(world, login)
        self.token, self.count = token(self.client), 0

    def open(self, url: str) -> str:
        return words_of(self.answer(url))

    def answer(self, url: str) -> TestResponse:
        self.count += 1
        answer = self.client.get(url)
        assert answer.status_code < 500, url
        return answer

    def pages(self, case: Case) -> Iterator[tuple[str, str]]:
        """Every page about one review; for those who may not know of it one part and one action stand for all."""
        own = f"/reviews/{case.public_id}"
        answer = self.answer(own)
        yield own, words_of(answer)
        for stop in stops_of(self.world.app, case, thin=answer.status_code == 404):
            if stop.url != own and (stop.endpoint not in PAPER or case.stage == PAPER[stop.endpoint]):
                yield stop.url, self.open(stop.url)
        self.count += 1
        name = self.client.post(f"/reviews/{case.public_id}/name", data={"csrf_token": self.token})
        yield "the name", words_of(name)

    def lists(self, cases: list[Case]) -> Iterator[tuple[str, str]]:
        """My work, the register, the recommendations, the programme, and the search for each review."""
        for url in LISTS:
            yield url, self.open(url)
        for case in cases:
            for asked in (case.marks[Mark.REFERENCE], case.marks[Mark.CASE_ID]):
                found = self.open(f"/reviews?search={asked}")
                yield f"search for {asked}", re.sub(rf'(value|href)="[^"]*{re.escape(asked)}[^"]*"', "", found)


def in_words(found: str, case: Case) -> set[Mark]:
    return {mark for mark, word in case.marks.items() if word in found}


@pytest.mark.parametrize("stage", sorted(MAY))
def test_every_page_shows_only_what_the_table_gives(sqlite_world: World, stage: str) -> None:
    [case] = gallery(sqlite_world, [stage])
    leaks, missing, count = [], [], 0
    for login in EVERYBODY:
        look, allowed, everything = Look(sqlite_world, login), set(MAY[stage].get(login, ())), set()
        for url, words in (*look.pages(case), *look.lists([case])):
            found = in_words(words, case)
            everything |= found
            leaks += [f"{login} reads {mark} at {url}" for mark in sorted(found - allowed)]
        missing += [
            f"{login} never finds {mark}" for mark in sorted(MUST.get(stage, {}).get(login, set()) - everything)
        ]
        count += look.count
    print(f"{stage}: {count} looks")
    assert not leaks, "\n".join(leaks)
    assert not missing, "\n".join(missing)


def test_lists_show_a_reference_and_initials_and_no_more(sqlite_world: World) -> None:
    """Several reviews side by side: no list has a name, a case-system ID or a finding, whoever looks (R11)."""
    cases = gallery(sqlite_world, ("planned", "discussion", "first moderation", "Head in conflict", "owned by another"))
    leaks, count = [], 0
    for login in EVERYBODY:
        look = Look(sqlite_world, login)
        for url, words in look.lists(cases):
            for case in cases:
                allowed = set(MAY[case.stage].get(login, ())) & {*IN_LISTS, Mark.ACTION}
                leaks += [f"{login} reads {mark} of {case.stage} at {url}" for mark in in_words(words, case) - allowed]
        count += look.count
    print(f"lists: {count} looks")
    assert not leaks, "\n".join(sorted(leaks))


def test_a_search_by_case_system_id_answers_only_who_may_read_that_id(sqlite_world: World) -> None:
    """Not whoever sees the reference alone: an answer would tell an agency whose review it is."""
    [case] = gallery(sqlite_world, ["first moderation"])
    for login in EVERYBODY:
        page = Look(sqlite_world, login).open(f"/reviews?search={case.marks[Mark.CASE_ID]}")
        found = case.marks[Mark.REFERENCE] in page
        assert found is (Mark.CASE_ID in SUBMITTED.get(login, frozenset())), login


def test_an_external_reviewer_keeps_the_reference_and_the_recommendations(sqlite_world: World) -> None:
    """From 20 working days after issue only these (handbook 1); the review, its answers and the name are closed."""
    [case] = gallery(sqlite_world, ["issued"])
    with clock.set_to(TODAY + timedelta(days=27)):
        assert Mark.DRAFT in _found(sqlite_world, R, case)
    with clock.set_to(TODAY + timedelta(days=45)):
        assert _found(sqlite_world, R, case) <= {*IN_LISTS, Mark.ACTION}
        assert Mark.ACTION in _found(sqlite_world, R, case)
        assert Mark.DRAFT in _found(sqlite_world, W, case)


def _found(world: World, login: str, case: Case) -> set[Mark]:
    look = Look(world, login)
    return {mark for _url, words in (*look.pages(case), *look.lists([case])) for mark in in_words(words, case)}
