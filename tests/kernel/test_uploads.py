"""A file comes in, or is refused in the words of ux §5 and leaves no trace (CON-062, 063, 068, 069)."""

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone, translation
from PIL import Image

from tests import factories
from tests.kernel import files
from tests.kernel.clamd_kit import Daemon, daemon
from upt_portal.accounts.models import User
from upt_portal.kernel import uploads
from upt_portal.kernel.inspection import child
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.upload_handler import TooLargeFile
from upt_portal.kernel.uploads import MEBIBYTE, UploadRefused

AT = factories.NOW
LIMIT = 5 * MEBIBYTE


@pytest.fixture
def owner(db: None) -> User:
    return factories.user()


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: object) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }


@pytest.fixture
def scanner(settings: object) -> Iterator[Daemon]:
    with daemon() as running:
        settings.CLAMD_URL = running.url
        yield running


def sent(data: bytes, name: str = "anexa.pdf") -> SimpleUploadedFile:
    # The browser's own word on the type is a lie on purpose: nobody may listen to it.
    return SimpleUploadedFile(name, data, content_type="image/png")


def receive(data: bytes, owner: User, name: str = "anexa.pdf") -> StoredFile:
    return uploads.receive(sent(data, name), owner=owner, purpose="contracting.scan", at=AT)


def bytes_kept() -> list[str]:
    return sorted(
        name
        for folder in ("originals", "served")
        if default_storage.exists(folder)
        for year in default_storage.listdir(folder)[0]
        for month in default_storage.listdir(f"{folder}/{year}")[0]
        for name in default_storage.listdir(f"{folder}/{year}/{month}")[1]
    )


def refused(data: bytes, owner: User, name: str = "anexa.pdf") -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        receive(data, owner, name)
    assert (StoredFile.objects.count(), bytes_kept()) == (0, [])
    return caught.value


class TestKept:
    def test_the_original_is_sealed_and_a_clean_copy_served(self, owner: User) -> None:
        data = files.jpeg(files.page_picture(stamp="blue"), exif=files.located_exif())
        stored = receive(data, owner, "IMG 0017 (acasă).jpg")
        stored.refresh_from_db()
        with stored.file.open() as original, stored.served.open() as copy:
            assert (original.read(), b"Telephone maker" in copy.read()) == (data, False)
        assert stored.sha256 == hashlib.sha256(data).hexdigest()
        assert (stored.size, stored.content_type, stored.pages, stored.has_colour) == (
            len(data),
            "image/jpeg",
            1,
            True,
        )
        assert (stored.owner, stored.purpose, stored.uploaded_at) == (owner, "contracting.scan", AT)
        assert (stored.original_name, stored.verdict) == ("IMG 0017 (acasă).jpg", "not_scanned")

    def test_names_in_the_store_are_chosen_by_the_server(self, owner: User) -> None:
        first, second = (receive(files.png(), owner, "../../etc/passwd") for _time in range(2))
        names = bytes_kept()
        assert len(set(names)) == 4
        assert all(len(name) == 36 and name.endswith(".png") for name in names)
        assert (first.original_name, first.file.name.startswith("originals/")) == ("passwd", True)
        assert second.served.name.startswith("served/")

    @pytest.mark.parametrize(
        ("data", "name", "content_type"),
        [
            (files.grown(files.pdf_bytes(), LIMIT), "anexa.pdf", "application/pdf"),
            (files.png(), "anexa.pdf", "image/png"),
            (files.jpeg(), "anexa", "image/jpeg"),
        ],
        ids=["5,242,880 bytes", "PNG named PDF", "no extension"],
    )
    def test_what_the_catalogue_accepts(self, owner: User, data: bytes, name: str, content_type: str) -> None:
        assert receive(data, owner, name).content_type == content_type

    def test_a_very_long_name_keeps_its_end(self, owner: User) -> None:
        stored = receive(files.png(), owner, "a" * 300 + ".png")
        assert (len(stored.original_name) <= 200, stored.original_name[-4:]) == (True, ".png")


