"""Private files: served as attachments that run nothing and no cache keeps; in a folder or in S3 (D5)."""

from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.http import FileResponse
from django.utils import timezone

from tests import factories
from tests.kernel import files
from upt_portal.kernel import storage, uploads
from upt_portal.kernel.models import StoredFile


def stored_file() -> StoredFile:
    examined = uploads.examine(ContentFile(files.png(), "anexa semnată.png"))
    return uploads.keep(examined, owner=factories.user(), purpose="test", at=factories.NOW)


def headers(response: FileResponse) -> dict[str, str]:
    return {
        name: response[name] for name in ("Content-Disposition", "Content-Type", *storage.PRIVATE_HEADERS)
    }


PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'self'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.django_db
def test_a_file_is_served_as_an_attachment_that_runs_nothing() -> None:
    stored = stored_file()
    response = storage.attachment(stored.served, filename="anexa-17.png", content_type="image/png")
    assert headers(response) == {
        "Content-Disposition": 'attachment; filename="anexa-17.png"',
        "Content-Type": "image/png",
        **PRIVATE,
    }
    assert b"".join(response.streaming_content)[:4] == b"\x89PNG"


def test_a_name_with_a_line_break_or_romanian_letters_stays_one_header(tmp_path: object) -> None:
    name = storages["default"].save("originals/2026/11/x.png", ContentFile(b"x"))

    class Field:
        storage = storages["default"]

    Field.name = name
    response = storage.attachment(Field(), filename='semnată"\r\nX: y.png', content_type="image/png")
    assert "\r" not in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''semnat%C4%83")
    response.file_to_stream.close()


def test_a_picture_drawn_by_us_carries_the_same_headers() -> None:
    response = storage.picture(b"\x89PNG")
    assert {name: response[name] for name in PRIVATE} == PRIVATE


def test_names_tell_nothing_and_do_not_repeat() -> None:
    names = {storage.random_name("application/pdf") for _time in range(100)}
    assert len(names) == 100
    assert all(len(name) == 36 and name.endswith(".pdf") for name in names)


def test_sweeping_a_folder_that_does_not_exist() -> None:
    assert storage.sweep("nowhere", lambda names: names, at=timezone.now()) == 0


@pytest.fixture
def s3(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The store of production's kind, spoken to over HTTP on loopback."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    where = {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-central-1"}
    boto3.client("s3", **keys, **where).create_bucket(
        Bucket="portal", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    options = {
        "bucket_name": "portal",
        "access_key": "key",
        "secret_key": "secret",
        "addressing_style": "path",
        "default_acl": None,
        "file_overwrite": False,
        **where,
    }
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    try:
        yield storages["default"]
    finally:
        server.stop()


@pytest.mark.django_db
def test_the_same_in_an_s3_store(s3: Storage) -> None:
    stored = stored_file()
    stored.refresh_from_db()
    with stored.file.open() as original:
        assert original.read() == files.png()
    response = storage.attachment(stored.served, filename="anexa.png", content_type="image/png")
    assert headers(response)["Content-Disposition"] == 'attachment; filename="anexa.png"'
    assert b"".join(response.streaming_content)[:4] == b"\x89PNG"
    assert uploads.page_picture(stored, width=50)[:4] == b"\x89PNG"
    s3.save("originals/2026/11/stray.png", ContentFile(b"x"))
    assert uploads.sweep_strays(timezone.now()) == 0
    assert storage.sweep("originals", lambda _names: [], at=timezone.now(), storage=s3) == 0
