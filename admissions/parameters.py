"""The figures of admission that the university may change, for all campaigns or for one (§3).

A running term keeps the value it was counted with (ADM-006). The ministry's share stands with the fees.
"""

from decimal import Decimal

from upt_portal.kernel.kinds import DayMonth
from upt_portal.kernel.params import CAMPAIGN, UNIVERSITY, Parameter
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

_SCOPES = (UNIVERSITY, CAMPAIGN)
_EUROPE = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
#: States of the Apostille Convention by the status table of 30 June 2026 (data/countries.csv).
_HAGUE = (
    "AD AG AL AM AR AT AU AZ BA BB BD BE BG BH BI BN BO BR BS BW BY BZ CA CH CK CL CN CO CR CV CY CZ DE "
    "DK DM DO DZ EC EE ES FI FJ FR GB GD GE GR GT GY HN HR HU ID IE IL IN IS IT JM JP KG KN KR KZ LC LI "
    "LR LS LT LU LV MA MC MD ME MH MK MN MT MU MW MX NA NI NL NO NU NZ OM PA PE PH PK PL PT PW PY RO RS "
    "RU RW SA SC SE SG SI SK SM SN SR ST SV SZ TJ TN TO TR TT UA US UY UZ VC VE VN VU WS ZA"
)


def _days(
    name: str, default: int, rule: str | tuple[str, ...], words: Sentence, least: int = 1
) -> Parameter[int]:
    return Parameter(
        name,
        default,
        "int",
        unit=_("calendar days"),
        rule=rule,
        minimum=least,
        scopes=_SCOPES,
        help=words,
    )


def _text(name: str, default: str, rule: str | tuple[str, ...], words: Sentence) -> Parameter[str]:
    return Parameter(name, default, "text", rule=rule, scopes=_SCOPES, help=words)


