import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis import contactable, score
from openprospect_nb.analysis.contacts import seniority
from openprospect_nb.analysis.contacts.seniority import LEVELS, seniority_by_title, with_seniority
from openprospect_nb.analysis.table import collect, open_table

VALUES = {None: None} | {level.name: level.value for level in LEVELS}


def values(*titles):
    """Return the value of each title."""
    table = open_table(pl.DataFrame({"job_title": titles}, schema={"job_title": pl.String}), name="t", required=())
    rows = with_seniority(table.lazy, table.column("job_title", nw.String), "value")
    return collect(rows, ["value"])["value"].to_list()


FEW = [
    ("CEO", "top"), ("Geschäftsführerin", "top"), ("Inhaber", "top"), ("Co-Founder & CTO", "top"),
    ("Vorstandsvorsitzender", "top"), ("Vorstand", "top"), ("Managing Director DACH", "top"),
    ("President", "top"),
    ("Chief Revenue Officer", "top"), ("Gründer", "top"),
    ("Vice President Sales", "leading"), ("SVP Marketing", "leading"), ("Head of IT", "leading"),
    ("Vertriebsleiter", "leading"), ("Leiter Einkauf", "leading"), ("Leitung Personal", "leading"),
    ("Prokuristin", "leading"), ("Marketing Director", "leading"), ("Bereichsleiterin", "leading"),
    ("Teamleiter Vertrieb", "leading a team"), ("Team Lead Data", "leading a team"),
    ("Projektleiterin", "leading a team"),
    ("Office Manager", "managing"), ("Product Owner", "managing"), ("HR Business Partner", "managing"),
    ("Account-Manager", "managing"),
    ("Software Engineer", "working"), ("Sachbearbeiterin", "working"), ("Einkäufer", "working"),
    ("Assistenz der Geschäftsführung", "assisting"), ("Assistant to the CEO", "assisting"),
    ("Praktikantin", "assisting"), ("Werkstudent Vertrieb", "assisting"), ("Intern", "assisting"),
    ("Head of Internal Audit", "leading"), ("Xyzzy", None), ("", None), (None, None),
]  # fmt: skip


def misread(*titled):
    """Return of titles with their levels those that are read as another one, with what is read."""
    titles = [title for title, _ in titled]
    read = zip(titled, values(*titles), strict=True)
    return [(title, level, value) for (title, level), value in read if value != VALUES[level]]


def test_titles_are_read_in_english_and_german():
    """A title falls into the level a reader would give it; an unreadable one is unknown, not low."""
    assert misread(*FEW) == []


