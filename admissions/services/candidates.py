"""The candidate's data as the passport writes them (ADM-030, ADM-035)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from admissions.models import Candidate
from admissions.refusal import refuse
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.words import gettext_lazy as _


@dataclass(frozen=True)
class Profile:
    """What the passport and the candidate say. Countries and citizenships are codes of ISO 3166."""

    family_name: str
    given_names: str
    birth_date: date
    birth_place: str
    birth_country: str
    sex: str
    citizenships: tuple[str, ...]
    passport_country: str
    passport_number: str
    passport_expires: date
    residence_country: str
    address: str
    phone: str = ""


@transaction.atomic
def save_profile(user_id: int, profile: Profile, *, actor: User, at: datetime) -> Candidate:
    """Make or change the candidate of an account; while a dossier is with the university only DRI changes it.

    Raises Refused when another account holds the passport (ADM-030), or for a birth that is not in the past.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if profile.birth_date >= local_day(at):
        raise refuse(_("The date of birth lies in the future."), "ADM-030")
    values = {
        **profile.__dict__,
        "citizenships": sorted({code.upper() for code in profile.citizenships if code.strip()}),
        "passport_number": "".join(profile.passport_number.split()).upper(),
    }
    if not values["citizenships"]:
        raise refuse(_("Enter at least one citizenship."), "ADM-041")
    known = Candidate.objects.select_for_update().filter(user=user).first()
    _demand_unlocked(known, actor)
    try:
        with transaction.atomic():
            if known is None:
                known = Candidate.objects.create(
                    user=user, created_at=at, opened_by=None if actor == user else actor, **values
                )
            else:
                for name, value in values.items():
                    setattr(known, name, value)
                known.save()
    except IntegrityError as clash:
        if "adm_candidate_passport" not in str(clash):
            raise
        raise refuse(
            _("Another account uses this passport."),
            "ADM-030",
            _("Sign in with that account, or write to the International Relations Department."),
        ) from clash
    audit.record(known, "admissions.save_profile", actor=actor, at=at)
    return known


def _demand_unlocked(known: Candidate | None, actor: User) -> None:
    """After submission the data stand on papers of others: only the office corrects them (ADM-207)."""
    if known is None or actor.pk != known.user_id:
        return
    if known.dossiers.filter(number__isnull=False, ended_at__isnull=True).exists():
        raise refuse(
            _("Your data cannot be changed while a submitted dossier is being handled."),
            "ADM-035",
            _("Write to the International Relations Department, with a copy of the new passport."),
        )
