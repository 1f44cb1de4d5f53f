"""Spellings that meet in one canonical form, and look-alikes that do not."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.privacy import canonical

SPELLINGS = {
    "case": "J@Firm.EXAMPLE",
    "a display name": "Maja Lindqvist <j@firm.example>",
    "a link": "mailto:j@firm.example?subject=hello",
    "blanks": "  j@firm.example\n",
    "no-break spaces": "\u00a0j@firm.example\u00a0",
    "a trailing dot": "j@firm.example.",
    "quotes": '"j"@firm.example',
    "a tag": "j+news@firm.example",
    "an encoded tag": "j%2Bnews@firm.example",
    "percent": "j%40firm.example",
    "percent twice": "j%2540firm%252Eexample",
    "percent everywhere": "".join(f"%{byte:02X}" for byte in b"j@firm.example"),
    "a decimal entity": "j&#64;firm.example",
    "a hexadecimal entity": "j&#x40;firm&#x2e;example",
    "a named entity": "j&commat;firm&period;example",
    "an escaped entity": "j&amp;#64;firm.example",
    "a JSON escape": r"j\u0040firm.example",
    "JSON within JSON": json.dumps(json.dumps(r"j\u0040firm.example")),
    "a zero-width space": "j\u200b@fi\u200brm.example",
    "soft hyphens": "j@fi\u00adrm.exam\u00adple",
    "a byte order mark": "\ufeffj@firm.example",
    "full-width characters": "ｊ＠ｆｉｒｍ．ｅｘａｍｐｌｅ",
    "ideographic dots": "j@firm。example",
    "brackets": "j (at) firm [dot] example",
    "blanks around the sign": "j @ firm.example",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_an_address_is_one_however_it_is_written(spelling):
    """Every spelling has the same canonical form, alone and inside a sentence."""
    assert canonical.address(spelling) == "j@firm.example"
    assert "j@firm.example" in canonical.addresses_in(f"please ask ({spelling}), or call")


INTERNATIONAL = {
    "letters": "j@müller.example",
    "capitals": "J@MÜLLER.EXAMPLE",
    "decomposed": unicodedata.normalize("NFD", "j@müller.example"),
    "punycode": "j@xn--mller-kva.example",
    "PUNYCODE": "j@XN--MLLER-KVA.example",
    "percent": "j@m%C3%BCller.example",
    "percent in Latin-1": "j@m%FCller.example",
    "an entity": "j@m&uuml;ller.example",
    "a JSON escape": r"j@m\u00fcller.example",
}


@pytest.mark.parametrize("spelling", INTERNATIONAL.values(), ids=INTERNATIONAL)
def test_an_international_domain_is_one_however_it_is_written(spelling):
    """Letters, punycode and every encoding of them meet."""
    assert canonical.address(spelling) == "j@xn--mller-kva.example"
    assert canonical.domain(spelling.partition("@")[2]) == "xn--mller-kva.example"


LOOK_ALIKES = [
    "aj@firm.example", "j@firm.example.test", "j@afirm.example", "j@firm-example.example", "j@mail.firm.example",
    f"j@firm.example{'s'}", "x.j@firm.example", "x-j@firm.example", "x_j@firm.example", "j@firm.example-works.example",
    "j.@firm.example", "x+j@firm.example", r"\u0061j@firm.example", "a%6A@firm.example", "j2@firm.example",
    "o'j@firm.example", "jürj@firm.example", "j@xn--firm-x.example",
]  # fmt: skip


@pytest.mark.parametrize("other", LOOK_ALIKES)
def test_a_look_alike_is_another_address(other):
    """Neither a longer local part nor a longer, shorter or lower domain is the same address."""
    assert canonical.address(other) != "j@firm.example"
    assert "j@firm.example" not in canonical.addresses_in(f"write to {other} today")


def test_dots_count_for_nobody_at_gmail_alone():
    """The provider documents that dots do not matter and that both its domains are one; elsewhere they matter."""
    long, short = (f"@{name}mail.com" for name in ("Google", "g"))

    assert canonical.address(f"J.Doe+x{long}") == canonical.address(f"jdoe{short}") == f"jdoe{short}"
    assert canonical.address("j.doe@firm.example") != canonical.address("jdoe@firm.example")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("https://x.example/?from=shop&to=j@firm.example&x=1", "j@firm.example"),
        ("mail:o’brien@firm.example", "o'brien@firm.example"),
        ("Write to j@firm.example.Test it.", "j@firm.example"),
        ("请联系j@firm.example谢谢", "j@firm.example"),
        ("a=1&copy@firm.example", "copy@firm.example"),
        ("<a href='mailto:j@firm.example'>", "j@firm.example"),
        ('{"a":"x","mail":"j@firm.example","b":2}', "j@firm.example"),
        (r'{"a":"line\nj@firm.example\tend"}', "j@firm.example"),
        ("j@firm.example,k@firm.example", "k@firm.example"),
    ],
)
def test_an_address_is_found_between_whatever_stands_around_it(text, held):
    """Links, quotes, JSON, sentences and scripts without blanks do not hide an address."""
    assert held in canonical.addresses_in(text)


@pytest.mark.parametrize("text", ["", "j", "@", "j@", "@firm.example", "j@firm", "j@firm.example; k@firm.example"])
def test_what_is_no_single_address_has_no_form(text):
    """None stands for no address, and for more than one."""
    assert canonical.address(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "firm.example", "FIRM.example.", "www.firm.example", "https://www.firm.example:8443/team?x=1#y",
        "//firm.example", "@firm.example", "firm.example/about", " firm.example ", "http://firm%2Eexample/",
        "fi\u00adrm.example",
    ],
)  # fmt: skip
def test_a_domain_is_one_however_it_is_written(text):
    """Scheme, www, port, path, case and a trailing dot do not matter."""
    assert canonical.domain(text) == "firm.example"


@pytest.mark.parametrize("text", ["", "firm", "192.168.0.1", "j@firm.example", "two words.example", "Firm GmbH"])
def test_what_is_no_domain_has_no_form(text):
    """A word, a number, an address and a sentence are no domain."""
    assert canonical.domain(text) is None


def test_a_host_lies_below_its_domains_and_no_others():
    """``firm.example`` takes ``mail.firm.example``, not ``firm.example.test`` nor ``notfirm.example``."""
    text = "see mail.firm.example/x, j@firm.example.test and https://notfirm.example"
    hosts = canonical.hosts_in(text)

    assert hosts == {"mail.firm.example", "firm.example.test", "notfirm.example"}
    assert list(canonical.and_above("mail.firm.example")) == ["mail.firm.example", "firm.example"]
    assert [host for host in hosts if "firm.example" in canonical.and_above(host)] == ["mail.firm.example"]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+493012345", None), ("+49 30 12345", None), ("0049 30 12345", None), ("030 12345", "DE"),
        ("030 12345", "Germany"), ("030/12345", "Deutschland"), ("+49 (0)30 12345", None), ("+49-30-123 45", "AT"),
        ("tel:+49-30-12345", None), ("Tel.: +49 30 12345 (Zentrale)", None), ("0049 30 12345", "US"),
        ("+49\u00a030\u200b12345", None), ("＋４９ ３０ １２３４５", None), ("%2B49 30 12345", None),
    ],
)  # fmt: skip
def test_a_telephone_number_is_one_however_it_is_written(text, country):
    """Punctuation, the way abroad, the trunk zero and full-width digits do not matter."""
    assert canonical.phone(text, country) == "+493012345"
    assert "+493012345" in canonical.phones_in(f"call {text} now", country)


@pytest.mark.parametrize(
    ("text", "country"),
    [("030 12345", None), ("030 12345", "AT"), ("+49 30 123456", None), ("+49 30 12345-67", None),
     ("+49 30 12345 ext. 5", None), ("+49 30 12345;ext=5", None), ("", None), ("call me", None)],
)  # fmt: skip
def test_another_line_is_another_number(text, country):
    """Another country, a longer number and an extension are other lines; without a country a local one is none."""
    assert canonical.phone(text, country) != "+493012345"


def test_numbers_side_by_side_are_two():
    """A slash or a blank between two numbers does not join them for good."""
    held = canonical.phones_in("+49 30 12345 / 030 99999 or (0049) 30 777777", "DE")
    assert {"+493012345", "+493099999", "+4930777777"} <= held


@pytest.mark.parametrize(
    "text",
    ["https://www.linkedin.com/in/Maja-Lindqvist/?trk=x", "de.linkedin.com/in/maja-lindqvist/en",
     "linkedin.com/in/maja-lindqvist#top", "http://linkedin.com:80/in/MAJA-LINDQVIST"],
)  # fmt: skip
def test_a_profile_is_one_however_it_is_linked(text):
    """Scheme, country, case, language and query do not matter."""
    assert canonical.profile(text) == "linkedin.com/in/maja-lindqvist"
    assert canonical.profiles_in(f"see <{text}> please") == {"linkedin.com/in/maja-lindqvist"}


def test_profiles_that_differ_stay_apart():
    """Another page or another number is another profile, and a site alone is none."""
    assert canonical.profile("facebook.com/profile.php?id=12&x=1") != canonical.profile("facebook.com/profile.php?id=1")
    assert canonical.profile("linkedin.com/in/maja") != canonical.profile("linkedin.com/in/maja-lindqvist")
    assert canonical.profile("https://firm.example/") is None


def test_ids_are_opaque():
    """An id is compared letter by letter, a UUID without case."""
    assert canonical.identity(" aB-9 ") == "aB-9"
    assert canonical.identity("0F8FAD5B-D9CB-469F-A165-70867728950E") == "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    "names",
    [("Jürgen", "Müller"), ("Müller", "Jürgen"), ("JUERGEN MUELLER",), ("Dr. Müller, Jürgen",), ("Jurgen", "Muller"),
     (unicodedata.normalize("NFD", "Jürgen Müller"),), ("Jürgen", None, "Müller")],
)  # fmt: skip
def test_a_name_is_one_however_it_is_written(names):
    """Order, case, accents, transcription and titles do not matter."""
    assert canonical.person(*names) == "jurgen muller"


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    """No text, however broken, raises or is read without end; what is found is canonical already."""
    for form in canonical.addresses_in(text):
        assert form in canonical.addresses_in(form)
    canonical.hosts_in(text)
    canonical.phones_in(text)
    canonical.profiles_in(text)
    canonical.person(text)


HOSTILE = {
    "letters": "a" * 100_000 + "@x",
    "signs": "a@" * 50_000,
    "dots": "a." * 50_000 + "/ ",
    "percent": "%25" * 30_000 + "@x.example",
    "digits": "1 " * 50_000,
    "blanks": " " * 100_000,
    "entities": "&amp;" * 30_000 + "@",
    "backslashes": "\\" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_stands_behind_a_hostile_text_is_found(text):
    """Long runs of what a form could begin with hide nothing; a search that began again at each would take an hour."""
    behind = f"{text} maja@firm.example linkedin.com/in/maja +49 30 12345"

    assert "maja@firm.example" in canonical.addresses_in(behind)
    assert "linkedin.com/in/maja" in canonical.profiles_in(behind)
    assert {"firm.example", "linkedin.com"} <= canonical.hosts_in(behind)
    assert text[0].isdigit() or "+493012345" in canonical.phones_in(behind)
    for read in (canonical.address, canonical.phone, canonical.domain, canonical.person):
        read(text)
