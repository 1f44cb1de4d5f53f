"""Turn a file's bytes into text, and say by which encoding.

charset-normalizer was tried on lists of two to ten rows and named the wrong code page for a third of them (short
names hold few letters to count), so the one undecidable question, which code page, is answered here by how plausible
the letters are in company names; everything else is decided by marks and by strict decoding.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.headings import is_known

# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 BE"),
)
_WEST: Final = frozenset("äöüßÄÖÜéèêëàâçôûùúîïíñóáãõåøæòìÅØÆÉÑÇÀÈÊÓÁÍÚÃÕÂÔœÿ°©®")
_EAST: Final = frozenset("äöüßÄÖÜéáíóúýÉÁÍÓÚąćęłńśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽőűŐŰľĺôđţşăâîŢŞĂÂÎđĐ")
_CYRILLIC: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯёЁіїєґІЇЄ№")
_TURKISH: Final = frozenset("çğıöşüâÇĞİÖŞÜ")
_GREEK: Final = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίόύώΆΈΉΊΌΎΏ")


def _frequent(codec: str, first: int, last: int) -> frozenset[str]:
    """Return the characters whose lead byte is in a range: where a codec of East Asia keeps those in daily use."""
    pairs = b"".join(bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0xA1, 0xFF))
    return frozenset(pairs.decode(codec, "ignore"))


_JAPANESE: Final = _frequent("euc_jp", 0xA4, 0xA5) | _frequent("euc_jp", 0xB0, 0xCF) | frozenset("ー・（）　㈱々")
_CHINESE: Final = _frequent("gb2312", 0xB0, 0xD7) | frozenset("（）、，　")
_TAIWANESE: Final = _frequent("big5", 0xA4, 0xC6) | frozenset("（）、，　")
_KOREAN: Final = _frequent("euc_kr", 0xB0, 0xC8) | frozenset("㈜（）")
# In the order in which a tie is decided: Windows and Mac of the West, Windows of others, DOS and Unix, East Asia.
CODE_PAGES: Final = {
    "cp1252": _WEST,
    "mac_roman": _WEST,
    "cp1254": _TURKISH,
    "cp1250": _EAST,
    "cp1251": _CYRILLIC,
    "cp1253": _GREEK,
    "iso8859_2": _EAST,
    "cp850": _WEST,
    "cp852": _EAST,
    "mac_latin2": _EAST,
    "cp866": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "cp932": _JAPANESE,
    "cp949": _KOREAN,
    "euc_jp": _JAPANESE,
    "gb18030": _CHINESE,
    "cp950": _TAIWANESE,
}
# Portuguese has õ before e alone; elsewhere, beside é and ó, it is the ő of Hungarian in a code page of the East.
_ODD_TILDE: Final = re.compile("[õÕ](?![eE])")
_ACUTE: Final = re.compile("[áéíóúÁÉÍÓÚ]")
_HUNGARIAN: Final = re.compile(r"\b(?:kft|zrt|nyrt|kkt|cégnév|város)\b", re.IGNORECASE)
# Danish and Italian letters in one list are the ř and ě of Czech.
_TWO_TONGUES: Final = re.compile("ø.*ì|ì.*ø", re.IGNORECASE | re.DOTALL)
_PUNCTUATION: Final = frozenset("‘“”„–—…€™«»\u00a0")
_SAMPLE: Final = 200_000
_TOP: Final = 2_000


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of *content* and the name of its encoding; a stated *encoding* is taken at its word.

    Raises:
        ConfigurationError: the stated encoding is unknown or does not fit, or the content is no text.
    """
    if encoding is not None:
        return _stated(content, encoding), encoding
    for mark, codec, name in MARKS:
        if content.startswith(mark):
            return _decoded_once(_strict(content, codec, name), name)
    wide = _wide_without_mark(content)
    if wide is not None:
        return _strict(content, *wide), wide[1]
    try:
        return _decoded_once(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _of_code_page(content)


def _stated(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise ConfigurationError(f"encoding: {encoding!r} is none that Python knows, such as cp1252.") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"encoding: the file is not {encoding}: {error.reason} at byte {error.start:,}.",
            next_step="Leave encoding= out to have it detected.",
        ) from None


def _strict(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"the file says it is {name}, and is not from byte {error.start:,} on: {error.reason}.",
            next_step="Save it again as CSV UTF-8, or state encoding=.",
        ) from None


def _wide_without_mark(content: bytes) -> tuple[str, str] | None:
    """Return UTF-16 by where the zero bytes stand: separators and line ends have one each, text of 8 bits none."""
    zeros = [content[:_SAMPLE][parity::2].count(0) for parity in (0, 1)]
    # One stray zero byte (an old export's padding) does not make a file UTF-16; every separator would have one.
    if sum(zeros) * 20 < min(len(content), _SAMPLE):
        return None
    if zeros[1] >= 9 * zeros[0]:
        return "utf-16-le", "UTF-16 LE without BOM"
    if zeros[0] >= 9 * zeros[1]:
        return "utf-16-be", "UTF-16 BE without BOM"
    raise ConfigurationError("the file is no text and no workbook.", next_step="Save it as CSV UTF-8 or .xlsx.")


def _decoded_once(text: str, name: str = "UTF-8") -> tuple[str, str]:
    """Return *text* with the lines that were encoded twice ("MÃ¼ller") as they were meant; no other line reads so."""
    if text.isascii():
        return text, name
    lines = text.split("\n")
    mended = [line if line.isascii() else _meant(line) for line in lines]
    count = sum(before != after for before, after in zip(lines, mended, strict=True))
    return "\n".join(mended), f"{name}, {count:,} lines of it encoded twice and mended" if count else name


def _meant(line: str) -> str:
    # The five bytes that cp1252 leaves open came through as controls of the same number.
    try:
        content = b"".join(
            sign.encode("latin-1") if "\x80" <= sign <= "\x9f" else sign.encode("cp1252") for sign in line
        )
        return content.decode("utf-8")
    except UnicodeError:
        return line


def _of_code_page(content: bytes) -> tuple[str, str]:
    """Return text of a code page, or of UTF-8 with some lines of a code page, as files pasted together are."""
    lines = content.split(b"\n")
    others = [line for line in lines if not _is_utf8(line)]
    sample = b"\n".join(others)[:_SAMPLE]
    page = min(CODE_PAGES, key=lambda name: -_plausibility(sample, name))
    if any(not line.isascii() and _is_utf8(line) for line in lines):
        mixed = [line.decode("utf-8" if _is_utf8(line) else page, errors="replace") for line in lines]
        return "\n".join(mixed), f"UTF-8 with {len(others):,} lines of {page}"
    return content.decode(page, errors="replace"), page


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plausibility(content: bytes, page: str) -> float:
    """Return how well the letters beyond ASCII fit names of companies, and half a point for each known heading."""
    try:
        text = content.decode(page)
    except UnicodeDecodeError:
        return -2.0
    padded = f" {text} "
    points = [_points(padded[i - 1], c, padded[i + 1], CODE_PAGES[page]) for i, c in enumerate(padded) if ord(c) > 127]
    if page == "cp1252":
        is_eastern = _HUNGARIAN.search(text) or (_ODD_TILDE.search(text) and _ACUTE.search(text))
        odd = ("õûÕÛ" if is_eastern else "") + ("øìèùØÌÈÙ" if _TWO_TONGUES.search(text) else "")
        points += [-2.0 for letter in text if letter in odd]
    # Few letters decide little; a heading that is a known word under one code page alone decides it.
    headings = sum(map(is_known, re.split("[,;\t|\r\n]", text[:_TOP])))
    return sum(points) / max(len(points), 1) + headings / 2


def _points(before: str, letter: str, after: str, usual: frozenset[str]) -> float:
    if letter == "’":
        return 1.0
    if letter in _PUNCTUATION:
        # A dash inside a word is a letter of another code page.
        return -1.0 if before.isalpha() and after.isalpha() else 1.0
    if letter not in usual:
        return -1.0
    if letter in "®©" and after.isalpha():
        return -1.0
    # No word mixes Latin with Cyrillic or Greek letters.
    if "\u0370" <= letter <= "\u04ff" and any(sign.isascii() and sign.isalpha() for sign in before + after):
        return -1.0
    # A capital inside a word, or a small letter among capitals, is a letter of another code page.
    inside = letter.isupper() and (before.islower() or (before.isalpha() and after.islower()))
    odd = inside or (letter.islower() and before.isupper() and after.isupper())
    return -1.0 if odd else 1.0