# Our own titles in fifteen languages, by the level a reader would give them.
TITLES = {
    "top": """
        CEO, formerly CTO | CEO, ex-Google | Founder (ex-SAP) | CEO & former CFO | Formerly CTO, now CEO | Cogérant |
        대표이사 | 대표 | 회장 | 최고경영자 (CEO) | מנכ"ל | מנכ״לית | יו"ר הדירקטוריון | בעלים |
        المدير العام | مدير عام | الرئيس التنفيذي |
        رئيس مجلس الإدارة | المؤسس والرئيس التنفيذي | 總經理 | 创始人兼总裁 | 创始人 |
        Co-gérante | Yrittäjä | Managing Member | 1. Vorsitzende | Erster Vorsitzender | İcra Kurulu Başkanı |
        M.D., Quast Ltd | CEO Dr. med. Quast, M.D. |
        CEO | Chief Executive | Chief Executive Officer | Co-Founder & CTO | Owner | Business Owner | President
        | President & CEO | Managing Director | Managing Director DACH | MD | Chairman | Chairwoman of the Board
        | Chair | Executive Chairman | General Manager | Managing Partner | Partner | Senior Partner |
        Board Member | Proprietor | Founder, Interim Manager | Secretary General |
        Chief People Officer | Geschäftsführer | Geschäftsführerin | Geschaeftsfuehrer |
        Geschäftsführender Gesellschafter | Gesellschafter | Gesellschafterin | Vorstand | Vorständin |
        Mitglied des Vorstands | Vorstandsvorsitzender | Finanzvorstand | Inhaber | Inhaberin | Gründer |
        Mitgründerin | Mitglied der Geschäftsleitung | Aufsichtsratsvorsitzender |
        Kaufmännische Geschäftsführerin | Generalsekretärin | Directeur général | Directrice générale | PDG |
        Gérant | Gérante | Président | Présidente | Fondateur | Co-fondatrice | Dirigeant |
        Amministratore delegato | Amministratrice unica | Titolare | Presidente | Fondatrice |
        Direttore generale | Consejero delegado | Director general | Directora General | Propietaria | Fundador
        | Gerente general | Socio director | Diretor-geral | Sócio-gerente | Proprietário | Diretora executiva |
        Algemeen directeur | Directeur-eigenaar | Eigenaar | Mede-oprichter | Zaakvoerder | Bestuurder |
        Prezes zarządu | Członek Zarządu | Właściciel | Współwłaścicielka | Dyrektor Generalny | Jednatel |
        Jednatelka společnosti | Majitel | Generální ředitel | Předseda představenstva | VD |
        Verkställande direktör | Ägare | Grundare | Styrelseordförande | Adm. direktør |
        Administrerende direktør | Indehaver | Ejer | Bestyrelsesformand | Генеральный директор | Владелец |
        Учредитель | Президент | Председатель правления | C.E.O. | GF | Unternehmer | Präsident |
        Verwaltungsratspräsident | P.D.G. | Presidenta | Eigenaresse | Legale rappresentante | Toimitusjohtaja |
        Omistaja | Ügyvezető igazgató | Tulajdonos | Genel Müdür | Kurucu | Yönetim Kurulu Başkanı |
        代表取締役社長 | 取締役
    """,
    "leading": """
        부사장 | 부대표 | סמנכ"ל שיווק | نائب المدير العام | סגן מנכ"ל | 영업본부장 | 영업부장 |
        Genel Müdür Yardımcısı | Genel Müdür Yrd. | Ügyvezető helyettes | Vezérigazgató-helyettes |
        Ställföreträdande VD |
        Vice President Sales | VP | VP Marketing | SVP | SVP Operations | EVP | Senior Vice President |
        Assistant Vice President | AVP Finance | Executive Vice President | Director of Sales | Sales Director |
        Head of IT | Deputy CEO | Deputy Managing Director | Stellv. Geschäftsführer |
        Stellvertretende Geschäftsführerin | stv. Geschäftsführer | Stellvertretender Vorstandsvorsitzender |
        Vertriebsleiter | Leiterin Einkauf | Prokuristin | Bereichsleiter | Vizepräsident | Directeur commercial
        | Directrice des achats | Directeur général adjoint | Vice-président | Direttore vendite |
        Direttrice marketing | Vicepresidente | Director comercial | Jefe de ventas | Diretor financeiro |
        Vice-presidente | Hoofd inkoop | Commercieel directeur | Adjunct-algemeen directeur | Dyrektor handlowy
        | Zastępca prezesa | Wiceprezes | Obchodní ředitel | Zástupce generálního ředitele | Försäljningschef |
        Vice VD | Salgschef | Директор по продажам | Начальник отдела | Заместитель генерального директора |
        Вице-президент | Vice Chairman | Assistant Director |
        Interim CEO | Acting Managing Director | Interims-Geschäftsführer | Interimsgeschäftsführerin |
        CEO ad interim | Geschäftsführer a.i. | Kommissarischer Vorstand |
        Directeur général par intérim | PDG intérimaire | Director general interino |
        Presidente en funciones | Amministratore delegato ad interim | Diretora-geral interina |
        Waarnemend algemeen directeur | p.o. prezesa zarządu | Pełniący obowiązki prezesa |
        Pověřený řízením, generální ředitel | Tf. VD | Konst. adm. direktør | Vt. toimitusjohtaja |
        Megbízott ügyvezető igazgató | Vekaleten Genel Müdür | И. о. генерального директора |
        Врио генерального директора
    """,
    "assisting": """
        대표이사 비서 | עוזרת מנכ"ל | سكرتيرة المدير العام | مساعد الرئيس التنفيذي | 总经理助理 | 总裁秘书 |
        Chauffeur du PDG | Driver of the CEO | Fahrer des Vorstands | Speechwriter to the President |
        Executive Assistant | Assistant to the CEO | President Assistant | CEO Assistant | Personal Assistant |
        PA to the Managing Director | EA to CEO | Management Assistant | Assistentin der Geschäftsführung |
        Assistenz der Geschäftsleitung | Vorstandsassistent | Vorstandssekretärin | Assistent des Vorstands |
        Sekretärin | Praktikantin | Werkstudent Vertrieb | Auszubildende | Trainee | Intern |
        Assistante de direction | Assistant du président | Secrétaire de direction | Stagiaire marketing |
        Assistente di direzione | Segretaria di presidenza | Stagista | Asistente de dirección |
        Secretaria de dirección | Becario | Assistente da diretoria | Secretária executiva | Estagiária |
        Directieassistente | Directiesecretaresse | Managementassistent | Asystentka zarządu | Asystent prezesa
        | Sekretarka | Stażysta | Asistentka ředitele | Asistent jednatele | Sekretářka | VD-assistent |
        CEO Office Manager | Office of the CEO | Büro der Geschäftsführung | Owner's Representative | 社長秘書 |
        Direktionsassistent | Ассистент генерального директора | Помощник директора | Секретарь | Стажёр
    """,
    "former": """
        vorm. Geschäftsführer | Vorstand a.D. der Quast AG | a. D. Geschäftsführer | Anciennement PDG | CEO, retired |
        CEO (until 2023) | CEO (2015-2020) | Geschäftsführer bis März 2024 | CEO (former) | Formerly CEO, now retired |
        Former CEO | Ex-CEO | ex Geschäftsführer | Ehemaliger Geschäftsführer | Ehem. Vorstand |
        Retired Managing Director | Ancien directeur général | Ex amministratore delegato |
        Antiguo director general | Voormalig directeur | Były prezes | Bývalý jednatel | Tidigare VD |
        Tidligere direktør | Бывший генеральный директор | Past President | Geschäftsführer a.D. | Previous owner |
        元社長
    """,
    "leading a team": """
        Team Lead | Teamleiterin Vertrieb | Projektleiter | Deputy Director | Stellv. Vertriebsleiter |
        Stellvertretende Leiterin Einkauf | Directeur adjoint | Zastępca dyrektora | Заместитель директора |
        Chef de projet | Projectleider | Deputy Head of Sales | Interim Head of Sales |
        Kommissarischer Vertriebsleiter
    """,
    "managing": """
        Account Owner | Projektinhaber | Works council chair |
        Product Owner | HR Business Partner | Office Manager | Account-Manager | Responsable achats |
        Responsabile vendite | Kierownik projektu | Vedoucí nákupu | Encargada de compras | Partner Manager
    """,
    "working": """
        Founder Associate | Founder's Associate |
        Software Engineer | Sachbearbeiterin | Referentin der Geschäftsführung | Ingénieur | Comptable |
        Ingeniero | Tecnico | Medewerker verkoop | Specjalista | Účetní | Säljare | Инженер |
        Mitarbeiter der Geschäftsleitung | Sales Assistant
    """,
    None: """
        Dr. med. Quast, M.D. | M.D., Ph.D. |
        Xyzzy | Zauberin
    """,
}


