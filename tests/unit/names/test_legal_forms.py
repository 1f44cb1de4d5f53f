"""Legal forms of many countries, behind a name and in front of it."""

import pytest

from openprospect_nb.analysis.identity.keys import name_key
from openprospect_nb.names import legal_forms
from openprospect_nb.names.legal_forms import without_form
from openprospect_nb.tables import tables

BEHIND = """
GmbH | G.m.b.H. | GmbH & Co. KG | GmbH & Co KG | GmbH & Co. KGaA | AG | AG & Co. KG | KGaA | SE & Co. KGaA | OHG |
KG | GbR | eGbR | UG (haftungsbeschränkt) | UG | UG (haftungsbeschränkt) & Co. KG | e.K. | e. Kfm. | e.Kfr. | eG |
e.G. | e.V. | eingetragener Kaufmann | PartG mbB | PartGmbB | gGmbH | gAG | Gesellschaft mit beschränkter Haftung |
Gesellschaft mit beschränkter Haftung & Co. Kommanditgesellschaft | Aktiengesellschaft | Kommanditgesellschaft |
Offene Handelsgesellschaft | Kommanditgesellschaft auf Aktien | Unternehmergesellschaft (haftungsbeschränkt) |
Ges.m.b.H. | GesmbH | OG | KEG | e.U. | Sàrl | SAGL | GmbH in Liquidation | GmbH i.L. | VVaG | Ltd | Ltd. | Limited
| PLC | p.l.c. | LLP | LLC | L.L.C. | Inc. | Incorporated | Corp. | Corporation | Co. | Company | & Co. | Co., Ltd.
| LP | LLLP | PLLC | P.C. Ltd | CIC | Pty Ltd | Pty. Limited | Proprietary Limited | Pte. Ltd. | Pte Ltd | Sdn. Bhd.
| Sdn Bhd | Berhad | Bhd. | Pvt. Ltd. | Private Limited | (P) Ltd. | Pvt Ltd | (OPC) Private Limited | Tbk | ULC |
Ltée | Inc. / Ltée | SA | S.A. | SARL | S.à r.l. | S.A.R.L. | SAS | S.A.S. | SASU | EURL | SNC | SCI | SCOP | SELARL
| société anonyme | Société à responsabilité limitée | société par actions simplifiée | BV | B.V. | NV | N.V. | VOF
| V.O.F. | CVBA | BVBA | SPRL | ASBL | VZW | SRL | besloten vennootschap met beperkte aansprakelijkheid |
naamloze vennootschap | S.p.A. | SpA | S.r.l. | S.R.L. | Srls | S.a.s. | S.n.c. | Soc. Coop. | S.c.a r.l. |
società per azioni | Società a responsabilità limitata | S.L. | SL | S.L.U. | SLU | S.A.U. | S.L.L. | S. Coop. |
Sociedad Limitada | Sociedad Anónima | sociedad de responsabilidad limitada | S.A. de C.V. | S. de R.L. de C.V. |
SAPI de CV | S.A.C. | E.I.R.L. | C.A. | Ltda. | Ltda | S/A | EIRELI | Lda | Lda. | Unipessoal Lda | SGPS, S.A. | AB
| AB (publ) | Aktiebolag | HB | KB | Oy | Oyj | Oy Ab | Ky | Tmi | A/S | ApS | IVS | AS | ASA | ANS | DA | hf. |
ehf. | OÜ | SIA | UAB | VšĮ | Sp. z o.o. | sp. z o. o. | Sp. z o.o. Sp. k. | Sp.j. |
spółka z ograniczoną odpowiedzialnością | spółka akcyjna | s.r.o. | spol. s r.o. | spol. s r. o. | a.s. | k.s. |
v.o.s. | společnost s ručením omezeným | akciová společnost | Kft. | Zrt. | Nyrt. | Bt. |
korlátolt felelősségű társaság | d.o.o. | d.d. | j.d.o.o. | DOOEL | S.C.S. | EOOD | OOD | AD | EAD | Sh.p.k. | ООО |
ОАО | ЗАО | ПАО | АО | ООД | ЕООД | ТОВ | TOO | OOO | Α.Ε. | Ε.Π.Ε. | Ι.Κ.Ε. | A.E. | A.Ş. | Ltd. Şti. |
San. ve Tic. A.Ş. | San. ve Tic. Ltd. Şti. | Anonim Şirketi | K.K. | G.K. | Kabushiki Kaisha | 株式会社 |
有限会社 | 合同会社 |
㈱ | (株) | 有限公司 | 股份有限公司 | 有限责任公司 | 주식회사 | (주) | ㈜ | 유한회사 | JSC | PJSC | OJSC |
CJSC | FZE | FZCO | FZ-LLC | W.L.L. |
S.A.E. | S.A.L. | בע"מ | Public Company Limited | PCL | Public Limited Company | Limited Liability Company |
Société coopérative | Genossenschaft | eingetragene Genossenschaft | osakeyhtiö | aktieselskab | anpartsselskab |
aktiengesellschaft | (Pty) Ltd | CC | NPC | Nig. Ltd | Sp.k. | S.K.A. | Společnost s r.o. |
Commanditaire vennootschap | Handelsbolag | Kommanditbolag | Eenmanszaak | Einzelunternehmen | akciju sabiedrība |
sabiedrība ar ierobežotu atbildību | uždaroji akcinė bendrovė | osaühing | aktsiaselts | société en nom collectif |
sociedade anónima | sociedade unipessoal por quotas | Sociedade por quotas | družba z omejeno odgovornostjo |
delniška družba | društvo s ograničenom odgovornošću | dioničko društvo | akciová spoločnosť |
spoločnosť s ručením obmedzeným | Societate cu Răspundere Limitată | societate pe acțiuni |
Общество с ограниченной ответственностью | Закрытое акционерное общество | Публичное акционерное общество |
Акционерное общество | Товариство з обмеженою відповідальністю | Приватне акціонерне товариство |
Дружество с ограничена отговорност | Ανώνυμη Εταιρεία | Limited Partnership | Limited Liability Partnership |
Company Limited | Private Limited Company | Perseroan Terbatas | Sendirian Berhad |
Zártkörűen működő részvénytársaság | Betéti társaság | Kommandiittiyhtiö | Selskap med begrenset ansvar |
aksjeselskap | allmennaksjeselskap | Empresa Individual de Responsabilidad Limitada | Compañía Anónima |
Compañía Limitada | Cía. Ltda. | y Cía. | et Cie | e C. | & C. | & C. S.n.c. | mbH | mbH & Co. KG | GmbH u. Co. KG |
GmbH und Co. KG | GmbH&Co.KG | GmbH & Cie. KG | Co. Ltd | N.A. | P.A. | P.C. | Chartered
"""
IN_FRONT = """
株式会社 | 有限会社 | ㈱ | (株) | ООО | ОАО | ЗАО | PT | SIA | UAB | S.à r.l. | SARL | Firma | AG | OÜ |
주식회사 | (주) | A/S |
Общество с ограниченной ответственностью | Société Anonyme | CV | ТОВ | JSC | Công ty TNHH | PT. | AB | SAS
"""


