"""Files by content. What a file is, its bytes say, never its name; the same bytes are stored once.

Photos are re-encoded: that drops EXIF with its place and device, and whatever was hidden behind the
picture, and shrinks them to `LONGEST_EDGE`. The stored photo is therefore not the bytes that were sent."""

import hashlib
import io
import os
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings
from django.http import FileResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from huyuan.kernel.errors import Refused
from huyuan.trace.models import File

MEGABYTE = 1024 * 1024
LIMIT = 15 * MEGABYTE
LONGEST_EDGE = 1600  # pixels
MOST_PIXELS = 60_000_000  # a picture that unpacks to more is a bomb or of no use here
MOST_UNPACKED = 200 * MEGABYTE

PHOTOS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# A part that only this kind of Office file has → its media type.
OFFICE = {
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
PDF = "application/pdf"
# What a signed paper comes as.
SIGNED = (*PHOTOS.values(), PDF)
ALLOWED_ZH = "照片（JPEG、PNG、WebP）、PDF、Word（docx）或 Excel（xlsx）"


def store(content: bytes | IO[bytes], *, county_id: int, now: datetime, limit: int = LIMIT) -> File:
    """Check, write and register a file of at most `limit` bytes; the bytes are on disk before the row is.

    Raises `Refused`: file-empty, file-too-large, file-type (including programs that are named like pictures),
    file-damaged.
    """
    data = content if isinstance(content, bytes) else content.read(limit + 1)
    if not data:
        raise Refused("file-empty", "这个文件是空的。请重新选择文件。")
    if len(data) > limit:
        raise Refused(
            "file-too-large",
            f"文件超过 {limit // MEGABYTE} MB，没有收下。请压缩后再传，或用手机重新拍一张。",
            limit=limit,
        )
    data, media_type = recognise(data)
    digest = hashlib.sha256(data).hexdigest()
    _write(path_of(digest), data)
    row = File(county_id=county_id, sha256=digest, media_type=media_type, size=len(data), stored_at=now)
    File.objects.bulk_create([row], ignore_conflicts=True)
    return File.objects.get(county_id=county_id, sha256=digest)


def open_file(file: File) -> BinaryIO:
    """The stored bytes, for reading. Whether this person may have them is for the caller to ask first."""
    return path_of(file.sha256).open("rb")


def served(file: File, name: str, *, download: bool = False) -> FileResponse:
    """The answer that carries a file: a photo opens in the page, all else is saved under its name; a browser
    believes the type that was found in the bytes."""
    picture = file.media_type.startswith("image/") and not download
    answer = FileResponse(
        open_file(file), as_attachment=not picture, filename=name, content_type=file.media_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


def path_of(sha256: str) -> Path:
    """Where the bytes lie: files/ab/abcdef… under the data directory."""
    return Path(settings.DATA_DIR) / "files" / sha256[:2] / sha256


def recognise(data: bytes) -> tuple[bytes, str]:
    """The bytes to keep and their media type, or `Refused`."""
    if data[:4] == b"%PDF":
        return data, PDF
    if data[:4] == b"PK\x03\x04":
        return data, _office_type(data)
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc"):
        raise Refused(
            "file-type",
            "这是 HEIC 格式的照片，暂时收不了。请在手机相机设置里选“兼容性最佳”后重拍，或转成 JPEG 再传。",
        )
    return _photo(data)


def _photo(data: bytes) -> tuple[bytes, str]:
    try:
        with Image.open(io.BytesIO(data), formats=tuple(PHOTOS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("file-damaged", "这张图片的尺寸大得不正常，没有收下。请重新拍一张。")
            kind = picture.format or ""
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            upright = ImageOps.exif_transpose(picture)
            clear = upright.convert("RGBA" if upright.has_transparency_data and kind != "JPEG" else "RGB")
    except UnidentifiedImageError:
        raise _not_allowed() from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused("file-damaged", "这张图片打不开，可能没有传完整。请重新选择或重新拍一张。") from None
    clear.info.clear()
    clear.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    out = io.BytesIO()
    clear.save(out, kind, quality=85)
    return out.getvalue(), PHOTOS[kind]


def _office_type(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names = set(parts.namelist())
            unpacked = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, ValueError):
        raise Refused("file-damaged", "这个文件打不开，可能没有传完整。请重新选择文件。") from None
    if unpacked > MOST_UNPACKED:
        raise Refused("file-damaged", "这个文件展开后大得不正常，没有收下。请另存后再传。")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused("file-type", "这个文件带有宏，没有收下。请另存为不含宏的 xlsx 或 docx 再传。")
    for part, media_type in OFFICE.items():
        if part in names and "[Content_Types].xml" in names:
            return media_type
    raise _not_allowed()


def _not_allowed() -> Refused:
    return Refused("file-type", f"这个文件不是能收的格式（只看内容，不看文件名）。请传{ALLOWED_ZH}。")


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and safe from a power cut: temporary file, fsync, rename, fsync of the
    directory."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
