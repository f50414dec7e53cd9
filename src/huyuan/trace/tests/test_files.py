import io
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from huyuan.kernel.errors import Refused
from huyuan.trace import files
from huyuan.trace.files import MEGABYTE, open_file, path_of, store
from huyuan.trace.models import File

COUNTY = 150421
NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#147").save(out, kind, **more)
    return out.getvalue()


def office(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            archive.writestr(part, "<x/>")
    return out.getvalue()


def stored(content: bytes) -> File:
    return store(content, county_id=COUNTY, now=NOW)


def refused(content: bytes, **more: int) -> Refused:
    before = set(written())
    with pytest.raises(Refused) as error:
        store(content, county_id=COUNTY, now=NOW, **more)
    assert set(written()) == before
    assert not File.objects.exists()
    return error.value


def written() -> list[Path]:
    return [path for path in (Path(settings.DATA_DIR) / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n...", "application/pdf"),
        (
            office("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            office("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str) -> None:
    file = stored(content)
    with open_file(file) as kept:
        data = kept.read()
    assert (file.media_type, file.size) == (media_type, len(data))
    assert path_of(file.sha256).parent.name == file.sha256[:2]


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "file-empty", "空的"),
        (b"MZ\x90\x00" + bytes(200), "file-type", "不看文件名"),
        (b"#!/bin/sh\necho", "file-type", "不看文件名"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "file-type", "不看文件名"),
        (picture("GIF"), "file-type", "不看文件名"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "file-type", "HEIC"),
        (picture("JPEG", (400, 300))[:600], "file-damaged", "没有传完整"),
        (picture("PNG")[:60], "file-damaged", "没有传完整"),
        (b"PK\x03\x04broken", "file-damaged", "没有传完整"),
        (office("evil.exe"), "file-type", "不看文件名"),
        (office("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "file-type", "宏"),
    ],
)
def test_what_is_not_taken(content: bytes, code: str, word: str) -> None:
    error = refused(content)
    assert error.code == code
    assert word in error.message


def test_a_photo_of_50_megabytes_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = io.BytesIO(picture() + os.urandom(50 * MEGABYTE))
    with pytest.raises(Refused) as error:
        store(upload, county_id=COUNTY, now=NOW)
    assert (error.value.code, error.value.facts) == ("file-too-large", {"limit": 15 * MEGABYTE})
    assert "15 MB" in error.value.message
    assert upload.tell() == 15 * MEGABYTE + 1


def test_the_limit_itself_is_taken() -> None:
    content = b"%PDF" + bytes(MEGABYTE - 4)
    assert store(content, county_id=COUNTY, now=NOW, limit=MEGABYTE).size == MEGABYTE
    assert store(content[:-1] + b"x", county_id=COUNTY, now=NOW, limit=MEGABYTE).size == MEGABYTE
    with pytest.raises(Refused, match="file-too-large"):
        store(content + b"x", county_id=COUNTY, now=NOW, limit=MEGABYTE)


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    side = int(files.MOST_PIXELS**0.5) + 1
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    assert len(out.getvalue()) < MEGABYTE
    assert refused(out.getvalue()).code == "file-damaged"


def test_a_photo_loses_place_and_device_and_shrinks() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[2] = (29.0, 30.0, 0.0)
    content = picture("JPEG", (4000, 1000), exif=exif, comment=b"hidden")
    assert b"SecretPhone" in content
    with open_file(stored(content)) as kept:
        data = kept.read()
    with Image.open(io.BytesIO(data)) as photo:
        assert photo.size == (400, 1600)
        assert not photo.getexif()
    assert b"SecretPhone" not in data and b"hidden" not in data


def test_what_hides_behind_a_picture_is_dropped() -> None:
    with open_file(stored(picture("PNG") + b"PK\x03\x04<script>")) as kept:
        assert b"script" not in kept.read()


def test_a_transparent_picture_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(out, "PNG")
    with open_file(stored(out.getvalue())) as kept, Image.open(kept) as picture_kept:
        assert picture_kept.getpixel((0, 0)) == (255, 0, 0, 0)


def test_the_same_bytes_are_one_file_per_county() -> None:
    content = b"%PDF-1.7 same"
    first, second = stored(content), stored(content)
    other = store(content, county_id=COUNTY + 1, now=NOW)
    assert first.id == second.id != other.id
    assert first.sha256 == other.sha256
    assert len([path for path in written() if path.name == first.sha256]) == 1


def test_the_bytes_are_whole_before_the_row_is() -> None:
    """Nothing but finished files lies there: a crash between the two leaves at most a file without a row."""
    stored(picture())
    assert not [path for path in written() if path.name.startswith(".part-")]
