"""A first day in each role: what one does here, the first three steps, and who sees what one writes.

Only words; who in truth sees what is decided in `app.policy.visibility`, and these pages say it in sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.queries.people import ROLE_WORDS


@dataclass(frozen=True)
class FirstDay:
    """One role's page. `steps` are three; `following` is what this role does with recommendations afterwards."""

    does: tuple[str, ...]
    steps: tuple[str, str, str]
    seen: tuple[str, ...]
    following: tuple[str, ...] = ()


FIRST_DAYS: dict[str, FirstDay] = {
    "reviewer": FirstDay(
        (
            "You read one child’s record, ask the child or family, the worker and the line manager, grade the "
            "practice and recommend what should change.",
            "You write the review, discuss it with those whose practice it is about, answer each, and submit it.",
        ),
        (
            "Open the review that waits for you under My work, and declare whether you have a conflict of interest: "
            "first on the initials and the people, then on the name.",
            "Start it. That day is the review date: status, age, worker, line manager and look-back are fixed at it.",
            "Write part by part. The page saves by itself; what is still missing is listed, and nothing is lost.",
        ),
        (
            "While you draft, only you read the text. The Head of QA sees dates and how far you are.",
            "Once you share it, the worker and the line manager read it and respond to each part. You answer each "
            "correction and each disagreement: corrected, or kept with a reason.",
            "Once you submit it, the Head of QA reads everything, and the panel if it goes there. Words given in "
            "confidence go in their marked part, which the worker and the line manager never see.",
            "If you come from outside the council: 20 working days after issue (a setting) you open only the "
            "reference and what became of the recommendations.",
        ),
        (
            "What became of your recommendations: those that were closed in the last month are under My work, in "
            "Recently finished. All of them are under Recommendations; choose All there.",
            "Open one to read the line from the finding to the impact: who did what, and what changed for the child.",
        ),
    ),
    "worker": FirstDay(
        (
            "A review is about practice with one child you work with. You talk with the reviewer, read the draft, and "
            "answer it in your own words. Nothing in it should come as a surprise to you.",
            "A recommendation may be yours to see to.",
        ),
        (
            "Look under My work: a review that has begun says who is writing it. You see no text until it is shared.",
            "When it is shared, read it and respond to each part: agree, factual correction, or disagree with your "
            "reasons. What you are proud of and what you would do differently are welcome.",
            "After the issue, read the final review with its reasons. Accept each recommendation that is yours, or "
            "dispute it with reasons.",
        ),
        (
            "Your response goes to the reviewer and the Head of QA, and to the panel where the review goes there. Your "
            "line manager reads it once both of you have answered, or the time for it is over.",
            "A disagreement that stands is shown beside its part and printed in the record.",
        ),
        (
            "Under Recommendations you see those of your reviews, and under Mine those that you own. Open one, start "
            "it, and record each month what has happened and how it is going.",
            "A letter, a photograph or a plan goes in as a file. Leave the child’s name out of its name. Everybody who "
            "may read the recommendation can download it.",
            "When it is done, choose Action complete and say where that can be seen. Somebody else then says what "
            "changed for the child: not you.",
            "A week before the tracker meeting, My work asks you to bring yours up to date, all on one page.",
            "Under Supervision is the sheet for your next supervision: what to talk about.",
        ),
    ),
    "line_manager": FirstDay(
        (
            "You give the reviewer your feedback on the practice, read the draft when it is shared, and respond.",
            "Afterwards you take the findings to supervision, own actions, and often verify what changed.",
        ),
        (
            "Look under My work for reviews of practice in your team, and for recommendations that wait for you.",
            "When a draft is shared, read it and respond to each part in the days given.",
            "After the issue, discuss it in supervision. For your recommendations, record progress each month; where "
            "you verify, say what changed for the child and not only that the action is done.",
        ),
        (
            "Your response goes to the reviewer and the Head of QA, and to the panel where the review goes there. The "
            "worker reads it once both of you have answered, or the time for it is over.",
            "What you write on a recommendation is read by its owner, its verifier and the Head of QA.",
        ),
        (
            "A week before the tracker meeting, My work asks you to prepare: your own recommendations on one page, "
            "with those that want news first, and those of the people you manage. Afterwards its minutes are under "
            "Tracker meetings.",
            "Where you verify, the date for it is three months after the action is complete (a setting). Say what "
            "changed, or that it is not seen yet, which sends it back to work, or that it cannot be known.",
            "Then write what we changed in plain words: a page to print for the child or the family, and the date on "
            "which they were told.",
            "Under Supervision is a sheet for each person you manage: print it, talk, and record the date.",
            "Under Plans you read the Service Development Plan and the others.",
        ),
    ),
    "head_of_qa": FirstDay(
        (
            "You plan the year, moderate every review, refer reviews to panel, issue and close them, follow the "
            "recommendations and report.",
            "You take no step on a review that you wrote, whose worker or line manager you directly supervise, or "
            "whose child you were independent chair for: a deputy does.",
        ),
        (
            "Open Settings: check the working days, add the closing days, and say who covers when you are away.",
            "Open Programme and plan the month: child, reviewer, worker and line manager. A reviewer who is too close "
            "cannot be chosen, and the page says why.",
            "Look under My work each morning: concerns first, then reviews that wait for moderation or issue.",
        ),
        (
            "While a review is drafted you see dates and progress. From submission you see everything.",
            "Your first-moderation view is sealed from the other panel members until the item is opened.",
            "Your reasons for returning a review are read by the reviewer; the reasons of a final grade are printed.",
        ),
        (
            "Recommendations is the register of all of them. Filter, sort, and save a view under a name of yours; tick "
            "several to extend, give away, tag or set aside, with a look before anything is done. Each view goes to "
            "Excel or CSV.",
            "Settle each dispute, or give it to a director. Both views stay in the history.",
            "Activities holds audits with other agencies, scrutiny sessions, surveys, inspections and complaints: what "
            "each agency found, the documents, and the recommendations that came of it.",
            "Tracker meetings: plan the month’s meeting and choose what is on the agenda. On its day say who is here, "
            "which begins it, and go through one recommendation at a time on the shared screen; the arrow keys go on. "
            "When you end it, the minutes are fixed, as a page and as a PDF.",
            "Plans holds the Service Development Plan and others. A service-level recommendation moves in with its "
            "progress. A spreadsheet is taken in after you have looked at each row, what is unsure is asked, and the "
            "whole import can be undone.",
            "A dashboard tool can read the register: make a key for it under your name: keys for the feed.",
        ),
    ),
    "deputy_qa": FirstDay(
        (
            "You act for the Head of QA while the Head is away, has delegated the work, or may not act on one review. "
            "Both names stay in the record, with the reason.",
        ),
        (
            "Look under My work: what waits for you in the Head’s place is there, and says why it comes to you.",
            "Open the review and do what the Head would do: moderate, return, agree, issue or close it.",
            "Where you may not act either, leave it: another deputy or the assistant director sees it.",
        ),
        (
            "On those reviews you see what the Head would see, and only for as long as you act.",
            "What you write is kept under your name, as acting for the Head.",
        ),
        (
            "Where you act for the Head you also settle disputes, extend dates and write what is said at the tracker "
            "meeting. Activities, Plans and all the recommendations open to you while you cover for the Head.",
        ),
    ),
    "panel_member": FirstDay(
        (
            "You read each review of a meeting alone, grade it alone, and then discuss it with the others.",
            "You are out of an item if you wrote any part of the review, or are its worker or its named line manager.",
        ),
        (
            "Open the meeting’s papers when you are told that they are there.",
            "Read each review and fill in your own form. Leave it and come back as often as you like.",
            "Submit it at least 2 working days before the meeting (a setting). After that it cannot be changed; once "
            "the item is opened you may add to it.",
        ),
        (
            "Nobody sees your form or your grades before the chair opens the item: not the chair, not the Head of QA, "
            "and no count or average shows them either. That you have submitted is known to the Head and the chair.",
            "From opening on, the members present who have submitted see all readings of the item.",
        ),
    ),
    "panel_chair": FirstDay(
        (
            "You chair the meeting: you open each item, lead the discussion, and record the decision. Where agreement "
            "is not reached you decide, with a reason, and each dissent is recorded.",
        ),
        (
            "Read and submit like every member: only a chair who has submitted may open an item.",
            "At the meeting, open an item once there is a quorum. That is the moment at which readings become visible.",
            "Record the final grade of every section, with reasons where it differs from the reviewer’s, and settle "
            "the recommendations.",
        ),
        (
            "Before opening you see who has submitted, never what.",
            "Decisions and reasons are printed in the record; dissents are kept with the decision.",
            "Where you may not chair an item, the deputy chair does, and the record says so.",
        ),
    ),
    "deputy_chair": FirstDay(
        (
            "You take the chair’s place for an item when the chair is absent or may not act, with every power of the "
            "chair. Otherwise you read as a member does.",
        ),
        (
            "Read and submit each review of the meeting, so that you can open an item if you have to.",
            "At the meeting, open and lead the items that are yours to chair.",
            "Record the decision as the chair would, with its reasons.",
        ),
        (
            "Before opening you see who has submitted only for an item that you chair, and never what.",
            "The record says that you chaired the item, and why.",
        ),
    ),
    "director": FirstDay(
        (
            "You lead the service. You may sit on the panel, and you settle a dispute about a service-level "
            "recommendation when the Head of QA gives it to you, unless you own it.",
        ),
        (
            "Look under My work for what waits for you.",
            "If you sit on the panel, read alone and submit before the meeting.",
            "Open Recommendations for those that are yours, and say what changed for children.",
        ),
        (
            "Your role alone opens no review: what you see follows from the panel and from recommendations of yours.",
            "What you write on a recommendation is read by its owner, its verifier and the Head of QA.",
        ),
        (
            "A dispute that is given to you comes under My work. Both views stand beside the form. What you decide "
            "holds; the recommendation then goes back to its owner and is not open to you any more.",
            "Under Recommendations you see those that you own or verify and those of the people you manage; each view "
            "goes to Excel. Under Plans you read the Service Development Plan and the others.",
            "Tracker meetings has the meetings to which you are asked, and their minutes.",
        ),
    ),
    "assistant_director": FirstDay(
        (
            "You act where neither the Head of QA nor a deputy may, and are told of an immediate concern that "
            "nobody has acknowledged by the end of the day, or that is about the Head of QA. You may sit on the panel.",
        ),
        (
            "Look under My work each morning.",
            "If a concern has come to you, acknowledge it first and say then what was done.",
            "If you sit on the panel, read alone and submit before the meeting.",
        ),
        (
            "On a review where you act for the Head you see what the Head would see. Otherwise you see what the panel "
            "or a recommendation of yours opens.",
            "What you write when acting is kept under your name, with the reason why it came to you.",
        ),
        (
            "A dispute that the Head of QA gives you comes under My work. Both views stand beside the form, and what "
            "you decide holds.",
            "For your own recommendations: record progress each month, and prepare for the tracker meeting when My "
            "work asks you to.",
        ),
    ),
    "operational_manager": FirstDay(
        ("You own recommendations for the service and report progress and impact each month.",),
        (
            "Open Recommendations and choose those that are yours.",
            "Within 5 working days of issue (a setting) accept each, or dispute it with reasons.",
            "Before each monthly meeting record what was done, how it is going, and what it meant for children.",
        ),
        (
            "You see a recommendation’s words, its reference and initials, and what you wrote: not the review.",
            "Your progress and evidence are read by the verifier and the Head of QA.",
        ),
        (
            "A week before the tracker meeting, My work asks you to prepare: all that you own on one page, with those "
            "that want news first. At the meeting each is on the shared screen; what is said goes into its history.",
            "When it is done, choose Action complete and say where that can be seen. Somebody else verifies the "
            "impact, three months later (a setting).",
            "Larger work goes into a plan. Under Plans you read its lines; the Head of QA looks at each plan once a "
            "quarter and writes in it.",
            "Supervision has a sheet for each person you manage.",
        ),
    ),
    "administrator": FirstDay(
        ("You keep accounts, forms and local settings. You see no review unless you also hold another role.",),
        (
            "Open Settings, then People: add those who start, and end the accounts of those who leave.",
            "Open Forms to see what reviewers are asked. A change is a new version: load it, look at it, publish it.",
            "Open Local settings and Closing days once a year with the Head of QA, and E-mail, which is under "
            "Settings as well, whenever My work says that messages wait or could not be sent.",
        ),
        (
            "Everything you change is logged with your name. Each setting shows who set it, and when.",
            "Which reviews go to panel is decided by the Head of QA’s office, not by you.",
        ),
    ),
    "agency_manager": FirstDay(
        (
            "Your agency’s reviewers write reviews for the council. You see which reviews they have, at which stage, "
            "and what is late.",
        ),
        (
            "Open Reviews: each of your reviewers’ reviews is one line with its reference, stage and dates.",
            "Look for what is late, and speak with your reviewer.",
            "Tell the council’s administrator early when a reviewer leaves or an account is about to end.",
        ),
        ("You see references, stages and dates: never a draft, a child or a grade.", "You write nothing here."),
    ),
    "oversight": FirstDay(
        ("You read what is published: the reports about how well the service reviews itself and what it changed.",),
        (
            "Read the newest report when you are told that it is there.",
            "Read its limits as well: where numbers are small, the report says so and leaves some out.",
            "Bring your questions to the Head of QA.",
        ),
        ("You see published reports only, never a review, a child or a name.", "You write nothing here."),
    ),
}


def title(role: str) -> str:
    """The role in words."""
    return next(words for name, words in ROLE_WORDS.items() if name == role)
