"""Bytes of any encoding become UTF-8, and damaged ones stay damaged, so that they can be found.

What cannot be decoded becomes a surrogate, which is no valid UTF-8: PostgreSQL refuses the line,
and `as_delivered` turns it back into the bytes that came.
"""

import codecs
import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator

UTF_8 = "utf-8"
FALLBACK = "cp1252"
"""What most files are written in that are no UTF-8: Windows in Western Europe and America."""
LINES_PER_LETTER = 100
"""A text with fewer letters beyond ASCII than one in so many lines is damaged, not foreign."""
_MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NO_LETTERS = bytes(b for b in range(128, 255) if not bytes([b]).decode(FALLBACK, "ignore")) + (
    b"\xff"  # y with dots, which hardly any word has: programs write this byte when they fail
)
_HALF = b"\xff"
"""Before the bytes of half a character; no UTF-8 of whole ones has it."""
_FIRST_SURROGATE = 0xDC00
_TWO_BYTES = {"utf-16", "utf-16-le", "utf-16-be"}


def detect(first: bytes, whole: Callable[[], Iterable[bytes]]) -> str:
    """The encoding of a file: by its byte order mark, by NULs between the letters, by its bytes.

    UTF-8, unless what it begins with holds a byte that is not and `is_fallback` says of the whole,
    which is read for that alone, that this is no damage.
    """
    for mark, encoding in _MARKS.items():
        if first.startswith(mark):
            return encoding
    if first[1:4:2] == b"\0\0" and b"\0" not in first[0:4:2]:
        return "utf-16-le"
    if first[0:4:2] == b"\0\0" and b"\0" not in first[1:4:2]:
        return "utf-16-be"
    if not _broken_bytes(first) or b"\0" in first:
        return UTF_8
    return FALLBACK if is_fallback(whole()) else UTF_8


def is_fallback(chunks: Iterable[bytes]) -> bool:
    """Whether bytes that are not UTF-8 are another encoding's letters, and not damage.

    They are where most bytes beyond ASCII are no part of UTF-8, each is a letter in cp1252, and
    there are not too few of them for a language: one in a hundred lines.
    """
    high = broken = lines = 0
    for number, chunk in enumerate(chunks):
        if not number and chunk.startswith(codecs.BOM_UTF8):
            return False
        lines += chunk.count(b"\n")
        if chunk.isascii():
            continue
        letters = chunk.translate(None, bytes(range(128)))
        if letters.translate(None, _NO_LETTERS) != letters:
            return False
        high += len(letters)
        broken += _broken_bytes(chunk)
    return broken * 2 > high and broken * LINES_PER_LETTER >= lines


def _broken_bytes(chunk: bytes) -> int:
    """Bytes that are no part of UTF-8, but for a character that the chunk's end cuts in two."""
    if chunk.isascii():
        return 0
    with contextlib.suppress(UnicodeDecodeError):
        codecs.utf_8_decode(chunk, "strict", False)
        return 0
    text, used = codecs.utf_8_decode(chunk, "ignore", False)
    return used - len(text.encode())


def as_utf_8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The text in UTF-8 without a byte order mark; broken bytes as what UTF-8 does not allow."""
    if encoding == UTF_8:
        rest = iter(chunks)
        yield next(rest, b"").removeprefix(codecs.BOM_UTF8)
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)(_errors(encoding))
    is_first = True
    for chunk in itertools.chain(chunks, [b""]):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:  # the end of the file is half a character
            half = decoder.getstate()[0]
            yield _HALF + "".join(chr(_FIRST_SURROGATE + byte) for byte in half).encode(
                UTF_8, "surrogatepass"
            )
            return
        if is_first and text:
            text = text.removeprefix("\ufeff")
            is_first = False
        if text:
            yield text.encode(UTF_8, "surrogatepass")


def byte_order_mark(beginning: bytes, encoding: str) -> bytes:
    """What a file in the encoding begins with that is none of its text, if it does."""
    try:
        candidates = [
            "\ufeff".encode(one) for one in (_plain(encoding), _plain(encoding, b"\xfe\xff"))
        ]
    except UnicodeError:
        return b""
    return next((mark for mark in candidates if beginning.startswith(mark)), b"")


def _plain(encoding: str, mark: bytes = b"") -> str:
    """The same encoding, by a name under which none of its marks is written."""
    if encoding not in ("utf-16", "utf-32"):
        return encoding
    return f"{encoding}-be" if mark.endswith(b"\xfe\xff") else f"{encoding}-le"


def as_delivered(raw: bytes, encoding: str, mark: bytes = b"") -> bytes:
    """A piece of text's own bytes, from what `as_utf_8` made of them in a file with that mark."""
    if encoding == UTF_8:
        return raw
    plain = _plain(encoding, mark)
    whole, _, half = raw.partition(_HALF)
    try:
        return whole.decode(UTF_8, "surrogatepass").encode(plain, _errors(encoding)) + bytes(
            ord(letter) - _FIRST_SURROGATE for letter in half.decode(UTF_8, "surrogatepass")
        )
    except UnicodeError:
        return raw


def _errors(encoding: str) -> str:
    return "surrogatepass" if encoding in _TWO_BYTES else "surrogateescape"
