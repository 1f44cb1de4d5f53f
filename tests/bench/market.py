"""A market of any size for benchmarks: companies with duplicates, sisters on shared domains, names in four alphabets.

`make_market` is a function of its size and seed, made of whole columns, so that a million companies take seconds.
"""

import numpy as np
import polars as pl
from support.company_worlds import listed

import openprospect_nb as op
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS

_ONSETS = listed("""
    b, d, f, g, h, k, l, m, n, p, r, s, t, w, z, br, dr, fl, gr, kl, kr, pl, schw, st, tr
""")
_MIDDLES = listed("""
    a, e, i, o, u, ä, ö, ü, au, ei
""")
_CODAS = listed("""
    ch, ck, ff, hl, l, ll, lm, mm, n, nd, ng, nn, nt, p, pp, r, rg, rk, rn, rt, s, ss, t, tz
""")
_TAILS = listed("""
    acker, bauer, berg, burg, dorf, egger, feld, hof, huber, ing, kamp, mann, meier, müller, reiter, schmid,
    stein, thal
""")
_HEADS = listed("""
    Alt, Bad, Birk, Dorn, Eich, Feld, Grün, Heid, Kirch, Lind, Moos, Neu, Ober, Stein, Tann, Unter, Wald, Zell
""")
_TRADES = listed("""
    Maschinenbau, Metallbau, Elektrotechnik, Holzbau, Fensterbau, Verpackungen, Landtechnik, Fleischwaren,
    Textil, Druckguss, Software, Logistics, Consulting, Foods, Systems, Medical, Solar, Plastics, Tools, Media
""")
_FORMS = ("GmbH", "GmbH", "GmbH & Co. KG", "AG", "KG", "e.K.", "Ltd", "S.à r.l.", "Sp. z o.o.", "")
_KANA = listed("""
    山, 川, 田, 松, 竹, 梅, 白, 青, 金, 大, 小, 中, 上, 下, 東, 西, 南, 北, 高, 木
""")
_CYRILLIC = listed("""
    ба, ве, го, ди, жу, ки, ло, ма, ни, ро, са, ту, фе, хо, че
""")
_COUNTRIES = ("Germany", "Germany", "DE", "Deutschland", "Austria", "Switzerland")
_TITLES = ("CEO", "Geschäftsführer", "Head of Sales", "Einkäufer", "IT-Leiter", "Assistant", "Marketing Manager", None)
_KINDS = ("personal", "personal", "personal", "role", "catch_all", None)
_FIRST = listed("""
    Maja, Jonas, Zoë, Łukasz, Søren, Chloé, Ümit, Anna, Peter, Ines, Björn, Aïda
""")
_LAST = listed("""
    Quasthoff, Lindacker, Brenner, Østby, Nováková, Müller, Garonval, Okonkwo, Tolliver, Yardley
""")


def make_market(companies: int, *, seed: int = 7, orders: int = 4, share: float = 0.15) -> op.Results:
    """Return *companies* companies of several *orders* and three prospects each.

    A *share* of the rows spell an earlier company anew, as often are sisters on the domain of one.
    """
    chance = np.random.default_rng(seed)
    firms = _firms(companies, chance, share)
    firms = firms.with_columns(
        id=pl.format("c{}", pl.int_range(companies)),
        order_id=pl.format("order-{}", pl.Series(chance.integers(0, orders, companies))),
    )
    people = _people(firms, chance)
    return op.Results(companies=_whole(firms, COMPANIES), prospects=_whole(people, PROSPECTS))


