"""What the child process finds in files, honest and nasty (CON-062 to CON-064; D1, D3, D6, D8)."""

import io
import json
import signal
import subprocess
import sys
import zipfile
import zlib

import pikepdf
import pypdf
import pytest
import segno
from pikepdf import Dictionary, Name
from PIL import Image

from tests.kernel import files
from upt_portal.kernel.inspection import child, markers
from upt_portal.kernel.inspection.findings import JPEG, PDF, PNG, Inspection, Refused
from upt_portal.kernel.inspection.pictures import shows_colour


def refusal(data: bytes) -> str:
    found = child.inspect(data)
    assert bool(found.served) == found.accepted
    return found.refusal


class TestHonestFiles:
    def test_a_coloured_photograph(self) -> None:
        found = child.inspect(files.jpeg())
        assert (found.content_type, found.pages, found.sizes, found.has_colour, found.refusal) == (
            JPEG,
            1,
            ((620, 877),),
            True,
            "",
        )

    def test_a_picture_with_transparency_is_laid_on_white(self) -> None:
        found = child.inspect(files.png(Image.new("RGBA", (30, 40), (255, 0, 0, 0))))
        served = Image.open(io.BytesIO(found.served))
        assert (found.content_type, served.format, served.mode) == (PNG, "PNG", "RGB")
        assert served.getpixel((3, 3)) == (255, 255, 255)

    @pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I;16", "RGB", "RGBA"])
    def test_every_kind_of_png_is_decoded_and_written_again(self, mode: str) -> None:
        picture = Image.linear_gradient("L")
        picture = (
            picture.convert("I").point(lambda v: v * 257).convert("I;16")
            if mode == "I;16"
            else picture.convert(mode)
        )
        found = child.inspect(files.png(picture))
        served = Image.open(io.BytesIO(found.served)).convert("L")
        assert (found.refusal, served.size) == ("", (256, 256))
        assert served.getpixel((10, 0)) < 40 < 200 < served.getpixel((10, 255))

    def test_a_cmyk_jpeg_becomes_rgb(self) -> None:
        found = child.inspect(files.jpeg(files.page_picture(stamp="red").convert("CMYK")))
        assert (found.refusal, found.has_colour, Image.open(io.BytesIO(found.served)).mode) == (
            "",
            True,
            "RGB",
        )

    def test_a_scan_of_several_pages(self) -> None:
        grey, stamped = files.jpeg(files.page_picture()), files.jpeg(files.page_picture(stamp="blue"))
        found = child.inspect(files.scan_pdf(grey, stamped))
        assert (found.content_type, found.pages, found.sizes) == (PDF, 2, ((620, 877), (620, 877)))
        assert found.has_colour is True
        assert child.inspect(files.scan_pdf(grey, grey)).has_colour is False

    def test_a_page_that_opens_at_a_certain_place_is_no_danger(self) -> None:
        assert refusal(files.written_pdf(b"/OpenAction[3 0 R/Fit]")) == ""
        data = files.written_pdf(b"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>")
        assert "/OpenAction" not in pikepdf.open(io.BytesIO(child.inspect(data).served)).Root

    def test_a_link_that_waits_for_a_click_stays(self) -> None:
        link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://upt.example)>>>>]"
        assert refusal(files.written_pdf(page=link)) == ""

    def test_a_hundred_pages_are_accepted(self) -> None:
        assert refusal(files.pdf_bytes(100)) == ""

    def test_a_pdf_whose_index_is_wrong_but_whose_end_is_there_is_repaired(self) -> None:
        data = files.pdf_bytes(2).replace(b"startxref\n", b"startxref\n9")
        found = child.inspect(data)
        assert (found.refusal, found.pages) == ("", 2)


@pytest.mark.parametrize(
    ("grey", "colour"),
    [(0, False), (8, False), (60, True)],
    ids=["grey kept as RGB", "yellowed a little", "blue ink"],
)
def test_colour_is_seen_in_the_picture_not_in_its_mode(grey: int, colour: bool) -> None:
    picture = Image.new("RGB", (500, 700), (200, 200, 200))
    picture.paste((120, 120, 120 + grey), (100, 100, 200, 200))
    assert shows_colour(picture) is colour


