"""Campaigns, offers, annexes, documents to sign and their scans: tables and constraints."""

from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contracting.workflow import (
    AnnexState,
    CampaignState,
    ChangeRequestState,
    ContractingState,
    SignedDocumentState,
    StudyContractState,
)
from studentrecords.models import AcademicYear, Discipline, Enrolment, Faculty, Programme
from upt_portal.kernel.models import IssuedPaper, StoredFile

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Route(models.TextChoices):
    NEW = "NEW", _("First time")
    RE_CONTRACT = "RE_CONTRACT", _("Re-contract")
    RE_EXAM = "RE_EXAM", _("Re-examination")


class TuitionMode(models.TextChoices):
    FLAT = "flat", _("the same sum for every student")
    PER_CREDIT = "per_credit", _("by the credits contracted")


@pghistory.track()
class Campaign(models.Model):
    """One run of the five stages for an academic year, for all or one faculty (CON-003).

    A campaign without a faculty is for all; with programmes it is for those only, so that programmes of
    one faculty may run on different dates. All dates are whole days in Romanian time, ends included (T6).
    """

    name = models.CharField(_("name"), max_length=160)
    year = models.ForeignKey(
        AcademicYear, models.PROTECT, related_name="campaigns", verbose_name=_("academic year")
    )
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="campaigns", verbose_name=_("faculty")
    )
    programmes = models.ManyToManyField(
        Programme, blank=True, related_name="campaigns", verbose_name=_("programmes")
    )
    offering = models.BooleanField(_("students without choice must validate"), default=True)
    stage1_from = models.DateField(_("stage 1 from"))
    stage1_until = models.DateField(_("stage 1 until"))
    stage2_from = models.DateField(_("stage 2 from"))
    stage2_until = models.DateField(_("stage 2 until"))
    stage3_from = models.DateField(_("stage 3 from"))
    stage3_until = models.DateField(_("stage 3 until"))
    stage4_from = models.DateField(_("stage 4 from"))
    stage4_until = models.DateField(_("stage 4 until"))
    documents_from = models.DateField(_("documents without offer from"))
    payment_until = models.DateField(_("payment without penalty until"))
    contact = models.TextField(_("contact of the secretariat"), blank=True)
    notice_ro = models.TextField(_("notice to students, Romanian"), blank=True)
    notice_en = models.TextField(_("notice to students, English"), blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=CampaignState.choices, default=CampaignState.DRAFT, editable=False
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-year__name", "name"]
        verbose_name = _("contracting campaign")
        verbose_name_plural = _("contracting campaigns")
        constraints = [
            models.CheckConstraint(name="campaign_state", condition=Q(state__in=CampaignState.values())),
            models.CheckConstraint(
                name="campaign_published_has_time",
                condition=Q(state="draft", published_at__isnull=True)
                | ~Q(state="draft") & Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


STATES_WITH_VALIDATION = ("validated", "clarification", "signed_uploaded", "contracted", "settled")


@pghistory.track(exclude=["fingerprint"])
class StudentContracting(models.Model):
    """One student's enrolment in one campaign (§4.2)."""

    class Situation(models.TextChoices):
        S1 = "S1", _("has rows to choose")
        S2A = "S2a", _("nothing to choose, must validate")
        S2B = "S2b", _("nothing to validate")

    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        related_name="contractings",
        verbose_name=_("campaign"),
        db_index=False,  # leads two others
    )
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="contractings", verbose_name=_("student")
    )
    situation = models.CharField(_("situation"), max_length=3, choices=Situation)
    state = models.CharField(_("state"), max_length=20, choices=ContractingState.choices, editable=False)
    previous_state = models.CharField(max_length=20, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    annual_fee = models.DecimalField(_("annual fee"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, default="RON")
    price_id = models.BigIntegerField(null=True, blank=True, editable=False)  # row of the price list, by key
    tuition_owed = models.BooleanField(_("tuition owed"))
    tuition_mode = models.CharField(max_length=10, choices=TuitionMode, default=TuitionMode.FLAT)
    floor_credits = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    floor_above = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    credits = models.PositiveSmallIntegerField(_("credits"), default=0)
    tuition = models.DecimalField(_("tuition"), **MONEY, default=0)
    rows_amount = models.DecimalField(_("sum of rows"), **MONEY, default=0)
    total = models.DecimalField(_("total"), **MONEY, default=0)
    extended_until = models.DateField(_("stage 1 extended until"), null=True, blank=True, editable=False)
    upload_until = models.DateField(_("upload extended until"), null=True, blank=True, editable=False)
    validated_at = models.DateTimeField(_("validated"), null=True, blank=True, editable=False)
    validated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    uploaded_at = models.DateTimeField(_("signed documents in"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    papers_on = models.DateField(_("papers last came to the student"), null=True, blank=True, editable=False)
    change_until = models.DateField(
        _("change requests extended until"), null=True, blank=True, editable=False
    )
    max_credits = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    state_at = models.DateTimeField(_("in this state since"), editable=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("claimed by"),
    )
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("student's contracting")
        verbose_name_plural = _("students' contracting")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "enrolment"], name="contracting_once_a_campaign"),
            models.CheckConstraint(
                name="contracting_state", condition=Q(state__in=ContractingState.values())
            ),
            models.CheckConstraint(
                name="contracting_offer_has_validation",
                condition=~Q(state__in=["validated", "clarification"]) | Q(validated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="contracting_unvalidated_offer",
                condition=~Q(state__in=["offered", "lapsed"]) | Q(validated_at__isnull=True),
            ),
            models.CheckConstraint(
                name="contracting_uploaded_has_time",
                condition=~Q(state__in=["signed_uploaded", "contracted", "settled"])
                | Q(uploaded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="contracting_change_knows_way_back",
                condition=Q(state="change_requested") & ~Q(previous_state="")
                | ~Q(state="change_requested") & Q(previous_state=""),
            ),
            models.CheckConstraint(
                name="contracting_total_adds_up", condition=Q(total=F("tuition") + F("rows_amount"))
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "state_at"], name="contracting_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.campaign}"


class OfferLine(models.Model):
    """One row of an offer: what is on the student's first tab (CON-021).

    Names and teacher are copied when the offer is made: the offer does not change under the student.
    """

    contracting = models.ForeignKey(StudentContracting, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("no."))
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=30)
    name_ro = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250, blank=True)
    teacher = models.CharField(_("teacher"), max_length=120, blank=True)
    year = models.PositiveSmallIntegerField(_("year of study"))
    semester = models.PositiveSmallIntegerField(_("semester"))
    kind = models.CharField(_("kind"), max_length=14)
    package = models.CharField(max_length=20, blank=True)
    evaluation = models.CharField(max_length=2, blank=True)
    credits = models.PositiveSmallIntegerField(_("credits"))
    route = models.CharField(_("route"), max_length=12, choices=Route)
    first_contracted = models.CharField(_("first contracted"), max_length=9, blank=True)
    overdue = models.BooleanField(_("overdue"), default=False)
    mandatory = models.BooleanField(_("mandatory"), default=True)
    selected = models.BooleanField(_("selected"), default=True)
    amount = models.DecimalField(_("amount"), **MONEY, default=0)
    recognised_activity = models.TextField(_("activity recognised by the teacher"), blank=True)
    vanished = models.BooleanField(_("no longer in the curricula"), default=False)

    class Meta:
        ordering = ["contracting", "position"]
        verbose_name = _("offer row")
        verbose_name_plural = _("offer rows")
        constraints = [
            models.UniqueConstraint(fields=["contracting", "discipline"], name="offer_discipline_once"),
            models.UniqueConstraint(
                fields=["contracting", "position"],
                name="offer_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="offer_mandatory_selected", condition=Q(mandatory=False) | Q(selected=True)
            ),
            models.CheckConstraint(name="offer_amount_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_ro}"

    @property
    def key(self) -> str:
        """What the rules and a form call the row: its discipline, which stands in an offer once."""
        return str(self.discipline_id)

    def name_in(self, language: str) -> str:
        """The discipline's name in `language`, Romanian where no English one is known."""
        return self.name_en if language.startswith("en") and self.name_en else self.name_ro


class Annex(models.Model):
    """A version of the annex with its frozen lines; never edited, only replaced (CON-052)."""

    contracting = models.ForeignKey(StudentContracting, models.PROTECT, related_name="annexes")
    number = models.PositiveSmallIntegerField(_("number of the annex"), default=1)
    version = models.PositiveSmallIntegerField(_("version"))
    lines = models.JSONField(_("lines"))
    credits = models.PositiveSmallIntegerField(_("credits"))
    tuition = models.DecimalField(_("tuition"), **MONEY)
    rows_amount = models.DecimalField(_("sum of rows"), **MONEY)
    total = models.DecimalField(_("total"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, default="RON")
    state = models.CharField(
        _("state"), max_length=12, choices=AnnexState.choices, default=AnnexState.CURRENT
    )
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["contracting", "-version"]
        verbose_name = _("annex")
        verbose_name_plural = _("annexes")
        constraints = [
            models.UniqueConstraint(fields=["contracting", "version"], name="annex_version"),
            models.UniqueConstraint(
                fields=["contracting"], name="annex_one_current", condition=Q(state="current")
            ),
            models.CheckConstraint(
                name="annex_total_adds_up", condition=Q(total=F("tuition") + F("rows_amount"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="annex_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__lines__df=pgtrigger.F("new__lines"))
                | pgtrigger.Q(old__total__df=pgtrigger.F("new__total"))
                | pgtrigger.Q(old__credits__df=pgtrigger.F("new__credits"))
                | pgtrigger.Q(old__version__df=pgtrigger.F("new__version")),
            ),
            pgtrigger.Protect(name="annex_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.contracting} v{self.version}"


@pghistory.track()
class StudyContract(models.Model):
    """The contract for the whole cycle (§4.3); the annex refers to its number."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, verbose_name=_("student"), related_name="study_contracts"
    )
    number = models.CharField(_("number"), max_length=20)
    date = models.DateField(_("date"))
    state = models.CharField(
        _("state"), max_length=20, choices=StudyContractState.choices, default=StudyContractState.DRAFT
    )
    due_until = models.DateField(_("to be signed until"), null=True, blank=True)
    student_signed_on = models.DateField(_("signed by the student"), null=True, blank=True)
    university_signed_on = models.DateField(_("signed by the university"), null=True, blank=True)

    class Meta:
        verbose_name = _("study contract")
        verbose_name_plural = _("study contracts")
        constraints = [
            models.UniqueConstraint(fields=["number", "date"], name="study_contract_number"),
            models.UniqueConstraint(
                fields=["enrolment"],
                name="study_contract_one",
                condition=~Q(state__in=["terminated", "cancelled"]),
            ),
        ]

    def __str__(self) -> str:
        return f"nr. {self.number}/{self.date:%d.%m.%Y}"


class SignableDocument(models.Model):
    """A paper the student signs and uploads in stage 4: the annex, or an open study contract (CON-070)."""

    class Kind(models.TextChoices):
        ANNEX = "annex", _("Annex to the study contract")
        CONTRACT = "contract", _("Study contract")

    contracting = models.ForeignKey(StudentContracting, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    annex = models.ForeignKey(Annex, models.PROTECT, null=True, blank=True, related_name="documents")
    study_contract = models.ForeignKey(
        StudyContract, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    paper = models.OneToOneField(IssuedPaper, models.PROTECT, related_name="signable")
    current = models.BooleanField(default=True)

    class Meta:
        ordering = ["contracting", "kind", "-pk"]
        verbose_name = _("document to sign")
        verbose_name_plural = _("documents to sign")
        constraints = [
            models.UniqueConstraint(
                fields=["contracting", "kind"], name="signable_one_current", condition=Q(current=True)
            ),
            models.CheckConstraint(
                name="signable_names_its_owner",
                condition=Q(kind="annex", annex__isnull=False)
                | Q(kind="contract", study_contract__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.paper.number}"


@pghistory.track()
class SignedFile(models.Model):
    """A scan the student uploaded for a document to sign (SignedDocument of §4.4)."""

    document = models.ForeignKey(SignableDocument, models.PROTECT, related_name="files")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="signed_file")
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=SignedDocumentState.choices,
        default=SignedDocumentState.UPLOADED,
        editable=False,
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("who decided"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = _("signed document")
        verbose_name_plural = _("signed documents")
        constraints = [
            models.CheckConstraint(name="signed_state", condition=Q(state__in=SignedDocumentState.values())),
            models.CheckConstraint(
                name="signed_rejection_has_reason", condition=~Q(state="rejected") | ~Q(reason="")
            ),
            models.UniqueConstraint(
                fields=["document"], name="signed_one_live", condition=Q(state__in=["uploaded", "accepted"])
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="signed_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="accepted_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.stored)


class Clarification(models.Model):
    """A question of the secretariat in stage 2, and its answer (CON-050)."""

    contracting = models.ForeignKey(StudentContracting, models.PROTECT, related_name="clarifications")
    question = models.TextField(_("question"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who asked"), related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("who answered"),
        null=True,
        blank=True,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("clarification")
        verbose_name_plural = _("clarifications")
        constraints = [
            models.CheckConstraint(name="clarification_asks", condition=~Q(question="")),
            models.CheckConstraint(
                name="clarification_answer_has_time",
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False) & ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]


class ChangeRequest(models.Model):
    """A change asked for a validated or ready annex, and the dean's decision on it (CON-051 to CON-054)."""

    contracting = models.ForeignKey(StudentContracting, models.PROTECT, related_name="change_requests")
    text = models.TextField(_("what is asked"))
    select_lines = models.ManyToManyField(
        OfferLine, related_name="+", blank=True, verbose_name=_("rows to add")
    )
    drop_lines = models.ManyToManyField(
        OfferLine, related_name="+", blank=True, verbose_name=_("rows to leave out")
    )
    named = models.JSONField(default=list, editable=False)  # keys of rows the dean's approval names (CON-054)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who asked"), related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ChangeRequestState.choices,
        default=ChangeRequestState.ASKED,
        editable=False,
    )
    opinion = models.TextField(_("opinion of the secretariat"), blank=True)
    decision_number = models.CharField(_("decision number"), max_length=40, blank=True)
    decision_on = models.DateField(_("decision date"), null=True, blank=True)
    decision_reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("who decided"),
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        constraints = [
            models.UniqueConstraint(
                fields=["contracting"], name="change_one_open", condition=Q(state__in=["asked", "approved"])
            ),
            models.CheckConstraint(
                name="change_decision_numbered",
                condition=~Q(state__in=["approved", "applied", "refused"])
                | ~Q(decision_number="") & Q(decision_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
