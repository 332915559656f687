"""The year: 28 reviews, whose they are, and on which working day each step of theirs was taken.

`start` is the day a review begins, in working days from today. `steps` are in working days after the start:
`share:12` is a step of one day, `write:2-11` one of several. The texts are in `texts/<key>.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.models.reviews import ChildStatus as Status

_WORD = re.compile(r"([a-z_]+):(-?\d+)(?:-(\d+))?")

MIRIAM, YUSUF = "external.reviewer", "yusuf.demir"
KATARZYNA = "internal.reviewer"


@dataclass(frozen=True)
class Step:
    """One thing that is done on one day, or spread over several."""

    verb: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """One review of the demonstration; people by the first part of their address."""

    key: str
    month: int
    start: int
    reviewer: str
    worker: str
    manager: str
    child: str
    status: Status
    theme: str
    age: tuple[int, int] | None = None  # years and months when the review begins
    born_in: int = 0  # days until an unborn child is expected, from today
    steps: str = ""
    planned: int = 18  # working days before the start
    with_month: bool = False  # `start` counts from the first of today's month, so that it begins with its own
    begun_by: str = ""  # who held it before it was reassigned
    chair: str = ""
    look_back: tuple[str, ...] = ()
    sibling_of: str = ""  # the key of the story it is joined to; what was said in the talks is written there
    drawn: bool = False  # for the panel, at submission
    panel: str = ""  # the key of the meeting it is referred to
    heard_again: str = ""  # and of the one at which it is listed after it was adjourned
    names: Mapping[str, str] = field(default_factory=dict)

    def timeline(self) -> list[Step]:
        """The steps in order."""
        return [_step(word) for word in self.steps.split()]


def _step(word: str) -> Step:
    found = _WORD.fullmatch(word)
    if found is None:
        raise ValueError(f"{word} is not a step")
    verb, first, last = found.groups()
    return Step(verb, int(first), int(last or first))


YEAR = (
    # Ten months ago.
    Story(
        key="young-carer", month=-10, start=-208, with_month=True, planned=16, child="Imani Cole", age=(9, 4),
        status=Status.EARLY_HELP, theme="Young carers", reviewer="desmond.clarke", worker="grace.adeyemi",
        manager="ruth.amankwah",
        steps="start:0 write:2-14 share:15 worker:17 manager:19 submit:20 moderate:24 agree:25 issue:29"
              " upload:33 supervise:42 close:140",
    ),
    Story(
        key="domestic-abuse", month=-10, start=-205, with_month=True, planned=19, child="Jakub Wrona",
        age=(5, 8), status=Status.CHILD_PROTECTION, theme="Domestic abuse", reviewer=MIRIAM, worker="worker",
        manager="manager", chair="patricia.nkemelu", drawn=True, panel="first",
        steps="start:0 write:1-12 share:13 worker:16 manager:17 reply:18 submit:19 moderate:23 refer:24"
              " issue:34 upload:37 supervise:46 close:168",
    ),
    # Nine.
    Story(
        key="long-term-foster", month=-9, start=-186, with_month=True, child="Ruby-Mae Hartnell", age=(11, 2),
        status=Status.CHILD_IN_CARE, theme="Permanence", reviewer=YUSUF, worker="aaliyah.hussain",
        manager=KATARZYNA, chair="patricia.nkemelu",
        steps="start:0 write:1-11 share:12 worker:14 manager:15 submit:17 moderate:20 agree:21 issue:24"
              " upload:26 supervise:35 close:130",
    ),
    Story(
        key="moved-away", month=-9, start=-183, with_month=True, child="Adeel Rashid", age=(3, 1),
        status=Status.CHILD_IN_NEED, theme="Help that lasts", reviewer="ruth.amankwah", worker="siobhan.doyle",
        manager="manager",
        steps="start:0 write:1-4 withdraw:8",
    ),
    # Eight.
    Story(
        key="parental-alcohol", month=-8, start=-164, with_month=True, child="Noah Fenwick", age=(3, 5),
        status=Status.ASSESSMENT, theme="Assessment and analysis", reviewer=KATARZYNA, worker="leila.haddad",
        manager="desmond.clarke", drawn=True, panel="second",
        steps="start:0 write:3-15 share:16 worker:18 manager:20 reply:21 submit:23 moderate:26 refer:27"
              " issue:38 upload:41 supervise:48 close:155",
    ),
    Story(
        key="care-leaver", month=-8, start=-168, with_month=True, child="Samir Khalidi", age=(19, 3),
        status=Status.CARE_LEAVER, theme="Leaving care", reviewer=MIRIAM, begun_by=YUSUF, worker="luke.tranter",
        manager=KATARZYNA, drawn=True, panel="second",
        steps="start:0 begin:1-7 reassign:9 declare:11 write:12-23 share:24 worker:27 manager:28 submit:30"
              " moderate:32 refer:33 issue:42 upload:45 supervise:57",
    ),
    # Seven.
    Story(
        key="school-anxiety", month=-7, start=-143, with_month=True, child="Poppy Lacey", age=(13, 6),
        status=Status.EARLY_HELP, theme="School attendance", reviewer=MIRIAM, worker="owen.pritchard",
        manager="ruth.amankwah", panel="third",
        steps="start:0 write:1-10 share:11 worker:13 manager:14 submit:15 moderate:18 refer:24 issue:37"
              " upload:39 supervise:47 close:140",
    ),
    Story(
        key="residential", month=-7, start=-146, with_month=True, child="Kayden Bryce", age=(15, 1),
        status=Status.CHILD_IN_CARE, theme="Homes and stability", reviewer="mei.chen", worker="aaliyah.hussain",
        manager=KATARZYNA, chair="patricia.nkemelu", drawn=True, panel="fourth",
        steps="start:0 write:4-17 share:18 worker:21 manager:22 submit:24 moderate:29 hand_back:30 edit:33"
              " share:36 worker:37 manager:38 submit:39 moderate:42 refer:43 issue:58 upload:61 supervise:68",
    ),
    # Six.
    Story(
        key="neglect", month=-6, start=-122, with_month=True, child="Maisie Thorne", age=(6, 9),
        status=Status.CHILD_PROTECTION, theme="Neglect", reviewer=YUSUF, worker="worker", manager="manager",
        chair="patricia.nkemelu", drawn=True, panel="fourth",
        steps="start:0 write:1-13 share:14 worker:17 manager:19 edit:21 reply:21 amend:21 submit:23 moderate:24"
              " refer:25 issue:35 upload:39 supervise:50",
    ),
    Story(
        key="maternal-health", month=-6, start=-126, with_month=True, child="Hannah Adeleke", age=(10, 0),
        status=Status.CHILD_IN_NEED, theme="Parental mental health", reviewer="farida.noor",
        worker="siobhan.doyle", manager="manager",
        steps="start:0 write:2-14 share:15 worker:17 manager:20 submit:21 moderate:25 agree:26 issue:29"
              " upload:31 supervise:40",
    ),
    # Five.
    Story(
        key="exploitation", month=-5, start=-106, with_month=True, child="Tyrell Boateng", age=(14, 7),
        status=Status.CHILD_PROTECTION, theme="Harm outside the home", reviewer=MIRIAM, worker="joseph.mbeki",
        manager="mei.chen", chair="patricia.nkemelu", look_back=("siobhan.doyle",),
        names={"former": "Siobhan Doyle"}, drawn=True, panel="fifth",
        steps="start:0 write:1-14 share:15 worker:18 manager:20 edit:21 reply:21 amend:21 submit:24 moderate:26"
              " refer:27 issue:37 upload:41 supervise:52",
    ),
    Story(
        key="disability", month=-5, start=-101, with_month=True, child="Idris Mahmood", age=(9, 11),
        status=Status.CHILD_IN_NEED, theme="Disabled children", reviewer="ruth.amankwah",
        worker="marcus.bright", manager="farida.noor",
        steps="start:0 write:2-13 share:14 worker:16 manager:18 submit:20 moderate:25 agree:26 issue:30"
              " upload:33 supervise:45",
    ),
    # Four.
    Story(
        key="early-permanence", month=-4, start=-84, with_month=True, child="Elsie Navarro", age=(0, 10),
        status=Status.CHILD_IN_CARE, theme="Permanence", reviewer=YUSUF, worker="luke.tranter",
        manager=KATARZYNA, chair="patricia.nkemelu", drawn=True, panel="sixth",
        steps="start:0 write:1-11 share:12 worker:15 manager:16 submit:18 moderate:20 refer:21 issue:33"
              " upload:36 supervise:43",
    ),
    Story(
        key="safe-at-home", month=-4, start=-60, planned=20, child="Layla Benhamou", age=(12, 3),
        status=Status.CHILD_PROTECTION, theme="Domestic abuse", reviewer="desmond.clarke",
        worker="joseph.mbeki", manager="mei.chen", chair="patricia.nkemelu", drawn=True, panel="held",
        steps="start:0 write:5-23 share:24 worker:27 manager:30 submit:33 moderate:41 refer:46 issue:56",
    ),
    # Three.
    Story(
        key="step-down", month=-3, start=-47, planned=6, child="Connor Whitlock", age=(7, 7),
        status=Status.EARLY_HELP, theme="Stepping up and stepping down", reviewer=MIRIAM,
        worker="grace.adeyemi", manager="ruth.amankwah", drawn=True, panel="held",
        steps="start:0 write:2-15 share:16 worker:19 manager:20 reply:21 take_back:22 edit:26 share:29"
              " worker:30 manager:31 submit:33 moderate:35 refer:36",
    ),
    Story(
        key="sixteen", month=-3, start=-46, planned=7, child="Tia Rosewarne", age=(16, 2),
        status=Status.CHILD_IN_CARE, theme="Preparing for adult life", reviewer="farida.noor",
        worker="aaliyah.hussain", manager=KATARZYNA, chair="head.qa",
        steps="start:0 write:3-17 share:18 worker:21 attempt_manager:25 attempt_manager:30 submit:36",
    ),
    # Two.
    Story(
        key="unborn", month=-2, start=-40, planned=5, child="Baby Marchetti", born_in=26,
        status=Status.CHILD_PROTECTION, theme="Before birth", reviewer=KATARZYNA, worker="siobhan.doyle",
        manager="manager", chair="patricia.nkemelu",
        steps="start:0 write:4-21 share:22 worker:25 manager:28 submit:37 moderate:39",
    ),
    Story(
        key="sister", month=-2, start=-43, planned=6, child="Nell Loveridge", age=(9, 5),
        status=Status.CHILD_PROTECTION, theme="Neglect", reviewer=YUSUF, worker="joseph.mbeki",
        manager="mei.chen", chair="patricia.nkemelu", names={"sibling": "Davey"},
        panel="held", heard_again="next",
        steps="start:0 write:1-16 share:17 worker:20 manager:22 edit:26 reply:26 amend:26 submit:28 moderate:30"
              " refer:31 relist:39",
    ),
    Story(
        key="brother", sibling_of="sister", month=-2, start=-43, planned=6, child="Davey Loveridge", age=(4, 2),
        status=Status.CHILD_PROTECTION, theme="Neglect", reviewer=YUSUF, worker="joseph.mbeki",
        manager="mei.chen", chair="patricia.nkemelu", names={"sibling": "Nell"}, drawn=True,
        panel="held", heard_again="next",
        steps="start:0 write:1-16 share:17 worker:20 manager:22 submit:28 moderate:30 refer:31 relist:39",
    ),
    # Last month.
    Story(
        key="closed-early", month=-1, start=-33, planned=5, child="Kofi Mensah-Hale", age=(2, 4),
        status=Status.ASSESSMENT, theme="Assessment and analysis", reviewer="ruth.amankwah",
        worker="leila.haddad", manager="desmond.clarke", panel="after",
        steps="start:0 concern:0 acknowledge:0 act_on:1 write:1-9 settle:6 share:10 worker:12 manager:13 submit:15"
              " moderate:18 hand_back:19 edit:22 share:23 worker:25 manager:26 submit:27 moderate:29 refer:30",
    ),
    Story(
        key="missing", month=-1, start=-27, planned=4, child="Shanice Dupree", age=(16, 0),
        status=Status.CHILD_IN_CARE, theme="Harm outside the home", reviewer=YUSUF, worker="aaliyah.hussain",
        manager=KATARZYNA, chair="patricia.nkemelu", panel="next",
        steps="start:0 concern:3 acknowledge:3 write:1-8 act_on:5 settle:8 share:9 worker:11"
              " manager:13 submit:15 moderate:19 refer:20",
    ),
    Story(
        key="separated-parents", month=-1, start=-24, planned=6, child="Oskar Lindgren-Shaw", age=(11, 8),
        status=Status.CHILD_IN_NEED, theme="Help that lasts", reviewer=MIRIAM, worker="siobhan.doyle",
        manager="manager",
        steps="start:0 write:1-14 share:15 worker:18 manager:20",
    ),
    # This month.
    Story(
        key="kinship", month=0, start=-17, planned=5, child="Anaya Dhillon", age=(8, 3),
        status=Status.CHILD_PROTECTION, theme="Family network", reviewer=YUSUF, worker="worker",
        manager="manager", chair="patricia.nkemelu",
        steps="start:0 write:1-13 share:14 keep_manager:16",
    ),
    Story(
        key="short-breaks", month=0, start=-7, planned=6, child="Theo Bancroft", age=(12, 11),
        status=Status.CHILD_IN_NEED, theme="Disabled children", reviewer=MIRIAM, worker="marcus.bright",
        manager="farida.noor",
        steps="start:0 write:1-6 concern:6 acknowledge:6",
    ),
    Story(
        key="new-sister", month=0, start=-9, planned=4, child="Freya Okonkwo-Lund", age=(5, 6),
        status=Status.EARLY_HELP, theme="Help that lasts", reviewer=KATARZYNA, worker="owen.pritchard",
        manager="ruth.amankwah",
        steps="start:0 write:2-8",
    ),
    # Next month: planned.
    Story(
        key="", month=1, start=12, planned=20, child="Bilal Sharif", age=(14, 1), status=Status.EARLY_HELP,
        theme="School attendance", reviewer="mei.chen", worker="grace.adeyemi", manager="ruth.amankwah",
    ),
    Story(
        key="", month=1, start=10, planned=18, child="Jade Ellery", age=(18, 4), status=Status.CARE_LEAVER,
        theme="Leaving care", reviewer=MIRIAM, worker="luke.tranter", manager=KATARZYNA,
    ),
    Story(
        key="governor", month=1, start=14, planned=20, child="Caspian Rowe", age=(6, 5),
        status=Status.CHILD_IN_NEED, theme="Neglect", reviewer=YUSUF, worker="worker", manager="manager",
        steps="conflict:-16",
    ),
)  # fmt: skip
