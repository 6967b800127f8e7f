"""Two at the same moment at one appeal, each with a control that takes the lock away."""

import pytest
from django.db.models import QuerySet

from studentrecords.models import Appeal
from studentrecords.services import appeals as services
from tests.races import Gate, at_once
from tests.studentrecords import appeals_kit as kit
from upt_portal.kernel import audit
from upt_portal.kernel.models import Mail

pytestmark = pytest.mark.django_db(transaction=True)


def without_locks(monkeypatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())


def gated(monkeypatch, where, name: str) -> Gate:
    gate = Gate()
    monkeypatch.setattr(where, name, gate.before(getattr(where, name)))
    return gate


def two_clicks(attempt) -> list:
    return at_once(*[lambda: kit.filed(attempt)] * 2)


def test_two_clicks_file_one_appeal(monkeypatch):
    attempt = kit.contested()
    gate = gated(monkeypatch, services, "_kept")
    outcomes = two_clicks(attempt)
    assert (gate.passed, Appeal.objects.count()) == (1, 1)
    assert sorted(type(one).__name__ for one in outcomes) == ["Appeal", "Refused"]


def test_control_without_the_lock_both_clicks_come_through(monkeypatch):
    attempt = kit.contested()
    gate = gated(monkeypatch, services, "_kept")
    without_locks(monkeypatch)
    outcomes = two_clicks(attempt)
    # the table's own constraint is the last guard; the second click sees a fault instead of words
    assert (gate.passed, Appeal.objects.count()) == (2, 1)
    assert sorted(type(one).__name__ for one in outcomes) == ["Appeal", "IntegrityError"]


def two_clerks(pk: int) -> list:
    clerks = [kit.Offices().infocenter, kit.Offices().infocenter]
    return at_once(*[lambda who=who: services.register(pk, actor=who, at=kit.MONDAY) for who in clerks])


def test_two_clerks_register_once_with_one_number(monkeypatch):
    appeal = kit.led_to("submitted")
    gate = gated(monkeypatch, services, "_number")
    outcomes = two_clerks(appeal.pk)
    appeal.refresh_from_db()
    assert (gate.passed, appeal.number) == (1, "C-1/2027")
    assert sorted(type(one).__name__ for one in outcomes) == ["Appeal", "MoveRefused"]
    assert audit.trail(appeal).count() == 2


def test_control_without_the_lock_both_clerks_take_a_number(monkeypatch):
    appeal = kit.led_to("submitted")
    gate = gated(monkeypatch, services, "_number")
    without_locks(monkeypatch)
    two_clerks(appeal.pk)
    assert gate.passed == 2


def ready_to_sign() -> tuple[Appeal, kit.Offices]:
    offices = kit.Offices()
    appeal = kit.led_to("commission", offices)
    services.hand_over(appeal.pk, actor=offices.secretary, at=kit.MONDAY)
    for one in offices.members:
        services.mark(appeal.pk, "8", "", actor=one, at=kit.MONDAY)
    services.report(appeal.pk, "8", "Da.", version=3, actor=offices.members[0], at=kit.MONDAY)
    services.sign(appeal.pk, version=4, actor=offices.members[0], at=kit.MONDAY)
    return appeal, offices


def two_sign(appeal: Appeal, offices: kit.Offices) -> list:
    return at_once(
        *[
            lambda who=who: services.sign(appeal.pk, version=4, actor=who, at=kit.MONDAY)
            for who in offices.members[1:]
        ]
    )


def test_two_members_who_sign_at_once_report_once(monkeypatch):
    appeal, offices = ready_to_sign()
    gate = gated(monkeypatch, services, "_demand_version")
    outcomes = two_sign(appeal, offices)
    appeal.refresh_from_db()
    assert [type(one) for one in outcomes] == [Appeal, Appeal]
    assert gate.passed == 2
    assert (appeal.state, appeal.reported_at) == ("reported", kit.MONDAY)
    assert Mail.objects.filter(key__contains=f"appeal:{appeal.pk}:report:").count() == 2


def test_control_without_the_lock_the_third_signature_is_not_noticed(monkeypatch):
    appeal, offices = ready_to_sign()
    gated(monkeypatch, services, "_demand_version")
    without_locks(monkeypatch)
    two_sign(appeal, offices)
    appeal.refresh_from_db()
    # all three have signed, and nobody told the report on
    assert appeal.members.filter(signed_at__isnull=False).count() >= 2
    assert appeal.state == "commission"
