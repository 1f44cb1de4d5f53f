"""Worlds of invented companies in which it is known which rows mean one: three kinds that `op.dedupe` was not tuned on.

`mittelstand` has German companies with sisters on one domain, savings banks and car dealers; `franchises` American and
British ones, with branches, abbreviations and typos; `dirty_crm` several alphabets and cells as a CRM holds them. Each
is a function of a seed and returns rows and, for each row, the number of the company it means. `rapidfuzz_clusters` is
what fifteen lines of a good library make of them, to be beaten.
"""

import random
from collections import Counter

import polars as pl
from rapidfuzz import fuzz

from openprospect_nb.analysis.identity.keys import name_key, registrable_domain
from openprospect_nb.analysis.identity.places import city_key

FACTS = ("name", "website_url", "city", "country", "state", "phone_number", "street")


def listed(text):
    """Return the parts of a text between commas."""
    return [part.strip() for part in text.split(",")]


class World:
    """Rows of companies as they are added, and what each of them means."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.rows = []
        self.meant = []
        self.companies = 0

    def company(self, *spellings):
        """Add one company in one or more spellings, each a dict of facts."""
        for facts in spellings:
            self.rows.append(facts)
            self.meant.append(self.companies)
        self.companies += 1

    def frame(self):
        """Return the rows in random order with ids, and what each means."""
        order = list(range(len(self.rows)))
        self.chance.shuffle(order)
        schema = dict.fromkeys(("id", *FACTS), pl.String)
        rows = [{"id": f"{n:06d}", **self.rows[position]} for n, position in enumerate(order)]
        return pl.DataFrame(rows, schema=schema), [self.meant[position] for position in order]

    def often(self, share):
        """Return True in a *share* of cases."""
        return self.chance.random() < share

    def slip(self, word):
        """Return a word with one slip of the finger."""
        if len(word) < 6:
            return word
        at = self.chance.randrange(1, len(word) - 1)
        swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        return self.chance.choice(
            [swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + "e" + word[at + 1 :]]
        )

    def slip_in(self, name):
        """Return a name with a slip in one of its longer words."""
        words = name.split()
        at = self.chance.choice([n for n, word in enumerate(words) if len(word) > 5] or [0])
        return " ".join(self.slip(word) if n == at else word for n, word in enumerate(words))


def ascii_of(text):
    """Return a text as a domain would have it."""
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "&": "und", "'": ""}.items():
        text = text.replace(letter, plain).replace(letter.upper(), plain)
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


HEADS = listed("""
    Alt, Birk, Dorn, Eich, Feld, Gut, Heid, Ilm, Kirch, Lind, Moos, Neu, Ober, Quell, Rapp, Stein, Tann, Unter,
    Wald, Zell, Brunn, Kropp
""")
TAILS = listed("""
    acker, bauer, burger, egger, felder, hauser, hofer, huber, inger, kamp, meister, mayr, müller, reiter,
    rieder, schmid, thaler, wieser
""")
ENDS = listed("""
    , , , en, er, ow, ich
""")
GERMAN_CITIES = listed("""
    Biberach an der Riß, Ravensburg, Bad Saulgau, Memmingen, Kempten, Pforzheim, Heilbronn, Göppingen,
    Reutlingen, Tübingen, Offenburg, Lörrach, Villingen-Schwenningen, Würzburg, Schweinfurt, Bamberg, Bayreuth,
    Coburg, Siegen, Gummersbach, Arnsberg, Gütersloh, Bielefeld, Osnabrück, Cloppenburg
""")
TRADES = listed("""
    Maschinenbau, Metallbau, Zerspanungstechnik, Blechbearbeitung, Elektrotechnik, Holzbau, Fensterbau,
    Verpackungen, Landtechnik, Fleischwaren, Textil, Druckguss
""")
SISTERS = listed("""
    Holding, Verwaltungs, Immobilien, Logistik, Vertriebs, Service, Beteiligungs, Schweiz, Austria, Energie
""")
GERMAN_FORMS = listed("""
    GmbH, GmbH, GmbH & Co. KG, AG, KG, OHG, e.K.