def locked_pdf() -> bytes:
    import pikepdf

    return files.saved(files.blank_pdf(), encryption=pikepdf.Encryption(user="", owner="boss"))


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "name", "code", "ro", "en"),
        [
            (files.grown(files.pdf_bytes(), LIMIT + 1), "anexa.pdf", "size",
             "Fișierul trebuie să aibă cel mult 5 MB; are 5,1 MB",
             "The file must be 5 MB or smaller; it is 5.1 MB"),
            (b"", "anexa.pdf", "empty", "Fișierul este gol", "The file is empty"),
            (b"semnez anexa", "annex.png", "type", "Fișierul trebuie să fie PDF, JPG sau PNG",
             "The file must be a PDF, JPG or PNG"),
            (locked_pdf(), "anexa.pdf", "password", "Fișierul are parolă. Salvați o copie fără parolă",
             "The file has a password. Save a copy without one"),
            (files.jpeg()[:3000], "anexa.jpg", "unreadable", "Fișierul nu poate fi deschis. Scanați din nou",
             "The file cannot be opened. Scan it again"),
            (files.written_pdf(b"/OpenAction<</S/JavaScript/JS(1)>>"), "anexa.pdf", "active",
             "Fișierul conține scripturi sau atașamente. Salvați o copie fără ele sau scanați din nou",
             "The file contains scripts or attachments. Save a copy without them, or scan it again"),
            (files.png_header(30_000, 30_000), "anexa.png", "bomb",
             "Fișierul are prea multe pagini sau imagini prea mari. Scanați din nou la 300 dpi",
             "The file has too many pages or pictures that are too large. Scan it again at 300 dpi"),
        ],
        ids=["size", "empty", "type", "password", "unreadable", "active", "bomb"],
    )  # fmt: skip
    def test_each_reason_has_its_words_and_leaves_no_trace(
        self, owner: User, data: bytes, name: str, code: str, ro: str, en: str
    ) -> None:
        refusal = refused(data, owner, name)
        assert refusal.code == code
        with translation.override("ro"):
            assert str(refusal) == ro
        with translation.override("en"):
            assert str(refusal) == en

    def test_a_narrower_list_of_types_is_named(self, owner: User) -> None:
        with pytest.raises(UploadRefused) as caught:
            uploads.examine(sent(files.pdf_bytes()), types=("image/jpeg", "image/png"))
        with translation.override("ro"):
            assert str(caught.value) == "Fișierul trebuie să fie de acest tip: JPG, PNG"

    def test_a_smaller_limit_counts_a_larger_one_does_not(self) -> None:
        data = files.grown(files.pdf_bytes(), 2 * MEBIBYTE + 1)
        with pytest.raises(UploadRefused) as caught:
            uploads.examine(sent(data), limit=2 * MEBIBYTE)
        assert (caught.value.limit, caught.value.size) == (2 * MEBIBYTE, len(data))
        large = TooLargeFile(io.BytesIO(), "a.pdf", "application/pdf", 6 * MEBIBYTE)
        with pytest.raises(UploadRefused) as caught:
            uploads.examine(large, limit=50 * MEBIBYTE)
        assert caught.value.limit == LIMIT

    @pytest.mark.parametrize(
        ("size", "ro"),
        [
            (LIMIT + 1, "5,1"),
            (LIMIT + MEBIBYTE // 10, "5,1"),
            (6 * MEBIBYTE, "6"),
            (123 * MEBIBYTE + 1, "123,1"),
        ],
    )
    def test_the_size_is_rounded_up_so_that_it_never_reads_as_the_limit(self, size: int, ro: str) -> None:
        with translation.override("ro"):
            assert str(UploadRefused("size", size=size, limit=LIMIT)).endswith(f"are {ro} MB")

    def test_the_quota_of_a_person(self, owner: User, settings: object) -> None:
        data = files.png()
        settings.UPLOAD_QUOTA_BYTES = 2 * len(data)
        receive(data, owner)
        receive(data, owner)
        with pytest.raises(UploadRefused) as caught:
            receive(data, owner)
        assert (caught.value.code, StoredFile.objects.count(), len(bytes_kept())) == ("quota", 2, 4)
        assert receive(data, factories.user()).size == len(data)

    def test_a_full_disk_is_told_and_leaves_no_row(
        self, owner: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_arguments: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(FileSystemStorage, "_save", full)
        assert refused(files.png(), owner).code == "failed"

    def test_a_machine_too_busy_to_read_it_says_try_again(
        self, owner: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def overloaded(*_arguments: object) -> None:
            raise child.Overloaded

        monkeypatch.setattr(child, "_ran", overloaded)
        refusal = refused(files.png(), owner)
        with translation.override("ro"):
            assert (refusal.code, str(refusal)) == ("failed", "Fișierul nu a ajuns la noi. Încercați din nou")


class TestScanner:
    def test_a_clean_file_is_marked_so(self, owner: User, scanner: Daemon) -> None:
        data = files.png()
        assert (receive(data, owner).verdict, scanner.shown) == ("clean", [data])

    @pytest.mark.parametrize(
        "data",
        [files.jpeg() + files.EICAR, files.pdf_bytes().replace(b"%\xbf", b"%" + files.EICAR + b"\n%\xbf")],
        ids=["behind a picture", "in a PDF"],
    )
    def test_an_infected_file_is_not_kept(self, owner: User, scanner: Daemon, data: bytes) -> None:
        assert files.EICAR in data
        refusal = refused(data, owner)
        with translation.override("ro"):
            assert (refusal.code, str(refusal)) == ("virus", "Fișierul conține un virus și nu a fost păstrat")

    @pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR", b"stream: maybe"])
    def test_a_scanner_that_does_not_decide_leaves_the_file_held(
        self, owner: User, scanner: Daemon, answer: bytes
    ) -> None:
        scanner.answers_instead = answer
        stored = receive(files.png(), owner)
        assert (stored.verdict, uploads.may_be_shown(stored)) == ("held", False)
        with pytest.raises(UploadRefused):
            uploads.page_picture(stored)

    def test_a_held_file_is_settled_later(
        self, owner: User, settings: object, django_capture_on_commit_callbacks: object
    ) -> None:
        settings.CLAMD_URL = "tcp://127.0.0.1:1"
        good, bad = receive(files.png(), owner), receive(files.jpeg() + files.EICAR, owner)
        assert uploads.scan_held() == 0
        with daemon() as running, django_capture_on_commit_callbacks(execute=True):
            settings.CLAMD_URL = running.url
            assert [uploads.scan_held(), uploads.scan_held()] == [2, 0]
        good.refresh_from_db()
        bad.refresh_from_db()
        assert (good.verdict, uploads.may_be_shown(good)) == ("clean", True)
        assert (bad.verdict, uploads.may_be_shown(bad), bad.file.name, bad.served.name) == (
            "infected",
            False,
            "",
            "",
        )
        assert len(bytes_kept()) == 2

    def test_a_daemon_on_a_local_socket(self, owner: User, settings: object, tmp_path: object) -> None:
        settings.CLAMD_URL = f"unix://{tmp_path}/none.ctl"
        assert receive(files.png(), owner).verdict == "held"


class TestStrays:
    def test_a_transaction_that_rolls_back_leaves_bytes_that_are_swept(self, owner: User) -> None:
        @transaction.atomic
        def interrupted() -> None:
            receive(files.jpeg(), owner)
            raise RuntimeError

        kept = receive(files.png(), owner)
        with pytest.raises(RuntimeError):
            interrupted()
        assert (StoredFile.objects.count(), len(bytes_kept())) == (1, 4)
        assert uploads.sweep_strays(timezone.now()) == 0  # they may still be under way
        ahead = timezone.now() + timedelta(days=400)
        assert uploads.sweep_strays(ahead) == 0  # a portal whose clock was moved forward
        for name in bytes_kept():
            self.grow_old(name)
        assert [uploads.sweep_strays(ahead), uploads.sweep_strays(ahead)] == [2, 0]
        assert len(bytes_kept()) == 2
        with kept.served.open() as copy:
            assert copy.read(4) == b"\x89PNG"

    @staticmethod
    def grow_old(name: str) -> None:
        import os
        from pathlib import Path

        found = next(Path(default_storage.location).rglob(name))
        os.utime(found, (0, 0))

    def test_papers_that_no_row_knows_are_swept_too(self, db: None) -> None:
        default_storage.save("papers/2026/11/stray.pdf", ContentFile(b"%PDF-"))
        self.grow_old("stray.pdf")
        assert uploads.sweep_strays(timezone.now()) == 1


class TestPages:
    def test_a_page_for_the_review_screen(self, owner: User) -> None:
        stored = receive(files.scan_pdf(files.jpeg(), files.jpeg()), owner)
        drawn = Image.open(io.BytesIO(uploads.page_picture(stored, 2, width=200)))
        assert (drawn.format, drawn.size) == ("PNG", (200, 283))

    @pytest.mark.parametrize("page", [0, 3, -1])
    def test_no_such_page(self, owner: User, page: int) -> None:
        stored = receive(files.scan_pdf(files.jpeg(), files.jpeg()), owner)
        with pytest.raises(UploadRefused):
            uploads.page_picture(stored, page)

    def test_the_codes_of_a_scan(self) -> None:
        import segno

        target = io.BytesIO()
        segno.make("https://portal.example/verify/7K4M-9QXD-2FHT/#2").save(target, kind="png", scale=8)
        assert uploads.qr_codes(target.getvalue()) == [(1, "https://portal.example/verify/7K4M-9QXD-2FHT/#2")]