class TestRefused:
    @pytest.mark.parametrize(
        "data",
        [
            b"just a text",
            b"\n" + files.pdf_bytes(),
            b"\xef\xbb\xbf" + files.pdf_bytes(),
            b"GIF89a" + files.pdf_bytes(),
            b"<html>" + files.png(),
            b"MZ" + files.jpeg(),
            b"PK\x03\x04" + files.pdf_bytes(),
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"II*\0" + files.jpeg(),
            b"BM" + files.png(),
            b"%!PS-Adobe-3.0\n%PDF-1.4",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%pdf-1.4",
            b"\x89PNG\n\x1a\n",
        ],
    )
    def test_what_does_not_begin_as_one_of_the_three(self, data: bytes) -> None:
        assert refusal(data) == "type"

    @pytest.mark.parametrize(
        "data",
        [
            b"%PDF-1.7\n",
            b"%PDF-1.7\nhello\n%%EOF",
            files.pdf_bytes(3)[:-200],
            files.scan_pdf(files.jpeg())[:9000],
            files.jpeg()[:3000],
            files.jpeg()[:3],
            files.png()[:900],
            files.png()[:8],
            b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
            b"\xff\xd8\xff\xe1<?php echo 1 ?>",
            files.written_pdf().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[]/Count 0"),
            files.pdf_bytes() + b"PK\x03\x04" * 500,
        ],
        ids=range(12),
    )
    def test_what_cannot_be_opened(self, data: bytes) -> None:
        assert refusal(data) == "unreadable"

    @pytest.mark.parametrize(
        ("user", "owner"), [("secret", "boss"), ("", "boss")], ids=["to open", "to print"]
    )
    @pytest.mark.parametrize("strength", [3, 4, 6])
    def test_a_password_of_any_kind(self, user: str, owner: str, strength: int) -> None:
        locked = pikepdf.Encryption(
            user=user, owner=owner, R=strength, aes=strength > 3, metadata=strength > 3
        )
        found = child.inspect(files.saved(files.blank_pdf(), encryption=locked))
        assert (found.refusal, found.encrypted, found.served) == ("password", True, b"")

    @pytest.mark.parametrize(
        "data",
        [
            files.written_pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
            files.written_pdf(b"/Open#41ction<</S/J#61vaScript/J#53(app.alert(1))>>"),
            files.written_pdf(b"/OpenAction<</S/URI/URI(http://127.0.0.1/x)>>"),
            files.written_pdf(b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/Launch/F(calc.exe)>>>>"),
            files.written_pdf(b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>"),
            files.written_pdf(
                b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)/EF<</F 4 0 R>>>>]>>>>", b"<<>>"
            ),
            files.written_pdf(b"/AcroForm<</XFA 4 0 R/Fields[]>>", files.stream_object(b"", b"<xdp/>")),
            files.written_pdf(b"/AF[<</Type/Filespec/F(a)/EF<</F 4 0 R>>>>]", files.stream_object(b"", b"x")),
            files.written_pdf(b"", files.stream_object(b"/Type/EmbeddedFile", b"MZ")),
            files.written_pdf(b"", files.stream_object(b"/F(other.bin)", b"")),
            files.written_pdf(b"", b"[[[<</A[<</S/Launch/F(calc.exe)>>]>>]]]"),
            files.written_pdf(page=b"/AA<</O<</S/JavaScript/JS(1)>>>>"),
            files.written_pdf(page=b"/AA<</O<</S/URI/URI(http://127.0.0.1/)>>>>"),
            files.written_pdf(page=b"/Annots[<</Subtype/Widget/A<</S/SubmitForm/F(http://127.0.0.1/)>>>>]"),
            files.written_pdf(page=b"/Annots[<</Subtype/Widget/A<</S/ImportData/F(x)>>>>]"),
            files.written_pdf(page=b"/Annots[<</Subtype/RichMedia/Rect[0 0 9 9]>>]"),
            files.written_pdf(page=b"/Annots[<</Subtype/FileAttachment/Rect[0 0 9 9]>>]"),
            files.written_pdf(page=b"/Annots[<</Subtype/Link/A<</S/GoToR/F(//host/share)/D[0/Fit]>>>>]"),
            files.written_pdf(page=b"/Annots[<</Subtype/Screen/A<</S/Rendition/JS(1)>>>>]"),
        ],
        ids=range(19),
    )
    def test_a_pdf_that_runs_or_carries_something(self, data: bytes) -> None:
        found = child.inspect(data)
        assert found.refusal == "active"
        assert found.active

    def test_an_attachment_added_by_a_library(self) -> None:
        pdf = files.blank_pdf()
        pdf.attachments["list.xls"] = b"MZ"
        assert refusal(files.saved(pdf)) == "active"

    def test_script_packed_into_an_object_stream(self) -> None:
        pdf = files.blank_pdf()
        pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
        data = files.saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        assert b"JavaScript" not in data
        assert refusal(data) == "active"