def cases():
    """Return every title above with its level."""
    return [(" ".join(title.split()), level) for level, text in TITLES.items() for title in text.split("|")]


def test_titles_are_read_in_many_languages():
    """Heads, deputies, assistants and those who once were something are told apart in fifteen languages."""
    assert len(cases()) > 340
    assert misread(*cases()) == []
    assert misread(*((title.upper(), level) for title, level in cases())) == []


def test_engines_read_titles_alike(engine):
    """What Polars makes of a title DuckDB and Spark make of it too."""
    titles = [title for title, _ in cases()]
    table = open_table(engine.give(pl.DataFrame({"job_title": titles})), name="t", required=())
    rows = with_seniority(table.lazy, table.column("job_title", nw.String), "value")
    read = collect(rows, ["job_title", "value"])

    assert dict(read.iter_rows()) == {title: VALUES[level] for title, level in cases()}


ABOVE = [
    ("CEO", "Deputy CEO"), ("Deputy CEO", "Assistant to the CEO"), ("CEO", "Ex-CEO"),
    ("Vice President", "Vice Director"),
    ("Geschäftsführer", "Stellv. Geschäftsführer"), ("Director", "Deputy Director"),
    ("President", "Vice President"),
    ("CEO", "Interim CEO"), ("Assistant Vice President", "Executive Assistant"),
    ("Dyrektor", "Zastępca dyrektora"),
]  # fmt: skip


