"""What the rows of a file would do to the records, a batch at a time, and writing those that are new.

Nothing that stands in the records is overwritten: a row that says otherwise is a fault (REC-041).
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Protocol

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.translation import gettext as _

from studentrecords.importing.moving_columns import COLUMNS
from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    Curriculum,
    Discipline,
    EarlierAttempt,
    Enrolment,
    EnrolmentStatus,
    ExamAttempt,
    ExamResult,
    MovingFile,
    MovingKind,
    Person,
    Programme,
)
from studentrecords.rules import grading
from studentrecords.rules.citizenship import check_category
from upt_portal.kernel.cnp import birth_date_of, check_cnp, fits_birth_date
from upt_portal.kernel.crypto import blind_index, reserve_keys
from upt_portal.kernel.names import search_key, sort_key
from upt_portal.kernel.tables import Fault, Row

#: One curriculum of a programme may hold a person once among these.
TAKEN: Final = (*ACTIVE_STATUSES, EnrolmentStatus.INTERRUPTED)
#: Results stand at most so long after the first day of their academic year.
LONGEST_YEAR: Final = timedelta(days=400)


class Marks:
    """Numbers of 64 bits met so far, eight bytes each: half a million of them stand in five megabytes."""

    PARTS: Final = 1 << 14

    def __init__(self) -> None:
        self._parts = [array("q") for _part in range(self.PARTS)]

    def add(self, mark: int) -> bool:
        """Keep a number; False when it was met before."""
        part = self._parts[mark % self.PARTS]
        if mark in part:
            return False
        part.append(mark)
        return True


@dataclass
class Looked:
    """A batch as looked at: values ready to be written, how many stand there already, what is wrong."""

    new: list[Any] = field(default_factory=list)
    same: int = 0
    faults: list[Fault] = field(default_factory=list)


class Rows(Protocol):
    """One kind of rows. Kept while a file is read, so that a key that stands twice is found."""

    def look(self, rows: Sequence[Row]) -> Looked: ...

    def write(self, new: list[Any], moving: MovingFile) -> int: ...


def rows_of(moving: MovingFile, today: date) -> Rows:
    """The reader of this kind of rows, for the faculties of who sent the file."""
    if moving.kind == MovingKind.STUDENTS:
        return Students(today)
    if moving.kind == MovingKind.ENROLMENTS:
        return Enrolments(moving.scope)
    return Results(moving.scope, today)


def _fault(row: Row, kind: str, name: str, words: str, value: str = "") -> Fault:
    title = next(str(column.title) for column in COLUMNS[kind] if column.name == name)
    return Fault(words, row.number, title, value[:80])


def _identity(row: Row) -> tuple[str, str]:
    """("cnp" or "passport", its blind index); empty strings when neither is there."""
    for name in ("cnp", "passport"):
        if row[name]:
            return name, blind_index(row[name], name)
    return "", ""


def _people(rows: Iterable[Row]) -> dict[tuple[str, str], Person]:
    """The people of these rows who are in the records, by kind and index of their number; two queries."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        name, index = _identity(row)
        wanted[name].add(index)
    found = {}
    for name in ("cnp", "passport"):
        people = Person.objects.filter(**{f"{name}_index__in": wanted[name]}).defer("cnp", "passport")
        found.update({(name, getattr(person, f"{name}_index")): person for person in people})
    return found


class Students:
    """People, by CNP or passport (REC-011, REC-012)."""

    kind = MovingKind.STUDENTS

    def __init__(self, today: date) -> None:
        self.today = today
        self.seen: set[tuple[str, str]] = set()

    def look(self, rows: Sequence[Row]) -> Looked:
        looked, known = Looked(), _people(rows)
        for row in rows:
            if faults := list(self._faults(row)):
                looked.faults += faults
                continue
            key = _identity(row)
            if key in self.seen:
                looked.faults.append(_fault(row, self.kind, key[0], _("stands in the file twice")))
                continue
            self.seen.add(key)
            if person := known.get(key):
                if self._same(person, row):
                    looked.same += 1
                else:
                    words = _("the records know this number under another name or date of birth")
                    looked.faults.append(_fault(row, self.kind, key[0], words))
            else:
                looked.new.append(row)
        return looked

    def _faults(self, row: Row) -> Iterable[Fault]:
        cnp, born = row["cnp"], row["birth_date"]
        if not cnp and not row["passport"]:
            yield _fault(row, self.kind, "cnp", _("neither CNP nor passport"))
        if cnp and not (answer := check_cnp(cnp)):
            yield _fault(row, self.kind, "cnp", str(answer.reason))
        elif cnp and born and not fits_birth_date(cnp, born):
            yield _fault(row, self.kind, "birth_date", _("not the date of birth that the CNP says"))
        elif cnp and not born and birth_date_of(cnp) is None:
            words = _("the CNP of a resident does not say the century; write the date of birth")
            yield _fault(row, self.kind, "birth_date", words)
        if born and born >= self.today:
            yield _fault(row, self.kind, "birth_date", _("must be in the past"))
        if row["email"]:
            try:
                validate_email(row["email"])
            except ValidationError:
                yield _fault(row, self.kind, "email", _("not an e-mail address"), row["email"])

    def _same(self, person: Person, row: Row) -> bool:
        names = search_key(f"{row['last_name']} {row['first_name']}")
        born = row["birth_date"]
        return names == search_key(person.list_name) and (
            born is None or person.birth_date is None or born == person.birth_date
        )

    def write(self, new: list[Row], moving: MovingFile) -> int:
        people = [_person(row) for row in new]
        reserve_keys(people)
        Person.objects.bulk_create(people, batch_size=1000)
        return len(people)


