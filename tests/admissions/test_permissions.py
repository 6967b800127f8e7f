"""Who sees what of a dossier (ADM-031, ADM-095, ADM-241), without a page: roles, faculties, states."""

import pytest

from admissions import permissions
from admissions.models import Dossier
from tests import factories
from tests.admissions import kit
from upt_portal.accounts import roles

pytestmark = pytest.mark.django_db


def in_state(dossier: Dossier, state: str) -> Dossier:
    """The same dossier as it would stand later; only what is asked of it is changed, in memory."""
    dossier.state = state
    return dossier


def test_adm_031_a_draft_is_seen_by_its_candidate_alone() -> None:
    made, officer = kit.draft(), factories.user(roles.DRI_OFFICER)
    assert permissions.may_act(made.candidate.user, made)
    assert permissions.may_see_files(made.candidate.user, made)
    assert not permissions.may_check(officer, made)
    assert permissions.may_check(officer, in_state(made, "submitted"))


@pytest.mark.parametrize(
    ("faculty", "state", "seen"),
    [
        ("AC", "submitted", False),
        ("AC", "at_faculty", True),
        ("AC", "preaccepted", True),
        ("CT", "at_faculty", False),
    ],
)
def test_adm_095_adm_241_the_deanery_sees_its_own_from_the_transmission_on(faculty, state, seen) -> None:
    made = in_state(kit.draft(), state)
    dean = factories.user(roles.DEANERY, faculties=[faculty])
    assert bool(permissions.may_decide(dean, made)) is seen
    assert bool(permissions.may_see_files(dean, made)) is seen
    assert not permissions.may_see_money(dean, made)


@pytest.mark.parametrize(("state", "seen"), [("visa_applied", False), ("visa_granted", True)])
def test_adm_241_the_secretariat_sees_it_from_the_visa_on(state: str, seen: bool) -> None:
    made = in_state(kit.draft(), state)
    assert bool(permissions.may_see_files(factories.secretary("AC"), made)) is seen
    assert not permissions.may_see_files(factories.secretary("CT"), made)


def test_adm_241_bank_data_are_for_owner_office_board_and_finance() -> None:
    made = in_state(kit.draft(), "visa_refused")
    for role in (roles.DRI_OFFICER, roles.DRI_HEAD, roles.BOARD_SECRETARY, roles.FINANCE):
        assert permissions.may_see_money(factories.user(role), made)
    for role in (roles.DEANERY, roles.SECRETARY, roles.CANDIDATE, roles.ADMISSIONS_ADMIN):
        assert not permissions.may_see_money(factories.user(role, faculties=["AC"]), made)


def test_adm_242_only_the_head_sets_a_rule_aside() -> None:
    assert permissions.may_override(factories.user(roles.DRI_HEAD))
    assert not permissions.may_override(factories.user(roles.DRI_OFFICER))