""")
LONG_FORMS = {
    "GmbH": "Gesellschaft mit beschränkter Haftung",
    "AG": "Aktiengesellschaft",
    "GmbH & Co. KG": "GmbH u. Co. KG",
}
COMMON = ["Müller", "Schmidt", "Weber", "Becker", "Hoffmann"]
CHAINS = {
    "Sparkasse": "sparkasse",
    "Stadtwerke": "stadtwerke",
    "Volksbank": "volksbank",
    "Autohaus Weber": "autohaus-weber",
}


def mittelstand(seed, firms=420):
    """Return German companies: families of sisters on one domain, and institutes that differ by their city alone."""
    world = World(seed)
    stems = world.chance.sample([f"{h}{t}{e}" for h in HEADS for t in TAILS for e in sorted(set(ENDS))], firms)
    for stem in stems:
        trade, city, form = map(world.chance.choice, (TRADES, GERMAN_CITIES, GERMAN_FORMS))
        domain = f"{ascii_of(stem)}.example"
        names = [f"{stem} {trade}" if world.often(0.7) else stem]
        if world.often(0.3):
            names += [f"{stem} {sister}" for sister in world.chance.sample(SISTERS, world.chance.choice([1, 1, 2, 3]))]
        if world.often(0.15):
            names.append(f"{stem} {world.chance.choice([other for other in TRADES if other != trade])}")
        for name in names:
            there = city if world.often(0.8) else world.chance.choice(GERMAN_CITIES)
            facts = {"name": name, "city": there, "website_url": domain, "country": "Germany"}
            _german(world, facts, form if name == names[0] else world.chance.choice(GERMAN_FORMS))
    for surname in COMMON:
        for trade in world.chance.sample(TRADES, 6):
            for city in world.chance.sample(GERMAN_CITIES, 3):
                first = world.chance.choice(["", "", "Hans ", "Peter "])
                domain = f"{ascii_of(first + surname)}-{ascii_of(trade)}-{ascii_of(city.split()[0])}.example"
                facts = {"name": f"{first}{surname} {trade}", "city": city, "website_url": domain, "country": "Germany"}
                _german(world, facts, world.chance.choice(GERMAN_FORMS))
    for chain, label in CHAINS.items():
        for city in world.chance.sample(GERMAN_CITIES, 15):
            domain = f"{label}-{ascii_of(city.split()[0])}.example"
            _german(
                world,
                {"name": f"{chain} {city.split()[0]}", "city": city, "website_url": domain, "country": "Germany"},
                "",
            )
    return world.frame()


def _german(world, facts, form):
    spellings = [facts | {"name": f"{facts['name']} {form}".strip()}]
    for _ in range(world.chance.choice([0, 0, 1, 1, 2])):
        name = world.slip_in(facts["name"]) if world.often(0.25) else facts["name"]
        ending = world.chance.choice([form, form, "", LONG_FORMS.get(form, form)])
        again = facts | {
            "name": f"{name} {ending}".strip(),
            "country": world.chance.choice(["DE", "Deutschland", "Germany", None]),
        }
        if world.often(0.3):
            again["name"] = world.chance.choice(
                [str.upper, str.lower, lambda text: text.replace("ü", "ue").replace("ß", "ss")]
            )(again["name"])
        if world.often(0.3):
            again["website_url"] = None
        elif world.often(0.6):
            again["website_url"] = world.chance.choice(
                ["https://www.{}/", "http://{}/impressum", "WWW.{}", "shop.{}"]
            ).format(facts["website_url"])
        if again["website_url"] and world.often(0.2):
            again["city"] = None
        spellings.append(again)
    world.company(*spellings)


AMERICAN = listed("""
    Abernat, Bexley, Calloway, Drummer, Ellery, Farrow, Gantry, Hollis, Ivers, Jessop, Kettle, Lowry, Mabry,
    Norcross, Oakden, Prewitt, Quarles, Ransome, Sedley, Tolliver, Upshaw, Varney, Whitlock, Yardley
""")
SECOND = listed("""
    Ridge, Point, Creek, Harbor, Summit, Prairie, Canyon, Meadow, Bluff, Hollow
""")
SERVICES = listed("""
    Plumbing, Roofing, Dental Care, Landscaping, Auto Repair, Manufacturing, Industrial Supply,
    Heating & Cooling, Accounting, Catering, Freight Services, Machine Works
""")
US_CITIES = [
    ("Portland", "OR"),
    ("Portland", "ME"),
    ("Springfield", "IL"),
    ("Springfield", "MO"),
    ("Columbus", "OH"),
    ("Columbus", "GA"),
    ("Aurora", "CO"),
    ("Aurora", "IL"),
    ("Boise", "ID"),
    ("Tulsa", "OK"),
    ("Dayton", "OH"),
    ("Macon", "GA"),
]
UK_CITIES = listed("""
    Leeds, Reading, Newcastle upon Tyne, Newcastle-under-Lyme, Swansea, Exeter, Stirling, Derby
""")
BRANDS = listed("""
    Zippo Lube, Glimmer Nails, Bagelwright, FitCastle Gym, Pronto Tutors, Maple Street Realty
