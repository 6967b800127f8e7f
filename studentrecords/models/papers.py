"""Applications for school documents: what is asked for, when it was registered, ready and delivered."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from studentrecords.models.core import Enrolment
from studentrecords.rules import papers as rules
from studentrecords.workflow.papers import DocumentState
from upt_portal.kernel.models import StoredFile


class DocumentKind(models.TextChoices):
    CERTIFICATE = rules.CERTIFICATE, _("Certificate of student status")
    TRANSCRIPT = rules.TRANSCRIPT, _("Transcript of records")
    SYLLABUS = "syllabus", _("Syllabus of a discipline")
    GRADUATION = "graduation", _("Certificate of graduation data")
    DUPLICATE = rules.DUPLICATE, _("Duplicate of a school document")
    OTHER = "other", _("Another certificate")


class Purpose(models.TextChoices):
    """What a certificate is for, as people usually say it."""

    HEALTH = "health", _("the health insurance or a doctor")
    EMPLOYER = "employer", _("an employer")
    TRANSPORT = "transport", _("reduced fares")
    PENSION = "pension", _("a pension or an allowance")
    VISA = "visa", _("a visa or a residence permit")
    SCHOLARSHIP = "scholarship", _("a scholarship outside the university")
    OTHER = "other", _("something else")


class Outcome(models.TextChoices):
    DOCUMENT = "document", _("the document")
    ANSWER = "answer", _("a written answer")


class DocumentRequest(models.Model):
    """An application for a document (§4.4). The issued paper, where the portal makes it, is about this row.

    self_service: made at once, without anybody's judgement. due_at: last moment in which it is ready in time
    (REC-042). outcome, answer: what the secretariat prepared, and its words to the student. channel, scan:
    how it came, and the paper it came on; submitted_at is then the moment of its arrival (REC-043). price,
    currency: of a duplicate, as the price list said when it was asked for.
    """

    class Channel(models.TextChoices):
        """How it came."""

        PORTAL = "portal", pgettext_lazy("way of an application", "the portal")
        PAPER = "paper", pgettext_lazy("way of an application", "paper")
        EMAIL = "email", pgettext_lazy("way of an application", "e-mail")

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="document_requests", verbose_name=_("student")
    )
    kind = models.CharField(_("document"), max_length=12, choices=DocumentKind)
    language = models.CharField(
        _("language"), max_length=2, choices=[("ro", "Română"), ("en", "English")], default="ro"
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, blank=True)
    purpose_words = models.CharField(_("purpose in words"), max_length=160, blank=True)
    details = models.TextField(_("what is needed"), blank=True)
    self_service = models.BooleanField(_("issued at once"), default=False)
    channel = models.CharField(_("came by"), max_length=6, choices=Channel, default=Channel.PORTAL)
    scan = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("scan")
    )
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DocumentState, default=DocumentState.SUBMITTED, editable=False
    )
    number = models.CharField(_("registration number"), max_length=24, blank=True)
    submitted_at = models.DateTimeField(_("submitted"))
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)
    due_at = models.DateTimeField(_("ready by"))
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    outcome = models.CharField(_("answered by"), max_length=8, choices=Outcome, blank=True)
    answer = models.TextField(_("words to the student"), blank=True)
    flagged_at = models.DateTimeField(_("told to the head of the secretariat"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        verbose_name = _("application for a document")
        verbose_name_plural = _("applications for documents")
        constraints = [
            models.CheckConstraint(
                name="document_request_state", condition=Q(state__in=DocumentState.values)
            ),
            models.CheckConstraint(
                name="document_request_registered",
                condition=Q(state=DocumentState.SUBMITTED, number="", registered_at__isnull=True)
                | ~Q(state=DocumentState.SUBMITTED) & ~Q(number="") & Q(registered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="document_request_ready",
                condition=Q(state__in=["submitted", "registered"], ready_at__isnull=True, outcome="")
                | Q(state__in=["ready", "delivered"], ready_at__isnull=False) & ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="document_request_delivered",
                condition=Q(state=DocumentState.DELIVERED, delivered_at__isnull=False)
                | ~Q(state=DocumentState.DELIVERED) & Q(delivered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="document_request_in_order",
                condition=Q(registered_at__isnull=True) | Q(registered_at__gte=F("submitted_at")),
            ),
            models.CheckConstraint(
                name="document_request_scan",
                condition=Q(channel="portal", scan__isnull=True)
                | Q(channel__in=["paper", "email"], scan__isnull=False),
            ),
            models.CheckConstraint(
                name="document_request_price",
                condition=Q(price__isnull=True, currency="")
                | Q(price__isnull=False, price__gte=0) & ~Q(currency=""),
            ),
            models.UniqueConstraint(
                fields=["number"], name="document_request_number", condition=~Q(number="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="document_request_open",
                condition=Q(state__in=["submitted", "registered"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number or '–'} {self.get_kind_display()}"
