"""The tariff: kinds of fees and their dated prices."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.triggers import PRICE_IN_USE_STAYS
from studentrecords.models import AcademicYear, Bilingual, Cycle, Faculty, Programme, StudyForm

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Currency(models.TextChoices):
    RON = "RON", _("lei")
    EUR = "EUR", _("euro")


class CitizenshipCategory(models.TextChoices):
    ANY = "", _("everyone")
    EU = "eu", _("Romania, EU, EEA, Switzerland")
    THIRD = "third", _("third countries")


class FeeType(Bilingual):
    """A kind of fee, e.g. TUITION, RECONTRACT."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    deadline_rule = models.CharField(_("rule of the due date"), max_length=60, blank=True)
    refundable = models.BooleanField(_("refundable"), default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("kind of fee")
        verbose_name_plural = _("kinds of fees")


class Price(models.Model):
    """The amount of a fee in an academic year, for a scope, from a first day, as decided (FEE-001).

    An empty scope field means all. A price that charges use never changes: a new decision is a new row.
    """

    class Unit(models.TextChoices):
        YEAR = "year", _("a year")
        CREDIT = "credit", _("a credit")
        PRESENTATION = "presentation", _("an exam presentation")
        REQUEST = "request", _("a request")

    class Source(models.TextChoices):
        DECISION = "decision", _("decision of the Senate")
        PUBLISHED = "published", _("published by the university")
        COMPLETED = "completed", _("filled in, to be confirmed")

    fee_type = models.ForeignKey(
        FeeType, models.PROTECT, related_name="prices", verbose_name=_("kind of fee")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, blank=True)
    form = models.CharField(_("form of study"), max_length=4, choices=StudyForm, blank=True)
    citizenship = models.CharField(
        _("citizenship"),
        max_length=6,
        choices=CitizenshipCategory,
        blank=True,
        default=CitizenshipCategory.ANY,
    )
    promotion = models.CharField(
        _("promotion"), max_length=9, blank=True, help_text=_("Intake, for example 2026-2030; empty for all.")
    )
    first_day = models.DateField(_("in force from"))
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.RON)
    unit = models.CharField(_("for"), max_length=12, choices=Unit, default=Unit.YEAR)
    decision = models.CharField(
        _("decision of the Senate"), max_length=200, blank=True, help_text=_("Number and date.")
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.DECISION)
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        ordering = ["-year__name", "fee_type__code", "-first_day", "pk"]
        verbose_name = _("price")
        verbose_name_plural = _("price list")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "fee_type",
                    "year",
                    "faculty",
                    "programme",
                    "cycle",
                    "form",
                    "citizenship",
                    "promotion",
                    "first_day",
                ],
                name="price_one_a_day",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="price_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="price_currency", condition=Q(currency__in=Currency.values)),
            models.CheckConstraint(
                name="price_decision_named", condition=~Q(source="decision") | ~Q(decision="")
            ),
        ]
        triggers = [PRICE_IN_USE_STAYS]

    def __str__(self) -> str:
        return f"{self.fee_type.code} {self.year.name}: {self.amount} {self.currency}"