def listed(text):
    """Return the forms of a list above."""
    return [" ".join(form.split()) for form in text.split("|") if form.strip()]


def misread(forms, *spellings):
    """Return of *forms*, each put into all *spellings* of a name, those that leave more or less than the name."""
    named = [(text, name_key(text)) for form in forms for text in (spelling.format(form) for spelling in spellings)]
    return [(text, key) for text, key in named if key != "hadermann"]


def test_a_form_behind_a_name_does_not_count():
    """Behind a name a legal form changes nothing, with a comma and in capitals neither."""
    assert misread(listed(BEHIND), "Hadermann {}", "Hadermann, {}") == []
    capitals = [(f"HADERMANN {form.upper()}", f"Hadermann {form.upper()}") for form in listed(BEHIND)]
    read = [(shouted, name_key(shouted), name_key(said)) for shouted, said in capitals]
    assert [(shouted, key) for shouted, key, other in read if key not in {"hadermann", other}] == []


def test_a_form_in_front_of_a_name_does_not_count():
    """Where a form usually stands in front of the name it is read there."""
    assert misread(listed(IN_FRONT), "{} Hadermann") == []


def test_a_name_that_is_nothing_but_a_form_keeps_it():
    """A form alone is a name: something is left of it."""
    assert [form for form in listed(BEHIND) if not name_key(form)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SAS Institute Inc.", ["sas", "institute"]), ("AB Plumbing Ltd", ["ab", "plumbing"]), ("AB Plumbing", ["ab",
        "plumbing"]),
        ("SE AG", ["se", "ag"]), ("The Limited", ["the", "limited"]), ("Credit Union One", ["credit", "union", "one"]),
        ("Sparkasse Ulm", ["sparkasse", "ulm"]), ("Stiftung Warentest Quast", ["stiftung", "warentest", "quast"]),
        ("Quast Holding GmbH", ["quast", "holding"]), ("Vitamin C", ["vitamin", "c"]), ("Gaming PC", ["gaming", "pc"]),
        ("IP Solutions", ["ip", "solutions"]), ("株式会社山田製作所", ["山田製作所"]), ("山田製作所㈱", ["山田製作所"]),
        ("ООО «Ромашка»", ["romashka"]), ("ИП Иванов", ["ivanov"]), ("주식회사 한국", ["hangug"]),
        ("PT Maju Jaya Tbk", ["maju", "jaya"]),
        ("Иванов ИП", ["ivanov"]), ("Иванов, ИП", ["ivanov"]), ("«Ромашка» ИП", ["romashka"]),
        ("Gaming IP", ["gaming", "ip"]),
        ("Proprietary Software Ltd", ["proprietary", "software"]),
        ("Meier e.K. Inh. Hans Meier", ["meier"]), ("S.C. Quast Impex S.R.L.", ["quast", "impex"]),
        ("SC Freital GmbH", ["sc", "freital"]), ("Quast S.A. w likwidacji", ["quast"]), ("ЕООД Кваст", ["kvast"]),
        ("Quast s.r.o. v likvidaci", ["quast"]),
        ("Windpark Heide II GmbH & Co. KG", ["windpark", "heide", "ii"]), ("Grundbesitz Weser II", ["grundbesitz",
        "weser", "ii"]), ("Windpark Heide V", ["windpark", "heide", "v"]), ("Haus A GmbH", ["haus", "a"]),
        ("Quast, Inc. II", ["quast", "inc", "ii"]), ("Fonds II S.A.", ["fonds", "ii"]), ("Haus O", ["haus", "o"]),
        ("Quast Ion I.I.", ["quast", "ion"]), ("I. I. Quast", ["quast"]), ("Quast AE", ["quast"]),
        ("Κβαστ ΟΕ", ["kvast"]), ("Jonas IĮ", ["jonas"]), ("IĮ Jonas", ["jonas"]), ("Kita Jaya PT", ["kita", "jaya"]),
        ("Quast Sociedad Limitada Unipersonal", ["quast"]),
    ],
)  # fmt: skip
def test_what_belongs_to_the_name_stays(name, words):
    """Words that only look like a form, and those that tell companies of a group apart, stay."""
    assert without_form(name) == words


