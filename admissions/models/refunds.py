"""The refund of tuition: request, its documents, the Board's decision, the payment (§5.2, §6.16)."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.proxies import ProxyMandate
from admissions.models.shared import APPENDED, EUR, KEPT, stored, who
from admissions.workflow.refund import REFUND_LIVE, RefundState
from admissions.workflow.smaller import Verdict
from upt_portal.kernel.crypto import EncryptedText

_LIVE = sorted(state.value for state in REFUND_LIVE)


class Ground(models.TextChoices):
    """The two grounds of Art. 22; there is no other (ADM-170)."""

    VISA = "visa", pgettext_lazy("ground", "No study visa")
    FORCE_MAJEURE = "force_majeure", pgettext_lazy("ground", "Force majeure")


@pghistory.track(exclude=["iban", "account_number"])
class RefundRequest(models.Model):
    """A request for the tuition (§5.2).

    notice_on: from it the days of completion are counted (ADM-185). filing and completion days are frozen.
    account_…, iban: only owner, DRI, Board and Finance see them (ADM-241). check_sheet: frozen when the
    request goes to the Board (ADM-188). independent: DRI's judgement on the cause (ADM-172 e).
    """

    class Holder(models.TextChoices):
        CANDIDATE = "candidate", pgettext_lazy("account", "the candidate")
        JOINT = "joint", pgettext_lazy("account", "the candidate with another person")
        PERSON = "person", pgettext_lazy("account", "another person")
        COMPANY = "company", pgettext_lazy("account", "a company")

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="refund_requests", verbose_name=_("dossier")
    )
    ground = models.CharField(_("ground"), max_length=14, choices=Ground)
    state = models.CharField(
        _("state"), max_length=16, choices=RefundState, default=RefundState.DRAFT, editable=False
    )
    state_at = models.DateTimeField(_("since"), editable=False)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = who(_("opened by"), optional=False)
    event_on = models.DateField(_("date of the event"), null=True, blank=True)
    event_words = models.TextField(_("what happened"), blank=True)
    notice_on = models.DateField(_("notice to the university"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed"), null=True, blank=True)
    filed_by = who(_("filed by"))
    due_on = models.DateField(_("last day to file"), null=True, blank=True)
    completion_due_on = models.DateField(_("last day to complete"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("consequences acknowledged"), null=True, blank=True)
    holder_kind = models.CharField(
        _("holder of the account"), max_length=10, choices=Holder, default=Holder.CANDIDATE
    )
    holder = models.CharField(_("name of the holder"), max_length=200, blank=True)
    holder_address = models.CharField(_("address of the holder"), max_length=300, blank=True)
    bank = models.CharField(_("bank"), max_length=200, blank=True)
    iban = EncryptedText(_("IBAN"), blank=True, default="")
    account_number = EncryptedText(_("account number"), blank=True, default="")
    without_iban = models.BooleanField(_("the country has no IBAN"), default=False)
    swift = models.CharField(_("SWIFT code"), max_length=11, blank=True)
    tax_code = models.CharField(_("tax registration code"), max_length=40, blank=True)
    vat_code = models.CharField(_("VAT code"), max_length=40, blank=True)
    not_vat_registered = models.BooleanField(_("not VAT registered"), default=False)
    mandate = models.ForeignKey(
        ProxyMandate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mandate")
    )
    independent = models.BooleanField(_("cause independent of the university"), null=True, blank=True)
    independent_note = models.CharField(_("note on the cause"), max_length=500, blank=True)
    missing = models.JSONField(default=list, blank=True)
    check_sheet = models.JSONField(default=dict, blank=True)
    recommends_reject = models.BooleanField(_("rejection recommended"), default=False)
    sent_to_board_at = models.DateTimeField(_("sent to the Board"), null=True, blank=True)
    communicated_at = models.DateTimeField(_("result communicated"), null=True, blank=True)
    communicated_by = who(_("communicated by"))

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        constraints = [
            models.CheckConstraint(name="adm_refund_state", condition=Q(state__in=RefundState.values)),
            models.CheckConstraint(name="adm_refund_ground", condition=Q(ground__in=Ground.values)),
            models.UniqueConstraint(
                fields=["dossier"], name="adm_refund_one_live", condition=Q(state__in=_LIVE)
            ),
            models.CheckConstraint(
                name="adm_refund_filed",
                condition=Q(state__in=["draft", "withdrawn"], filed_at__isnull=True)
                | Q(
                    filed_at__isnull=False,
                    received_on__isnull=False,
                    completion_due_on__isnull=False,
                    acknowledged_at__isnull=False,
                )
                & ~Q(state="draft"),
            ),
            models.CheckConstraint(
                name="adm_refund_event", condition=Q(ground="visa") | Q(event_on__isnull=False)
            ),
            models.CheckConstraint(
                name="adm_refund_at_board",
                condition=~Q(state__in=["at_board", "approved", "rejected", "paid"])
                | Q(sent_to_board_at__isnull=False) & ~Q(check_sheet={}),
            ),
            models.CheckConstraint(
                name="adm_refund_paid_after_told",
                condition=~Q(state="paid") | Q(communicated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_ground_display()} {self.dossier_id}"


class RefundDocumentType(models.TextChoices):
    """What a request must contain (ADM-174, ADM-178)."""

    ANNEX_11 = "annex_11", _("Refund request (Annex 11), signed and dated")
    MISSION_MESSAGE = "mission_message", _("Message of the mission on the outcome")
    REFUSAL_PROOF = "refusal_proof", _("Official proof of the refusal")
    APPLICATION_PROOF = "application_proof", _("Proof of the date of the visa application")
    BANK_STATEMENT = "bank_statement", _("Bank statement with bank, IBAN and SWIFT")
    EVENT_PROOF = "event_proof", _("Proof of the event")
    ACCOUNT_MANDATE = "account_mandate", _("Notarial mandate for the account")
    ANNEX_12 = "annex_12", _("Agreement on the refund conditions (Annex 12)")
    OTHER = "other", pgettext_lazy("refund document", "Another document")


class RefundDocument(models.Model):
    """A document of a request; a newer version leaves the earlier. Health data may stand in EVENT_PROOF."""

    refund = models.ForeignKey(RefundRequest, models.PROTECT, related_name="documents")
    kind = models.CharField(_("document"), max_length=20, choices=RefundDocumentType)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    current = models.BooleanField(_("current"), default=True)
    file = stored(label=_("file"))
    uploaded_by = who(_("uploaded by"), optional=False)
    uploaded_at = models.DateTimeField(_("uploaded"))
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict, default=Verdict.PENDING)
    note = models.CharField(_("note"), max_length=500, blank=True)
    judged_by = who(_("checked by"))
    judged_at = models.DateTimeField(_("checked"), null=True, blank=True)

    class Meta:
        ordering = ["refund", "kind", "-version"]
        verbose_name = _("document of a refund")
        verbose_name_plural = _("documents of a refund")
        constraints = [
            models.UniqueConstraint(fields=["refund", "kind", "version"], name="adm_refund_doc_version"),
            models.UniqueConstraint(
                fields=["refund", "kind"],
                name="adm_refund_doc_current",
                condition=Q(current=True) & ~Q(kind="other"),
            ),
            models.CheckConstraint(
                name="adm_refund_doc_judged",
                condition=Q(verdict="pending", judged_by__isnull=True, judged_at__isnull=True)
                | Q(judged_by__isnull=False, judged_at__isnull=False)
                & (Q(verdict="conform") | Q(verdict="non_conform") & ~Q(note="")),
            ),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"


class RefundQuestion(models.Model):
    """A clarification asked while a request is checked (ADM-187, R09, R10)."""

    refund = models.ForeignKey(RefundRequest, models.PROTECT, related_name="questions")
    message = models.TextField(_("message"))
    asked_by = who(_("asked by"), optional=False)
    asked_at = models.DateTimeField(_("asked"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("question on a refund")
        verbose_name_plural = _("questions on a refund")
        constraints = [
            models.UniqueConstraint(
                fields=["refund"], name="adm_refund_question_open", condition=Q(answered_at__isnull=True)
            ),
            models.CheckConstraint(name="adm_refund_question_words", condition=~Q(message="")),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.refund_id} {self.asked_at:%Y-%m-%d}"


class BoardDecision(models.Model):
    """What the Board decided on a request (ADM-189). Appended."""

    class Result(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("Board", "Approved")
        REJECTED = "rejected", pgettext_lazy("Board", "Rejected")

    refund = models.OneToOneField(RefundRequest, models.PROTECT, related_name="decision")
    number = models.CharField(_("number of the decision"), max_length=60)
    decided_on = models.DateField(_("date of the decision"))
    result = models.CharField(_("result"), max_length=10, choices=Result)
    reason = models.TextField(_("reason"), blank=True)
    recorded_by = who(_("recorded by"), optional=False)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["-decided_on", "-pk"]
        verbose_name = _("decision of the Board")
        verbose_name_plural = _("decisions of the Board")
        constraints = [
            models.CheckConstraint(name="adm_board_number", condition=~Q(number="")),
            models.CheckConstraint(name="adm_board_reason", condition=Q(result="approved") | ~Q(reason="")),
        ]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class RefundPayment(models.Model):
    """What goes back (ADM-191 to ADM-194): tuition less the ministry's share less commissions, EUR."""

    refund = models.OneToOneField(RefundRequest, models.PROTECT, related_name="payment")
    tuition = models.DecimalField(_("tuition received (EUR)"), **EUR)
    share_pct = models.DecimalField(_("ministry's share (%)"), max_digits=5, decimal_places=2)
    share = models.DecimalField(_("ministry's share (EUR)"), **EUR)
    commissions = models.DecimalField(_("bank commissions (EUR)"), **EUR, default=0)
    net = models.DecimalField(_("to return (EUR)"), **EUR)
    floored = models.BooleanField(_("the deductions exceed the tuition"), default=False)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    reference = models.CharField(_("reference of the bank"), max_length=80, blank=True)
    paid_by = who(_("recorded by"))
    paid_at = models.DateTimeField(_("recorded"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("payment of a refund")
        verbose_name_plural = _("payments of refunds")
        constraints = [
            models.CheckConstraint(
                name="adm_refund_sum",
                condition=Q(floored=False, net=F("tuition") - F("share") - F("commissions"), net__gte=0)
                | Q(floored=True, net=0),
            ),
            models.CheckConstraint(
                name="adm_refund_paid_whole",
                condition=Q(paid_on__isnull=True, paid_at__isnull=True, paid_by__isnull=True, reference="")
                | Q(paid_on__isnull=False, paid_at__isnull=False, paid_by__isnull=False) & ~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.net} EUR"


class CommissionLine(models.Model):
    """A commission of the bank, entered by Finance before payment (ADM-193)."""

    payment = models.ForeignKey(RefundPayment, models.PROTECT, related_name="lines")
    amount = models.DecimalField(_("amount (EUR)"), **EUR)
    description = models.CharField(_("description"), max_length=200)
    by = who(_("entered by"), optional=False)
    at = models.DateTimeField(_("entered"))

    class Meta:
        ordering = ["payment", "pk"]
        verbose_name = _("bank commission")
        verbose_name_plural = _("bank commissions")
        constraints = [
            models.CheckConstraint(name="adm_commission_positive", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="adm_commission_words", condition=~Q(description="")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} EUR {self.description}"
