"""Which sites say nothing about who a company is, and how web addresses are read as people type them."""

import random

import polars as pl
import pytest

from openprospect_nb.analysis import dedupe
from openprospect_nb.analysis.identity.keys import hosts, registrable_domain, registrable_domains
from openprospect_nb.privacy import shared

# Everything of one customer has a name below these.
BUILDERS = [
         "jimdofree.com", "jimdosite.com", "business.site", "weebly.com", "weeblysite.com",
    "webnode.com", "webnode.de", "webnode.page", "wixsite.com", "github.io", "gitlab.io",
    "myshopify.com", "blogspot.com", "wordpress.com", "squarespace.com", "mystrikingly.com",
    "site123.me", "webflow.io", "netlify.app", "vercel.app", "herokuapp.com",
    "azurewebsites.net", "pages.dev", "web.app", "godaddysites.com", "square.site",
    "ameblo.jp", "goope.jp", "hostinger.site", "homepage-baukasten.de", "cafe24.com", "framer.website",
    "carrd.co", "notion.site", "tumblr.com", "substack.com", "hpage.com", "beepworld.de",
    "de.tl", "npage.de", "tilda.ws", "over-blog.com", "e-monsite.com", "altervista.org",
    "tripod.com", "yolasite.com", "ueniweb.com", "canva.site", "framer.website",
    "bubbleapps.io", "mailchimpsites.com", "sumupstore.com", "bigcartel.com", "mybigcommerce.com",
    "company.site", "zohosites.com", "webador.de", "zyrosite.com", "odoo.com",
]  # fmt: skip
# A path, or nothing at all, tells their companies apart.
PORTALS = [
         "search.ch", "goldenpages.be", "pkt.pl", "proff.no", "krak.dk", "hitta.se", "thomsonlocal.com", "dnb.com",
    "find-and-update.company-information.service.gov.uk", "treatwell.de", "check24.de", "my-hammer.de", "pappers.fr",
    "booking.com", "yelp.com", "yelp.de", "de.yelp.com", "wlw.de", "europages.com",
    "europages.de", "gmail.com", "t-online.de", "linktr.ee", "shopify.com", "facebook.com",
    "de-de.facebook.com", "fb.com", "linkedin.com", "de.linkedin.com", "instagram.com",
    "twitter.com", "x.com", "youtube.com", "tiktok.com", "pinterest.com", "crunchbase.com",
    "northdata.de", "kompass.com", "alibaba.com", "amazon.de", "amazon.com", "ebay.de",
    "etsy.com", "maps.google.com", "google.de", "goo.gl", "g.page", "sites.google.com",
    "business.google.com", "bit.ly", "t.me", "wa.me", "pagesjaunes.fr", "paginegialle.it",
    "herold.at", "local.ch", "yell.com", "thomasnet.com", "bbb.org", "yellowpages.com",
    "11880.com", "dasoertliche.de", "gelbeseiten.de", "das-telefonbuch.de", "meinestadt.de",
    "stepstone.de", "indeed.com", "kununu.com", "xing.com", "tripadvisor.com",
    "immobilienscout24.de", "mobile.de", "airbnb.com", "trustpilot.com", "provenexpert.com",
    "clutch.co", "glassdoor.com", "about.me", "beacons.ai", "vk.com", "web.de", "gmx.net",
    "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "qq.com", "mail.ru",
    "orange.fr", "libero.it", "wp.pl", "seznam.cz", "bluewin.ch", "mailinator.com",
    "yopmail.com", "guerrillamail.com", "medium.com", "vimeo.com",
    "bloomberg.com", "1drv.ms", "one.com", "strato.de", "ionos.de",
]  # fmt: skip


def misread(expected):
    """Return of addresses with the domain expected of each those that are read as another one."""
    read = {typed: registrable_domain(typed) for typed in expected}
    return {typed: (expected[typed], domain) for typed, domain in read.items() if domain != expected[typed]}


def test_a_builder_is_nobody_and_its_customers_are_themselves():
    """The builder's own host is nobody's domain; two customers below it have two, whatever stands before their name."""
    assert misread({f"https://www.{host}/": None for host in BUILDERS}) == {}
    assert misread({f"https://firm.{host}/contact": f"firm.{host}" for host in BUILDERS}) == {}
    pairs = [(host, registrable_domain(f"www.firm.{host}"), registrable_domain(f"other.{host}")) for host in BUILDERS]
    assert [host for host, one, other in pairs if one == other] == []


@pytest.mark.parametrize("address", ["{}", "https://www.{}/firm", "http://m.{}/firm?id=7"])
def test_a_page_on_a_portal_is_no_domain(address):
    """A directory, network, market, shortener or mail provider is nobody's domain, with a path and below it too."""
    assert misread({address.format(host): None for host in PORTALS}) == {}


