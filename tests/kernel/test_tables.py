"""Tables as Romanian spreadsheets really hold them, read and written (reliability G1)."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from upt_portal.kernel import cells, exports, sheets, tables
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.tables import Column

COLUMNS = (
    Column("name", "Denumire disciplină", cells.texts_up_to(40), aliases=("Disciplina", "Materia")),
    Column("credits", "Credite", cells.whole_between(0, 30), aliases=("Nr. credite", "ECTS")),
    Column(
        "hours", "Ore de curs", cells.number, aliases=("C",), required=False, filled=False, default=Decimal(0)
    ),
    Column("on", "Data", cells.day, required=False, filled=False),
)
PLAIN = "Denumire disciplină;Credite\nAnaliză și țesături;4\n"


@pytest.fixture(autouse=True)
def _in_english() -> object:
    with translation.override("en"):
        yield


def rows(data: bytes | str) -> list[tuple[int, dict[str, object]]]:
    found = tables.read(data.encode() if isinstance(data, str) else data, COLUMNS)
    assert found.faults == []
    return [(row.number, {k: v for k, v in row.values.items() if v not in (None, 0)}) for row in found.rows]


def faults(data: bytes | str) -> list[str]:
    return [
        str(fault) for fault in tables.read(data.encode() if isinstance(data, str) else data, COLUMNS).faults
    ]


def book(*lines: list[object], title: str = "Plan", sheet: str = "") -> bytes:
    made = Workbook()
    page = made.active
    page.title = title
    for line in lines:
        page.append(line)
    if sheet:
        made.create_sheet(sheet)
    return packed(made)


def packed(made: Workbook) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


EXPECTED = [(2, {"name": "Analiză și țesături", "credits": 4})]


class TestLetters:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_unicode_with_and_without_a_mark(self, encoding: str) -> None:
        assert rows(PLAIN.encode(encoding)) == EXPECTED

    @pytest.mark.parametrize("encoding", ["cp1250", "iso8859-2", "iso8859-16"])
    def test_older_code_pages(self, encoding: str) -> None:
        text = PLAIN if encoding == "iso8859-16" else PLAIN.replace("ș", "ş").replace("ț", "ţ")
        assert rows(text.encode(encoding)) == EXPECTED

    def test_cedilla_decomposed_and_hidden_letters(self) -> None:
        text = PLAIN.replace("ș", "ş").replace("ț", "ţ").replace("Analiză", "\u200bAnaliza\u0306\u00a0 ")
        assert rows(text) == EXPECTED

    def test_letters_of_old_fonts(self) -> None:
        assert rows(PLAIN.encode("iso8859-16").decode("cp1252")) == EXPECTED

    def test_text_encoded_twice(self) -> None:
        assert rows(PLAIN.encode().decode("cp1252")) == EXPECTED

    def test_a_portuguese_name_keeps_its_letters(self) -> None:
        assert rows("Materia;Credite\nSão João;4\n") == [(2, {"name": "São João", "credits": 4})]

    @pytest.mark.parametrize("lost", ["Matematic\ufffd", "MatematicÄ\u0081"])
    def test_lost_letters_are_told(self, lost: str) -> None:
        assert faults(f"Materia;Credite\n{lost};4\n") == [
            f"Row 2, “Denumire disciplină”: “{lost}” – some letters were lost; "
            "save the file as .xlsx or CSV UTF-8"
        ]


class TestShapes:
    @pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
    def test_every_separator(self, separator: str) -> None:
        assert rows(PLAIN.replace(";", separator)) == EXPECTED

    def test_commas_for_decimals_beside_semicolons(self) -> None:
        assert rows("Materia;Credite;C\nFizică, partea I;4,0;2,5\n") == [
            (2, {"name": "Fizică, partea I", "credits": 4, "hours": Decimal("2.5")})
        ]

    def test_commas_for_decimals_between_commas(self) -> None:
        assert rows('Materia,Credite,C\n"Fizică, partea I",4,"2,5"\n') == [
            (2, {"name": "Fizică, partea I", "credits": 4, "hours": Decimal("2.5")})
        ]

    def test_the_separator_excel_writes_above(self) -> None:
        assert rows("sep=,\r\nMateria,Credite\r\nFizică;optică,4\r\n") == [
            (2, {"name": "Fizică;optică", "credits": 4})
        ]

    def test_other_order_other_headings_more_columns(self) -> None:
        data = "NR. CRT.;nr credite;  DISCIPLINĂ ;Observații\n1;4;Fizică;bună\n".replace(
            "DISCIPLINĂ", "disciplina:"
        )
        found = tables.read(data.encode(), COLUMNS)
        assert ([row.values["name"] for row in found.rows], found.ignored) == (
            ["Fizică"],
            ["NR. CRT.", "Observații"],
        )

    def test_words_in_brackets_do_not_hide_a_heading(self) -> None:
        assert rows("Denumire disciplină (în română);Credite [ECTS]\nFizică;4\n") == [
            (2, {"name": "Fizică", "credits": 4})
        ]

    def test_titles_above_blank_rows_between_totals_below(self) -> None:
        data = (
            "Universitatea Politehnica Timișoara;;\n;;\nPLAN DE ÎNVĂȚĂMÂNT;;\nMateria;Credite;\n"
            "Semestrul 1;;\nFizică;4;\n;;\nChimie;5;\nMateria;Credite;\nTotal credite;;9\n;;\n"
            "Decan, semnătura;;\n"
        )
        found = tables.read(data.encode(), COLUMNS)
        assert ([row.number for row in found.rows], found.faults) == ([6, 8], [])
        assert [(left.number, left.says) for left in found.left_out] == [
            (5, "Semestrul 1"),
            (9, "Materia Credite"),
            (10, "Total credite 9"),
            (12, "Decan, semnătura"),
        ]

    def test_a_quoted_text_over_two_lines_is_one_row(self) -> None:
        assert rows('Materia;Credite\n"Fizică\ngenerală";4\nChimie;5\n') == [
            (2, {"name": "Fizică generală", "credits": 4}),
            (3, {"name": "Chimie", "credits": 5}),
        ]

    def test_a_quote_that_never_ends_is_told(self) -> None:
        assert faults('Materia;Credite\nFizică;4\n"Chimie;5\nBiologie;3\n') == [
            "Row 3: a quotation mark is opened and never closed"
        ]

    def test_a_missing_heading_is_told_and_nothing_is_read(self) -> None:
        found = tables.read("Materia;Ore de curs\nFizică;4\n".encode(), COLUMNS)
        assert ([str(fault) for fault in found.faults], found.rows) == (
            ["The column “Credite” is missing"],
            [],
        )

    def test_a_heading_that_stands_twice(self) -> None:
        assert faults("Materia;Credite;ECTS\nFizică;4;5\n") == ["The column “Credite” stands twice"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "The file is empty"),
            (b" \r\n ", "The file is empty"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "This is an old Excel file, or one with a password. Save it as .xlsx or .csv without one",
            ),
            (b"%PDF-1.7\n", "The file is not a table. Save it as .xlsx or .csv"),
            (b"MZ\0\0\x03\0abc", "The file is not a table. Save it as .xlsx or .csv"),
            (
                b"<html><table><tr><td>Credite</td></tr></table>",
                "The file is a web page, not a table. Open it in Excel and save it as .xlsx",
            ),
            (b"PK\x03\x04 cut off", "The Excel file is damaged. Open it, save it again and try once more"),
            (b"a;b\n1;2\n", "No row with the headings was found. Expected: Denumire disciplină, Credite"),
            (b"\xff\xfea", "The letters of the file cannot be read. Save it as CSV UTF-8"),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, data: bytes, words: str) -> None:
        with pytest.raises(TableRefused) as refused:
            tables.read(data, COLUMNS)
        assert str(refused.value) == words

    def test_too_many_rows_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sheets, "MAX_ROWS", 3)
        with pytest.raises(TableRefused, match="more than 3 rows"):
            tables.read(b"Materia;Credite\n" + b"a;1\n" * 3, COLUMNS)

    @settings(deadline=None, max_examples=200)
    @given(st.binary(max_size=300))
    def test_no_bytes_make_it_stumble(self, data: bytes) -> None:
        try:
            tables.read(data, COLUMNS)
        except TableRefused:
            assert data[:4] != b"Mate"

    @settings(deadline=None, max_examples=200)
    @given(st.text(max_size=200))
    def test_no_text_below_a_heading_makes_it_stumble(self, text: str) -> None:
        data = ("Materia;Credite;Data\n" + text.replace("\0", "")).encode("utf-8", "replace")
        found = tables.read(data, COLUMNS)
        assert all(isinstance(row["credits"], int) for row in found.rows)


class TestWorkbooks:
    def test_numbers_dates_and_texts_in_their_own_cells(self) -> None:
        data = book(["Materia", "Credite", "C", "Data"], ["Fizică", 4.0, 0.1 + 0.2, datetime(2026, 11, 20)])
        assert rows(data) == [
            (2, {"name": "Fizică", "credits": 4, "hours": Decimal("0.3"), "on": date(2026, 11, 20)})
        ]

    def test_numbers_and_dates_kept_as_texts(self) -> None:
        data = book(["Materia", "Credite", "C", "Data"], ["\u00a0Fizică ", "4", "2,5", "20.11.2026"])
        assert rows(data) == [
            (2, {"name": "Fizică", "credits": 4, "hours": Decimal("2.5"), "on": date(2026, 11, 20)})
        ]

    def test_a_code_that_is_a_number_and_one_with_leading_zeros(self) -> None:
        made = Workbook()
        made.active.append(["Materia", "Credite"])
        made.active.append([1234, 4])
        made.active.append([7, 4])
        made.active["A3"].number_format = "000"
        assert [row[1]["name"] for row in rows(packed(made))] == ["1234", "007"]

    def test_what_excel_took_for_a_date_and_a_formula_in_error(self) -> None:
        made = Workbook()
        made.active.append(["Materia", "Credite"])
        made.active.append([date(2026, 3, 2), 4])
        made.active.append(["Fizică", "#REF!"])
        made.active["B3"].data_type = "e"
        assert faults(packed(made)) == [
            "Row 2, “Denumire disciplină”: “02.03.2026” – Excel turned this into a date; "
            "format the cell as text and write it again",
            "Row 3, “Credite”: “#REF!” – the formula gives an error",
        ]

    def test_the_sheet_with_the_headings_is_found(self) -> None:
        made = Workbook()
        made.active.append(["Instrucțiuni", "Credite"])
        page = made.create_sheet("Plan")
        page.append(["Titlu"])
        page.append(["Materia", "Credite"])
        page.append(["Fizică", 4])
        hidden = made.create_sheet("Vechi", 0)
        hidden.append(["Materia", "Credite"])
        hidden.append(["Alta", 5])
        hidden.sheet_state = "hidden"
        found = tables.read(packed(made), COLUMNS)
        assert (found.sheet, [row.number for row in found.rows]) == ("Plan", [3])

    def test_cells_merged_downwards_count_for_each_row(self) -> None:
        made = Workbook()
        for line in (["Credite", "Materia"], [4, "Fizică"], [None, "Chimie"], [5, "Biologie"]):
            made.active.append(line)
        made.active.merge_cells("A2:A3")
        assert [row[1]["credits"] for row in rows(packed(made))] == [4, 4, 5]

    def test_headings_on_two_levels(self) -> None:
        made = Workbook()
        for line in (["Materia", "Credite", "Ore", None], [None, None, "C", "S"], ["Fizică", 4, 2, 1]):
            made.active.append(line)
        made.active.merge_cells("A1:A2")
        made.active.merge_cells("B1:B2")
        made.active.merge_cells("C1:D1")
        assert rows(packed(made)) == [(3, {"name": "Fizică", "credits": 4, "hours": Decimal(2)})]

    def test_a_sheet_formatted_to_its_last_row_ends_where_its_rows_end(self) -> None:
        made = Workbook()
        made.active.append(["Materia", "Credite"])
        made.active.append(["Fizică", 4])
        made.active.cell(200_000, 1).number_format = "@"
        assert rows(packed(made)) == [(2, {"name": "Fizică", "credits": 4})]

    def test_a_workbook_that_unpacks_to_too_much(self) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("xl/workbook.xml", bytes(80 * 1024 * 1024))
        with pytest.raises(TableRefused, match="too large"):
            tables.read(target.getvalue(), COLUMNS)

    def test_another_office_format_is_named(self) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as made:
            made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        with pytest.raises(TableRefused, match="not an Excel table"):
            tables.read(target.getvalue(), COLUMNS)

    @settings(deadline=None, max_examples=100)
    @given(st.data())
    def test_a_damaged_workbook_is_refused_or_read(self, data: st.DataObject) -> None:
        whole = zipfile.ZipFile(io.BytesIO(book(["Materia", "Credite"], ["Fizică", 4])))
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as made:
            for name in whole.namelist():
                body = bytearray(whole.read(name))
                for _time in range(data.draw(st.integers(0, 3))):
                    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
                made.writestr(name, bytes(body))
        try:
            found = tables.read(target.getvalue(), COLUMNS)
        except TableRefused as refused:
            found = None
            told = str(refused)
        assert found is not None or "Excel" in told or "headings" in told


class TestCells:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("4", 4), ("4,5", "4.5"), ("4.5", "4.5"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"),
            ("1 234,5", "1234.5"), ("1.234.567", 1234567), ("-2,5", "-2.5"), ("+3", 3), ("–", 0),
            ("0,125", "0.125"), ("0.500", "0.500"), ("12345", 12345), ("1234,567", "1234.567"),
        ],
    )  # fmt: skip
    def test_numbers(self, written: str, value: object) -> None:
        assert cells.number(written) == Decimal(value)

    @pytest.mark.parametrize(
        "written", ["1.234", "12,345", "patru", "4 credite", "1,2,3", "4..5", "", "²", "1e5", "NaN"]
    )
    def test_not_numbers(self, written: str) -> None:
        with pytest.raises(cells.CellRefused):
            cells.number(written)

    @pytest.mark.parametrize(
        "written",
        [
            "20.11.2026", "20/11/2026", "20-11-2026", "2026-11-20", "2026.11.20", "20 noiembrie 2026",
            "20 nov. 2026", "20 NOIEMBRIE 2026", "20-nov-2026", "20 November 2026", "2026-11-20 00:00:00",
            46346, Decimal("46346"), datetime(2026, 11, 20, 8, 30), date(2026, 11, 20),
        ],
    )  # fmt: skip
    def test_dates(self, written: sheets.Cell) -> None:
        assert cells.day(written) == date(2026, 11, 20)

    @pytest.mark.parametrize(
        "written", ["11/20/2026", "20.11.26", "31.02.2026", "mâine", "noiembrie 2026", 5, True, ""]
    )
    def test_not_dates(self, written: sheets.Cell) -> None:
        with pytest.raises(cells.CellRefused):
            cells.day(written)

    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("1", 1), ("I", 1), ("II", 2), ("iv", 4), ("VIII", 8), ("XII", 12), ("10", 10), (3, 3),
            (Decimal(3), 3), ("3,0", 3), ("Semestrul III", 3), ("sem. 3", 3), ("Sem.IV", 4), ("anul 2", 2),
            ("An II", 2), ("S2", 2),
        ],
    )  # fmt: skip
    def test_years_and_semesters(self, written: sheets.Cell, value: int) -> None:
        assert cells.ordinal_between(1, 12)(written) == value

    @pytest.mark.parametrize(
        "written", ["", "IIII", "XIII", "0", "13", "2.5", "primul", "1-2", "Semestrul", True]
    )
    def test_not_years_or_semesters(self, written: sheets.Cell) -> None:
        with pytest.raises(cells.CellRefused):
            cells.ordinal_between(1, 12)(written)

    def test_a_choice_whatever_its_case_and_letters(self) -> None:
        read = cells.choice({"obligatorie": 1, "opțională": 2})
        assert (read("OBLIGATORIE"), read("optionala"), read(" Opţională ")) == (1, 2, 2)
        with pytest.raises(cells.CellRefused, match="not one of: obligatorie, opțională"):
            read("alta")

    def test_faults_name_row_column_and_value(self) -> None:
        assert faults(
            "Materia;Credite;Data\nFizică;patru;\n;5;20.11.26\nChimie;31;\nBio;4,5;\n" + "x" * 41 + ";3;\n"
        ) == [
            "Row 2, “Credite”: “patru” – not a number",
            "Row 3, “Denumire disciplină”: the cell is empty",
            "Row 3, “Data”: “20.11.26” – not a date; write it as 20.11.2026",
            "Row 4, “Credite”: “31” – must be between 0 and 30",
            "Row 5, “Credite”: “4,5” – not a whole number",
            f"Row 6, “Denumire disciplină”: “{'x' * 41}” – longer than 40 characters",
        ]


LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", " =1", "\u00a0=1", "＝1", "\ufeff=1"]
HEADINGS = ["Materia", "Credite", "C", "Data"]


class TestExports:
    @pytest.mark.parametrize("payload", LIVE)
    @pytest.mark.parametrize("as_csv", [True, False])
    def test_nothing_in_an_export_is_run(self, payload: str, as_csv: bool) -> None:
        text = payload + '*cmd|"/C calc"!A0'
        if as_csv:
            line = exports.csv_bytes(["a", text], [[text, 2]]).decode("utf-8-sig")
            assert line.count("'" + payload) == 2
        else:
            book = load_workbook(io.BytesIO(exports.xlsx_bytes("x", ["a", text], [[text, 2]])))
            for cell in (book.active["B1"], book.active["A2"]):
                assert (cell.data_type, cell.value[0]) == ("s", "'")

    def test_ordinary_text_stays_as_it_is(self) -> None:
        assert [exports.inert(text) for text in ("Fizică", "a=b", "1-2", "")] == ["Fizică", "a=b", "1-2", ""]

    def test_a_csv_for_a_romanian_excel(self) -> None:
        rows = [
            ["Țesături; și", 4, Decimal("-2.50"), date(2026, 11, 20)],
            [None, True, 1.5, datetime(2026, 11, 20, 8, 5)],
        ]
        assert exports.csv_bytes(HEADINGS, rows).decode("utf-8") == (
            '\ufeffMateria;Credite;C;Data\r\n"Țesături; și";4;-2,50;20.11.2026\r\n;1;1,5;20.11.2026 08:05\r\n'
        )

    def test_a_workbook_has_typed_cells_and_a_frozen_heading(self) -> None:
        at = datetime.fromisoformat("2026-11-20T22:30:00+00:00")
        data = exports.xlsx_bytes(
            "Plan: anul 1/2", HEADINGS, [["007", 4, Decimal("2.50"), date(2026, 11, 20)], [at, None, 1.5, ""]]
        )
        sheet = load_workbook(io.BytesIO(data)).active
        assert (sheet.title, sheet.freeze_panes) == ("Plan  anul 1 2", "A2")
        assert [cell.value for cell in sheet[2]] == ["007", 4, 2.5, datetime(2026, 11, 20)]
        assert [cell.number_format for cell in sheet[2]] == ["@", "General", "#,##0.00", "dd.mm.yyyy"]
        assert sheet["A3"].value == datetime(2026, 11, 21, 0, 30)

    @pytest.mark.parametrize("as_csv", [True, False])
    def test_what_is_written_is_read_back(self, as_csv: bool) -> None:
        lines = [["=Fizică", 4, Decimal("2.5"), date(2026, 11, 20)], ["Țesături", 5, Decimal("0.3"), None]]
        data = exports.csv_bytes(HEADINGS, lines) if as_csv else exports.xlsx_bytes("x", HEADINGS, lines)
        assert rows(data) == [
            (2, {"name": "=Fizică", "credits": 4, "hours": Decimal("2.5"), "on": date(2026, 11, 20)}),
            (3, {"name": "Țesături", "credits": 5, "hours": Decimal("0.3")}),
        ]

    @pytest.mark.parametrize(("as_csv", "ending"), [(True, "csv"), (False, "xlsx")])
    def test_a_download_is_kept_by_no_cache(self, as_csv: bool, ending: str) -> None:
        response = exports.download("lista", ["a"], [["b"]], as_csv=as_csv)
        assert response["Content-Disposition"] == f'attachment; filename="lista.{ending}"'
        assert response["Cache-Control"] == "private, no-store"
