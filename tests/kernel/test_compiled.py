"""Statements compiled once give what the ORM gives, with every kind of value and on every kind of cursor."""

from collections.abc import Callable

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from studentrecords.models import Enrolment
from tests import factories
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, compiled
from upt_portal.kernel.compiled import Change, Hole, Read
from upt_portal.kernel.models import Deadline, Mail, TraceEntry

pytestmark = pytest.mark.django_db

BY_KEY = Read(
    lambda: Enrolment.objects.select_related("person__user", "programme__faculty").filter(pk=Hole("pk"))
)


def entry(number: int, **other: object) -> TraceEntry:
    values = {"subject": "bench:1", "act": "x", "at": clock.now(), "data": {"a": ["ș", 1]}, "digest": "d"}
    return TraceEntry(number=number, **values | {"previous": "p"} | other)


def test_a_read_gives_what_the_queryset_gives():
    enrolment = factories.enrolment()
    (found,) = BY_KEY.all(pk=enrolment.pk)
    plain = Enrolment.objects.get(pk=enrolment.pk)
    names = [field.attname for field in Enrolment._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(plain, name) for name in names]
    assert found == plain
    assert not found._state.adding


def test_a_read_brings_related_rows_along(django_assert_num_queries: Callable[..., object]):
    enrolment = factories.enrolment()
    with django_assert_num_queries(1):
        found = BY_KEY.first(pk=enrolment.pk)
        assert found is not None
        assert found.programme.faculty == enrolment.programme.faculty
        assert found.person.user == enrolment.person.user


def test_a_read_with_nothing_to_find_gives_nothing():
    assert BY_KEY.first(pk=0) is None
    assert BY_KEY.all(pk=0) == []


def test_the_text_is_made_once_and_the_values_change():
    asked: list[int] = []

    def query():
        asked.append(1)
        return User.objects.filter(pk=Hole("pk")).only("email")

    read, one, other = Read(query), factories.secretary("AC"), factories.secretary("ETC")
    found = [read.first(pk=pk) for pk in (one.pk, other.pk)]
    assert [user.email for user in found if user] == [one.email, other.email]
    assert len(asked) == 1


def test_an_insert_writes_what_save_writes():
    written = entry(1)
    compiled.insert(written)
    saved = entry(2)
    saved.save(force_insert=True)
    first, second = TraceEntry.objects.order_by("number").values(), TraceEntry.objects.order_by("number")
    assert written.pk == second[0].pk
    assert not written._state.adding
    kept = {"subject", "act", "data", "digest", "previous", "before", "after", "reason", "actor_id"}
    assert {name: first[0][name] for name in kept} == {name: first[1][name] for name in kept}


def test_an_insert_keeps_the_constraints():
    compiled.insert(entry(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        compiled.insert(entry(1))
    assert TraceEntry.objects.count() == 1


def test_a_row_that_is_there_stays_as_it_is():
    reader = factories.secretary("AC")
    for text in ("first", "second"):
        compiled.insert(
            Mail(key="k", recipient=reader, address="a@upt.example", language="ro", template="t", text=text,
                 subject="s", created_at=clock.now()),
            ignore_conflicts=True,
        )  # fmt: skip
    assert list(Mail.objects.values_list("text", flat=True)) == ["first"]


def test_a_change_counts_its_rows():
    Deadline.objects.create(subject="a:1", kind="k", due_at=clock.now())
    change = Change(lambda: Deadline.objects.filter(subject=Hole("subject")), link=Hole("link"))
    assert change.run(subject="a:1", link="/x/") == 1
    assert change.run(subject="a:2", link="/y/") == 0
    assert Deadline.objects.get().link == "/x/"


def test_an_update_writes_only_what_is_named():
    reader = factories.secretary("AC")
    Mail.objects.create(key="k", recipient=reader, address="a@upt.example", language="ro", template="t",
                        text="old", subject="old", created_at=clock.now())  # fmt: skip
    mail = Mail.objects.get()
    mail.text, mail.subject, mail.attempts = "new", "new", 3
    compiled.update(mail, ["text", "attempts"])
    assert Mail.objects.values_list("text", "subject", "attempts").get() == ("new", "old", 3)


def test_an_update_of_a_row_that_is_gone_is_told():
    mail = Mail(pk=404, key="k", created_at=clock.now())
    with pytest.raises(LookupError):
        compiled.update(mail, ["text"])


def test_row_histories_still_know_who_asked():
    """Their statement stands before ours, so the ordinary cursor must be used."""
    enrolment = factories.enrolment()
    with pghistory.context(user=7):
        enrolment.year_of_study = 3
        compiled.update(enrolment, ["year_of_study"])
    last = enrolment.events.order_by("-pgh_id").first()
    assert last.pgh_context.metadata["user"] == 7
    assert last.year_of_study == 3


def test_a_compiled_statement_is_counted_like_any_other():
    enrolment = factories.enrolment()
    with CaptureQueriesContext(connection) as asked:
        BY_KEY.first(pk=enrolment.pk)
    assert len(asked) == 1
