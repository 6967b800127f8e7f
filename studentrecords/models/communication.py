"""Official messages, competitions, and what is told to the vice-rector in confidence."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import Bilingual, Department, Faculty
from upt_portal.kernel.crypto import EncryptedText

KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
APPENDED = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class OfficialMessage(models.Model):
    """A message of the Student InfoCenter, or a rector's decision (REC-049, REC-050).

    Each recipient has a `kernel.Mail` of the key "official:<pk>", which the student's page shows and whose
    time of sending is the communication. audience: whom it was sent to, as ids and in words.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Official message")
        DECISION = "decision", _("Rector's decision")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MESSAGE)
    year = models.PositiveSmallIntegerField(_("year of the register"))
    number = models.PositiveIntegerField(_("number"))
    decision = models.CharField(_("number and date of the decision"), max_length=120, blank=True)
    subject_ro = models.CharField(_("subject in Romanian"), max_length=60)
    subject_en = models.CharField(_("subject in English"), max_length=60, blank=True)
    text_ro = models.TextField(_("text in Romanian"))
    text_en = models.TextField(_("text in English"), blank=True)
    audience = models.JSONField(_("sent to"))
    count = models.PositiveIntegerField(_("recipients"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name = _("official message")
        verbose_name_plural = _("official messages")
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="official_message_number"),
            models.CheckConstraint(
                name="official_decision_named", condition=~Q(kind="decision") | ~Q(decision="")
            ),
        ]
        triggers = [APPENDED]

    def __str__(self) -> str:
        return f"{self.number}/{self.sent_at:%d.%m.%Y} {self.subject_ro}"


class Competition(Bilingual):
    """A competition students register for: scholarship, camp, housing, mobility (REC-052)."""

    class Kind(models.TextChoices):
        SCHOLARSHIP = "scholarship", _("Scholarship")
        CAMP = "camp", _("Camp")
        HOUSING = "housing", _("Student housing")
        MOBILITY = "mobility", _("Mobility")
        OTHER = "other", _("Another competition")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    faculty = models.ForeignKey(
        Faculty,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="competitions",
        verbose_name=_("faculty"),
        help_text=_("Empty for the whole university."),
    )
    text_ro = models.TextField(_("text in Romanian"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    link = models.URLField(_("where to register"), blank=True)
    posted_on = models.DateField(_("posted on"))
    closes_on = models.DateField(_("registration closes on"))
    other_rule = models.CharField(
        _("rule that sets another term"),
        max_length=200,
        blank=True,
        help_text=_("Only for a registration shorter than the least term: regulation, article, date."),
    )
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("posted by"),
    )

    class Meta:
        ordering = ["closes_on", "pk"]
        verbose_name = _("competition")
        verbose_name_plural = _("competitions")
        constraints = [
            models.CheckConstraint(name="competition_in_order", condition=Q(posted_on__lte=F("closes_on")))
        ]
        triggers = [KEPT]

    @property
    def text(self) -> str:
        """The text in the reader's language; Romanian where there is no English one."""
        english = (get_language() or "ro").startswith("en")
        return self.text_en if english and self.text_en else self.text_ro


class ConfidentialNotice(models.Model):
    """Problems, irregularities or abuses told to the vice-rector alone (REC-051).

    Author and text are sealed; the author's blind index lets him follow it. No table of the administration
    shows it, no trace and no mail names its author.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        SENT_ON = "sent_on", _("Sent on, without your name")
        CLOSED = "closed", _("Answered")

    year = models.PositiveSmallIntegerField(_("year of the register"))
    number = models.PositiveIntegerField(_("number"))
    author = EncryptedText(_("author"))
    author_index = models.CharField(max_length=64, db_index=True, editable=False)
    text = EncryptedText(_("text"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RECEIVED)
    received_at = models.DateTimeField(_("received"))
    due_on = models.DateField(_("to analyse until"))
    answer = EncryptedText(_("answer"), blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("confidential notification")
        verbose_name_plural = _("confidential notifications")
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="confidential_number"),
            models.CheckConstraint(
                name="confidential_state", condition=Q(state__in=["received", "sent_on", "closed"])
            ),
            models.CheckConstraint(
                name="confidential_closed_has_time",
                condition=Q(state="closed", answered_at__isnull=False)
                | ~Q(state="closed") & Q(answered_at=None),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Protect(
                name="words_fixed",
                operation=pgtrigger.UpdateOf("author", "text"),  # type: ignore[no-untyped-call]
            ),
            pgtrigger.ReadOnly(
                name="confidential_fixed",
                fields=["year", "number", "author_index", "received_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.year}"


class ForwardedNotice(models.Model):
    """What the vice-rector sent on to a dean or a department: own words, nobody's identity (REC-051)."""

    notice = models.ForeignKey(ConfidentialNotice, models.PROTECT, related_name="forwarded")
    faculty = models.ForeignKey(Faculty, models.PROTECT, related_name="+", verbose_name=_("faculty"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    text = EncryptedText(_("text"))
    sent_at = models.DateTimeField(_("sent"))
    answer = EncryptedText(_("what was done"), blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name = _("notification sent on")
        verbose_name_plural = _("notifications sent on")
        triggers = [
            KEPT,
            pgtrigger.Protect(
                name="text_fixed",
                operation=pgtrigger.UpdateOf("text"),  # type: ignore[no-untyped-call]
            ),
            pgtrigger.ReadOnly(name="forwarded_fixed", fields=["notice", "faculty", "department", "sent_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} → {self.faculty_id}"