def test_one_title_is_above_the_other():
    """A deputy is below whom they stand in for, who is it for a time too, and an assistant below both."""
    higher, lower = zip(*ABOVE, strict=True)
    read = zip(ABOVE, values(*higher), values(*lower), strict=True)

    assert [pair for pair, above, below in read if not above > (below or 0)] == []


def test_levels_lie_between_nothing_and_one():
    """No level is worth nothing or more than all, and one name has one value."""
    assert all(0 < level.value <= 1 for level in LEVELS)
    assert {(level.name, level.value) for level in LEVELS} == {(name, VALUES[name]) for name in VALUES if name}


def test_case_does_not_matter():
    """Shouted and whispered titles are one."""
    assert values("GESCHÄFTSFÜHRER", "geschäftsführer") == [1.0, 1.0]


def test_both_uses_take_a_frame_without_titles():
    """Scoring and tiering work without a title column."""
    people = pl.DataFrame({"company_id": ["a"], "email": ["x@a.example"]})

    assert contactable(people).height == 1
    assert score(pl.DataFrame({"id": ["a"], "match_score": [5.0]}), prospects=people)["points_reach"].to_list() == [
        None
    ]


NEARLY = [
    ("Ex-CTO, CEO", "top"), ("ex-Quasar / Founder", "top"), ("Ex-CFO | Head of Finance", "leading"),
    ("Ex-CTO, Ιδρυτής", "top"),
    ("Ex-CEO, Quasar Ltd", "former"), ("Ex-CEO", "former"), ("former consultant, today Managing Director", "top"),
    ("früher Berater, heute Geschäftsführer", "top"), ("Former Chairman, President and CEO", "former"),
    ("Sole Director", "top"), ("Director-General", "top"),
    ("CEO from 2010 to 2019", "former"), ("CEO, 2010-2019", "former"),
    ("Geschäftsführer von 2001 bis 2009", "former"), ("Ex-CTO, Geschäftsführerin", "top"),
    ("F.d. VD", "former"), ("Volt ügyvezető", "former"), ("Honorary Chairman", "former"),
    ("Ehrenvorsitzender", "former"), ("Président d'honneur", "former"), ("Presidente onorario", "former"),
    ("Vize-Vorstandsvorsitzender", "leading"), ("Vice-diretor geral", "leading"), ("CEO elect", "leading"),
    ("designierter Geschäftsführer", "leading"), ("incoming CEO", "leading"),
    ("CEO's driver", "assisting"), ("Wife of the owner", "assisting"), ("Candidate for CEO", "assisting"),
    ("Aspiring founder", "assisting"),
    ("CEO Coach", "working"), ("Associate, CEO Practice", "working"), ("Head of CEO communications", "leading"),
    ("Geschäftsführer bis 12/2020", "former"), ("CEO (ret.)", "former"), ("Geschäftsführer in spe", "leading"),
    ("Vorstandsbeauftragter für Datenschutz", "working"), ("President's Club", "working"),
    ("总经理", "top"), ("总经理助理", "assisting"), ("前总经理", "former"), ("副总经理", "leading"),
    ("Διευθύνων Σύμβουλος", "top"), ("DRH", "leading"), ("Myyntijohtaja", "leading"), ("営業部長", "leading"),
    ("Satın Alma Müdürü", "leading"), ("Genel Müdür Yardımcısı", "leading"), ("Beszerzési vezető", "managing"),
    ("销售总监", "leading"), ("销售经理", "managing"), ("副部長", "leading a team"),
    ("Executive search CEO & CFO", "working"), ("Home owner", "managing"), ("High volt engineer", "working"),
]  # fmt: skip


def test_who_was_will_be_or_works_for_a_head_is_none():
    """What speaks of the past, of what may come or of whom somebody serves does not make an executive."""
    assert misread(*NEARLY) == []