""")
SHORT = {
    "Manufacturing": "Mfg.",
    "Industrial": "Ind.",
    "Services": "Svcs",
    "and": "&",
    "Brothers": "Bros.",
    "Supply": "Supply",
}


def franchises(seed, firms=420):
    """Return American and British companies: branches of brands on one domain, abbreviations, typos, two Portlands."""
    world = World(seed)
    for brand in BRANDS:
        for number, (city, state) in enumerate(world.chance.sample(US_CITIES, 7)):
            name = world.chance.choice([brand, f"{brand} of {city}", brand])
            facts = {
                "name": name,
                "city": city,
                "state": state,
                "website_url": f"{ascii_of(brand).replace('-', '')}.example",
                "country": "USA",
                "phone_number": f"+1 202 555 01{number:02d}",
            }
            _anglo(world, facts, "")
    names = {f"{a} {b} {s}" if world.often(0.5) else f"{a} {s}" for a in AMERICAN for b in SECOND for s in SERVICES}
    for name in world.chance.sample(sorted(names), firms):
        is_american = world.often(0.7)
        city, state = world.chance.choice(US_CITIES) if is_american else (world.chance.choice(UK_CITIES), None)
        family = f"{name.split()[0]} Brothers {' '.join(name.split()[1:])}" if world.often(0.15) else name
        label = ascii_of(family).replace("-", "")
        facts = {
            "name": family,
            "city": city,
            "state": state,
            "country": "United States" if is_american else "United Kingdom",
            "website_url": f"{label}{(state or '').lower()}{world.chance.randrange(100)}.example",
            "street": f"{world.chance.randrange(1, 999)} {world.chance.choice(['Main', 'Oak', 'High', 'Mill'])} Street",
        }
        _anglo(
            world, facts, world.chance.choice(["LLC", "Inc.", "Corp."] if is_american else ["Ltd", "Limited", "LLP"])
        )
    return world.frame()


def _anglo(world, facts, form):
    spellings = [facts | {"name": f"{facts['name']} {form}".strip()}]
    for _ in range(world.chance.choice([0, 0, 1, 1, 2])):
        name = facts["name"]
        if world.often(0.4):
            name = " ".join(SHORT.get(word, word) for word in name.split())
        if world.often(0.2):
            name = world.slip_in(name)
        name = f"The {name}" if world.often(0.08) else name
        ending = world.chance.choice(
            ["", form, {"LLC": "L.L.C.", "Inc.": "Incorporated", "Ltd": "Limited"}.get(form, form)]
        )
        again = facts | {
            "name": f"{name}, {ending}" if ending else name,
            "country": world.chance.choice(["US", "USA", None] if facts.get("state") else ["UK", "GB", None]),
        }
        if facts.get("state") and world.often(0.4):
            again |= {"city": f"{facts['city']}, {facts['state']}", "state": None}
        if world.often(0.25):
            again["website_url"] = None
        if again.get("street") and world.often(0.3):
            again["street"] = again["street"].replace("Street", "St.")
        spellings.append(again)
    world.company(*spellings)


CYRILLIC = listed("""
    Ромашка, Березка, Волгострой, Сибирьлес, Уралмет, Балтика Плюс, Заря Востока, Север Транс, Амурсталь,
    Донпродукт, Каскад Юг, Прогресс Нева
""")
LATIN_OF = listed("""
    Romashka, Berezka, Volgostroy, Sibirles, Uralmet, Baltika Plyus, Zarya Vostoka, Sever Trans, Amurstal,
    Donprodukt, Kaskad Yug, Progress Neva
""")
JAPANESE = listed("""
    山吹製作所, 海老名工業, 白樺商事, 朝霧建設, 若竹電機, 千歳精機, 常盤化学, 夕凪食品
""")
ENGLISH_OF = listed("""
    Yamabuki Works, Ebina Industries, Shirakaba Trading, Asagiri Construction, Wakatake Electric,
    Chitose Precision, Tokiwa Chemical, Yunagi Foods
""")
ROMANCE = listed("""
    Établissements Garonval, Atelier Clairmont, Società Brisighelli, Officine Marradi, Talleres Villoslada,
    Bodegas Arlanzón, Cantine Fossalta, Fonderie Roncourt, Vidrios Monteagudo, Imprimerie Valdoise