def _person(row: Row) -> Person:
    cnp, passport = row["cnp"], row["passport"].upper()
    last, first = row["last_name"], row["first_name"]
    return Person(
        last_name=last,
        first_name=first,
        father_initial=row["father_initial"],
        sort=sort_key(f"{last} {first}")[:200],
        search=search_key(f"{last} {first} {last}")[:200],
        cnp=cnp,
        cnp_index=blind_index(cnp, "cnp") if cnp else None,
        cnp_last=cnp[-4:],
        passport=passport,
        passport_index=blind_index(passport, "passport") if passport else None,
        birth_date=row["birth_date"] or (birth_date_of(cnp) if cnp else None),
        citizenship=row["citizenship"],
        email=row["email"],
        phone=row["phone"],
    )


class Enrolments:
    """Enrolments, by matriculation number; the citizenship category is mandatory (REC-465)."""

    kind = MovingKind.ENROLMENTS

    def __init__(self, scope: frozenset[str] | None) -> None:
        self.scope = scope
        programmes = Programme.objects.select_related("faculty")
        self.programmes = {search_key(one.code): one for one in programmes}
        self.plans = {(one.programme_id, one.series): one for one in Curriculum.objects.all()}
        self.seen: set[str] = set()
        self.places: set[tuple[int, int]] = set()

    def look(self, rows: Sequence[Row]) -> Looked:
        looked, people = Looked(), _people(rows)
        numbers = [row["matriculation_number"] for row in rows]
        known = {
            one.matriculation_number: one
            for one in Enrolment.objects.filter(matriculation_number__in=numbers)
        }
        ids = {person.pk for person in people.values()}
        active = Enrolment.objects.filter(person__in=ids, status__in=TAKEN)
        taken = set(active.values_list("person", "programme"))
        for row in rows:
            person = people.get(_identity(row))
            if person is None:
                words = _("no such person in the records; the file of students comes first")
                looked.faults.append(_fault(row, self.kind, _identity(row)[0] or "cnp", words))
                continue
            if fault := self._fault(row, person, known, taken):
                looked.faults.append(fault)
                continue
            number = row["matriculation_number"]
            programme = self.programmes[search_key(row["programme_code"])]
            self.seen.add(number)
            if number in known:
                looked.same += 1
                continue
            if row["status"] in TAKEN:
                self.places.add((person.pk, programme.pk))
            looked.new.append((row, person, programme, self.plans[programme.pk, row["curriculum_year"]]))
        return looked

    def _fault(
        self,
        row: Row,
        person: Person,
        known: Mapping[str, Enrolment],
        taken: set[tuple[int, int]],
    ) -> Fault | None:
        number, code = row["matriculation_number"], row["programme_code"]
        programme = self.programmes.get(search_key(code))
        if programme is None:
            return _fault(row, self.kind, "programme_code", _("no such programme"), code)
        if self.scope is not None and (programme.faculty is None or programme.faculty.code not in self.scope):
            return _fault(
                row, self.kind, "programme_code", _("the programme belongs to another faculty"), code
            )
        if (programme.pk, row["curriculum_year"]) not in self.plans:
            words = _("the programme has no curriculum of this series; import the curriculum first")
            return _fault(row, self.kind, "curriculum_year", words, row["curriculum_year"])
        if row["year_of_study"] * 2 > programme.semesters + 1:
            words = _("the programme has no such year")
            return _fault(row, self.kind, "year_of_study", words, str(row["year_of_study"]))
        if not (answer := check_category(row["citizenship_category"], person.citizenship)):
            return _fault(row, self.kind, "citizenship_category", str(answer.reason))
        if number in self.seen:
            return _fault(row, self.kind, "matriculation_number", _("stands in the file twice"), number)
        if there := known.get(number):
            if (there.person_id, there.programme_id) == (person.pk, programme.pk):
                return None
            words = _("the records know this number at another person or programme")
            return _fault(row, self.kind, "matriculation_number", words, number)
        if row["status"] in TAKEN and (person.pk, programme.pk) in taken | self.places:
            words = _("this person already studies in this programme, under another number")
            return _fault(row, self.kind, "programme_code", words, code)
        return None

    def write(self, new: list[Any], moving: MovingFile) -> int:
        made = Enrolment.objects.bulk_create(
            [
                Enrolment(
                    person=person,
                    programme=programme,
                    curriculum=plan,
                    matriculation_number=row["matriculation_number"],
                    promotion=row["promotion"] or plan.series,
                    year_of_study=row["year_of_study"],
                    group=row["group"],
                    financing=row["financing"],
                    citizenship_category=row["citizenship_category"],
                    status=row["status"],
                    enrolled_on=row["enrolled_on"],
                    decision=row["decision"],
                )
                for row, person, programme, plan in new
            ],
            batch_size=1000,
        )
        return len(made)