class TestBombs:
    def test_a_png_that_claims_900_megapixels(self) -> None:
        assert refusal(files.png_header(30_000, 30_000)) == "bomb"

    def test_a_jpeg_that_claims_more_than_it_may(self) -> None:
        data = bytearray(files.jpeg(Image.new("L", (16, 16))))
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = b"\x80\x00\x80\x00"
        assert refusal(bytes(data)) == "bomb"

    def test_just_fifty_megapixels_are_read(self) -> None:
        found = child.inspect(files.png(Image.new("1", (10_000, 5_000), 1)))
        assert (found.refusal, found.sizes) == ("", ((10_000, 5_000),))

    def test_a_telephone_picture_of_fifty_megapixels_is_turned_upright(self) -> None:
        data = files.jpeg(Image.new("RGB", (8160, 6120), "navy"), quality=30, exif=files.located_exif())
        found = child.inspect(data)
        served = Image.open(io.BytesIO(found.served))
        assert (found.refusal, found.sizes, served.size) == ("", ((8160, 6120),), (3060, 4080))

    def test_a_pdf_whose_picture_claims_100_megapixels(self) -> None:
        picture = (
            b"/Type/XObject/Subtype/Image/Width 10000/Height 10000/ColorSpace/DeviceGray/BitsPerComponent 8"
        )
        data = files.written_pdf(b"", files.stream_object(picture, b"\0"))
        assert refusal(data) == "bomb"

    def test_a_picture_that_holds_more_than_it_claims(self) -> None:
        picture = (
            b"/Subtype/Image/Width 10/Height 10/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        )
        packed = zlib.compress(bytes(80 * 1024 * 1024), 9)
        assert refusal(files.written_pdf(b"", files.stream_object(picture, packed))) == "bomb"

    @pytest.mark.parametrize("layers", [1, 2])
    def test_a_stream_that_inflates_without_end(self, layers: int) -> None:
        packed, filters = bytes(200 * 1024 * 1024), b"/Filter["
        for _layer in range(layers):
            packed, filters = zlib.compress(packed, 9), filters + b"/FlateDecode "
        assert refusal(files.written_pdf(b"", files.stream_object(filters + b"]", packed))) == "bomb"

    def test_many_streams_that_inflate_to_too_much_together(self) -> None:
        packed = files.stream_object(b"/Filter/FlateDecode", zlib.compress(bytes(20 * 1024 * 1024), 9))
        assert refusal(files.written_pdf(b"", packed, packed, packed)) == ""
        assert refusal(files.written_pdf(b"", packed, packed, packed, packed)) == "bomb"

    def test_an_index_that_inflates_without_end(self) -> None:
        packed = zlib.compress(bytes(300 * 1024 * 1024), 9)
        index = b"/Type/XRef/W[1 2 1]/Size 9/Root 1 0 R/Filter/FlateDecode"
        data = b"%PDF-1.7\n"
        place = len(data)
        data += (
            b"1 0 obj\n" + files.stream_object(index, packed) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % place
        )
        assert refusal(data) in {"bomb", "unreadable"}

    def test_101_pages(self) -> None:
        assert refusal(files.pdf_bytes(101)) == "bomb"

    def test_a_page_tree_that_goes_round_in_a_circle(self) -> None:
        data = files.written_pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
        assert refusal(data) in {"bomb", "unreadable"}

    def test_a_zip_is_no_document_whatever_it_holds(self) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("a.pdf", bytes(10 * 1024 * 1024))
        assert refusal(target.getvalue()) == "type"


class TestServedCopies:
    def test_place_and_maker_are_gone_and_the_picture_stands_upright(self) -> None:
        data = files.jpeg(files.page_picture(stamp="red"), exif=files.located_exif(), comment=b"from home")
        assert b"Telephone maker" in data
        served = child.inspect(data).served
        assert b"Telephone maker" not in served
        assert b"from home" not in served
        picture = Image.open(io.BytesIO(served))
        assert (dict(picture.getexif()), picture.size) == ({}, (877, 620))

    @pytest.mark.parametrize("writing", [files.jpeg, files.png])
    def test_what_was_hung_on_behind_a_picture_is_gone(self, writing: object) -> None:
        tail = b"<script>alert(document.domain)</script>" + b"PK\x03\x04" + files.pdf_bytes()
        found = child.inspect(writing() + tail)
        assert (found.refusal, b"<script>" in found.served, b"%PDF" in found.served) == ("", False, False)

    def test_html_in_the_text_of_a_png_is_gone(self) -> None:
        from PIL.PngImagePlugin import PngInfo

        words = PngInfo()
        words.add_text("Comment", "<script>alert(1)</script>")
        data = files.png(pnginfo=words)
        assert b"<script>" in data
        assert b"<script>" not in child.inspect(data).served

    def test_the_place_inside_a_photograph_inside_a_pdf_is_gone(self) -> None:
        photograph = files.jpeg(files.page_picture(stamp="red"), exif=files.located_exif())
        found = child.inspect(files.scan_pdf(photograph))
        pdf = pikepdf.open(io.BytesIO(found.served))
        kept = next(iter(pdf.pages[0].get_images().values())).read_raw_bytes()
        assert b"Telephone maker" not in kept
        assert Image.open(io.BytesIO(kept)).getexif().get_ifd(0x8825) == {}
        assert Image.open(io.BytesIO(kept)).tobytes() == Image.open(io.BytesIO(photograph)).tobytes()

    def test_author_and_other_words_about_a_pdf_are_gone(self) -> None:
        pdf = files.blank_pdf()
        with pdf.open_metadata() as words:
            words["dc:creator"] = ["Student Name"]
        pdf.docinfo["/Author"] = "Student Name"
        data = files.saved(pdf)
        assert pypdf.PdfReader(io.BytesIO(data)).metadata.author == "Student Name"
        served = pypdf.PdfReader(io.BytesIO(child.inspect(data).served))
        assert (served.metadata, served.xmp_metadata, len(served.pages)) == (None, None, 1)

    def test_what_was_hung_on_behind_a_pdf_is_gone(self) -> None:
        found = child.inspect(files.pdf_bytes() + b"\n<script>alert(1)</script>")
        assert (found.refusal, b"<script>" in found.served) == ("", False)

    @pytest.mark.parametrize(
        "data",
        [
            files.pdf_bytes().replace(b"\n", b"\n%<script>alert(1)</script>\n", 1),
            files.pdf_bytes() + b"<?php echo 1 ?>",
            files.pdf_bytes() + b"PK\x05\x06" + bytes(18),
            files.jpeg(comment=b"<?php echo 1 ?><script>"),
            files.jpeg() + b"PK\x05\x06" + bytes(18) + b"<script>",
            files.png() + b"GIF89a<script>",
        ],
        ids=["script in the head", "program behind", "zip behind", "program in a comment", "zip", "picture"],
    )
    def test_no_file_that_is_two_things_at_once_is_served_as_it_came(self, data: bytes) -> None:
        found = child.inspect(data)
        assert found.accepted
        assert not any(other in found.served for other in (b"<script>", b"<?php", b"PK\x05\x06", b"GIF89a"))

    def test_the_same_file_gives_the_same_copy(self) -> None:
        data = files.scan_pdf(files.jpeg())
        assert child.inspect(data).served == child.inspect(data).served


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\xff\xff", b"not a jpeg", b"\xff\xd8\xff\xff\xff"]
)
def test_markers_that_cannot_be_followed_do_no_harm(data: bytes) -> None:
    assert len(markers.without_metadata(data)) <= len(data)


