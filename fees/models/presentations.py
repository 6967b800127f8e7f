"""Paid exam presentations: one row for each re-examination fee, used once or lapsed with the year."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge
from fees.models.triggers import KEPT
from studentrecords.models import AcademicYear, Discipline, Enrolment, ExamResult

# A used or lapsed presentation stays so; the attempt is of the same student, discipline and year (FEE-045).
PRESENTATION_USED_ONCE = pgtrigger.Trigger(
    name="presentation_used_once",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'UPDATE' AND (OLD.used_by_id IS NOT NULL OR OLD.lapsed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a used or lapsed presentation stays so' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.used_by_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM studentrecords_examresult AS sat
            WHERE sat.id = NEW.used_by_id AND sat.enrolment_id = NEW.enrolment_id
                AND sat.discipline_id = NEW.discipline_id AND sat.year_id = NEW.year_id AND NOT sat.absent
        ) THEN
            RAISE EXCEPTION 'the attempt is of another student, discipline or year'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class PresentationCredit(models.Model):
    """One presentation that is paid for: `charge` is its origin line (§4.1, FEE-045).

    session: the one it is meant for; empty for any session of the year. pay_until: the last moment in time
    for that session. freed_at: since when it waits for another session, its own not sat or taken back. The
    attempt that used it, the discipline and the year are held together by the database.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="presentation_credits", verbose_name=_("enrolment")
    )
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    charge = models.OneToOneField(
        Charge, models.PROTECT, related_name="presentation", verbose_name=_("charge")
    )
    session = models.CharField(_("session"), max_length=4, choices=ExamResult.Session, blank=True, default="")
    exam_on = models.DateField(_("day of the exam"), null=True, blank=True)
    pay_until = models.DateTimeField(_("paid in time until"))
    needs_form = models.BooleanField(_("needs the form"), default=False)
    form_filed_at = models.DateTimeField(_("form filed"), null=True, blank=True)
    freed_at = models.DateTimeField(_("kept for another session since"), null=True, blank=True)
    used_by = models.OneToOneField(
        ExamResult,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="presentation_credit",
        verbose_name=_("used by"),
    )
    lapsed_at = models.DateTimeField(_("lapsed"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("exam presentation")
        verbose_name_plural = _("exam presentations")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "discipline", "year", "session"],
                name="presentation_once_a_session",
                condition=~Q(session="") & Q(lapsed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="presentation_used_or_lapsed",
                condition=Q(used_by__isnull=True) | Q(lapsed_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["year", "session", "discipline"], name="presentation_list")]
        triggers = [
            KEPT,
            PRESENTATION_USED_ONCE,
            pgtrigger.ReadOnly(
                name="presentation_fixed", fields=["enrolment", "discipline", "year", "charge"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline} {self.session}".strip()

    @property
    def released(self) -> bool:
        """Whether the student took the form back after paying: it waits for another session, or this one."""
        return self.needs_form and self.form_filed_at is None and self.freed_at is not None
