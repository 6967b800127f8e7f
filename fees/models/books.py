"""Papers asked for about an account, and months of the books that are closed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fees.models.triggers import APPEND_ONLY
from studentrecords.models import Enrolment


class AccountPaper(models.Model):
    """A statement or a certificate somebody asked for; the issued paper is about this row.

    first, last: the days of a statement, both inside; a certificate speaks of the day of its issue alone.
    """

    class Kind(models.TextChoices):
        STATEMENT = "fees.statement", _("Statement of account")
        CERTIFICATE = "fees.certificate", _("Certificate of financial obligations")

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="account_papers", verbose_name=_("enrolment")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("paper about an account")
        verbose_name_plural = _("papers about accounts")
        constraints = [
            models.CheckConstraint(name="account_paper_period", condition=Q(last__gte=F("first"))),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.kind} {self.enrolment_id}"


class MonthClosing(models.Model):
    """A month of the books as it stood when it was closed; what comes later counts in a later month.

    month: its first day. figures: for each currency the opening balance, every kind of movement, the closing
    balance and the number of movements. digest: over the figures and the digest of the month before.
    """

    month = models.DateField(_("month"), unique=True)
    figures = models.JSONField(_("figures"))
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField("SHA-256", max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("closed"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        ordering = ["-month"]
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [
            models.CheckConstraint(name="closing_first_day", condition=Q(month__day=1)),
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="closing_follows",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT 1 FROM fees_monthclosing)
                        AND NEW.month <> (SELECT max(month) + interval '1 month' FROM fees_monthclosing)
                    THEN
                        RAISE EXCEPTION 'months are closed in their order' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