class TestPages:
    def test_a_page_is_drawn_at_the_width_asked_for(self) -> None:
        said, drawn = child.ask("picture", files.pdf_bytes(3), page=2, width=300)
        assert said == {"pages": 3}
        assert Image.open(io.BytesIO(drawn)).size == (300, 424)

    def test_a_picture_is_its_only_page(self) -> None:
        said, drawn = child.ask("picture", files.jpeg(), page=1, width=310)
        assert (said, Image.open(io.BytesIO(drawn)).size) == ({"pages": 1}, (310, 438))

    def test_no_such_page(self) -> None:
        said, _drawn = child.ask("picture", files.pdf_bytes(), page=2, width=300)
        assert said["refusal"] == "unreadable"

    def test_the_codes_of_a_scan_are_read_page_by_page(self) -> None:
        pages = []
        for text in ("ANEXA-17/1/1", "ANEXA-17/1/2"):
            target, page = io.BytesIO(), files.page_picture((1240, 1754))
            segno.make(text, error="m").save(target, kind="png", scale=5)
            page.paste(Image.open(target).convert("RGB"), (900, 1400))
            pages.append(files.jpeg(page.rotate(2, fillcolor="white"), quality=60))
        said, _nothing = child.ask("codes", files.scan_pdf(*pages))
        assert said["codes"] == [[1, "ANEXA-17/1/1"], [2, "ANEXA-17/1/2"]]
        assert child.ask("codes", pages[1])[0]["codes"] == [[1, "ANEXA-17/1/2"]]
        assert child.ask("codes", files.jpeg())[0]["codes"] == []