ROLL_TO_WORKING_DAY = Parameter(
    "ROLL_TO_WORKING_DAY",
    False,
    "bool",
    rule="ADM-002",
    scopes=_SCOPES,
    help=_("Whether a term that ends on a day off ends on the next working day instead."),
)
PROCESSING_FEE_EUR = Parameter(
    "PROCESSING_FEE_EUR",
    Decimal("100.00"),
    "decimal",
    unit="EUR",
    rule=("ADM-080", "ADM-082"),
    minimum=0,
    scopes=_SCOPES,
    help=_("The processing fee of a dossier."),
)
MAX_ACTIVE_DOSSIERS = Parameter(
    "MAX_ACTIVE_DOSSIERS",
    1,
    "int",
    rule="ADM-034",
    minimum=1,
    maximum=9,
    scopes=_SCOPES,
    help=_("Live dossiers that a candidate may have in a campaign."),
)
FREE_REAPPLICATIONS = Parameter(
    "FREE_REAPPLICATIONS",
    1,
    "int",
    rule=("ADM-107", "ADM-108"),
    minimum=0,
    scopes=_SCOPES,
    help=_("Free re-applications of a candidate in a campaign."),
)
REAPPLY_GRACE_DAYS = _days(
    "REAPPLY_GRACE_DAYS",
    10,
    "ADM-108",
    _("Days after a rejection in which the free re-application is taken although the window has closed."),
    least=0,
)
PAID_AFTER_REJECTION = Parameter(
    "PAID_AFTER_REJECTION",
    "ANY",
    "choice",
    rule="ADM-034",
    choices=("ANY", "OTHER_PROGRAMME", "NONE"),
    scopes=_SCOPES,
    help=_("Which further dossier with fee is taken in the same campaign after a rejection."),
)
CURRENT_GRADUATE_FROM = Parameter(
    "CURRENT_GRADUATE_FROM",
    DayMonth(9, 1),
    "day_month",
    rule="ADM-045",
    scopes=_SCOPES,
    help=_("The first graduation day that counts as current."),
)
CURRENT_GRADUATE_YEAR_BEFORE = Parameter(
    "CURRENT_GRADUATE_YEAR_BEFORE",
    True,
    "bool",
    rule="ADM-045",
    scopes=_SCOPES,
    help=_("Whether that day lies in the year before the campaign year, not in the campaign year itself."),
)
IMPOSSIBILITY_LATE_NOTICE = Parameter(
    "IMPOSSIBILITY_LATE_NOTICE",
    "DECIDE",
    "choice",
    rule="ADM-142",
    choices=("DECIDE", "REFUSE"),
    scopes=_SCOPES,
    help=_("What happens with a proof of impossibility that comes after the visa term."),
)
FM_REQUEST_ENDS_STUDIES = Parameter(
    "FM_REQUEST_ENDS_STUDIES",
    False,
    "bool",
    rule="ADM-175",
    scopes=_SCOPES,
    help=_("Whether a request for force majeure that is not paid also ends the dossier."),
)
INTERNATIONAL_LANGUAGES = _text(
    "INTERNATIONAL_LANGUAGES",
    "en fr de es it pt ru ar zh",
    "ADM-050",
    _("Languages of the medical certificate, beside Romanian; codes with blanks between them."),
)
RO_CONSECUTIVE_YEARS = Parameter(
    "RO_CONSECUTIVE_YEARS",
    4,
    "int",
    unit=_("school years"),
    rule="ADM-072",
    minimum=1,
    scopes=_SCOPES,
    help=_("Consecutive school years in Romanian, in Romania, that replace the certificate."),
)
RO_MIN_LEVEL = Parameter(
    "RO_MIN_LEVEL",
    "B1",
    "choice",
    rule="ADM-073",
    choices=("A1", "A2", "B1", "B2", "C1", "C2"),
    scopes=_SCOPES,
    help=_("The lowest level of Romanian that is accepted."),
)
FOREIGN_LANG_YEARS = Parameter(
    "FOREIGN_LANG_YEARS",
    2,
    "int",
    unit=_("school years"),
    rule="ADM-077",
    minimum=1,
    scopes=_SCOPES,
    help=_("School years in the language of teaching that replace the test."),
)
TUITION_DAYS = _days("TUITION_DAYS", 30, "ADM-126", _("Days from the letter to pay the tuition."))
VISA_APPLY_DAYS = _days(
    "VISA_APPLY_DAYS", 60, ("ADM-139", "ADM-143"), _("Days from the letter to apply for the visa.")
)
VISA_CAP = Parameter(
    "VISA_CAP",
    DayMonth(12, 31),
    "day_month",
    rule=("ADM-005", "ADM-139"),
    scopes=_SCOPES,
    help=_("The last day to apply for the visa, in the campaign year."),
)
REFUSAL_NOTICE_DAYS = _days(
    "REFUSAL_NOTICE_DAYS", 15, "ADM-150", _("Days to tell the university of a refused visa.")
)
REFUND_VISA_DAYS = _days(
    "REFUND_VISA_DAYS", 30, "ADM-173", _("Days from the refusal to ask for the tuition back.")
)
REFUND_FM_DAYS = _days("REFUND_FM_DAYS", 60, "ADM-177", _("Days from the event to ask for the tuition back."))
REFUND_CAP = Parameter(
    "REFUND_CAP",
    DayMonth(4, 30),
    "day_month",
    rule=("ADM-005", "ADM-179"),
    scopes=_SCOPES,
    help=_("The last day to ask for a refund, in the year in which the academic year ends."),
)
REFUND_COMPLETION_DAYS = _days(
    "REFUND_COMPLETION_DAYS", 30, "ADM-185", _("Days from the notice to complete a refund request.")
)
REFUND_APPEAL_BASIS = Parameter(
    "REFUND_APPEAL_BASIS",
    "initial",
    "choice",
    rule="ADM-198",
    choices=("initial", "final"),
    scopes=_SCOPES,
    help=_("Which refusal starts the terms when it is appealed."),
)
DEFERRALS_PER_CANDIDATE = Parameter(
    "DEFERRALS_PER_CANDIDATE",
    1,
    "int",
    rule="ADM-157",
    minimum=0,
    scopes=_SCOPES,
    help=_("Deferred entries in a candidate's life."),
)
WITHDRAWAL_RETURN_HOURS = Parameter(
    "WITHDRAWAL_RETURN_HOURS",
    48,
    "int",
    unit=_("elapsed hours"),
    rule="ADM-220",
    minimum=1,
    scopes=_SCOPES,
    help=_("Hours to hand a paper dossier back."),
)
STATUS_CHANGE_DAYS = _days("STATUS_CHANGE_DAYS", 30, "ADM-230", _("Days to tell of a changed status."))
ENROL_PHOTOS = Parameter(
    "ENROL_PHOTOS",
    3,
    "int",
    rule="ADM-203",
    minimum=0,
    scopes=_SCOPES,
    help=_("Colour photographs of 3x4 cm wanted at enrolment."),
)
EXCLUDED_CITIZENSHIPS = _text(
    "EXCLUDED_CITIZENSHIPS",
    _EUROPE,
    "ADM-041",
    _("Citizenships that lead to the regular admission; ISO codes with blanks between them."),
)
HAGUE_COUNTRIES = _text(
    "HAGUE_COUNTRIES",
    _HAGUE,
    "ADM-205",
    _("States whose documents need the apostille; ISO codes with blanks between them."),
)
NO_LEGALISATION_COUNTRIES = _text(
    "NO_LEGALISATION_COUNTRIES",
    "RO",
    "ADM-206",
    _("States whose documents need no legalisation; ISO codes with blanks between them."),
)
TRANSLATION_LANGUAGES = _text(
    "TRANSLATION_LANGUAGES",
    "ro en fr",
    "ADM-063",
    _("Languages into which diplomas are translated; codes with blanks between them."),
)
LANGUAGE_TESTS = _text(
    "LANGUAGE_TESTS",
    "TOEFL:en CAMBRIDGE:en IELTS:en LCCI:en TRINITY_ISE:en ECL:any INTERLINGUA:any",
    ("ADM-075", "ADM-078"),
    _("Accepted tests, each with its language, “any” for several."),
)
LANGUAGE_TEST_MIN_SCORE = Parameter(
    "LANGUAGE_TEST_MIN_SCORE",
    None,
    "text",
    rule="ADM-079",
    scopes=_SCOPES,
    help=_("Lowest scores such as “IELTS:5.5 TOEFL:72”; empty where a pass is enough."),
)
UPLOAD_MAX_MB = Parameter(
    "ADMISSION_UPLOAD_MAX_MB",
    5,
    "int",
    unit="MB",
    rule="ADM-066",
    minimum=1,
    scopes=_SCOPES,
    help=_("The largest file of a dossier."),
)
REMINDER_DAYS = Parameter(
    "ADMISSION_REMINDER_DAYS",
    (7, 1),
    "counts",
    unit=_("days"),
    rule="ADM-146",
    scopes=_SCOPES,
    help=_("Days before a term at which candidates are reminded."),
)
PAYMENT_DETAILS = _text(
    "ADMISSION_PAYMENT_DETAILS",
    "Universitatea Politehnica Timișoara, Piața Victoriei 2, 300006 Timișoara, România; "
    "IBAN RO56 RNCB 0255 0083 3045 0267; Banca Comercială Română; SWIFT RNCBROBU",
    "ADM-086",
    _("Beneficiary, address, account, bank and SWIFT code shown to those who pay."),
)
DRI_EMAIL = _text(
    "DRI_EMAIL", "student-admissions@upt.ro", "ADM-142", _("Where candidates write to the office.")
)
DRI_OFFICE = _text(
    "DRI_OFFICE",
    "biroul 107, Piața Victoriei 2, Timișoara",
    ("ADM-016", "ADM-032"),
    _("Where paper dossiers are handed in."),
)
OFFICIAL_SITE = _text(
    "OFFICIAL_SITE", "https://international.upt.ro", "ADM-012", _("The site that tells of changed periods.")
)
