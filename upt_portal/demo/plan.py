"""The demonstration as data: which campaigns run on which days, who stands where, what to try.

Days are counted from the day on which the demonstration is made, so that on that day every stage is open
somewhere. Only AC has published curricula, so the campaigns differ by programme inside AC.
"""

from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A campaign: first and last day of each stage, counted from today.

    crowd: what becomes of the students who are not in the cast, as parts of the whole.
    """

    key: str
    name: str
    programmes: tuple[str, ...]
    stage1: Days
    stage2: Days
    stage3: Days
    stage4: Days
    documents_from: int
    payment_until: int
    offering: bool = True
    crowd: dict[str, int]

    def dates(self, today: date) -> dict[str, date]:
        """The dates as fields of a campaign."""
        found = {}
        for name in ("stage1", "stage2", "stage3", "stage4"):
            first, last = getattr(self, name)
            found[f"{name}_from"] = today + timedelta(days=first)
            found[f"{name}_until"] = today + timedelta(days=last)
        found["documents_from"] = today + timedelta(days=self.documents_from)
        found["payment_until"] = today + timedelta(days=self.payment_until)
        return found


RUNS = (
    Run(
        key="choose",
        name="Contractare Calculatoare",
        programmes=("AC-L-CALC",),
        stage1=(-4, 6),
        stage2=(-3, 8),
        stage3=(9, 10),
        stage4=(11, 17),
        documents_from=11,
        payment_until=45,
        crowd={"offered": 62, "waiting": 24, "ready": 12, "clarification": 2},
    ),
    Run(
        key="verify",
        name="Contractare Tehnologia informației",
        programmes=("AC-L-TI",),
        stage1=(-16, -6),
        stage2=(-15, 0),
        stage3=(0, 3),
        stage4=(4, 11),
        documents_from=4,
        payment_until=36,
        crowd={"ready": 56, "waiting": 32, "lapsed": 10, "clarification": 2},
    ),
    Run(
        key="sign",
        name="Contractare Automatică și informatică aplicată",
        programmes=("AC-L-AIA",),
        stage1=(-26, -17),
        stage2=(-25, -12),
        stage3=(-11, -9),
        stage4=(-8, 6),
        documents_from=-8,
        payment_until=30,
        crowd={"ready": 96, "lapsed": 4},
    ),
    Run(
        key="pay",
        name="Contractare Calculatoare (în limba engleză)",
        programmes=("AC-L-CALC-EN",),
        stage1=(-45, -36),
        stage2=(-44, -30),
        stage3=(-29, -27),
        stage4=(-26, -12),
        documents_from=-26,
        payment_until=20,
        crowd={"ready": 100},
    ),
    Run(
        key="masters",
        name="Contractare programe de master",
        programmes=(
            "AC-M-SE",
            "AC-M-IT",
            "AC-M-ML",
            "AC-M-CCIOT",
            "AC-M-AES",
            "AC-M-ISA",
            "AC-M-SIAPS",
            "AC-M-SIIS",
            "AC-M-INFTI",
        ),
        stage1=(-20, -14),
        stage2=(-20, -8),
        stage3=(-7, -7),
        stage4=(-6, 8),
        documents_from=-6,
        payment_until=28,
        offering=False,
        crowd={"ready": 100},
    ),
    Run(
        key="late",
        name="Contractare Dezvoltarea jocurilor",
        programmes=("AC-M-GD",),
        stage1=(-48, -45),
        stage2=(-48, -44),
        stage3=(-43, -43),
        stage4=(-42, -30),
        documents_from=-42,
        payment_until=-4,
        offering=False,
        crowd={"ready": 100},
    ),
)

#: The campaign of the year before, closed; its days are counted back from the same day a year earlier.
CLOSED = Run(
    key="closed",
    name="Contractare Dezvoltarea jocurilor",
    programmes=("AC-M-GD",),
    stage1=(-26, -22),
    stage2=(-26, -18),
    stage3=(-17, -17),
    stage4=(-16, -8),
    documents_from=-16,
    payment_until=23,
    offering=False,
    crowd={"ready": 100},
)

#: Campaigns in preparation at the other faculties: by how many days their stage 1 is away.
DRAFTS = {"ARH": 3, "CHIM": -2, "CT": 7, "ETCTI": 1, "IEE": 14, "FIH": 5, "MPT": 10, "MEC": 21, "SC": 2}
DRAFT_RUN = Run(
    key="draft",
    name="Contractare",
    programmes=(),
    stage1=(0, 9),
    stage2=(1, 12),
    stage3=(13, 13),
    stage4=(14, 18),
    documents_from=3,
    payment_until=50,
    crowd={},
)

#: Students of each programme among two hundred; the year of study is drawn for each.
SIZES = {
    "AC-L-CALC": 70,
    "AC-L-TI": 44,
    "AC-L-AIA": 40,
    "AC-L-CALC-EN": 8,
    "AC-M-SE": 7,
    "AC-M-IT": 4,
    "AC-M-ML": 5,
    "AC-M-CCIOT": 4,
    "AC-M-AES": 4,
    "AC-M-ISA": 3,
    "AC-M-SIAPS": 2,
    "AC-M-SIIS": 2,
    "AC-M-INFTI": 3,
    "AC-M-GD": 4,
}