# What each kind of word makes of a title, by its level; where there is None, it says nothing of who leads.
WITHIN = {
    None: """
        Anleiterin | Begleiter | Reisebegleiterin | Flugbegleitung | Ableiter | Anleitung | Leiterbau | Halbleiter |
        Leitungsbau
    """,
    "working": """
        Leiterplattenentwickler | Blitzableiter-Monteur | Ableiter Monteur | Leiterbau-Monteur | Leitungsbau, Monteur |
        Berater der Geschäftsführung | Zuarbeiter Geschäftsleitung | Beraterin des Vorstands | CEO-Coach | CEO Coach |
        CEO Whisperer | Founder Mentor | Advisor to the CEO | Coach for CEOs | Geschäftsführer-Coach | Vorstandscoach
    """,
    "leading": """
        Vertreter des Geschäftsführers | Vertreter der Geschäftsführung | Vertretung des kaufmännischen Vorstands |
        Anlagenleiter | Stabsleiterin | Leiter*in Einkauf | Bauleitung | Leiter Halbleiter | Leiterin Begleitung |
        Stellenleiter | Laborleiter, Anleiter
    """,
    "leading a team": """
        Stellv. Filialleiter | Filialleiterstellvertreterin | Stellvertretende Werksleitung
    """,
    "top": """
        GGF | GF | Konateľ | Generálny riaditeľ | Geschäftsführer und Unternehmensberater | CEO & Advisor to the CEO |
        Berater, Geschäftsführer | CEO | Sprecher der Geschäftsführung | Founder, Coach for founders
    """,
}


def test_who_leads_is_read_at_the_end_of_a_word_and_not_in_whom_one_serves():
    """A "Leiter" within a word, a head's adviser, coach or stand-in make no head; heads beside them stay heads."""
    cases = [(" ".join(title.split()), level) for level, text in WITHIN.items() for title in text.split("|")]

    assert misread(*cases) == []
    assert misread(*((title.upper(), level) for title, level in cases)) == []


# Who helps, drives, advises or stands in for a head in any language, directors of a trade, and owners.
AROUND = {
    "assisting": """
        Rechte Hand der Geschäftsführung | Right hand of CEO | Right-hand man of the founder | Bras droit du PDG |
        Mano derecha del dueño | Braccio destro del titolare | Braço direito do presidente |
        Rechterhand van de eigenaar |
        Assistant Manager to the President | Support to the CEO | Collaborateur du dirigeant | Aide au gérant |
        Collaboratrice de la présidente | Cabinet du président |
        Ayudante del director general | Ayudante de gerencia | Colaborador del propietario | Segreteria del presidente |
        Collaboratore del titolare | Autista del presidente | Secretariado do presidente | Motorista do presidente |
        Chauffeur de la directrice générale | Vorstandsfahrer | Vorstandschauffeur | Kraftfahrer des Vorstands |
        Unterstützung der Geschäftsführung | Betreuung der Inhaber | Ondersteuning van de algemeen directeur |
        Biuro prezesa zarządu | Pomocnik właściciela | Водитель генерального директора | Правая рука директора |
        Βοηθός CEO | Βοηθός Διευθυντή | Γραμματέας Προέδρου | ΒΟΗΘΟΣ ΔΙΕΥΘΥΝΤΗ | Toimitusjohtajan avustaja
    """,
    "working": """
        Owner's Engineer | Owners Engineer | CEO's Advisor | Gründerberater | Gründerberaterin | Gründercoach |
        Inhaberbetreuung | Gesellschafterbetreuung | Conseiller du président | Conseillère auprès du PDG |
        Asesor del presidente | Assessora da presidência | Consulente del presidente | Adviseur van de eigenaar |
        Doradca prezesa | Doradca zarządu | Poradce generálního ředitele | Rådgivare till VD | Genel Müdür Danışmanı |
        Советник президента | Советник генерального директора | Entrepreneur in Residence | Founder-in-Residence
    """,
    "leading": """
        Verkoopdirecteur | Marketingdirecteur | Technisch directeur | Εμπορικός Διευθυντής | Οικονομικός Διευθυντής |
        Διευθυντής Πωλήσεων | Διευθύντρια Μάρκετινγκ | ΟΙΚΟΝΟΜΙΚΟΣ ΔΙΕΥΘΥΝΤΗΣ | Salgsdirektør | Økonomidirektør |
        Försäljningsdirektör | IT-chef | HR-chef | Salgssjef | IT-sjef | Satış Direktörü | Pazarlama Direktörü |
        Head of Sales, reporting to the CEO | Head of Support to the Board | Leiterin Betreuung der Inhaber |
        Chief of Staff to the CEO | Leiter Gründerberatung | Directeur de cabinet du président |
        Stand-in CEO | Deputy to the CEO | Suppléant du gérant | Αναπληρωτής Διευθύνων Σύμβουλος | Αντιπρόεδρος |
        Varatoimitusjohtaja
    """,
    "leading a team": """
        Onderdirecteur | Adjunct-directeur verkoop | Underdirektør | Vicedirektør
    """,
    "managing": """
        Υπεύθυνος Πωλήσεων | Satış Yöneticisi | Satış Koordinatörü | Bureau Manager | Executive Chef
    """,
    "top": """
        Ιδιοκτήτης | Ιδιοκτήτρια | Ιδρυτής | Συνιδρυτής | ΙΔΙΟΚΤΗΤΗΣ | Γενικός Διευθυντής | ΔΙΕΥΘΥΝΩΝ ΣΥΜΒΟΥΛΟΣ |
        Titular |
        Titular de la empresa | Imprenditore | Imprenditrice | Proprietario | Empresario | Empresária | Ondernemer |
        Entrepreneur | Podnikatel | Vlastník | Przedsiębiorca | Företagare | Innehavare | Vállalkozó | Girişimci |
        Предприниматель | Daglig leder og eier | Consejero delegado | Consejera Delegada del Grupo |
        CEO & Support for founders | CEO & Head of Support to the Board | Gérant, conseiller du président |
        CEO, advisor to the board | Inhaberin, Gründerberatung Ulm | Vorstandssprecher |
        Geschäftsführer Beratung | Inhaber Beratungsbüro | Gérant du bureau | Propietario de la oficina |
        Titolare dell'ufficio | Président du cabinet | Presidente e consulente | Consulente e titolare |
        CEO of owner-managed firms | Inhaber, auf der Suche nach Partnern |
        Mentor and Founder | Adviseur en eigenaar | Consultant Owner | Inhaber & Coach | Gründer Hilfe e.V.
    """,
    None: """
        looking for CEO position | Kundenbetreuer Inhabergeführte Betriebe | Profesor titular | Abogado titular |
        Collaborateur du service achats
    """,
}