def test_companies_that_share_a_host_stay_apart():
    """Two companies of one family name that share a host of their own are one; at none of these hosts they are."""
    shared_by_many = dict.fromkeys((*BUILDERS, *PORTALS))
    frame = _pairs([*shared_by_many, "firm.example"])
    joined = dedupe(frame).filter(pl.col("cluster_id") != pl.col("id"))

    assert joined["website_url"].to_list() == ["firm.example/2"]


def _pairs(hosts):
    """Return two companies a host, which have a coined word in common that no other pair has."""
    chance, rows = random.Random(1), []
    for host in hosts:
        word = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(4)).title()
        rows += [(f"{word} GmbH", f"https://{host}/1"), (f"{word} Metallbau", f"{host}/2")]
    frame = pl.DataFrame(rows, schema=["name", "website_url"], orient="row").with_row_index("id")
    return frame.cast({"id": pl.String})


def test_there_are_as_many_hosts_as_were_once_tried():
    """The hosts above are more than the 77 that were tried when 55 counted as identity."""
    assert len(set(BUILDERS) | set(PORTALS)) >= 77


@pytest.mark.parametrize(
    "host", ["firm.example", "yelp-firm.example", "mygmail.example", "notfacebook.com", "ebayer.example"]
)
def test_a_name_that_holds_another_is_itself(host):
    """A domain that only looks like a shared one stays somebody's."""
    assert registrable_domain(f"https://www.{host}") == host


def test_the_lists_of_mail_providers_are_the_maintained_ones():
    """Thousands of providers are known, also by hosts below theirs; companies are none of them."""
    assert len(shared.disposable()) > 5_000
    assert len(shared.free_mail()) > 4_000
    assert all(shared.is_free_mail(host) for host in ("gmail.com", "t-online.de", "mailbox.org", "tuta.com", "gmx.at"))
    assert {"mailinator.com", "yopmail.com"} <= shared.disposable()
    assert not any(shared.is_free_mail(host) or host in shared.disposable() for host in ("firm.example", "siemens.com"))


@pytest.mark.parametrize(
    "typed",
    [
        "firm.example", "www.firm.example", "FIRM.EXAMPLE", "http//firm.example", "http:/firm.example",
        "http:firm.example",
        "htp://firm.example", "https;//www.firm.example", "http:\\\\firm.example", "http://http://firm.example",
        "www.http://firm.example", "<https://firm.example>", '"https://firm.example"', "'firm.example'",
        "(firm.example)",
        "„firm.example“", "[firm.example](http://firm.example)", "www,firm.example", "www firm.example",
        "www.www.firm.example",
        "firm.example.", "firm.example,", "firm.example;", "firm.example/", "firm.example:443",
        "firm.example/über uns?a=b#c",
        " firm.example\u200b", "\ufefffirm.example", "ftp://firm.example", "//firm.example",
        "https://user:pw@firm.example/",
        "info@firm.example", "mailto:info@firm.example", "Info <info@firm.example>", "http://info@firm.example",
        "see www.firm.example",
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_type_them(typed):
    """Slips in scheme and dots, brackets, quotes, punctuation and an e-mail address leave the domain readable."""
    assert registrable_domain(typed) == "firm.example"


@pytest.mark.parametrize(
    "typed",
    [
        "firm.example / other.example", "firm.example, other.example", "www.firm.example; www.other.example",
        "firm.example other.example", "http://firm.example\nhttp://other.example", "firm.example | other.example",
        "firm.example und other.example", "firm.example,other.example", "a@firm.example, b@other.example",
    ],
)  # fmt: skip
def test_two_addresses_in_one_cell_are_two(typed):
    """Several addresses in one cell are all read."""
    assert registrable_domains(typed) == ("firm.example", "other.example")


@pytest.mark.parametrize(
    "typed", ["", None, "-", "n/a", "keine", "folgt", "http://", "www.", "Firma Meier", "127.0.0.1", "…"]
)
def test_what_names_no_host_has_none(typed):
    """A word, a dash or an IP address names no host."""
    assert hosts(typed) == ()


def test_unreadable_sites_are_named_in_the_log(caplog):
    """A web site that cannot be read is named, blanks and dashes are not."""
    frame = pl.DataFrame({"id": ["a", "b", "c"], "name": ["A", "B", "C"], "website_url": ["folgt bald", "-", None]})
    dedupe(frame)

    assert "'folgt bald'" in caplog.text
    assert "1 of" in caplog.text


def test_a_host_that_only_you_know_is_named_in_the_call():
    """What companies share in your data alone is given to dedupe."""
    frame = pl.DataFrame(
        {"id": ["a", "b"], "name": ["Quast", "Quast"], "website_url": ["m.mall.example/1", "mall.example/2"]}
    )

    assert dedupe(frame)["cluster_id"].to_list() == ["a", "a"]
    assert dedupe(frame, shared_hosts=["https://mall.example"])["cluster_id"].to_list() == ["a", "b"]