class TestTheChild:
    def test_it_loads_neither_django_nor_celery_and_knows_no_secret(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_KEY", "told-to-nobody")
        monkeypatch.setattr(
            child,
            "START",
            child.START.replace("main()\n", "")
            + "import json, os\nfrom upt_portal.kernel.inspection import pdfs, sight\n"
            + "print(json.dumps([sorted({n.split('.')[0] for n in sys.modules} & {'django', 'celery'}),"
            + " 'SECRET_KEY' in os.environ]))\n",
        )
        assert json.loads(child._ran({}, b"")[1]) == [[], False]

    @pytest.mark.parametrize(
        ("work", "code"),
        [
            ("while True: pass", "bomb"),
            ("bytearray(600 * 1024 * 1024)", "unreadable"),
            ("import os; os.kill(os.getpid(), 11)", "unreadable"),
        ],
        ids=["processor", "memory", "crash"],
    )
    def test_it_is_stopped_at_its_limits(self, monkeypatch: pytest.MonkeyPatch, work: str, code: str) -> None:
        limited = (
            "from upt_portal.kernel.inspection import findings, program\n"
            "findings.CPU_SECONDS = 1\n"
            "program.limit_this_process()\n"
        )
        monkeypatch.setattr(child, "START", child.START.replace("main()\n", limited + work + "\n"))
        with pytest.raises(Refused) as refused:
            child.ask("inspect", files.png())
        assert refused.value.code == code

    def test_it_is_killed_when_it_only_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(child, "WALL_SECONDS", 0.5)
        monkeypatch.setattr(child, "START", "import signal; signal.pause()")
        assert child.inspect(files.png()) == Inspection(refusal="bomb", detail="over the limits of time")

    def test_without_a_place_nothing_is_started(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(child, "WALL_SECONDS", 0.01)
        for _place in range(child.AT_ONCE):
            assert child._places.acquire(timeout=1)
        try:
            with pytest.raises(child.Overloaded):
                child.inspect(files.png())
        finally:
            for _place in range(child.AT_ONCE):
                child._places.release()
        monkeypatch.undo()
        assert child.inspect(files.png()).accepted

    def test_a_machine_that_starts_nothing_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/nonexistent/python")
        with pytest.raises(child.Overloaded):
            child.inspect(files.png())

    def test_signals_of_the_limits_are_those_the_parent_knows(self) -> None:
        command = [sys.executable, "-c", "import resource; resource.setrlimit(0, (1, 1))\nwhile True: pass"]
        assert subprocess.run(command, check=False).returncode in (-signal.SIGXCPU, -signal.SIGKILL)
