"""A person's own data: asked, reported, decided, corrected; who sees what; two at the same moment."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import DataChange, DataRequest, Enrolment, Person
from studentrecords.refusal import Refused
from studentrecords.rules import personal as rules
from studentrecords.rules.personal import PersonalField
from studentrecords.services import personal as services
from studentrecords.workflow.personal import DATA_MOVES, SECRETARIAT, STUDENT, DataState
from tests import factories
from tests.contracting.desk_kit import Browser, english
from tests.kernel import files
from tests.races import Gate, at_once
from tests.studentrecords.person_kit import examined
from upt_portal.kernel import audit
from upt_portal.kernel.cnp import make_cnp
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.models import Mail, RecordRead
from upt_portal.kernel.moves import NEW, MoveRefused, grid

pytestmark = pytest.mark.django_db
NOW = factories.NOW
F = PersonalField


@pytest.fixture(autouse=True)
def now(clock):
    return clock


@pytest.fixture
def enrolment(db) -> Enrolment:
    factories.academic_year()
    return factories.enrolment()


def own(enrolment: Enrolment, browser_of: Browser) -> Client:
    return english(browser_of(enrolment.person.user))


def url(name: str, enrolment: Enrolment, *more: object) -> str:
    return reverse(f"studentrecords:{name}", args=[enrolment.pk, *more])


def asked(enrolment: Enrolment, field: F = F.LAST_NAME, value: str = "Vălean", **more) -> DataRequest:
    given = {"proof": examined(), "actor": enrolment.person.user, "at": NOW, **more}
    return services.ask(enrolment.pk, field, value, **given)


# ---- the table ---------------------------------------------------------------------------------------------


def test_every_cell_of_the_table_of_moves():
    led = {
        (cell.state, cell.actor, cell.name): set(cell.targets)
        for cell in grid(DATA_MOVES, [NEW, *DataState.values], [STUDENT, SECRETARIAT])
        if cell.targets
    }
    assert led == {
        (NEW, STUDENT, "ask"): {"waiting"},
        (NEW, STUDENT, "report"): {"recorded"},
        ("waiting", SECRETARIAT, "record"): {"recorded"},
        ("waiting", SECRETARIAT, "refuse"): {"refused"},
    }


# ---- asked and reported ------------------------------------------------------------------------------------


def test_REC_002_REC_043_a_request_has_a_number_and_its_times(enrolment):
    first, second = asked(enrolment), asked(enrolment, F.FIRST_NAME, "Andreea")
    assert (first.number, second.number, first.year) == (1, 2, 2026)
    assert (first.times.submitted, first.times.registered, first.times.sent) == (NOW, NOW, None)
    assert first.due_on == date(2026, 11, 23)  # asked on a Friday (REC-003)
    mail = Mail.objects.get(template="studentrecords/mail/data_registered", key__contains=f":{first.pk}:")
    assert "1/20.11.2026" in mail.text
    assert "Vălean" not in mail.text
    assert audit.trail(enrolment.person).first().act == "studentrecords.data_ask"


def test_REC_040_a_new_telephone_counts_at_once_and_a_late_report_is_marked(enrolment):
    in_time = asked(enrolment, F.PHONE, "0721 000 111", changed_on=date(2026, 11, 13), proof=None)
    late = asked(enrolment, F.PHONE, "0721 000 222", changed_on=date(2026, 11, 12), proof=None)
    assert (in_time.state, in_time.late) == ("recorded", False)
    assert (late.state, late.late) == ("recorded", True)
    person = Person.objects.get(pk=enrolment.person_id)
    assert person.phone == "0721 000 222"
    assert [(one.old, one.new) for one in DataChange.objects.order_by("pk")] == [
        ("", "0721 000 111"),
        ("0721 000 111", "0721 000 222"),
    ]


def test_REC_040_the_day_of_a_change_is_not_one_to_come(enrolment):
    with pytest.raises(Refused, match=r".+"):
        asked(enrolment, F.PHONE, "0721 000 111", changed_on=date(2026, 11, 21), proof=None)
    assert not DataRequest.objects.exists()


def test_REC_032_identity_waits_for_the_secretariat_also_when_it_changed(enrolment):
    made = asked(enrolment, changed_on=date(2026, 11, 19))
    enrolment.person.refresh_from_db()
    assert made.state == "waiting"
    assert enrolment.person.last_name == "Văleanu"
    with pytest.raises(Refused):  # asked a second time
        asked(enrolment, value="Altfel")
    with pytest.raises(Refused):  # no proof
        asked(enrolment, F.FIRST_NAME, "Ana", proof=None)


# ---- decided -----------------------------------------------------------------------------------------------


def test_REC_041_a_recorded_value_keeps_the_former_one(enrolment, secretary):
    made = asked(enrolment)
    services.record(made.pk, reason="certificat de căsătorie", actor=secretary, at=NOW)
    person = Person.objects.get(pk=enrolment.person_id)
    change = DataChange.objects.get()
    assert (person.last_name, person.user.last_name, person.sort[:6]) == ("Vălean", "Vălean", person.sort[:6])
    assert (change.old, change.new, change.author, change.reason) == (
        "Văleanu", "Vălean", secretary, "certificat de căsătorie",
    )  # fmt: skip
    assert change.proof_id == made.proof_id
    assert Mail.objects.filter(template="studentrecords/mail/data_decided").count() == 1
    with pytest.raises(MoveRefused):
        services.turn_down(made.pk, answer="nu", actor=secretary, at=NOW)


def test_REC_041_what_was_written_stays(enrolment, secretary):
    made = asked(enrolment)
    services.record(made.pk, reason="act", actor=secretary, at=NOW)
    change = DataChange.objects.get()
    for act in (
        lambda: DataChange.objects.filter(pk=change.pk).update(reason="altul"),
        change.delete,
        lambda: DataRequest.objects.filter(pk=made.pk).update(late=True, changed_on=date(2026, 1, 1)),
        made.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    made.new = "Fals"
    with pytest.raises(DatabaseError), transaction.atomic():
        made.save(update_fields=["new"])


def test_a_refused_request_says_why_and_changes_nothing(enrolment, secretary):
    made = asked(enrolment)
    with pytest.raises(Refused):
        services.turn_down(made.pk, answer=" ", actor=secretary, at=NOW)
    services.turn_down(made.pk, answer="Actul este expirat.", actor=secretary, at=NOW)
    enrolment.person.refresh_from_db()
    assert enrolment.person.last_name == "Văleanu"
    assert "expirat" in Mail.objects.get(template="studentrecords/mail/data_decided").text


def test_REC_041_a_corrected_cnp_brings_its_birth_date_and_is_nobody_elses(enrolment, secretary):
    right = make_cnp(date(2004, 2, 29), "F", 20, 7)
    services.correct(enrolment.person_id, F.CNP, right, reason="act", document="CI", actor=secretary, at=NOW)
    person = Person.objects.get(pk=enrolment.person_id)
    assert (person.cnp, person.cnp_index, person.birth_date) == (
        right, blind_index(right, "cnp"), date(2004, 2, 29),
    )  # fmt: skip
    assert {one.field for one in DataChange.objects.all()} == {"cnp", "birth_date"}
    other = factories.enrolment().person
    with pytest.raises(Refused):
        services.correct(other.pk, F.CNP, right, reason="act", document="CI", actor=secretary, at=NOW)
    other.refresh_from_db()
    assert other.cnp != right


# ---- pages -------------------------------------------------------------------------------------------------


def test_REC_024_REC_032_the_own_page_shows_the_whole_cnp_and_no_field_to_type_in(enrolment, browser_of):
    page = own(enrolment, browser_of).get(url("profile", enrolment))
    shown = page.content.decode()
    assert enrolment.person.cnp in shown
    assert "<form" not in shown.split("<main")[1].split("</main>")[0]
    assert "no-store" in page["Cache-Control"]


def test_a_request_typed_on_the_page(enrolment, browser_of):
    client = own(enrolment, browser_of)
    where = url("profile_ask", enrolment, "last_name")
    wrong = client.post(where, {"kind": "wrong", "value": "Vălean 2", "words": "Greșit scris"})
    assert wrong.status_code == 422
    assert "without digits" in wrong.content.decode()
    assert "Vălean 2" in wrong.content.decode()
    good = {"kind": "wrong", "value": "Vălean", "proof": SimpleUploadedFile("ci.jpg", files.jpeg())}
    done = client.post(where, good, follow=True)
    assert "was sent to the secretariat" in done.content.decode()
    made = DataRequest.objects.get()
    assert client.get(url("profile_proof", enrolment, made.pk)).status_code == 200
    again = client.post(where, good | {"proof": SimpleUploadedFile("ci.jpg", files.jpeg())})
    assert again.status_code == 422
    assert DataRequest.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"kind": "changed", "value": "0721 000 111"},
        {"kind": "changed", "value": "x", "changed_on": "32.13.2026"},
        {"kind": "nimic", "value": "0721 000 111"},
        {"kind": "wrong", "value": "0721 000 111\x00"},
    ],
)
def test_bad_input_keeps_what_was_typed_and_does_nothing(enrolment, browser_of, typed):
    answer = own(enrolment, browser_of).post(url("profile_ask", enrolment, "phone"), typed)
    assert answer.status_code == 422
    assert not DataRequest.objects.exists()


def test_foreign_pages_are_not_there(enrolment, browser_of):
    made = asked(enrolment)
    other = factories.enrolment()
    client = own(other, browser_of)
    assert client.get(url("profile", enrolment)).status_code == 404
    assert client.get(url("profile_proof", other, made.pk)).status_code == 404
    assert client.get(url("profile_ask", other, "status")).status_code == 404


def test_the_page_costs_the_same_with_one_request_and_with_five(enrolment, browser_of):
    client = own(enrolment, browser_of)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url("profile", enrolment))
        return len(queries)

    asked(enrolment)
    asked(enrolment, F.PHONE, "0721 000 100", changed_on=date(2026, 11, 8), proof=None)
    cost()
    one = cost()
    for day in range(9, 13):
        asked(enrolment, F.PHONE, f"0721 000 1{day:02d}", changed_on=date(2026, 11, day), proof=None)
    assert cost() == one


def test_the_secretariat_decides_in_the_administration(enrolment, secretary, browser_of):
    made = asked(enrolment)
    desk = english(browser_of(secretary))
    queue = desk.get(reverse("admin:studentrecords_datarequest_changelist")).content.decode()
    assert "23.11.2026, days left: 3" in queue  # REC-003
    page = desk.get(reverse("admin:studentrecords_datarequest_change", args=[made.pk]))
    assert "Vălean" in page.content.decode()
    record = reverse("admin:studentrecords_datarequest_decide", args=[made.pk, "record"])
    assert desk.post(record, {"reason": ""}).status_code == 422
    assert desk.post(record, {"reason": "act văzut"}).status_code == 302
    stale = desk.post(record, {"reason": "act văzut"}, follow=True)
    assert "not possible now" in stale.content.decode()
    assert DataChange.objects.count() == 1
    read = RecordRead.objects.filter(person=enrolment.person.user, what="studentrecords.data")
    assert read.count() == 1  # REC-053


def test_REC_024_a_whole_cnp_in_a_request_is_noted_as_such(enrolment, secretary, browser_of):
    made = asked(enrolment, F.CNP, make_cnp(date(2004, 2, 29), "F", 20, 7))
    english(browser_of(secretary)).get(reverse("admin:studentrecords_datarequest_change", args=[made.pk]))
    assert RecordRead.objects.filter(person=enrolment.person.user, what="studentrecords.cnp").exists()


def test_a_correction_from_paper(enrolment, secretary, browser_of):
    desk = english(browser_of(secretary))
    where = reverse("admin:studentrecords_datachange_correct", args=[enrolment.person_id])
    typed = {"field": "citizenship", "value": "md", "reason": "cerere pe hârtie"}
    assert desk.post(where, typed).status_code == 422  # no proof
    assert desk.post(where, typed | {"document": "pașaport AB123456"}).status_code == 302
    enrolment.person.refresh_from_db()
    assert enrolment.person.citizenship == "MD"
    assert Mail.objects.filter(template="studentrecords/mail/data_corrected").exists()
    shown = desk.get(reverse("admin:studentrecords_datachange_change", args=[DataChange.objects.get().pk]))
    assert "MD" in shown.content.decode()


def test_REC_053_the_reader_s_page_tells_offices_and_narrows(enrolment, secretary, browser_of):
    user = enrolment.person.user
    for what in ("studentrecords.person", "studentrecords.cnp"):
        audit.record_read(user, reader=secretary, what=what, at=NOW)
    client = own(enrolment, browser_of)
    where = reverse("student_reads", args=[enrolment.pk])
    everything = client.get(where).content.decode()
    assert "your whole CNP" in everything
    narrowed = client.get(where, {"what": "studentrecords.cnp"})
    assert [row["what"] for row in narrowed.context["reads"]] == ["your whole CNP"]
    assert len(client.get(where, {"what": "' or 1=1"}).context["reads"]) == 2


def test_REC_053_an_export_is_noted_for_everybody_in_it_once_a_day(enrolment, secretary):
    people = [enrolment.person.user_id, factories.enrolment().person.user_id, secretary.pk]
    for _time in range(2):
        audit.record_reads(people, reader=secretary, what="contracting.export", at=NOW)
    assert RecordRead.objects.filter(what="contracting.export").count() == 2


# ---- two at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_clerks_record_and_refuse_at_once(monkeypatch, locked):
    factories.academic_year()
    enrolment = factories.enrolment()
    made = asked(enrolment)
    clerks = factories.secretary("AC"), factories.secretary("AC")
    gate = Gate()
    monkeypatch.setattr(rules, "check_correction", gate.before(rules.check_correction))
    if not locked:

        def unlocked(request_id, move, actor, at, answer):
            found = DataRequest.objects.select_related(
                "person__user", "enrolment__programme__faculty", "proof"
            ).get(pk=request_id)
            found.state = DATA_MOVES.check(move, found.state).target
            return found

        monkeypatch.setattr(services, "_decided", unlocked)

    outcomes = at_once(
        *(lambda who=who: services.record(made.pk, reason="act", actor=who, at=NOW) for who in clerks)
    )

    refused = [one for one in outcomes if isinstance(one, MoveRefused)]
    assert gate.passed == (1 if locked else 2)
    assert len(refused) == (1 if locked else 0)
    assert DataChange.objects.filter(request=made).count() == (
        1 if locked else len(outcomes) - sum(isinstance(one, Exception) for one in outcomes)
    )