class Results:
    """Results by number, discipline code, year, kind and day; they are no catalogue's (REC-150)."""

    kind = MovingKind.RESULTS

    def __init__(self, scope: frozenset[str] | None, today: date) -> None:
        self.scope, self.today = scope, today
        self.years = {year.name: year for year in AcademicYear.objects.all()}
        self.codes: dict[int, dict[str, int]] = {}
        self.seen = Marks()

    def look(self, rows: Sequence[Row]) -> Looked:
        looked = Looked()
        numbers = {row["matriculation_number"] for row in rows}
        own = Enrolment.objects.filter(matriculation_number__in=numbers)
        enrolments = {
            one[0]: one[1:]
            for one in own.values_list("matriculation_number", "pk", "curriculum", "programme__faculty__code")
        }
        self._learn({plan for _pk, plan, _faculty in enrolments.values()})
        ids = [pk for pk, _plan, _faculty in enrolments.values()]
        earlier = {
            (one[0], one[1], one[2], one[3], one[4]): (one[5], one[6])
            for one in EarlierAttempt.objects.filter(enrolment__in=ids).values_list(
                "enrolment", "discipline", "year", "kind", "held_on", "result", "session"
            )
        }
        posted = set(
            ExamAttempt.objects.filter(enrolment__in=ids).values_list(
                "enrolment", "discipline", "year", "session"
            )
        )
        ours = {(key[0], key[1], key[2], told[1]) for key, told in earlier.items()}
        told = _told(ids)
        for row in rows:
            if fault := self._fault(row, enrolments):
                looked.faults.append(fault)
                continue
            pk, plan, _faculty = enrolments[row["matriculation_number"]]
            what, year = (
                self.codes[plan][search_key(row["discipline_code"])],
                self.years[row["academic_year"]].pk,
            )
            key = (pk, what, year, row["kind"], row["held_on"])
            place = (pk, what, year, row["session"])
            mark = hash((pk, what, year, str(row["kind"]), row["held_on"].toordinal()))
            if not self.seen.add(mark):
                looked.faults.append(_fault(row, self.kind, "discipline_code", _("stands in the file twice")))
            elif key in earlier:
                if earlier[key] == (row["result"], row["session"]):
                    looked.same += 1
                else:
                    words = _("the records hold another result for this day")
                    looked.faults.append(_fault(row, self.kind, "result", words, row["result"]))
            elif place not in ours and told.get(place, row["result"]) != row["result"]:
                words = _("the records hold another result of this session")
                looked.faults.append(_fault(row, self.kind, "result", words, row["result"]))
            elif place in posted:
                words = _("a catalogue of the portal holds the result of this session")
                looked.faults.append(_fault(row, self.kind, "session", words, row["session"]))
            else:
                looked.new.append((*key, row["session"], row["paid"], row["result"]))
        return looked

    def _learn(self, plans: set[int]) -> None:
        """The codes of curricula not met before; one query."""
        missing = plans - self.codes.keys()
        self.codes.update({plan: {} for plan in missing})
        rows = Discipline.objects.filter(curriculum__in=missing).values_list("curriculum", "code", "pk")
        for plan, code, pk in rows:
            self.codes[plan][search_key(code)] = pk

    def _fault(self, row: Row, enrolments: Mapping[str, tuple[Any, ...]]) -> Fault | None:
        number, code = row["matriculation_number"], row["discipline_code"]
        if number not in enrolments:
            words = _("no such student in the records; the file of enrolments comes first")
            return _fault(row, self.kind, "matriculation_number", words, number)
        _pk, plan, faculty = enrolments[number]
        if self.scope is not None and faculty not in self.scope:
            words = _("the student belongs to another faculty")
            return _fault(row, self.kind, "matriculation_number", words, number)
        if search_key(code) not in self.codes[plan]:
            words = _("no such discipline in the student's curriculum")
            return _fault(row, self.kind, "discipline_code", words, code)
        year = self.years.get(row["academic_year"])
        if year is None:
            return _fault(row, self.kind, "academic_year", _("no such academic year"), row["academic_year"])
        day = row["held_on"]
        if day > self.today:
            return _fault(row, self.kind, "held_on", _("must not be in the future"), f"{day:%d.%m.%Y}")
        if not year.starts_on <= day <= year.starts_on + LONGEST_YEAR:
            return _fault(row, self.kind, "held_on", _("not within the academic year"), f"{day:%d.%m.%Y}")
        return None

    def write(self, new: list[Any], moving: MovingFile) -> int:
        return copy_results(new, moving.pk)


