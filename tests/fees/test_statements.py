"""Statement files: read, looked at, confirmed, booked once, matched by reference and by payer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fees.models import Allocation, BankEntry, Charge, EntryBooking, Payment, StatementFile
from fees.refusal import Refused
from fees.services import reversals, statement_files, statements
from fees.services.statement_files import NotAStatement
from fees.workflow import ChargeState, EntryState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import charge
from tests.fees.statement_kit import (
    DAY,
    IBAN,
    IBAN_EUR,
    NOW,
    PAYER,
    Moved,
    bank_account,
    booked,
    camt,
    clerk,
    entry,
    mt940,
    reference,
    uploaded,
)
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs
from upt_portal.kernel.models import IssuedPaper, Job, Mail, ParameterOverride

pytestmark = pytest.mark.django_db
RF = "RF34UPT0000021001"


@pytest.fixture
def office(db: None) -> User:
    bank_account()
    return clerk()


def only(data: bytes) -> statement_files.Movement:
    reading = statement_files.read(data)
    assert (reading.faults, len(reading.movements)) == ([], 1)
    return reading.movements[0]


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_every_version_of_camt_053_is_read(version: str) -> None:
    one = only(camt(Moved(structured=RF, message="taxa", reference="BR1"), version=version))
    assert (one.iban, one.kind, one.amount, one.currency) == (IBAN, "credit", Decimal("335.00"), "RON")
    assert (one.booked_on, one.value_on, one.line) == (DAY, DAY, 10)
    assert (one.payer_name, one.payer_iban, one.bank_reference) == ("Văleanu Andra", PAYER, "BR1")
    assert one.message == f"{RF} taxa"
    assert one.end_to_end == ""  # NOTPROVIDED is none


def test_mt940_is_read() -> None:
    first, second = statement_files.read(
        mt940(Moved(message="taxa RF34 UPT0 0000 2100 1", reference="BR1"), Moved("12.50", credit=False))
    ).movements
    assert (first.iban, first.kind, first.amount, first.line) == (IBAN, "credit", Decimal("335.00"), 5)
    assert (first.payer_name, first.payer_iban, first.bank_reference) == ("Văleanu Andra", PAYER, "BR1")
    assert first.message == "taxa RF34 UPT0 0000 2100 1"
    assert (second.kind, second.amount) == ("debit", Decimal("12.50"))


def test_a_batch_gives_one_movement_for_each_detail() -> None:
    parts = [Moved("100.00", message="a"), Moved("235.00", message="b")]
    for version in ("02", "08"):
        read = statement_files.read(
            camt(Moved("335.00", reference="B1", parts=parts), version=version)
        ).movements
        assert [(one.amount, one.message, one.part) for one in read] == [
            (Decimal("100.00"), "a", 1),
            (Decimal("235.00"), "b", 2),
        ]
        assert len({one.key for one in read}) == 2


def test_a_batch_that_does_not_add_up_stays_whole_and_unclear() -> None:
    parts = [Moved("100.00"), Moved("200.00")]
    one = only(camt(Moved("335.00", parts=parts)))
    assert (one.amount, bool(one.unclear)) == (Decimal("335.00"), True)


def test_pending_entries_are_left_out_with_their_line(english: None) -> None:
    reading = statement_files.read(camt(Moved(status="PDNG"), Moved("10.00")))
    assert [one.amount for one in reading.movements] == [Decimal("10.00")]
    assert [(one.line, "not booked this entry yet" in one.words) for one in reading.left_out] == [(10, True)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"a;b;c\n1;2;3", "neither CAMT.053 nor MT940"),
        (b"<?xml version='1.0'?><a><b></a>", "damaged at line 1"),
        (camt(Moved()).replace(b"camt.053", b"camt.052"), "Only CAMT.053 is final"),
        (b"<html></html>", "not a bank statement"),
        (camt(Moved()).replace(b"<Document", b"<!DOCTYPE x [<!ENTITY e 'e'>]><Document"), "document type"),
        (camt(Moved())[:-200], "damaged"),
        (b":20:X\r\n:25:" + IBAN.encode() + b"\r\n:60F:broken\r\n:61:xx\r\n", "damaged"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_in_words_and_changes_nothing(
    data: bytes, words: str, office: User, english: None
) -> None:
    with pytest.raises(NotAStatement, match=words):
        statements.take_in("x", data, actor=office, at=NOW)
    assert StatementFile.objects.count() == 0


def test_what_stands_outside_the_file_is_never_read(tmp_path: object) -> None:
    secret = tmp_path / "secret"  # type: ignore[operator]
    secret.write_text("SECRET")
    data = camt(Moved(message="@")).replace(
        b"<Document", f'<!DOCTYPE d [<!ENTITY e SYSTEM "file://{secret}">]><Document'.encode()
    )
    with pytest.raises(NotAStatement):
        statement_files.read(data.replace(b"@", b"&e;"))


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (camt(Moved("335.00"), closing="1334.99"), 5, "do not add up"),
        (mt940(Moved("335.00"), closing="1334.99"), 5, "do not add up"),
        (camt(Moved("335.00")).replace(b">335.00<", b">3 35,00<"), 10, "cannot be read"),
        (camt(Moved("335.00")).replace(b">335.00<", b">335.001<"), 10, "parts of a cent"),
        (
            camt(Moved("335.00")).replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>"),
            10,
            "came in or went out",
        ),
        (
            camt(Moved("335.00")).replace(f"<BookgDt><Dt>{DAY}".encode(), b"<BookgDt><Dt>19.11.2026"),
            10,
            "date",
        ),
    ],
)
def test_a_file_with_a_fault_names_the_line_and_cannot_be_confirmed(
    data: bytes, line: int, words: str, office: User, english: None
) -> None:
    reading = statement_files.read(data)
    assert [fault.line for fault in reading.faults] == [line]
    assert words in reading.faults[0].words
    statement = uploaded(data, office)
    with pytest.raises(Refused):
        statements.confirm(statement.pk, actor=office, at=NOW)
    assert (Job.objects.filter(kind=statements.BOOK).count(), BankEntry.objects.count()) == (0, 0)


def test_a_statement_of_somebody_elses_account_is_refused(office: User, english: None) -> None:
    with pytest.raises(NotAStatement, match="not one of the university's"):
        uploaded(camt(Moved(), iban=PAYER), office)


# --- by reference -------------------------------------------------------------------------------------------


def test_FEE_006_money_with_a_reference_pays_its_lines(account: Enrolment, office: User) -> None:
    other, mine = charge(account, "50.00"), charge(account)
    code = reference(account, mine.pk).code
    statement = booked(camt(Moved(message=f"taxa {code}", reference="BR7")), office)
    payment = Payment.objects.get()
    assert (payment.method, payment.amount, payment.allocated) == (
        "bank",
        Decimal("335.00"),
        Decimal("335.00"),
    )
    assert (payment.enrolment, payment.payer_name) == (account, "Văleanu Andra")
    assert payment.reference == f"BR7/{entry().pk}"
    assert {one.pk: one.state for one in Charge.objects.all()} == {
        mine.pk: ChargeState.PAID,
        other.pk: ChargeState.DUE,
    }
    assert (entry().state, entry().booked) == (EntryState.BOOKED, Decimal("335.00"))
    assert EntryBooking.objects.get().how == "reference"
    assert statement.finished_at is not None
    assert IssuedPaper.objects.get(kind="fees.receipt").number == payment.receipt
    mail = Mail.objects.get(template="fees/mail/money_received")
    assert (mail.recipient, payment.receipt in mail.text, "335" in mail.subject) == (
        account.person.user, True, False,
    )  # fmt: skip


def test_FEE_005_a_part_payment_and_an_over_payment_that_stays_unallocated(
    account: Enrolment, office: User
) -> None:
    first, second = charge(account, "100.00"), charge(account, "200.00")
    code = reference(account, first.pk, second.pk).code
    booked(camt(Moved("150.00", structured=code)), office)
    assert [one.allocated for one in Charge.objects.order_by("pk")] == [Decimal("100.00"), Decimal("50.00")]
    booked(camt(Moved("170.00", structured=code)), office)
    assert [one.state for one in Charge.objects.order_by("pk")] == [ChargeState.PAID, ChargeState.PAID]
    newest = Payment.objects.latest("pk")
    assert newest.unallocated == Decimal("20.00")  # FEE-005: shown, never lost
    assert "pays no line" in Mail.objects.latest("pk").text or "nu plătește" in Mail.objects.latest("pk").text


def test_money_paid_in_time_and_told_late_takes_the_overdue_mark_away(
    account: Enrolment, office: User
) -> None:
    late = charge(account, due_at=NOW - timedelta(hours=12), overdue_at=NOW)
    code = reference(account, late.pk).code
    booked(camt(Moved(structured=code, day=DAY)), office)
    late.refresh_from_db()
    assert (late.state, late.overdue_at) == (ChargeState.PAID, None)


def test_money_paid_late_leaves_the_mark(account: Enrolment, office: User) -> None:
    late = charge(account, due_at=NOW - timedelta(days=3), overdue_at=NOW)
    booked(camt(Moved(structured=reference(account, late.pk).code)), office)
    late.refresh_from_db()
    assert (late.state, late.overdue_at) == (ChargeState.PAID, NOW)


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        (Moved(message="taxa", name="Firma SRL", iban=""), "nobody"),
        (Moved(message="RF35UPT0000021001", name="Firma SRL", iban=""), "mistyped"),
        (Moved(message="RF42UPT00000211234", name="Firma SRL", iban=""), "unknown"),
        (Moved("335.00", currency="USD", message="taxa"), "currency"),
        (Moved("335.00", parts=[Moved("1.00"), Moved("2.00")]), "batch"),
        (Moved("335.00", reversal=True), "came_back"),
        (Moved("335.00", returned=True), "came_back"),
    ],
)
def test_unknown_money_waits_visibly_and_nobody_is_written_to(
    moved: Moved, why: str, account: Enrolment, office: User
) -> None:
    charge(account)
    booked(camt(moved), office)
    assert (entry().state, entry().why, entry().booked) == (EntryState.WAITING, why, 0)
    assert (Payment.objects.count(), Mail.objects.filter(template__startswith="fees/").count()) == (0, 0)


def test_FEE_017_a_reference_for_lei_never_takes_euro(account: Enrolment, office: User) -> None:
    bank_account("EUR")
    code = reference(account, charge(account).pk).code
    booked(camt(Moved(structured=code, currency="EUR"), iban=IBAN_EUR, currency="EUR"), office)
    assert (entry().why, Payment.objects.count()) == ("currency", 0)


def test_two_references_of_two_students_are_for_a_clerk(account: Enrolment, office: User) -> None:
    other = factories.enrolment()
    codes = [reference(one, charge(one).pk).code for one in (account, other)]
    booked(camt(Moved("670.00", message=" ".join(codes))), office)
    assert entry().why == "several"


# --- by payer and sum ---------------------------------------------------------------------------------------


def named(account: Enrolment) -> str:
    return f"{account.person.first_name} {account.person.last_name}"


def test_FEE_016_money_for_one_programme_never_pays_another(account: Enrolment, office: User) -> None:
    second = factories.enrolment(person=account.person)
    mine, other = charge(account, "390.00"), charge(second, "420.00")
    booked(camt(Moved("420.00", structured=reference(account, mine.pk).code)), office)
    other.refresh_from_db()
    assert (other.allocated, Payment.objects.get().unallocated) == (0, Decimal("30.00"))
    third = charge(account, "77.00")
    charge(second, "77.00")
    booked(camt(Moved("77.00", name=named(account))), office)  # fits both programmes: for a clerk
    third.refresh_from_db()
    assert (third.allocated, BankEntry.objects.latest("pk").why) == (0, "payer_sum")


def test_without_a_reference_name_and_sum_find_the_line(account: Enrolment, office: User) -> None:
    charge(account, "50.00")
    mine = charge(account)
    booked(camt(Moved(message="taxa", name=named(account).upper())), office)
    mine.refresh_from_db()
    assert (mine.state, EntryBooking.objects.get().how) == (ChargeState.PAID, "payer")


def test_the_payer_of_an_earlier_transfer_is_known(account: Enrolment, office: User) -> None:
    first, second = charge(account, "100.00"), charge(account, "70.00")
    booked(camt(Moved("100.00", structured=reference(account, first.pk).code, name="Mama")), office)
    booked(camt(Moved("70.00", message="inca o taxa", name="Mama")), office)
    second.refresh_from_db()
    assert second.state == ChargeState.PAID


def test_the_matriculation_number_in_the_text_is_a_payer_too(account: Enrolment, office: User) -> None:
    mine = charge(account)
    booked(camt(Moved(message=f"taxa {account.matriculation_number}", name="Tata", iban="")), office)
    mine.refresh_from_db()
    assert mine.state == ChargeState.PAID


def test_a_sum_that_fits_no_line_waits(account: Enrolment, office: User) -> None:
    charge(account)
    booked(camt(Moved("300.00", name=named(account))), office)
    assert (entry().state, entry().why) == (EntryState.WAITING, "payer_sum")


def test_two_equal_transfers_of_one_payer_pay_one_line_once(account: Enrolment, office: User) -> None:
    charge(account)
    booked(camt(Moved(name=named(account)), Moved(name=named(account))), office)
    assert sorted(BankEntry.objects.values_list("state", flat=True)) == ["booked", "waiting"]


def test_the_university_may_leave_it_all_to_the_clerk(account: Enrolment, office: User) -> None:
    ParameterOverride.objects.create(
        name="MATCH_BY_PAYER", first_day=DAY, value=False, decision="HS 1", scope_kind="university"
    )
    charge(account)
    booked(camt(Moved(name=named(account))), office)
    assert entry().state == EntryState.WAITING


# --- once only ----------------------------------------------------------------------------------------------


def counts() -> tuple[int, ...]:
    kinds = (BankEntry, Payment, Allocation, StatementFile, IssuedPaper)
    return tuple(kind.objects.count() for kind in kinds)


def test_the_same_file_twice_changes_nothing(account: Enrolment, office: User) -> None:
    data = camt(Moved(structured=reference(account, charge(account).pk).code), Moved("1.00", name="?"))
    statement = booked(data, office)
    before = counts()
    again, fresh = statements.take_in("other-name.xml", data, actor=office, at=NOW)
    assert (again, fresh) == (statement, False)
    job = statements.confirm(statement.pk, actor=office, at=NOW)
    assert not jobs.run(str(job.pk), at=NOW)  # done already
    statements.book_statement(job)  # and even if a worker does it again
    assert counts() == before


def test_the_same_entry_in_another_file_changes_nothing(account: Enrolment, office: User) -> None:
    code = reference(account, charge(account).pk).code
    same = [Moved(structured=code, reference="BR1"), Moved("5.00", reference="", message="x")]
    booked(camt(*same), office)
    before = counts()
    statement = uploaded(camt(*same, Moved("9.00", name="?", reference="BR2"), version="08"), office)
    plan = statements.plan_of(statement, at=NOW)
    assert (len(plan.duplicates), plan.fresh, plan.found) == (2, 1, 3)
    booked_again = statements.confirm(statement.pk, actor=office, at=NOW)
    assert jobs.run(str(booked_again.pk), at=NOW)
    assert counts() == (before[0] + 1, before[1], before[2], before[3] + 1, before[4])


def test_equal_entries_without_any_reference_are_counted_not_lost(office: User) -> None:
    twins = [Moved("5.00", reference="", message="cantina") for _n in range(2)]
    booked(camt(*twins), office)
    assert BankEntry.objects.count() == 2
    booked(camt(*twins, Moved("7.00", reference="")), office)
    assert BankEntry.objects.count() == 3


def test_a_killed_job_goes_on_where_it_stopped(
    account: Enrolment, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [charge(account, "10.00") for _n in range(5)]
    moved = [Moved("10.00", structured=reference(account, one.pk).code) for one in lines]
    statement = uploaded(camt(*moved), office)
    job = statements.confirm(statement.pk, actor=office, at=NOW)
    monkeypatch.setattr(statements, "STEP", 2)
    step = jobs.step

    def dies(job: Job, done: int) -> None:
        step(job, done)
        if done == 4:
            raise RuntimeError("killed")

    monkeypatch.setattr(jobs, "step", dies)
    assert not jobs.run(str(job.pk), at=NOW)
    assert Payment.objects.count() == 4
    monkeypatch.setattr(jobs, "step", step)
    assert jobs.run(str(job.pk), at=NOW)
    assert [one.state for one in Charge.objects.all()] == [ChargeState.PAID] * 5
    assert sorted(Payment.objects.values_list("receipt_number", flat=True)) == [1, 2, 3, 4, 5]


def test_the_look_says_what_confirming_would_do_and_writes_nothing(account: Enrolment, office: User) -> None:
    mine = charge(account)
    data = camt(
        Moved(structured=reference(account, mine.pk).code),
        Moved("3.00", name="?"),
        Moved("12.00", credit=False),
        Moved(status="PDNG"),
    )
    before = counts()
    plan = statements.plan_of(uploaded(data, office), at=NOW)
    groups = (plan.matched, plan.unclear, plan.duplicates, plan.outgoing, plan.left_out)
    assert [len(group) for group in groups] == [1, 1, 0, 1, 1]
    assert plan.matched[0].chosen == (mine.pk,)
    assert counts() == (before[0], before[1], before[2], before[3] + 1, before[4])


def test_a_file_given_up_is_not_booked_and_may_come_again(office: User, english: None) -> None:
    data = camt(Moved())
    statement = uploaded(data, office)
    statements.discard(statement.pk, actor=office, at=NOW)
    with pytest.raises(Refused, match="given up"):
        statements.confirm(statement.pk, actor=office, at=NOW)
    assert uploaded(data, office) != statement
    done = booked(camt(Moved("2.00")), office)
    with pytest.raises(Refused, match="confirmed"):
        statements.discard(done.pk, actor=office, at=NOW)


# --- taken back by the bank ---------------------------------------------------------------------------------


def test_a_transfer_taken_back_before_it_was_booked_is_closed_with_it(office: User) -> None:
    booked(camt(Moved("5.00", name="?", reference="BR5")), office)
    booked(
        camt(Moved("5.00", name="?", reference="BR5", credit=False, reversal=True, day=DAY + timedelta(1))),
        office,
    )
    assert set(BankEntry.objects.values_list("state", "closing")) == {("closed", "undone")}


def test_a_booked_transfer_taken_back_waits_for_the_reversal(account: Enrolment, office: User) -> None:
    mine = charge(account)
    code = reference(account, mine.pk).code
    booked(camt(Moved(structured=code, reference="BR6")), office)
    booked(camt(Moved(reference="BR6", credit=False, reversal=True, day=DAY + timedelta(1))), office)
    original, taken = BankEntry.objects.order_by("pk")
    assert (taken.takes_back, taken.why, taken.state) == (original, "taken_back", "waiting")
    payment = Payment.objects.get()
    reversals.reverse_payment(payment.pk, reason="Retras de bancă", actor=office, at=NOW, bank_entry=taken.pk)
    mine.refresh_from_db()
    original.refresh_from_db()
    taken.refresh_from_db()
    assert (mine.state, original.state, taken.state) == (ChargeState.DUE, "booked", "closed")


def test_a_taking_back_of_something_unknown_waits(office: User) -> None:
    booked(mt940(Moved("5.00", reference="BR9", credit=False, reversal=True)), office)
    assert (entry().why, entry().state) == ("taken_unknown", "waiting")


# --- many ---------------------------------------------------------------------------------------------------


def test_booking_asks_the_database_equally_often_for_three_and_thirty(office: User) -> None:
    def queries(count: int) -> int:
        moved = []
        for _n in range(count):
            account = factories.enrolment()
            moved.append(Moved(structured=reference(account, charge(account).pk).code))
        moved += [Moved("1.00", name="?") for _n in range(count)]
        statement = uploaded(camt(*moved), office)
        statements.confirm(statement.pk, actor=office, at=NOW)
        movements = statements.read_again(statement).movements
        statement.refresh_from_db()
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert statements.book_part(statement, movements, at=NOW) == count
        return len([one for one in caught if "SAVEPOINT" not in one["sql"]])

    queries(5)
    assert queries(12) == queries(30)
