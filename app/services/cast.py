"""The people of the demonstration: invented, one for each part, and a few more to make a structure.

Never in production: `app.startup` refuses to start with one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Agency, Person, RoleName, Team
from app.policy.actor import SYSTEM
from app.services.accounts import Details, put_new
from app.services.unit_of_work import Work, unit_of_work

PASSWORD = "plumbline-demo"  # noqa: S105 - printed on the sign-in page
DOMAIN = "example.org"

PROTECTION = "Children in Need and Protection"
IN_CARE = "Children in Care and Care Leavers"
EARLY_HELP = "Early Help"
DISABLED = "Children with Disabilities"
ASSESSMENT = "Assessment"
ASSURANCE = "Quality Assurance"
FERNHILL = "Fernhill Practice Reviews"

TEAMS = (PROTECTION, IN_CARE, EARLY_HELP, DISABLED, ASSESSMENT, ASSURANCE)


@dataclass(frozen=True)
class Part:
    """One person of the cast. `who` is what the sign-in page says; people without it only fill the teams."""

    login: str
    name: str
    roles: tuple[RoleName, ...]
    who: str = ""
    team: str | None = None
    agency: str | None = None
    manager: str | None = None
    outside: bool = False

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


R = RoleName
# In order of seniority: a line manager comes before those he or she supervises.
CAST = (
    Part("director", "Helen Abara", (R.DIRECTOR, R.PANEL_MEMBER), "Executive director, on the panel"),
    Part(
        "assistant.director",
        "Gareth Llewellyn",
        (R.ASSISTANT_DIRECTOR, R.PANEL_MEMBER),
        "Assistant director, on the panel",
        manager="director",
    ),
    Part(
        "head.qa",
        "Nasreen Qureshi",
        (R.HEAD_OF_QA, R.PANEL_MEMBER),
        "Head of Safeguarding and Quality Assurance",
        team=ASSURANCE,
        manager="assistant.director",
    ),
    Part(
        "deputy.qa",
        "Tom Wetherby",
        (R.DEPUTY_QA,),
        "Named deputy for the Head of QA",
        team=ASSURANCE,
        manager="head.qa",
    ),
    Part(
        "head.service",
        "Oluwaseun Bello",
        (R.OPERATIONAL_MANAGER, R.PANEL_MEMBER),
        "Head of social care and family help, on the panel",
        manager="assistant.director",
    ),
    Part(
        "manager",
        "Priya Raman",
        (R.LINE_MANAGER,),
        "Team manager, the worker’s line manager",
        team=PROTECTION,
        manager="head.service",
    ),
    Part("worker", "Daniel Osei", (R.WORKER,), "Social worker", team=PROTECTION, manager="manager"),
    Part(
        "internal.reviewer",
        "Katarzyna Nowak",
        (R.REVIEWER, R.LINE_MANAGER),
        "Internal reviewer, team manager of another team",
        team=IN_CARE,
        manager="head.service",
    ),
    Part(
        "external.reviewer",
        "Miriam Feldman",
        (R.REVIEWER,),
        "External reviewer, from a commissioned agency",
        agency=FERNHILL,
        outside=True,
    ),
    Part(
        "agency",
        "Stephen Achterberg",
        (R.AGENCY_MANAGER,),
        "Manager of the commissioned agency",
        agency=FERNHILL,
        outside=True,
    ),
    Part(
        "chair",
        "Dame Rosalind Okonjo",
        (R.PANEL_CHAIR, R.PANEL_MEMBER),
        "Independent chair of the panel",
        outside=True,
    ),
    Part(
        "deputy.chair",
        "Anthony Pereira",
        (R.DEPUTY_CHAIR, R.PANEL_MEMBER),
        "Deputy chair of the panel",
        manager="director",
    ),
    Part("admin", "Lorraine Pickering", (R.ADMINISTRATOR,), "Administrator, business support", team=ASSURANCE),
    Part("oversight", "Councillor Imran Shah", (R.OVERSIGHT,), "Elected member, reads published reports"),
    # Nobody below is on the sign-in page, and each may sign in.
    # Five managers, the internal reviewer among them, take a review a month in turn.
    Part("ruth.amankwah", "Ruth Amankwah", (R.LINE_MANAGER, R.REVIEWER), team=EARLY_HELP, manager="head.service"),
    Part("mei.chen", "Mei Chen", (R.LINE_MANAGER, R.REVIEWER), team=PROTECTION, manager="head.service"),
    Part("farida.noor", "Farida Noor", (R.LINE_MANAGER, R.REVIEWER), team=DISABLED, manager="head.service"),
    Part("desmond.clarke", "Desmond Clarke", (R.LINE_MANAGER, R.REVIEWER), team=ASSESSMENT, manager="head.service"),
    Part("joseph.mbeki", "Joseph Mbeki", (R.WORKER,), team=PROTECTION, manager="mei.chen"),
    Part("siobhan.doyle", "Siobhan Doyle", (R.WORKER,), team=PROTECTION, manager="manager"),
    Part("aaliyah.hussain", "Aaliyah Hussain", (R.WORKER,), team=IN_CARE, manager="internal.reviewer"),
    Part("luke.tranter", "Luke Tranter", (R.WORKER,), team=IN_CARE, manager="internal.reviewer"),
    Part("grace.adeyemi", "Grace Adeyemi", (R.WORKER,), team=EARLY_HELP, manager="ruth.amankwah"),
    Part("owen.pritchard", "Owen Pritchard", (R.WORKER,), team=EARLY_HELP, manager="ruth.amankwah"),
    Part("marcus.bright", "Marcus Bright", (R.WORKER,), team=DISABLED, manager="farida.noor"),
    Part("leila.haddad", "Leila Haddad", (R.WORKER,), team=ASSESSMENT, manager="desmond.clarke"),
    Part("patricia.nkemelu", "Patricia Nkemelu", (), team=ASSURANCE, manager="head.qa"),  # chairs children's plans
    Part(
        "yusuf.demir",
        "Yusuf Demir",
        (R.REVIEWER,),
        agency=FERNHILL,
        outside=True,
    ),
)

LOGINS = tuple(part for part in CAST if part.who)


def create_cast(password_hash: str) -> bool:
    """Make all of them in one transaction, unless there is an account already; whether it did.

    One hash for all: a salt each would cost a tenth of a second a person and protect a printed password.
    """
    with unit_of_work(SYSTEM) as work:
        if session.scalar(select(Person.id).limit(1)) is not None:
            return False
        teams = {name: _place(work, Team(name=name)) for name in TEAMS}
        agencies = {FERNHILL: _place(work, Agency(name=FERNHILL))}
        made: dict[str, int] = {}
        for part in CAST:
            details = _details(part, teams, agencies, made)
            made[part.login] = put_new(work, details, password_hash, demo=True).id
    return True


def _place(work: Work, row: Team | Agency) -> int:
    return work.add(row).id


def _details(part: Part, teams: dict[str, int], agencies: dict[str, int], made: dict[str, int]) -> Details:
    return Details(
        name=part.name,
        email=part.email,
        role_names=frozenset(part.roles),
        team_id=teams[part.team] if part.team else None,
        agency_id=agencies[part.agency] if part.agency else None,
        line_manager_id=made[part.manager] if part.manager else None,
        ends_on=_year_ahead(clock.today()) if part.outside else None,
    )


def _year_ahead(day: date) -> date:
    """The same day of the next year; 28 February after the 29th."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
