"""The people one can sign in as: students in every situation, staff of every role."""

from dataclasses import dataclass

#: One password for all of them; they exist in demonstrations only.
PASSWORD = "demonstratie2026"  # noqa: S105  it is printed at every start


@dataclass(frozen=True, kw_only=True)
class Role:
    """A student of the cast: who, where, in which situation, and what to try with that sign-in.

    overdue: codes of disciplines not passed; those in `exam_only` met the standards.
    situation: name of the steps in `situations`. try_it: for the table of sign-ins; empty leaves it out.
    """

    name: str
    programme: str
    year: int
    situation: str
    try_it: str = ""
    fee: bool = False
    overdue: tuple[str, ...] = ()
    exam_only: tuple[str, ...] = ()
    citizenship: str = "RO"
    language: str = "ro"
    second: tuple[str, int] | None = None
    status: str = "enrolled"

    @property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def last_name(self) -> str:
        return self.name.split(" ", 1)[1]


#: Credits 4, 5, 2, 6, 3 in the order of the plan: rows 2 and 4 are those of 5 and 6 credits.
JOURNEY = (
    "L000.23.01.F1",
    "L000.23.03.D2",
    "L000.23.03.C7",
    "L000.23.04.D2",
    "L000.23.04.C6",
)

CAST = (
    Role(
        name="Andra Văleanu",
        programme="AC-L-CALC",
        year=3,
        situation="offered",
        fee=True,
        overdue=JOURNEY,
        try_it="S1, fee-paying: five overdue disciplines to choose from, stage 1 open; untick rows 2 and 4",
    ),
    Role(
        name="Matei Corbeanu",
        programme="AC-M-SE",
        year=1,
        situation="ready",
        fee=True,
        try_it="S2b, master: nothing to validate; download the annex, upload a scan, pay",
    ),
    Role(
        name="Ilinca Brânzei",
        programme="AC-L-CALC",
        year=2,
        situation="offered",
        try_it="S2a, state-funded: nothing to choose, the list waits to be validated; asked for equivalence",
    ),
    Role(
        name="Tudor Moraru",
        programme="AC-L-CALC",
        year=4,
        situation="marked",
        overdue=("L000.23.03.D4", "L000.23.04.D5", "L000.23.02.F4"),
        exam_only=("L000.23.02.F4",),
        try_it="S1: one overdue discipline was made mandatory, one is only an exam to sit again",
    ),
    Role(
        name="Sorin Petrișor",
        programme="AC-L-CALC",
        year=2,
        situation="waiting",
        overdue=("L000.23.01.F4",),
        try_it="Validated, waiting for the secretariat",
    ),
    Role(
        name="Bianca Ungureanu",
        programme="AC-L-TI",
        year=3,
        situation="clarification",
        overdue=("L001.23.03.D3",),
        try_it="The secretariat asked something: answer it",
    ),
    Role(
        name="Răzvan Niță",
        programme="AC-L-TI",
        year=2,
        situation="lapsed",
        overdue=("L001.23.01.F1",),
        try_it="Lapsed: the list was not validated in time",
    ),
    Role(
        name="Daria Ștefănescu",
        programme="AC-L-TI",
        year=3,
        situation="extended",
        overdue=("L001.23.03.D4", "L001.23.02.F2"),
        try_it="Stage 1 is over, but an individual extension lets the list be validated",
    ),
    Role(
        name="Cătălin Roșca",
        programme="AC-L-TI",
        year=4,
        situation="validated_for",
        overdue=("L001.23.04.D2",),
        try_it="The secretariat validated in the student's name",
    ),
    Role(
        name="Mara Țăranu",
        programme="AC-L-TI",
        year=3,
        situation="change_asked",
        overdue=("L001.23.03.D2", "L001.23.04.D4"),
        try_it="Asked for a change; the dean's decision is awaited",
    ),
    Role(
        name="Vlad Săndulescu",
        programme="AC-L-TI",
        year=2,
        situation="change_approved",
        overdue=("L001.23.01.F4", "L001.23.02.D3"),
        try_it="A change was approved by the dean; the secretariat applies it",
    ),
    Role(
        name="Oana Crivăț",
        programme="AC-L-AIA",
        year=3,
        situation="ready",
        fee=True,
        overdue=("L021.23.03.D1",),
        try_it="Documents ready: download, sign, upload; a grade appeal is with the teacher",
    ),
    Role(
        name="Horia Stănilă",
        programme="AC-L-AIA",
        year=2,
        situation="uploaded",
        fee=True,
        try_it="Scan uploaded, the secretariat checks it; a grade appeal is before the dean",
    ),
    Role(
        name="Sabina Lazăr",
        programme="AC-L-AIA",
        year=4,
        situation="rejected",
        overdue=("L021.23.04.D2",),
        try_it="The scan was returned with a reason: upload it again",
    ),
    Role(
        name="Dragoș Hodoș",
        programme="AC-L-AIA",
        year=1,
        situation="contracted",
        fee=True,
        try_it="Documents accepted, tuition to pay",
    ),
    Role(
        name="Lavinia Purice",
        programme="AC-L-AIA",
        year=3,
        situation="changed",
        overdue=("L021.23.03.D2", "L021.23.04.D4"),
        try_it="The annex was replaced by a second version; a grade appeal is before the director",
    ),
    Role(
        name="Rohan Iyer",
        programme="AC-L-CALC-EN",
        year=2,
        situation="contracted",
        fee=True,
        citizenship="IN",
        language="en",
        try_it="Third-country citizen, in English: tuition in euro to pay",
    ),
    Role(
        name="Teodora Gligor",
        programme="AC-L-CALC-EN",
        year=3,
        situation="paid",
        fee=True,
        try_it="Settled: paid in time, with a receipt; a grade appeal is with the commission",
    ),
    Role(
        name="Emil Fântână",
        programme="AC-L-CALC-EN",
        year=4,
        situation="contracted",
        try_it="Settled by itself: nothing to pay; a grade appeal that raised the grade",
    ),
    Role(
        name="Loredana Vișan",
        programme="AC-L-CALC-EN",
        year=2,
        situation="uploaded",
        fee=True,
        overdue=("L002.23.01.F1",),
    ),
    Role(
        name="Tiberiu Scurtu",
        programme="AC-L-CALC-EN",
        year=1,
        situation="ready",
        try_it="Documents not uploaded in time: overdue",
    ),
    Role(
        name="Natalia Dumbravă",
        programme="AC-M-ML",
        year=1,
        situation="ready",
        second=("AC-L-AIA", 2),
        try_it="Two programmes: a master and a second bachelor",
    ),
    Role(
        name="Iulian Vaida",
        programme="AC-L-CALC",
        year=2,
        situation="none",
        status="interrupted",
        try_it="Interrupted studies: no offer is made",
    ),
    Role(
        name="Ruxandra Jitaru",
        programme="AC-M-GD",
        year=2,
        situation="contracted",
        fee=True,
        try_it="Contracted, tuition not paid in time: overdue",
    ),
    Role(
        name="Sânziana Moldovan",
        programme="AC-L-CALC-EN",
        year=2,
        situation="contracted",
        fee=True,
        try_it="Money in every state: exempted and part paid, unallocated, a transfer and a refund under way",
    ),
    Role(name="Eduard Pleșa", programme="AC-M-GD", year=2, situation="paid", fee=True),
    Role(
        name="Amira Mejri",
        programme="AC-M-GD",
        year=1,
        situation="contracted",
        citizenship="TN",
        language="en",
    ),
    Role(
        name="Anca Brezeanu",
        programme="AC-L-CALC",
        year=3,
        situation="offered",
        fee=True,
        overdue=JOURNEY,
        language="en",
        try_it="As the first, S1 with the same five disciplines, in English",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Somebody of the university: who, which roles, for which faculties, what to try.

    teaches: holds disciplines of the plans.
    """

    name: str
    roles: tuple[str, ...]
    faculties: tuple[str, ...] = ()
    try_it: str
    title: str = ""
    superuser: bool = False
    teaches: bool = False


STAFF = (
    Staff(
        name="Ana Brumaru",
        roles=("secretary",),
        faculties=("AC",),
        try_it="Secretary of AC: the queue, checking, approving, scans beside annexes",
    ),
    Staff(
        name="Corina Mărgineanu",
        roles=("chief_secretary",),
        faculties=("AC",),
        try_it="Chief secretary of AC: campaigns, publication, changed dates",
    ),
    Staff(
        name="Gabriela Oltean",
        roles=("secretary",),
        faculties=("CT",),
        try_it="Secretary of CT: a campaign to publish; sees no student of AC",
    ),
    Staff(
        name="Liviu Chirilă",
        roles=("deanery", "teacher"),
        faculties=("AC",),
        title="prof. dr. ing.",
        try_it="Dean's office of AC: a re-evaluation to decide at /appeals/, a reduction of attendance",
    ),
    Staff(
        name="Veronica Cotoi",
        roles=("department_director",),
        faculties=("AC",),
        title="prof. dr. ing.",
        try_it="Director of a department: appoints the commission where the dean examined, at /appeals/",
    ),
    Staff(
        name="Paula Neagoe",
        roles=("finance",),
        try_it="Finance desk: statement entries to match, cash, refunds, the books of the month",
    ),
    Staff(name="Mihnea Drăgan", roles=("finance",), try_it="Finance, the second person: approves refunds"),
    Staff(
        name="Marian Bejan",
        roles=("school_management",),
        try_it="School Management Center: price list, charges",
    ),
    Staff(
        name="Horia Gavrilă",
        roles=("teacher",),
        title="conf. dr. ing.",
        teaches=True,
        try_it="Teacher: own catalogues to fill, sign and publish, an appeal to answer, attendance",
    ),
    Staff(
        name="Oana Pârvu",
        roles=("teacher",),
        title="lect. dr.",
        teaches=True,
        try_it="Teacher: signs as the second one",
    ),
    Staff(
        name="Emanuel Tătaru",
        roles=("teacher",),
        title="conf. dr. ing.",
        try_it="Teacher: marks in a re-evaluation commission",
    ),
    Staff(name="Simona Hanganu", roles=("teacher",), title="lect. dr. ing.", try_it=""),
    Staff(name="Octavian Bârsan", roles=("teacher",), title="prof. dr. ing.", try_it=""),
    Staff(
        name="Larisa Bucur",
        roles=("infocenter",),
        try_it="Student InfoCenter: appeals to register and send on, official messages, railcards",
    ),
    Staff(
        name="Iuliana Crețu",
        roles=("recognition",),
        faculties=("AC",),
        title="conf. dr. ing.",
        try_it="Recognition commission of AC: a request for equivalence to decide, in the administration",
    ),
    Staff(
        name="Tudorel Manea",
        roles=("vice_rector",),
        title="prof. dr. ing.",
        try_it="Vice-rector: what students tell in confidence, at /vice-rector/",
    ),
    Staff(
        name="Silviu Trandafir",
        roles=("administrator",),
        superuser=True,
        try_it="Administrator: everything in the administration",
    ),
)