def test_there_are_as_many_forms_as_were_once_tried():
    """The forms above are more than the 161 that were tried when 72 were not ignored."""
    assert len(listed(BEHIND)) > 300


@pytest.mark.parametrize("form", ["S.A.S.", "S.A.", "A/S", "S. A. R. L.", "a.s.", "e.K.", "K/S"])
@pytest.mark.parametrize("numeral", ["I", "V", "X"])
def test_a_numeral_before_a_dotted_form_is_no_initial_of_it(numeral, form):
    """Objekt I S.A.S. is the first of several, and no firm called ISAS."""
    assert without_form(f"Objekt Foo {numeral} {form}") == ["objekt", "foo", numeral.lower()]


def kind_spellings():
    """Return every spelling of the table of kinds."""
    text = tables("names/legal_forms.toml")["kinds"].replace("|", ";").replace("\n", ";")
    return sorted({" ".join(spelling.split()) for spelling in text.split(";") if spelling.strip()})


def form(name):
    """Return the words of a name's legal form."""
    return legal_forms.parted(name)[1]


@pytest.mark.parametrize("spelling", kind_spellings())
def test_what_is_told_apart_is_read_as_a_form(spelling):
    """Every form of the table of kinds is taken off a name, behind it or in front, and known by what is taken off."""
    names = (
        f"Hadermann {spelling}",
        f"{spelling} Hadermann",
        f"山田({spelling})",
        f"한빛({spelling})",
        f"山田{spelling}",
    )
    assert any(legal_forms._kinds(form(name)) for name in names)


