"""Plans of instalments: the days on which the tuition of a year is paid, by scope."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.triggers import APPEND_ONLY
from studentrecords.models import AcademicYear, Cycle, Faculty, Programme


class InstalmentPlan(models.Model):
    """In how many parts, and until when each, the tuition of a year is paid; the newest row of a scope holds.

    An empty scope field means all. Charges made under an earlier row keep their days.
    """

    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, blank=True)
    due_on = ArrayField(models.DateField(), verbose_name=_("due days"), size=12)
    decision = models.CharField(_("decision"), max_length=200, help_text=_("Number and date."))
    set_at = models.DateTimeField(_("set"))

    class Meta:
        ordering = ["-year__name", "-pk"]
        verbose_name = _("plan of instalments")
        verbose_name_plural = _("plans of instalments")
        constraints = [
            models.CheckConstraint(name="plan_has_days", condition=Q(due_on__len__gte=1)),
            models.CheckConstraint(name="plan_decision_named", condition=~Q(decision="")),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.year}: {len(self.due_on)}"
