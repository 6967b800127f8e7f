"""Curricula from files: a bad file changes nothing, a used row stays, the real curricula come in whole."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.models import PROTECT
from django.utils import translation
from openpyxl import Workbook

from studentrecords.importing import comparing, curricula, reference
from studentrecords.importing.curricula import ImportRefused, Report
from studentrecords.importing.drafts import Chosen, read_draft
from studentrecords.models import (
    AcademicYear,
    CalendarEvent,
    Curriculum,
    Discipline,
    DisciplineKind,
    Faculty,
    Package,
    Programme,
)
from tests import factories
from upt_portal.kernel.models import ParameterOverride, TraceEntry

pytestmark = pytest.mark.django_db
DATA = Path(__file__).resolve().parent.parent.parent / "data"
HEADINGS = "Cod;Denumire disciplină;An;Semestru;Regim;Credite;Evaluare;C;Pachet"
ROWS = (
    "A1;Analiză;1;1;obligatorie;20;E;2,5;",
    "A2;Fizică;1;1;obligatorie;10;D;2;",
    "B1;Opțiunea 1;1;2;opțională;15;E;2;P1",
    "B2;Opțiunea 2;1;2;opțională;15;E;2;P1",
    "B3;Opțiunea 3;1;2;opțională;15;C;2;P1",
    "B4;Sport;1;2;facultativă;2;C;2;",
)
PACKAGES = "Pachet;Semestru;Se aleg;Credite\nP1;2;2;15\n"
CHOSEN = Chosen("AC-M-X", "2026-2028")


@pytest.fixture(autouse=True)
def _in_english() -> object:
    with translation.override("en"):
        yield


@pytest.fixture
def programme() -> Programme:
    return factories.programme(code="AC-M-X", semesters=2, cycle="master", credits=60)


def table(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\n".join([headings, *(rows or ROWS)]).encode()


def without(number: int, *instead: str) -> bytes:
    """The plan with one row (from 1) replaced, or left out."""
    return table(*ROWS[: number - 1], *instead, *ROWS[number:])


def apply(data: bytes, packages: str = PACKAGES, chosen: Chosen = CHOSEN, expected: str = "") -> Report:
    return curricula.apply(
        data, packages=packages.encode(), chosen=chosen, expected=expected, actor=None, at=factories.NOW
    )


def everything() -> list[object]:
    models = (Curriculum, Discipline, Package, TraceEntry)
    return [list(model.objects.order_by("pk").values()) for model in models]


def faults(data: bytes, packages: str = PACKAGES, chosen: Chosen = CHOSEN) -> list[str]:
    """What the preview says; and the same file, applied, must write nothing."""
    before = everything()
    said = curricula.preview(data, packages=packages.encode(), chosen=chosen)
    with pytest.raises(ImportRefused) as refused:
        apply(data, packages, chosen)
    assert everything() == before
    assert [str(fault) for fault in refused.value.report.faults] == [str(fault) for fault in said.faults]
    return [str(fault) for fault in said.faults]


def codes(changes: list[object]) -> list[str]:
    return [change.code for change in changes]


class TestWritten:
    def test_a_new_curriculum(self, programme: Programme) -> None:
        report = apply(table())
        plan = report.plans[0]
        assert (plan.is_new, codes(plan.disciplines.new), codes(plan.packages.new)) == (
            True,
            ["A1", "A2", "B1", "B2", "B3", "B4"],
            ["P1"],
        )
        assert plan.credits == {1: 30, 2: 30}
        made = Curriculum.objects.get(programme=programme, series="2026-2028")
        first = made.disciplines.get(code="A1")
        assert (first.name_ro, first.year, first.semester, first.credits) == ("Analiză", 1, 1, 20)
        assert (first.kind, first.evaluation, first.hours_course) == ("compulsory", "E", Decimal("2.5"))
        assert sorted(made.packages.get().options.values_list("code", flat=True)) == ["B1", "B2", "B3"]
        assert made.disciplines.get(code="B4").kind == DisciplineKind.FACULTATIVE
        assert first.search == "analiza a1"

    def test_the_trace_names_the_file_and_the_counts(self, programme: Programme) -> None:
        report = apply(table())
        entry = TraceEntry.objects.get()
        assert (entry.act, entry.at) == ("studentrecords.import_curriculum", factories.NOW)
        assert entry.data == {"file": report.digest, "new": 6, "changed": 0, "removed": 0}

    def test_the_same_file_again_writes_nothing(self, programme: Programme) -> None:
        apply(table())
        before = list(Discipline.objects.order_by("pk").values())
        report = apply(table())
        assert (report.nothing, codes(report.plans[0].disciplines.unchanged)) == (
            True,
            ["A1", "A2", "B1", "B2", "B3", "B4"],
        )
        assert list(Discipline.objects.order_by("pk").values()) == before

    def test_a_changed_file_changes_adds_and_removes(self, programme: Programme) -> None:
        apply(table())
        report = apply(without(2, "A3;Chimie;1;1;obligatorie;5;E;2;", "A4;Desen;1;1;obligatorie;5;E;1;"))
        report = apply(without(1, "A1;Analiză I;1;1;obligatorie;20;D;3;"))
        changes = report.plans[0].disciplines
        assert (codes(changes.new), codes(changes.changed), codes(changes.removed)) == (
            ["A2"],
            ["A1"],
            ["A3", "A4"],
        )
        assert [(item.field, item.before, item.after) for item in changes.changed[0].differences] == [
            ("name_ro", "Analiză", "Analiză I"),
            ("evaluation", "exam", "distributed assessment"),
            ("hours_course", "2.5", "3.0"),
        ]
        assert sorted(Discipline.objects.values_list("code", flat=True)) == [
            "A1",
            "A2",
            "B1",
            "B2",
            "B3",
            "B4",
        ]

    def test_a_package_that_is_gone(self, programme: Programme) -> None:
        apply(table())
        report = apply(table(*ROWS[:2], "C1;Rețele;1;2;obligatorie;30;E;2;"), packages="")
        assert (codes(report.plans[0].packages.removed), Package.objects.count()) == (["P1"], 0)
        assert sorted(Discipline.objects.values_list("code", flat=True)) == ["A1", "A2", "C1"]

    def test_packages_already_recorded_need_not_be_told_again(self, programme: Programme) -> None:
        apply(table())
        assert apply(table(), packages="").nothing

    def test_one_workbook_with_both_sheets(self, programme: Programme) -> None:
        book = Workbook()
        book.active.title = "Pachete"
        for line in PACKAGES.splitlines():
            book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(";")])
        plan = book.create_sheet("Plan")
        plan.append(["Planul de învăţământ"])
        for line in (HEADINGS, *ROWS):
            plan.append([int(cell) if cell.isdigit() else cell for cell in line.split(";")])
        target = io.BytesIO()
        book.save(target)
        assert apply(target.getvalue(), packages="").plans[0].credits == {1: 30, 2: 30}
        assert Discipline.objects.get(code="B1").package.choose == 2

    def test_what_a_romanian_spreadsheet_holds(self, programme: Programme) -> None:
        text = (
            "UNIVERSITATEA POLITEHNICA;;;;;;\nPlan de învăţământ;;;;;;\n;;;;;;\n"
            "Nr.;Credite;Semestrul;Denumirea disciplinei;Cod disciplină;Regimul disciplinei;Promoţia\n"
            "1;30,0;I;Analiză şi ţesături ;A1;OBLIGATORIE;2026\n;;;;;;\n"
            "Anul I, semestrul II;;;;;;\n2;30;II;Fizică;A2;Impusă;2026\n;Total: 60;;;;;\n"
        )
        report = curricula.apply(
            text.encode("cp1250"), chosen=Chosen(programme="AC-M-X"), actor=None, at=factories.NOW
        )
        made = Curriculum.objects.get()
        assert (made.series, [str(row.number) for row in report.left_out]) == ("2026-2027", ["7", "9"])
        assert list(
            made.disciplines.order_by("code").values_list("code", "name_ro", "year", "semester", "credits")
        ) == [
            ("A1", "Analiză și țesături", 1, 1, 30),
            ("A2", "Fizică", 1, 2, 30),
        ]

    def test_semesters_counted_within_their_year(self) -> None:
        factories.programme(code="AC-M-X", semesters=4, cycle="master")
        rows = [
            f"D{year}{semester};D;{year};{semester};obligatorie;30;E;2;"
            for year in (1, 2)
            for semester in (1, 2)
        ]
        apply(table(*rows), packages="")
        assert list(Discipline.objects.order_by("code").values_list("semester", flat=True)) == [1, 2, 3, 4]

    def test_the_university_code_names_the_programme_too(self, programme: Programme) -> None:
        Programme.objects.filter(pk=programme.pk).update(upt_code="M99")
        data = table(*(f"{row};m99;2026-2028" for row in ROWS), headings=HEADINGS + ";Cod program;Seria")
        assert apply(data, chosen=Chosen()).plans[0].plan.programme == programme

    def test_another_series_may_be_chosen(self, programme: Programme) -> None:
        data = table(*(f"{row};2023-2025" for row in ROWS), headings=HEADINGS + ";Seria")
        apply(data, packages="Pachet;Semestru;Se aleg;Credite;Seria\nP1;2;2;15;2023-2025\n")
        assert Curriculum.objects.get().series == "2026-2028"


class TestRefused:
    def test_REC_070_credits_beyond_the_most_of_the_day(self, programme: Programme) -> None:
        data = without(1, "A1;Analiză;1;1;obligatorie;31;E;2;")
        assert any("30" in words for words in faults(data))
        ParameterOverride.objects.create(
            name="CREDIT_MAX", value=31, first_day=date(2020, 1, 1), decision="HS 7"
        )
        assert not any("“Credits”" in words for words in faults(data))

    def test_REC_074_a_programme_longer_than_its_cycle(self) -> None:
        factories.programme(code="AC-M-X", semesters=5, cycle="master")
        assert faults(table())[0] == "AC-M-X: This cycle has 2 to 4 semesters."

    @pytest.mark.parametrize(
        ("row", "instead", "words"),
        [
            (2, "A1;Fizică;1;1;obligatorie;10;D;2;", "Row 3: the code “A1” already stands in row 2"),
            (2, "A2;Fizică;1;1;obligatorie;zece;D;2;", "Row 3, “Credits”: “zece” – not a number"),
            (2, "A2;;1;1;obligatorie;10;D;2;", "Row 3, “Name of the discipline”: the cell is empty"),
            (2, "A2;Fizică;1;1;DO;10;D;2;",
             "Row 3, “Kind of discipline”: “DO” – not one of: obligatorie, opțională, facultativă, "
             "complementară, examen_final"),
            (2, "A2;Fizică;1;1;obligatorie;10;X;2;", "Row 3, “Assessment”: “X” – not one of: E, D, C"),
            (2, "A2;Fizică;1;3;obligatorie;10;D;2;", "Row 3: semester 3 does not belong to year 1"),
            (2, "A2;Fizică;2;3;obligatorie;10;D;2;",
             "Row 3: semester 3: the programme AC-M-X has 2 semesters"),
            (2, "A2;Fizică;1;1;obligatorie;9;D;2;", "Semester 1 adds up to 29 credits instead of 30"),
            (2, "A2;Fizică;1;1;obligatorie;10;D;2;P1",
             "Row 3: a compulsory discipline cannot stand in a package"),
            (3, "B1;Opțiunea 1;1;2;opțională;15;E;2;", "Row 4: an elective discipline without a package"),
            (3, "B1;Opțiunea 1;1;2;opțională;15;E;2;P9", "Row 4: the package “P9” is not described"),
            (3, "B1;Opțiunea 1;1;2;opțională;14;E;2;P1",
             "Row 4: disciplines of the package “P1” have 15 credits"),
            (3, "B1;Opțiunea 1;1;1;opțională;15;E;2;P1", "Row 4: the package “P1” belongs to semester 2"),
        ],
    )  # fmt: skip
    def test_each_fault_is_told_with_its_row(
        self, programme: Programme, row: int, instead: str, words: str
    ) -> None:
        assert faults(without(row, instead)) == [words]

    @pytest.mark.parametrize(
        ("packages", "words"),
        [
            (
                "P1;2;2;15\nP1;2;2;15",
                "Row 3: in the table of packages: the code “P1” already stands in row 2",
            ),
            (
                "P1;2;4;15",
                "Row 2: in the table of packages: the package “P1” asks for 4 disciplines and has 3",
            ),
            ("P1;2;2;15\nP2;2;1;5", "Row 3: in the table of packages: the package “P2” has no discipline"),
            ("P1;2;două;15", "Row 2, “To choose”: “două” – in the table of packages: not a number"),
            ("P1;2;1;15", "Semester 2 adds up to 15 credits instead of 30"),
        ],
    )
    def test_faults_of_the_packages(self, programme: Programme, packages: str, words: str) -> None:
        assert faults(table(), f"Pachet;Semestru;Se aleg;Credite\n{packages}\n") == [words]

    def test_the_number_of_options_told_must_be_there(self, programme: Programme) -> None:
        packages = "Pachet;Semestru;Se aleg;Credite;Opțiuni\nP1;2;2;15;4\n"
        assert faults(table(), packages) == [
            "Row 2: in the table of packages: the package “P1” should have 4 disciplines and has 3"
        ]

    def test_every_fault_is_told_at_once(self, programme: Programme) -> None:
        data = table("A1;Analiză;1;1;obligatorie;31;E;2;", ";Fizică;1;1;obligatorie;10;Z;2;")
        assert faults(data) == [
            "Row 2, “Credits”: “31” – must be between 1 and 30",
            "Row 3, “Code”: the cell is empty",
            "Row 3, “Assessment”: “Z” – not one of: E, D, C",
        ]

    def test_programme_and_series_must_be_known(self, programme: Programme) -> None:
        assert faults(table(ROWS[0]), chosen=Chosen()) == ["Row 2, “Programme”: the programme is not given"]
        assert faults(table(ROWS[0]), chosen=Chosen("XX")) == ["Row 2, “Programme”: “XX” – no such programme"]
        assert faults(table(ROWS[0]), chosen=Chosen("AC-M-X")) == ["Row 2, “Series”: the series is not given"]
        other = factories.programme(code="AC-M-Y")
        data = table(f"{ROWS[0]};{other.code}", headings=HEADINGS + ";Program")
        assert faults(data) == ["Row 2, “Programme”: “AC-M-Y” – you chose AC-M-X"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "The file is empty"),
            (b"%PDF-1.7", "The file is not a table. Save it as .xlsx or .csv"),
            (
                "Cod;Denumire;Semestru;Regim\nA1;Analiză;1;obligatorie\n".encode(),
                "The column “Credits” is missing",
            ),
            (HEADINGS.encode(), "The file has no discipline"),
        ],
    )
    def test_what_is_no_curriculum_at_all(self, programme: Programme, data: bytes, words: str) -> None:
        assert faults(data, packages="") == [words]

    def test_a_fault_in_one_curriculum_keeps_the_others_out_too(self, programme: Programme) -> None:
        factories.programme(code="AC-M-Y", semesters=2, cycle="master")
        headings = HEADINGS + ";Program;Seria"
        rows = [f"{row};AC-M-X;2026-2028" for row in ROWS] + [
            "A1;Analiză;1;1;obligatorie;29;E;2;;AC-M-Y;2026-2028"
        ]
        packages = "Pachet;Semestru;Se aleg;Credite;Program\nP1;2;2;15;AC-M-X\n"
        assert faults(table(*rows, headings=headings), packages, Chosen()) == [
            "Semester 1 adds up to 29 credits instead of 30"
        ]

    def test_a_preview_writes_nothing(self, programme: Programme) -> None:
        assert curricula.preview(table(), packages=PACKAGES.encode(), chosen=CHOSEN).ok
        assert (Curriculum.objects.count(), Discipline.objects.count()) == (0, 0)

    def test_records_that_moved_since_the_preview(self, programme: Programme) -> None:
        shown = curricula.preview(table(), packages=PACKAGES.encode(), chosen=CHOSEN)
        apply(table())
        with pytest.raises(ImportRefused, match="The records changed meanwhile") as refused:
            apply(without(1, "A1;Altceva;1;1;obligatorie;20;E;2;"), expected=shown.fingerprint)
        assert codes(refused.value.report.plans[0].disciplines.changed) == ["A1"]
        assert Discipline.objects.get(code="A1").name_ro == "Analiză"


#: What holds a row as it is, and how a refusal calls it.
HOLDS = {
    "choice": "is already contracted",
    "result": "is already contracted",
    "standing": "is already contracted",
    "recognition": "is named in an equivalence",
    "sheet": "has a published sheet",
}


class TestUsed:
    """A curriculum cannot lose or change a row that a contract, a sheet or an equivalence names."""

    @pytest.fixture(params=HOLDS)
    def holds(self, request: pytest.FixtureRequest) -> str:
        return request.param

    @pytest.fixture
    def used(self, holds: str, programme: Programme) -> Discipline:
        apply(table())
        what = Discipline.objects.get(code="B1")
        if holds == "sheet":
            factories.sheet(what)
            return what
        student = factories.enrolment(curriculum=what.curriculum, programme=programme)
        getattr(factories, holds)(student, what)
        return what

    def test_it_cannot_be_lost(self, used: Discipline, holds: str) -> None:
        assert faults(without(3)) == [f"“Opțiunea 1” (B1) {HOLDS[holds]} and is missing from the file"]

    def test_it_cannot_change(self, used: Discipline, holds: str) -> None:
        assert faults(without(3, "B1;Alt nume;1;2;opțională;15;C;2;P1")) == [
            f"Row 4: “Alt nume” (B1) {HOLDS[holds]} and cannot change: "
            "name in Romanian: Opțiunea 1 → Alt nume; assessment: exam → colloquy"
        ]

    def test_its_package_cannot_change(self, used: Discipline, holds: str) -> None:
        data = table(*ROWS[:2], "A9;Chimie;1;2;obligatorie;15;E;2;", *ROWS[2:])
        assert faults(data, PACKAGES.replace("P1;2;2;15", "P1;2;1;15")) == [
            f"Row 2: in the table of packages: “P1” (P1) {HOLDS[holds]} and cannot change: to choose: 2 → 1"
        ]

    def test_of_several_holds_the_contract_is_told(self, used: Discipline) -> None:
        factories.choice(factories.enrolment(curriculum=used.curriculum), used)
        assert faults(without(3)) == ["“Opțiunea 1” (B1) is already contracted and is missing from the file"]

    def test_its_english_name_and_the_rows_beside_it_may(self, used: Discipline) -> None:
        headings = HEADINGS + ";Denumire EN"
        rows = [row + (";Option 1" if row.startswith("B1") else ";") for row in ROWS]
        rows[3] = "B2;Altă opțiune;1;2;opțională;15;D;2;P1;"
        report = apply(table(*rows, headings=headings))
        assert codes(report.plans[0].disciplines.changed) == ["B1", "B2"]
        used.refresh_from_db()
        assert used.name_en == "Option 1"

    def test_a_contract_line_uses_it_too(self) -> None:
        protecting = {
            relation.related_model._meta.label
            for relation in Discipline._meta.get_fields(include_hidden=True)
            if relation.auto_created and getattr(relation, "on_delete", None) is PROTECT
        }
        assert "contracting.OfferLine" in protecting
        assert comparing.used_disciplines([]) == set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_nobody_contracts_a_row_while_it_is_being_imported(locked: bool) -> None:
    """While the import decides that a row is free, nobody can begin to use it; without the lock one could."""
    factories.programme(code="AC-M-X", semesters=2, cycle="master")
    apply(table())
    what = Discipline.objects.get(code="B1")
    student = factories.enrolment(curriculum=what.curriculum, programme=what.curriculum.programme)
    factories.academic_year()
    plan = read_draft(table(), PACKAGES.encode(), CHOSEN).plans[0]

    def choose() -> str:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                factories.choice(student, what)
            return "chosen"
        except OperationalError:
            return "waits"
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as others:
        comparing.report_on(plan, lock=locked)
        assert others.submit(choose).result() == ("waits" if locked else "chosen")


class TestRealCurricula:
    def test_all_come_in_whole_and_a_second_time_change_nothing(self) -> None:
        reference.load(DATA)
        packages = (DATA / "curricula_packages.csv").read_bytes()
        files = sorted((DATA / "curricula").glob("*.csv"))
        for _time in range(2):
            reports = [
                curricula.apply(path.read_bytes(), packages=packages, actor=None, at=factories.NOW)
                for path in files
            ]
        assert all(report.nothing for report in reports)
        assert (Curriculum.objects.count(), Discipline.objects.count(), Package.objects.count()) == (
            14,
            651,
            75,
        )
        totals = {
            plan.plan.programme.code: sum(plan.credits.values())
            for report in reports
            for plan in report.plans
        }
        assert totals == {path.stem: 240 if "-L-" in path.stem else 120 for path in files}
        assert all(set(plan.credits.values()) == {30} for report in reports for plan in report.plans)

    def test_REC_071_hours_far_from_usual_are_pointed_out_and_keep_nothing_back(self) -> None:
        reference.load(DATA)
        report = curricula.preview(
            (DATA / "curricula" / "AC-L-CALC.csv").read_bytes(),
            packages=(DATA / "curricula_packages.csv").read_bytes(),
        )
        assert report.ok
        told = [str(fault) for fault in report.warnings]
        assert [words for words in told if "of work" in words] == [
            "Row 38: 50 hours of work for one credit; 25 to 30 are usual."
        ]
        assert "Row 2: 14 hours taught for one credit; 10 to 12 are usual." in told
        assert any("fewer hours of applications" in words for words in told)


class TestReference:
    def test_twice_is_the_same_as_once(self) -> None:
        for _time in range(2):
            assert reference.load(DATA) == reference.Loaded(faculties=10, programmes=68, years=4, events=47)
        assert (Faculty.objects.count(), Programme.objects.count()) == (10, 68)
        assert (AcademicYear.objects.count(), CalendarEvent.objects.count()) == (4, 47)

    def test_what_is_written(self) -> None:
        reference.load(DATA)
        programme = Programme.objects.select_related("faculty", "field").get(code="AC-L-CALC-EN")
        assert (programme.upt_code, programme.faculty.code, programme.language) == ("L002", "AC", "en")
        assert (programme.semesters, programme.credits, programme.open_to_third_countries) == (8, 240, True)
        assert programme.field.name_ro == "Calculatoare și tehnologia informației"
        assert Programme.objects.get(code="DRI-PREG").faculty is None
        year = AcademicYear.objects.get(name="2026-2027")
        assert (year.starts_on, year.second_semester_on, year.ends_on) == (
            date(2026, 9, 28),
            date(2027, 2, 22),
            date(2027, 9, 12),
        )
        assert not CalendarEvent.objects.filter(event__contains="zi liberă").exists()

    def test_a_bad_file_changes_nothing(self, tmp_path: Path) -> None:
        for path in DATA.glob("*.csv"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        programmes = tmp_path / "programmes.csv"
        programmes.write_text(programmes.read_text().replace("L000,AC,", "L000,ZZ,"))
        with pytest.raises(reference.ReferenceRefused) as refused:
            reference.load(tmp_path)
        assert refused.value.faults == ["programmes.csv: Row 2, “faculty_code”: “ZZ” – no such faculty"]
        assert Faculty.objects.count() == 0
        (tmp_path / "faculties.csv").unlink()
        with pytest.raises(reference.ReferenceRefused, match=r"faculties\.csv: no such file"):
            reference.load(tmp_path)


class TestCommands:
    def test_a_dry_run_then_the_real_one(self, programme: Programme, tmp_path: Path) -> None:
        (tmp_path / "plan.csv").write_bytes(table())
        (tmp_path / "pachete.csv").write_text(PACKAGES)
        said = io.StringIO()
        arguments = [str(tmp_path / "plan.csv"), "--packages", str(tmp_path / "pachete.csv")]
        arguments += ["--programme", "AC-M-X", "--series", "2026-2028"]
        call_command("import_curriculum", *arguments, "--dry-run", stdout=said)
        assert Curriculum.objects.count() == 0
        call_command("import_curriculum", *arguments, stdout=said)
        line = "  AC-M-X 2026-2028: new 6, changed 0, unchanged 0, removed 0\n"
        assert said.getvalue().count(line) == 2
        assert Discipline.objects.count() == 6

    def test_of_several_files_all_or_none(self, programme: Programme, tmp_path: Path) -> None:
        (tmp_path / "good.csv").write_bytes(table(*ROWS[:2]))
        (tmp_path / "bad.csv").write_bytes(table(ROWS[0]))
        said = io.StringIO()
        with pytest.raises(CommandError, match=r"bad\.csv: nothing was written"):
            call_command(
                "import_curriculum", tmp_path / "good.csv", tmp_path / "bad.csv",
                "--programme", "AC-M-X", "--series", "2026-2028", stdout=said,
            )  # fmt: skip
        assert "Semester 1 adds up to 20 credits instead of 30" in said.getvalue()
        assert Curriculum.objects.count() == 0

    def test_no_such_file(self) -> None:
        with pytest.raises(CommandError, match="no-such"):
            call_command("import_curriculum", "no-such.csv")

    def test_reference_data_by_command(self) -> None:
        said = io.StringIO()
        call_command("import_reference", stdout=said)
        assert said.getvalue() == "faculties: 10\nprogrammes: 68\nacademic years: 4\ncalendar events: 47\n"

    def test_reference_data_from_an_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match=r"faculties\.csv: no such file"):
            call_command("import_reference", tmp_path)