TWO = """
GmbH ~ GmbH & Co. KG | GmbH ~ KG | AG & Co. KG ~ AG | UG (haftungsbeschränkt) ~ GmbH | Inc. ~ LLC | SARL ~ SAS |
B.V. ~ N.V. | Sp. z o.o. ~ Sp. z o.o. Sp. k. | a.s. ~ s.r.o. | A/S ~ ApS | Sdn. Bhd. ~ Berhad | ООО ~ ЗАО
"""
ONE = """
KG ~ GmbH & Co. KG | GmbH & Co ~ GmbH & Cie. KG | GmbH i.L. ~ GmbH | Inc. ~ Corporation | L.L.C. ~ LLC | SARL ~ EURL |
Ltd ~ Private Limited | Co., Ltd. ~ Limited | SRL ~ BV | GmbH ~ LLC | AG ~ S.A. | S.A. ~ N.V. | Oy Ab ~ Oy |
Sp. k. ~ Sp. z o.o. Sp. k. | ЗАО ~ АО | GmbH ~
"""


@pytest.mark.parametrize(("pair", "are_two"), [(pair, text is TWO) for text in (TWO, ONE) for pair in text.split("|")])
def test_forms_of_one_law_are_two_kinds_of_company(pair, are_two):
    """Different forms of one law are two companies of one name; spellings, and forms of two laws, need not be."""
    told, others = (form(f"Hadermann {' '.join(part.split())}") for part in pair.split("~"))
    assert legal_forms.are_two_kinds(told, others) is legal_forms.are_two_kinds(others, told) is are_two


# Long and short spellings of one form, and the name that carries none where that is how somebody writes it.
SPELT = """
S.A. de C.V. ~ Sociedad Anónima de Capital Variable |
S. de R.L. de C.V. ~ Sociedad de Responsabilidad Limitada de Capital Variable |
S.A.P.I. de C.V. ~ Sociedad Anónima Promotora de Inversión de Capital Variable |
Pty. Ltd. ~ Proprietary Ltd | (Pty) Ltd ~ Proprietary Limited |
Proprietary Ltd ~ | LLP ~ Limited Liability Partnership | LP ~ Limited Partnership | LLC ~ Limited Liability Company |
LLLP ~ Limited Liability Limited Partnership | gGmbH ~ gemeinnützige GmbH | gGmbH ~ gemeinnützige Gesellschaft mbH |
gAG ~ gemeinnützige AG | gGmbH ~ gemeinnützige Gesellschaft mit beschränkter Haftung
"""


@pytest.mark.parametrize("pair", SPELT.split("|"))
def test_the_long_spelling_of_a_form_is_the_short_one(pair):
    """Both leave one name and are one kind of company, so that two rows of it can be one."""
    (one, told), (other, others) = (
        legal_forms.parted(f"Hadermann {' '.join(part.split())}") for part in pair.split("~")
    )

    assert one == other == ["hadermann"]
    assert not legal_forms.are_two_kinds(told, others)