def test_who_serves_a_head_is_none_and_directors_and_owners_are_known():
    """In any language of ours whoever helps, drives or advises a head is none; who does that for others leads still."""
    cases = [(" ".join(title.split()), level) for level, text in AROUND.items() for title in text.split("|")]

    assert misread(*cases) == []
    assert misread(*((title.upper(), level) for title, level in cases)) == []


def test_engines_read_who_serves_alike(engine):
    """The longer patterns are read by every engine as Polars reads them."""
    titles = [" ".join(title.split()) for text in AROUND.values() for title in text.split("|")]
    table = open_table(engine.give(pl.DataFrame({"job_title": titles})), name="t", required=())
    rows = with_seniority(table.lazy, table.column("job_title", nw.String), "value")
    read = collect(rows, ["job_title", "value"])

    assert dict(read.iter_rows()) == dict(zip(titles, values(*titles), strict=True))


def test_titles_of_small_frames_are_read_once_a_process(monkeypatch):
    """Titles that were asked before are answered without a pattern, as they were read, null and unknown ones too."""
    titles = ["CEO", "Head of IT", "Xyzzy", None, "CEO"]
    table = open_table(pl.DataFrame({"job_title": titles}), name="t", required=())
    first = dict(collect(seniority_by_title(table, "title", "level"), ["title", "level"]).rows())
    monkeypatch.setattr(seniority, "with_seniority", None)
    again = dict(collect(seniority_by_title(table, "title", "level"), ["title", "level"]).rows())

    assert first == again == dict(zip(titles, values(*titles), strict=True))


def test_titles_that_are_not_remembered_are_read_all_the_same(monkeypatch):
    """Where there are many titles, or the memory is full, each is read as it always is."""
    titles = ["Owner of Qx", "Head of Qx", "Qx"]
    table = open_table(pl.DataFrame({"job_title": titles}), name="t", required=())
    for limit in ("_MANY", "_FEW"):
        monkeypatch.setattr(seniority, limit, 0)
        read = dict(collect(seniority_by_title(table, "title", "level"), ["title", "level"]).rows())

        assert read == dict(zip(titles, values(*titles), strict=True))
        assert not read.keys() & seniority._READ.keys()