def _firms(count: int, chance: np.random.Generator, share: float) -> pl.DataFrame:
    kind = chance.random(count)
    own = np.arange(count)
    # A row that repeats takes name and place of an earlier one; a sister its domain and the stem of its name.
    of = np.where(kind < 2 * share, (chance.random(count) * own).astype(np.int64), own)
    stem, trade, form = _stems(count, chance), _drawn(chance, _TRADES, count), _drawn(chance, _FORMS, count)
    town = _drawn(chance, ("", "stadt", "hausen", " am See"), count)
    city = pl.select(pl.concat_str(_drawn(chance, _HEADS, count), _drawn(chance, _TAILS, count), town)).to_series()
    repeats = pl.Series(kind < share)
    stems = stem.gather(of)
    trades = trade.gather(np.where(kind < share, of, own))
    rows = pl.DataFrame({"stem": stems, "trade": trades, "form": form, "city": city.gather(of), "of": of, "slip": kind})
    plain = pl.col("stem").str.to_lowercase().str.replace_many({"ä": "ae", "ö": "oe", "ü": "ue"})
    label = (
        pl.when(plain.str.contains("^[a-z]+$"))
        .then(pl.format("{}{}", plain, pl.col("of") % 1000))
        .otherwise(pl.format("firm{}", "of"))
    )
    spelled = pl.when(repeats & (pl.col("slip") < 0.04)).then(pl.col("stem").str.replace("e", "")).otherwise("stem")
    site = (
        pl.when(pl.col("slip") < 0.03)
        .then(None)
        .when(pl.col("of") % 3 == 0)
        .then(pl.format("https://www.{}.example/", label))
        .otherwise(pl.format("{}.example", label))
    )
    return rows.select(
        name=pl.format("{} {} {}", spelled, "trade", "form").str.strip_chars(),
        website_url=site,
        city=pl.when(repeats & (pl.col("slip") > 0.12)).then(None).otherwise("city"),
        country=_drawn(chance, _COUNTRIES, count),
        business_type=trade,
        match_score=_some(chance.integers(0, 101, count) / 10, 0.05, chance),
        employee_count=pl.Series(chance.integers(1, 3000, count)),
        description=pl.lit("Builds machines for the packaging of food, in small series, since 1950."),
        source=pl.lit("sandbox"),
    )


def _stems(count: int, chance: np.random.Generator) -> pl.Series:
    def syllables() -> pl.Expr:
        return pl.concat_str(*(_drawn(chance, parts, count) for parts in (_ONSETS, _MIDDLES, _CODAS)))

    latin = pl.concat_str(syllables(), _drawn(chance, _TAILS, count)).str.to_titlecase()
    kana = pl.concat_str(pl.lit("株式会社"), *(_drawn(chance, _KANA, count) for _ in range(4)))
    cyrillic = pl.concat_str(*(_drawn(chance, _CYRILLIC, count) for _ in range(4))).str.to_titlecase()
    which = pl.Series(chance.random(count))
    return pl.select(pl.when(which < 0.03).then(kana).when(which < 0.08).then(cyrillic).otherwise(latin)).to_series()


def _people(firms: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    count = 3 * firms.height
    at = np.repeat(np.arange(firms.height), 3)
    chance.shuffle(at)
    first, last = _drawn(chance, _FIRST, count), _drawn(chance, _LAST, count)
    host = firms["website_url"].str.extract(r"([a-z0-9]+\.example)").gather(at)
    # Addresses are in plain letters but for a few.
    mailbox = pl.concat_str(first, pl.lit("."), last).str.to_lowercase()
    bare = mailbox.str.normalize("NFKD").str.replace_all(r"[^a-z.]", "")
    plain = pl.when(pl.Series(chance.random(count) < 0.003)).then(mailbox).otherwise(bare)
    risk = np.round(np.minimum(chance.exponential(8, count), 100), 1)
    return pl.select(
        order_id=firms["order_id"].gather(at),
        company_id=firms["id"].gather(at),
        id=pl.format("p{}", pl.int_range(count)),
        first_name=first,
        last_name=last,
        job_title=_drawn(chance, _TITLES, count),
        email=pl.concat_str(plain, pl.lit("@"), host),
        email_type=_drawn(chance, _KINDS, count),
        qualification_score=pl.Series(chance.integers(0, 101, count) / 10),
        validation_confidence=_some(chance.integers(50, 101, count), 0.1, chance),
        bounce_risk_score=_some(risk, 0.1, chance),
        source=pl.lit("sandbox"),
    )


def _drawn(chance: np.random.Generator, parts: tuple[str | None, ...] | list[str], count: int) -> pl.Series:
    return pl.Series(parts, dtype=pl.String).gather(chance.integers(0, len(parts), count))


def _some(values: np.ndarray, missing: float, chance: np.random.Generator) -> pl.Series:
    return pl.Series(np.where(chance.random(len(values)) < missing, np.nan, values)).fill_nan(None)


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
