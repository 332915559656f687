"""What the pages of an import say: columns, rows, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from app.imports.book import letter
from app.imports.columns import COLUMNS, KEEP, Column, Target
from app.imports.matching import Fate, Match
from app.imports.rows import Making, Planned
from app.queries import imports as queries
from app.queries.paging import of_all
from app.services import imports
from app.services.import_lines import labels
from app.web import paging, panel_links
from app.web.errors import Sentence
from app.web.plans import crumbs
from app.web.wording import count_noun, day

STALE = Sentence("You changed this import in another window. Open it again to see how it stands.")
MADE = {"section": "A heading", "line": "A line", "nothing": "Nothing: kept with the import"}
SHOWN_ROWS = 12
PAGE = 100


def activity_crumbs(activity: Any) -> list[dict[str, str]]:
    """The way to the activity, where its pages are."""
    found = panel_links.offered("activities.show", public_id=activity.public_id)
    return [{"text": activity.title, "href": found}] if found else []


def _crumbs(draft: queries.Draft) -> list[dict[str, str]]:
    return activity_crumbs(draft.row.activity) if draft.row.activity is not None else crumbs(draft.row.plan)


def _where(row: Any) -> str:
    """What the rows go into, in words."""
    if row.activity is not None:
        return str(row.activity.title)
    return str(row.plan.name) if row.plan is not None else f"{row.plan_name} (a new plan)"


# --- columns ----------------------------------------------------------------------------------------------


def table(draft: queries.Draft, posted: Mapping[str, str]) -> dict[str, Any]:
    """The page on which the guess is looked at."""
    found = draft.found
    names = labels(draft.target)
    options = [*((key, names[key]) for key in COLUMNS[draft.target]), (KEEP, "Keep it beside the line")]
    return {
        "draft": draft.row,
        "crumbs": _crumbs(draft),
        "into": _where(draft.row),
        "notes": [*found.book.notes, *found.layout.notes],
        "sheets": [
            {"value": place, "text": _sheet_name(sheet, place), "selected": place == found.place}
            for place, sheet in enumerate(found.book.sheets)
        ],
        "header": posted.get("header", found.layout.header),
        "heads": found.layout.heads or 1,
        "columns": [_column(draft, column, options, posted) for column in found.layout.columns],
        "top": _top(draft),
    }


def _sheet_name(sheet: Any, place: int) -> str:
    name = sheet.name or f"Sheet {place + 1}"
    hidden = ", hidden" if sheet.hidden else ""
    return f"{name} ({count_noun(len(sheet.rows), 'row')} with words{hidden})"


def _column(
    draft: queries.Draft, column: Column, options: list[tuple[str, str]], posted: Mapping[str, str]
) -> dict[str, Any]:
    chosen = posted.get(f"column-{column.index}", column.means)
    by = {"heading": "by its heading", "place": "by its place: check it"}.get(column.by, "not known: kept as it is")
    return {
        "index": column.index,
        "letter": letter(column.index),
        "heading": column.heading,
        "by": by,
        "example": _example(draft, column.index),
        "options": [{"value": key, "text": text, "selected": key == chosen} for key, text in options],
    }


def _example(draft: queries.Draft, index: int) -> str:
    """The first words below the heading."""
    first = draft.found.layout.first_row
    rows = draft.found.sheet.rows
    found = (rows[number][index].text for number in sorted(rows) if number >= first and index in rows[number])
    return next((text for text in found if text), "")[:120]


def _top(draft: queries.Draft) -> list[dict[str, Any]]:
    """The first rows of the sheet, by which the heading is found."""
    rows = draft.found.sheet.rows
    return [
        {"number": number, "words": " | ".join(cell.text[:40] for _column, cell in sorted(rows[number].items()))[:200]}
        for number in sorted(rows)[:SHOWN_ROWS]
    ]


# --- rows -------------------------------------------------------------------------------------------------


def rows(draft: queries.Draft, page: int, only_unsure: bool) -> dict[str, Any]:
    """One page of the rows, and how many would become what."""
    compared = imports.compared(draft.row, draft.found)
    wanted = [row for row in draft.found.rows if row.making is not Making.BLANK]
    if only_unsure:
        wanted = [row for row in wanted if compared.doubts(row) or compared.match(row).fate is Fate.CHANGED]
    shown = of_all(wanted, page, PAGE)
    show: dict[str, Any] = {"show": "unsure"} if only_unsure else {}
    return {
        "draft": draft.row,
        "crumbs": _crumbs(draft),
        "into": _where(draft.row),
        "notes": [*draft.found.book.notes, *draft.found.layout.notes],
        "rows": [_row(row, compared, draft) for row in shown.rows],
        "counts": _counts(draft, compared),
        "months": _months(draft),
        "last_of_month": bool(draft.row.choices.get("last_of_month")),
        "only_unsure": only_unsure,
        "page": shown,
        "here": url_for("imports.rows", draft_id=draft.row.public_id, page=shown.page, **show),
        "wide": True,
    }


def _months(draft: queries.Draft) -> int:
    """How many lines name a month and no day."""
    return sum(row.likely is not None and "names a month" in " ".join(row.doubts) for row in draft.found.rows)


def _counts(draft: queries.Draft, compared: imports.Compared) -> list[dict[str, Any]]:
    lines = [row for row in draft.found.rows if row.making is Making.LINE]
    fates = [compared.match(row).fate for row in lines if not compared.shut(row)]
    what = "recommendations" if draft.target is Target.ACTIVITY else "lines"
    counted = [
        (fates.count(Fate.NEW), f"new {what}", ""),
        (fates.count(Fate.REPEAT), "there already", ""),
        (fates.count(Fate.CHANGED), "there with other words", "amber"),
        (draft.found.count(Making.SECTION), "headings", ""),
        *_unsure(draft, compared, what),
        (draft.found.count(Making.BLANK), "blank rows", ""),
    ]
    return [{"number": number, "label": label, "tone": tone} for number, label, tone in counted if number]


def _unsure(draft: queries.Draft, compared: imports.Compared, what: str) -> list[tuple[int, str, str]]:
    """By what would be made of them, so that the lines are as many as the plan counts afterwards: of a heading there is
    nothing to settle later, its doubt is answered here."""
    found = [row.making for row in draft.found.rows if compared.doubts(row)]
    lines, headings = found.count(Making.LINE), found.count(Making.SECTION)
    return [
        (lines, f"{what} unsure", "amber"),
        (headings, "headings unsure", "amber"),
        (len(found) - lines - headings, "other rows unsure", "amber"),
    ]


def _row(row: Planned, compared: imports.Compared, draft: queries.Draft) -> dict[str, Any]:
    match = compared.match(row)
    return {
        "number": row.number,
        "what": _what(row, match, compared.shut(row), draft.target),
        "words": row.words,
        "one": row.making in (Making.TITLE, Making.HEADING) or len(row.words) == 1,
        "doubts": compared.doubts(row),
        "notes": row.notes,
        "asks_day": row.asks_day and match.fate is not Fate.REPEAT,
        "day": day(row.due_on) if str(row.number) in (draft.row.choices.get("days") or {}) else "",
        "due": day(row.due_on),
        "made": str(row.making) if row.asks_making else "",
        "changed": _changed(row, match, draft),
    }


def _changed(row: Planned, match: Match, draft: queries.Draft) -> dict[str, Any] | None:
    """The line that stands, where the file has other words for it, and what was chosen."""
    if match.fate is not Fate.CHANGED or match.line is None:
        return None
    chosen = (draft.row.choices.get("changed") or {}).get(str(row.number), "leave")
    url = url_for("plan_lines.show", line_id=match.line.public_id)
    return {"url": url, "here_too": match.line.changed, "chosen": chosen}


WHAT = {
    Making.TITLE: ("Nothing: it stands above the headings, and is kept with the import", "grey"),
    Making.HEADING: ("Nothing: the headings", "grey"),
    Making.NOTHING: ("Nothing: kept with the import", "grey"),
    Making.SECTION: ("A heading", "teal"),
}


def _what(row: Planned, match: Match, shut: str, target: Target) -> tuple[str, str]:
    """What will be made of a row: a word and its tone."""
    if row.making is not Making.LINE:
        return WHAT[row.making]
    if shut:
        return f"Nothing: {shut}", "grey"
    if match.fate is Fate.REPEAT:
        return "Nothing: it is there already", "grey"
    if match.fate is Fate.CHANGED:
        return "It is there with other words", "amber"
    return ("A recommendation" if target is Target.ACTIVITY else "A line"), "green"


# --- afterwards -------------------------------------------------------------------------------------------

DONE = {
    "title": "Kept here: it stood above the headings", "heading": "The headings", "blank": "Blank",
    "nothing": "Kept here: nothing was made of it", "section": "A heading was made",
    "section there": "The heading was there",
    "line": "A line was made", "repeat": "It was there already", "left": "It was there with other words, and was left",
    "updated": "The line that was there has the file’s words", "recommendation": "A recommendation was raised",
}  # fmt: skip


def outcome(batch: Any, page: int) -> dict[str, Any]:
    """Every row of the file, blank ones next to each other as one."""
    told = list(_told(batch.rows))
    shown = of_all(told, page, PAGE)
    counted: dict[str, int] = {}
    for row in batch.rows:
        counted[row["made"]] = counted.get(row["made"], 0) + 1
    return {
        "batch": batch,
        "into": _where_to(batch),
        "counts": [{"number": number, "label": DONE[made].lower(), "tone": ""} for made, number in counted.items()],
        "rows": shown.rows,
        "paging": _paging(shown, batch) if shown.pages > 1 else None,
        "crumbs": crumbs(batch.plan) if batch.plan is not None else activity_crumbs(batch.activity),
        "wide": True,
    }


def _paging(shown: Any, batch: Any) -> dict[str, str]:
    return paging.links(shown, "Rows", "imports.done", public_id=batch.public_id)


def _where_to(batch: Any) -> dict[str, str]:
    if batch.plan is not None:
        return {"text": batch.plan.name, "url": url_for("plans.show", public_id=batch.plan.public_id)}
    url = panel_links.offered("activities.show", public_id=batch.activity.public_id)
    return {"text": batch.activity.title, "url": url or url_for("plans.index")}


def _told(rows: list[dict[str, Any]]) -> Any:
    blank: list[int] = []
    for row in rows:
        if row["made"] == "blank":
            blank.append(row["row"])
            continue
        if blank:
            yield _blank(blank)
            blank = []
        yield _account(row)
    if blank:
        yield _blank(blank)


def _blank(numbers: list[int]) -> dict[str, Any]:
    first, last = numbers[0], numbers[-1]
    which = str(first) if first == last else f"{first} to {last}"
    return {"number": which, "made": DONE["blank"], "url": "", "text": "", "words": [], "doubts": [], "notes": []}


def _account(row: dict[str, Any]) -> dict[str, Any]:
    url = ""
    line = row.get("id") if row["made"] == "line" else row.get("line")
    if line:
        url = url_for("plan_lines.show", line_id=line)
    elif row["made"] == "recommendation":
        url = url_for("recommendations.show", public_id=row["id"])
    return {
        "number": str(row["row"]),
        "made": DONE[row["made"]],
        "url": url,
        "text": row.get("text", ""),
        "words": _words(row),
        "doubts": row.get("doubts", []),
        "notes": row.get("notes", []),
    }


def _words(row: dict[str, Any]) -> list[str]:
    """The words that are kept with the import itself; a line has its own."""
    if row.get("text"):
        return []
    plainly = row["made"] in ("title", "heading")
    return [text if plainly else f"{head}: {text}" for head, text in row.get("words", [])]


def before_undo(batch: Any) -> dict[str, Any]:
    """What was changed since, before anything is taken back."""
    since = imports.changed_since(batch)
    return {
        "batch": batch,
        "into": _where_to(batch),
        "since": [_changed_row(row) for row in since],
        "crumbs": crumbs(batch.plan) if batch.plan is not None else activity_crumbs(batch.activity),
        "activity": batch.activity is not None,
    }


def _changed_row(row: Any) -> dict[str, str]:
    if hasattr(row, "reference"):
        return {"text": row.action[:160], "url": url_for("recommendations.show", public_id=row.public_id)}
    return {"text": (row.what or row.why)[:160], "url": url_for("plan_lines.show", line_id=row.public_id)}