""")
RU_CITIES = [
    ("Москва", "Moscow"),
    ("Санкт-Петербург", "St. Petersburg"),
    ("Казань", "Kazan"),
    ("Новосибирск", "Novosibirsk"),
    ("Самара", "Samara"),
    ("Омск", "Omsk"),
    ("Пермь", "Perm"),
    ("Уфа", "Ufa"),
]
JP_CITIES = [
    ("東京", "Tokyo"),
    ("大阪", "Osaka"),
    ("名古屋", "Nagoya"),
    ("京都", "Kyoto"),
    ("札幌", "Sapporo"),
    ("福岡", "Fukuoka"),
    ("神戸", "Kobe"),
    ("広島", "Hiroshima"),
]
EU_CITIES = [
    ("Firenze", "Florence", "Italy"),
    ("Torino", "Turin", "Italia"),
    ("Genève", "Geneva", "Switzerland"),
    ("Sevilla", "Seville", "Spain"),
    ("Lyon", "Lyon", "France"),
    ("Bruxelles", "Brussels", "Belgium"),
    ("København", "Copenhagen", "Denmark"),
    ("Wien", "Vienna", "Austria"),
]
NO_SITES = [
    "n/a",
    "-",
    "facebook.com/{}",
    "https://www.linkedin.com/company/{}",
    "gmail.com",
    "{}.business.site/x",
    "www.yelp.com/biz/{}",
    "keine",
]
TYPED = ["http//{}", "http:/www.{}", "<https://{}>", "www,{}", '"{}"', "{}.", "info@{}", "https://{}/ / old-{}", "{}"]


def dirty_crm(seed, copies=8):
    """Return companies of several alphabets in cells as a CRM holds them: portals, slips, two addresses."""
    world = World(seed)
    for number in range(copies):
        for names, towns, country, forms in (
            (
                zip(CYRILLIC, LATIN_OF, strict=True),
                RU_CITIES,
                ("Russia", "RU", "Россия"),
                (("ООО «{}»", "ООО {}"), ("OOO {}", "{} LLC")),
            ),
            (
                zip(JAPANESE, ENGLISH_OF, strict=True),
                JP_CITIES,
                ("Japan", "JP", "日本"),
                (("株式会社{}", "{}㈱"), ("{} K.K.", "{} Co., Ltd.")),
            ),
        ):
            for own, latin in names:
                serial = f"{world.chance.choice('АБВГДЕЖЗ')}{number}" if country[1] == "RU" else ""
                _foreign(
                    world,
                    (f"{own} {serial}".strip(), f"{latin} {serial}".strip()) if serial else (own, latin),
                    towns[number],
                    country,
                    forms,
                    number,
                )
        for name in ROMANCE:
            _romance(world, name, EU_CITIES[number], number)
    return world.frame()


def _foreign(world, names, towns, countries, forms, number):
    domain = (
        f"{ascii_of(names[1])}-{number}.example"
        if names[1].isascii()
        else f"{ascii_of(names[1].split()[0])}-{number}.example"
    )
    rows = []
    for turn in range(world.chance.choice([1, 2, 2, 3])):
        script = turn % 2
        name = world.chance.choice(forms[script]).format(names[script])
        site = world.chance.choice(TYPED).format(domain, domain)
        has_site = script == 1 or turn == 0 or world.often(0.6)
        rows.append(
            {
                "name": name,
                "city": towns[world.chance.randrange(2)],
                "country": world.chance.choice([*countries, None]),
                "website_url": site if has_site else None,
            }
        )
    world.company(*rows)


def _romance(world, name, town, number):
    domain = f"{ascii_of(name)}{number}.example"
    form = world.chance.choice(["S.r.l.", "S.A.", "SARL", "S.p.A.", "S.L."])
    rows = [{"name": f"{name} {form}", "city": town[0], "country": town[2], "website_url": domain}]
    for _ in range(world.chance.choice([0, 1, 1, 2])):
        again = {
            "name": world.chance.choice(
                [f"{name} {form}", name.upper(), ascii_of(name).replace("-", " ").title(), f"{form} {name}"]
            ),
            "city": town[world.chance.randrange(2)],
            "country": world.chance.choice([town[2], None]),
        }
        again["website_url"] = (
            world.chance.choice(NO_SITES).format(f"{ascii_of(name)}{number}")
            if world.often(0.4)
            else world.chance.choice(TYPED).format(domain, domain)
        )
        if world.often(0.15):
            again["name"] = world.slip_in(again["name"])
        rows.append(again)
    world.company(*rows)


def rapidfuzz_clusters(frame):
    """Return what fifteen lines of rapidfuzz make of a frame, with our own keys: a cluster for each row."""
    rows = [(name_key(r["name"]), registrable_domain(r["website_url"]), city_key(r["city"])) for r in frame.to_dicts()]
    parent = list(range(len(rows)))

    def root(n):
        while parent[n] != n:
            n = parent[n]
        return n

    blocks = {}
    for n, (_, domain, city) in enumerate(rows):
        for key in filter(None, (domain, city and f"city {city}")):
            blocks.setdefault(key, []).append(n)
    for block in blocks.values():
        for at, one in enumerate(block):
            for other in block[at + 1 :]:
                if root(one) != root(other) and fuzz.token_set_ratio(rows[one][0], rows[other][0]) >= 90:
                    parent[root(other)] = root(one)
    return [root(n) for n in range(len(rows))]


def quality(found, meant):
    """Return precision, recall and F1 over pairs of rows."""

    def pairs(labels):
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    right = pairs(zip(found, meant, strict=True))
    precision, recall = right / max(pairs(found), 1), right / max(pairs(meant), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)