def _told(ids: Sequence[int]) -> dict[tuple[int, int, int, str], str]:
    """What the records say these students got, by discipline, year and session; one query."""
    rows = ExamResult.objects.filter(enrolment__in=ids)
    found = rows.values_list("enrolment", "discipline", "year", "session", "grade", "admitted", "absent")
    return {
        (pk, what, year, session): grading.ABSENT
        if absent
        else str(grade)
        if grade is not None
        else grading.ADMITTED
        if admitted
        else grading.REJECTED
        for pk, what, year, session, grade, admitted, absent in found
    }


_STAGED: Final = (
    "enrolment_id", "discipline_id", "year_id", "kind", "held_on", "session", "paid", "result",
)  # fmt: skip


def copy_results(rows: Iterable[Sequence[Any]], source: int) -> int:
    """Write results through COPY and two statements, in the caller's transaction; returns how many are new.

    What stands keeps standing. The result of a session is the better one where a session has two (REC-154);
    one that a catalogue told is not touched.
    """
    attempts, results = EarlierAttempt._meta.db_table, ExamResult._meta.db_table
    names = ", ".join(_STAGED)
    numbers = ", ".join(f"'{one}'" for one in grading.NUMBERS)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE moving_staged (enrolment_id bigint, discipline_id bigint, year_id bigint,"
            " kind text, held_on date, session text, paid boolean, result text) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY moving_staged ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([str(cell) if isinstance(cell, str) else cell for cell in row])
        cursor.execute(
            f"INSERT INTO {attempts} ({names}, source_id) SELECT {names}, %s FROM moving_staged"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            [source],
        )
        written = int(cursor.rowcount)
        cursor.execute(
            f"""
            INSERT INTO {results} AS told
                (enrolment_id, discipline_id, year_id, session, "on", grade, admitted, absent)
            SELECT DISTINCT ON (enrolment_id, discipline_id, year_id, session)
                enrolment_id, discipline_id, year_id, session, held_on,
                CASE WHEN result IN ({numbers}) THEN result::smallint END,
                CASE result WHEN 'admitted' THEN true WHEN 'rejected' THEN false END,
                result = 'absent'
            FROM moving_staged
            ORDER BY enrolment_id, discipline_id, year_id, session,
                CASE WHEN result IN ({numbers}) THEN result::smallint WHEN result = 'admitted' THEN 10
                     WHEN result = 'rejected' THEN 1 ELSE 0 END DESC, held_on DESC
            ON CONFLICT (enrolment_id, discipline_id, year_id, session) DO UPDATE
                SET "on" = excluded."on", grade = excluded.grade, admitted = excluded.admitted,
                    absent = excluded.absent
                WHERE COALESCE(excluded.grade, CASE WHEN excluded.admitted THEN 10 WHEN excluded.absent THEN 0
                          ELSE 1 END)
                    > COALESCE(told.grade, CASE WHEN told.admitted THEN 10 WHEN told.absent THEN 0 ELSE 1 END)
            """  # noqa: S608  names of our own tables and ten numbers
        )
        cursor.execute("DROP TABLE moving_staged")
    return written
