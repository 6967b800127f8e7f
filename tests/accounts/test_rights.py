"""What each role may do in the administration, as the table in code says and the groups have it."""

import pytest
from django.contrib.auth.models import Group, Permission

from upt_portal.accounts import rights, roles

pytestmark = pytest.mark.django_db


def held(role: str) -> set[tuple[str, str]]:
    group = Group.objects.get(name=role)
    return set(group.permissions.values_list("content_type__app_label", "codename"))


def test_every_right_of_the_table_exists_and_is_held():
    for role in roles.LABELS:
        assert held(role) == set(rights.codenames(role))


def test_a_right_taken_out_of_the_table_is_gone_after_the_next_migration():
    group = Group.objects.get(name=roles.FINANCE)
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    rights.grant()
    assert held(roles.FINANCE) == set(rights.codenames(roles.FINANCE))


def test_a_role_that_was_lost_is_made_again():
    Group.objects.filter(name=roles.DEANERY).delete()
    rights.grant()
    assert held(roles.DEANERY) == set(rights.codenames(roles.DEANERY))


def test_parameters_are_set_by_the_administrator_and_school_management():
    may = [role for role in roles.LABELS if ("kernel", "change_parameteroverride") in held(role)]
    assert sorted(may) == [roles.ADMINISTRATOR, roles.SCHOOL_MANAGEMENT]


def test_counselling_is_in_nobodys_rights():
    for role in roles.LABELS:
        assert not [right for right in rights.codenames(role) if right[0] == "counseling"]


def test_people_without_an_office_have_no_rights():
    for role in (roles.STUDENT, roles.CANDIDATE, roles.TEACHER, roles.COUNSELLOR, roles.PSYCHOLOGIST):
        assert held(role) == set()


def test_nothing_of_a_case_is_added_changed_or_deleted_by_hand():
    for role in roles.LABELS:
        acts = [
            name for app, name in rights.codenames(role) if app == "contracting" and "campaign" not in name
        ]
        assert [name for name in acts if not name.startswith("view_")] == []
