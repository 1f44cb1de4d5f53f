"""How senior a job title is, in sixteen languages and more, as one table of named levels and word patterns.

English, German, French, Italian, Spanish, Portuguese, Dutch, Polish, Czech, Swedish, Danish, Finnish,
Hungarian, Turkish, Russian and Greek. Who assists, drives, advises,
stands in for or once was somebody is not that somebody: "Assistentin der Geschäftsführung" is no manager, "Stellv.
Geschäftsführer" one step below, "Ex-CEO" nobody's head. Who is it for a time ("Interim CEO") stands one step below too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.table import Lazy, OpenTable, collect

_SPELT: Final = "__op_spelt"
_READ: Final[dict[str | None, float | None]] = {}  # titles that this process has read already
_FEW: Final = 1_000
_MANY: Final = 20_000
_EDGE_L: Final = r"(^|[^\p{L}])"
_EDGE_R: Final = r"($|[^\p{L}])"
# Who leads, at the end of a word: a Leiterplattenentwickler and a Leitungsmonteur lead nobody.
_LEITER: Final = r"leit(er(s|n|in|innen)?|ung|ungskraft)($|[^\p{L}]|stellv)"
# The heads whom somebody may serve, as a whole or by one.
_HEADS: Final = r"(geschäftsf|geschaeftsf|geschäftsleit|vorst[aä]nd|inhaber|gründer|präsident|ceo|cfo)\p{L}*"


@dataclass(frozen=True, slots=True)
class Level:
    """A named level: its value from 0 to 1, whole words that show it, and parts of words that do.

    With *beside*, one of these words must be there too: "deputy" beside "CEO".
    """

    name: str
    value: float
    words: tuple[str, ...]
    parts: tuple[str, ...] = ()
    beside: str = ""

    @property
    def pattern(self) -> str:
        """A pattern over lower-case titles that Rust, RE2 and Java read alike (no look-around)."""
        return _pattern(self.words, self.parts)


def _pattern(words: tuple[str, ...], parts: tuple[str, ...] = ()) -> str:
    # Engines disagree on the small letter of a last Σ.
    return "|".join((f"{_EDGE_L}({'|'.join(words)}){_EDGE_R}", *parts)).replace("ς", "σ")


_FORMER: Final = (
    "ex", "former(ly)?", "previous(ly)?", "entinen", "eski", "fost(ul|a)?",
    r"past (president|chair\p{L}*|ceo)", "retired", r"\(ret\.\)", "emeritus", "emerita",
    r"vorm\.", "vormals", "anciennement", r"a\. ?d\.", r"i\. ?r\.",
    r"(until|till|bis|jusqu'(en|à)|hasta|fino al|tot|t\.?o\.?m\.?) (\p{L}+ |[0-9]{1,2}[./])*(19|20)[0-9][0-9]",
    r"\(?(19|20)[0-9][0-9] ?[-–—] ?(19|20)[0-9][0-9]\)?", r"f\. ?d\.", "nyugalmazott", "em[ée]rite",
    (r"(from|von|de|desde|dal|van|od|från|fra) (19|20)[0-9][0-9] (to|until|till|bis|à|a|hasta|al|tot|do|till|til)"
    " (19|20)[0-9][0-9]"),
    r"honorary (chair\p{L}*|president)", r"ehren(vorsitz|präsident|vorstand)\p{L}*", "président(e)? d'honneur",
    r"president[ea] (onorari[oa]|honorari[oa]|de honor|honorífic[oa])",
    r"ehem(als|alig\p{L}*)?", r"ehem\.", r"früher\p{L}*",
    r"vormalig\p{L}*", r"im ruhestand", r"ancien(ne)?", "retraité", "retraitée", "antigu[oa]", "jubilad[oa]",
    "antig[oa]",
    r"voormalig\p{L}*", r"oud", "były", "była", "bývalý", "bývalá", "tidligere", "tidigare", "före detta", "бывший",
    "бывшая", "экс",
)  # fmt: skip
_DEPUTIES: Final = (
    "deputy", r"vice[ -](d[iy]r\p{L}*|head|manager)", r"vize-?\p{L}*",
    "incoming", "outgoing", "elect", "in spe", "designated?", r"designiert\p{L}*", r"künftig\p{L}*", "désignée?",
    "electo",
    "vice[ -]chair(man|woman|person)?",
    "assistant (general manager|managing director)", r"stellv\.?",
    r"stv\.?", r"stellvertret\p{L}*", "adjoint", "adjointe", "vice[ -]directeur", "vice[ -]direttore",
    "vice[ -]direttrice", "adjunt[oa]",
    "adjunct", "plaatsvervangend", "zastępca", "zastępczyni", "zástupce", "zástupkyně", "náměstek", "náměstkyně",
    "vice vd", "vvd", r"stf\.?",
    r"yard[ıi]mc[ıi]s[ıi]", r"yrd\.?", "vekili", "helyettes(e)?", "ställföreträdande",
    "biträdande", r"заместитель", r"зам\.?", "замдиректора",
    # For a time, or until somebody is found.
    "interims?", "acting", r"kommissarisch\p{L}*", "intérim", "intérimaire", "interin[oa]", "en funciones",
    r"(ceo|cfo|direct\p{L}*|geschäftsführ\p{L}*|präsident\p{L}*|président\p{L}*|leiter(in)?|direktor(in)?) a\. ?i\.",
    "facente funzione", r"f\. ?f\.", r"waarnemend\p{L}*", r"wnd\.", r"p\. ?o\.", r"konst\.", "konstitueret",
    "pełniąc[ya] obowiązki", r"pověřen[ýa] (řízením|vedením)", r"tf\.?", "tillförordnad",
    "fungerende", rf"vertret(er|erin|ung) (des|der|von|für) (\p{{L}}+ )?{_HEADS}",
    "väliaikainen", r"vt\.", "megbízott", r"vekaleten", r"и\. ?о\.", "врио",
    r"исполняющ\p{L}* обязанности", "временный",
    "suppléante?", "vicari[oa]", "sostitut[oa]", "suplente", "substitut[oa]", "ställföreträdare", "stedfortræder",
    "souschef", "stand-?in", r"αναπληρωτ[ήη]ς", r"αναπλ[ηή]ρ[ώω]τρια", "vervangend", "waarnemer",
    "סגן", "סגנית", "(ال)?نائب(ة)?", "(ال)?وكيل(ة)?",
)  # fmt: skip
_DEPUTY_PARTS: Final = (
    "stellvertret",
    "(onder|vice|sub|loco)directeur",
    "under-?direktør",
    "vice-?direktör",
    "subdire[ck]?tor",
    "wicedyrektor",
    "vicedirektør",
    "vicedirektor",
    "adjunct-",
    r"interims-?(geschäft|vorst|direkt|leit|chef)",
    "^副",
)
_TOP: Final = (
    "c[etfoimrspdlx]o", "chro", "ciso", "chief (executive|[^,;]*officer)", "(business |co-?)?owner",
    "(co-?)?founder", "president", r"c\.[eftio]\.o\.?", r"m\.d\.?", "non-?executive director", "gg?f",
    "geschäftsfuehrer(in)?", "unternehmer(in)?", "präsident(in)?", "verwaltungsratspräsident(in)?",
    "delegierte[r]? des verwaltungsrat(e?s)?", r"p\.?-?d\.?g\.?", "legale rappresentante", "president[ae]",
    "eigenaresse", "directievoorzitter", "voorzitter (van de )?(directie|raad van bestuur)", "toimitusjohtaja",
    "omistaja", "(osa)?omistaja", "(toinen )?perustaja", "hallituksen puheenjohtaja", "ügyvezető( igazgató)?",
    "tulajdonos", "vezérigazgató", "elnök", "alapító", "genel müdür", "kurucu( ortak)?",
    "yönetim kurulu (başkan[ıi]|üyesi)", "şirket sahibi", "sahibi", "director executiv", "fondator", "acționar",
    "(공동)?대표", "사장", "회장", "(공동)?창업자", "최고기술책임자", "이사회 의장",
    """מנכ["״”]?לי?ת?""", """יו["״”]ר( הדירקטוריון)?""", "מייסדת?", "בעלים", "נשיאת?",
    "(ال)?مدير(ة)? (ال)?عام(ة)?", "(ال)?رئيس(ة)? التنفيذي(ة)?", "رئيس(ة)? مجلس الإدارة",
    "(ال)?مؤسس(ة)?", "(ال)?مالك(ة)?", "صاحب(ة)? الشركة", "(ال)?شريك (ال)?مؤسس",
    "代表取締役.*", "取締役.*", "社長", "会長", "創業者", "διευθ[ύυ]ν(ων|ουσα) σ[ύυ]μβουλος", "πρ[όο]εδρος",
    "(συν)?ιδιοκτ[ήη](της|τρια)", "(συν)?ιδρυτ[ήη]ς", "(συν)?ιδρ[ύυ]τρια", "γενικ[όο]ς διευθυντ[ήη]ς",
    "γενικ[ήη] διευθ[ύυ]ντρια", "επιχειρηματ[ίι]ας",
    "μ[έε]λος (δ\\. ?σ\\.|του δ\\.? ?σ\\.?|διοικητικο[ύυ] συμβουλ[ίι]ου)",
    "imprendit(ore|rice)", "proprietari[oa]", "entrepreneure?", "entrepreneuse", "empres[aá]ri[oa]",
    "(zelfstandig )?ondernemer", "(indywidualny )?przedsiębiorca", "podnikatel(ka)?", "(spolu)?vlastník",
    "(egen)?företagare", "innehavare", "iværksætter", "(med)?eier", "innehaver", "grunnlegger", "grundlægger",
    "(egyéni )?vállalkozó", "girişimci", "yönetici ortak", "предприниматель", "einzelunternehmer(in)?",
    "managing (director|partner)", "md", "general manager", "board member", "member of the (executive )?board",
    "chair(man|woman|person)?",
    "proprietor", "(sole|statutory) director", "director[ -]general", "executive chair",
    "secretary[ -]general", "general secretary",
    "generaldirektor(in)?", "komplementär(in)?",
    "pr[ée]sidente?s?", "pdg", "dg", "directeur g[ée]n[ée]ral", "directrice g[ée]n[ée]rale",
    "(co-?)?g[ée]rante?", "yrittäjä", "managing member", "icra kurulu (başkan[ıi]|üyesi)",
    r"(1\. ?|erste[rn]? )vorsitzende[rn]?",
    "dirigeante?", "propri[ée]taire", "(co-?)?fondateur",
    "(co-?)?fondatrice", "chef d'entreprise", "associée? gérante?", "secrétaire général",
    "amministrat(ore|rice) (delegat[oa]|unic[oa])", "titolare", "(co-?)?fondat(ore|rice)",
    "diret(tore|trice) generale", "soci[oa] (unic[oa]|amministratore|amministratrice)",
    "segretari[oa] generale",
    "direct[oa]r(a)? general", "director gerente", "directora gerente", "consejer[oa] delegad[oa]",
    "gerente general", "propietari[oa]", "(co-?)?fundador(a)?", "dueñ[oa]", "soci[oa]( director(a)?)?",
    "administrador(a)?( únic[oa])?", "secretari[oa] general",
    "diretor(a)?[ -](geral|executiv[oa]|presidente)", "sóci[oa](-gerente)?", "gerente geral", "proprietári[oa]",
    "don[oa]",
    "algemeen directeur", "directeur[ -]eigenaar", "(mede-?)?eigenaar", "(mede-?)?eigenares", "(mede-?)?oprichter",
    "bestuurder", "bestuursvoorzitter", "dga", "vennoot", "zaakvoerder",
    "prezesa?( zarządu)?", "prezeska", "członek zarządu", "członkini zarządu", "dyrektor (generalny|zarządzający)",
    "(współ)?właściciel(ka)?", "(współ)?założyciel(ka)?", "wspólnik",
    "jednatel(ka)?", "generální ředitel(ka)?", "generálního ředitele", "(spolu)?majitel(ka)?",
    "(spolu)?zakladatel(ka)?", "předseda představenstva", "konateľ(ka)?", "generáln(y|a|ou) riaditeľ(ka)?",
    "(spolu)?majiteľ(ka)?",
    "člen(ka)? představenstva", "společník", "prezident(ka)?",
    "vd", "verkställande direktör", "(del)?ägare", "(med)?grundare", "koncernchef", "styrelseordförande",
    "styrelseledamot",
    r"adm\.? ?(direktør|dir\.?)", "administrerende direktør", "(med)?indehaver", "(med)?ejer", "(med)?stifter",
    "bestyrelsesformand", "daglig leder",
    "ген(еральный|\\.)? ?директор", "генерального директора", "гендиректор", "президент", "(со)?владелец",
    "(со)?собственник", "(со)?учредитель", "(со)?основатель", "председатель (правления|совета директоров)",
    "управляющий партн[её]р", "индивидуальный предприниматель", "генеральный секретарь",
)  # fmt: skip
_TOP_PARTS: Final = (
    "geschäftsführ", "geschaeftsfuehr", "geschaftsfuhr", "geschäftsleit", "geschaeftsleit", "inhaber", "gründer",
    "gruender", "vorstand",
    r"^((senior|equity|founding|general|name|tax|audit|advisory|consulting|law|litigation) )?partner($| ?[,&/|].*)",
    r"(^|[,;|/&(] ?| y | e )titular($|[^\p{L}])",
    "vorstände", "vorständ", "vorstaend", "gesellschafter", "aufsichtsrat", "generalsekret",
    "社长", "总经理", "董事长", "总裁", "首席执行官", "创始人",
    "總經理", "董事長", "總裁", "執行長", "創辦人", "法定代表人", "대표이사", "최고경영자",
)  # fmt: skip
_LEADING: Final = (
    "director", "head", "principal", "leit(er|erin|ung)", "directeur", "directrice", "direttore", "direttrice",
    "directora",
    r"\p{L}+(directeur|directrice|direktør|direktör|sjef)", "sjef", "direktörü",
    r"(it|hr|pr|qa|r&d|ict|hse|ehs)[ -]?chef",
    "διευθυντ[ήη]ς?", "διευθ[ύυ]ντριας?", r"προϊστ[άα]μεν(ος|η)",
    "jef[ea]", "diretor", "diretora", "chef[ea]? (de|du) (service|département|departamento|vente|ventes)", "hoofd",
    "dyrektor(ka|a)?", "ředitel(ka|e)?", "direktör", "direktør",
    "drh", "daf", "dsi", r"\p{L}*johtaja", r"\p{L}*igazgató(ja)?", "müdürü?",
    "директора?", "начальника?", "руководител[ья]", "заведующ(ий|ая)",
)  # fmt: skip

# Who serves a head: a noun, then small words, then the head. "Collaborateur du service achats" is an employee.
_HELPERS: Final = (
    "assistant", "aide", "helper", "support", "collaborat(eur|rice|ore|or)s?", "collaboratrice", "soutien", "appui",
    "secrétariat", "cabinet", "bureau", "conducteur", "colaborador(a)?", "ayudante", "apoyo", "soporte", "secretaría",
    "gabinete", "oficina", "despacho", "conductor(a)?", "ajudante", "apoio", "secretariado", "motorista", "aiuto",
    "aiutante", "supporto", "segreteria", "ufficio", "autista", r"betreu(er|erin|ung)", r"unterstütz\p{L}*",
    r"zuarbeit\p{L}*", "entlastung", "hilfe", "vorzimmer", "stab", r"ondersteun\p{L}*", "secretariaat", "kantoor",
    "pomocnik", "biuro", "kancelaria", "kancelář", "řidič", "pomocnice", "medhjälpare", "hjälp", "chaufför", "chauffør",
    "kuljettaja", "şoförü", "водитель", "приемная", "аппарат",
)  # fmt: skip
_ADVISERS: Final = (
    "advis[oe]r", "counsel(l?or)?", "conseill(er|ère)", "asesora?", "assessora?", "consejer[oa]", "consulente",
    "consulenti", "consiglier[ea]", "consultante?", "coach", "mentor", "adviseur", "raadgever", "doradca", "doradczyni",
    "poradce", "poradkyně", "rådgiv(are|er)", "neuvonantaja", "советник", "консультант",
)  # fmt: skip
_LINKS: Final = (
    r"to|of|for|the|our|de|d|du|des|la|le|les|l|au|aux|à|auprès|del|al|el|los|las|a|ao|do|da|dos|di|dell|della|dei|delle"
    r"|alla|all|der|dem|den|die|des|an|von|vom|für|beim?|van|het|aan|voor|dla|pro|till|til|åt|för"
)
_OFFICES: Final = (
    r"direction( générale)?|dirección( general)?|direzione( generale)?|direção|diretoria|directie|presidencia"
    r"|presidenza|présidence|presidência|gerencia|gerência|dirigeants|board"
)
# Slavic languages need no small word.
_OF_HEAD: Final = (
    r"prezes[ay]|zarządu|właściciela|(generálního )?ředitele|jednatele|majitele|představenstva"
    r"|президента|правления|владельца|собственника|учредителя|(генерального )?директора"
)
_SERVED: Final = rf"(( \p{{L}}+)?( ({_LINKS}))+[ '’]({'|'.join(_TOP)}|{_HEADS}|{_OFFICES})| ({_OF_HEAD}))"
_HANDS: Final = (
    "(rechte|linke) hand( .*)?", "right[ -]hand( .*)?", "bras droit( .*)?", "mano derecha( .*)?",
    "braccio destro( .*)?", "braço direito( .*)?", "rechterhand( .*)?", "prawa ręka( .*)?", "pravá ruka( .*)?",
    "höger hand( .*)?",
    "høj?re hånd( .*)?", "oikea käsi( .*)?", "jobbkeze", "sağ kolu?( .*)?", "правая рука( .*)?",
    "δεξ[ίι] χ[έε]ρι( .*)?",
)  # fmt: skip
# A trade that German writes in one word with the heads it is for.
_HEAD_STEM: Final = (
    r"(vorstands?|gründer(innen)?|inhaber(innen)?|geschäftsführ(er|ungs|erinnen)|geschäftsleitungs|präsident(en|innen)"
    r"|präsidial|gesellschafter(innen)?|unternehmer(innen)?|aufsichtsrats|ceo)-?"
)

# The first level that matches wins, so what weakens a word ("assistant to the CEO") stands before the word.
LEVELS: Final = (
    Level("former", 0.1, _FORMER, ("^[前元]", r" a\. ?d\.$", r" i\. ?r\.$", "^ex[- ]", "^экс-", "^volt ")),
    Level("leading", 0.85, ("(assistant|associate) (vice[ -]president|vp)", "avp", "assistant director",
        "(company|corporate) secretary", "chief of staff", "direct(eur|rice) de cabinet")),
    Level("top", 1.0, ("secretary[ -]general", "general secretary", "secrétaire générale?",
        "segretari[oa] generale", "secretari[oa][ -]geral",
                       "secretari[oa] general", "генеральный секретарь"), ("generalsekret",)),
    Level(
        "assisting",
        0.1,
        (
            (r"(chauffeur|driver|(kraft)?fahrer(in)?|bodyguard|ch[oó]fer|kierowca) "
            r"(of|to|for|de[lrs]?|du|della|vo[mn]) .*"),
            "(speech ?|ghost ?)writer( .*)?", "redenschreiber(in)?( .*)?", "aide (of|to|for) .*", "aide-de-camp",
            (r"(ceo|cfo|coo|cto|md|chairman|president|owner|founder)['’]?s? "
            "(driver|chauffeur|wife|husband|spouse|son|daughter)"),
            "(wife|husband|spouse|son|daughter) of .*", "(candidate|applicant) (for|to) .*", "(aspiring|future) .*",
            "intern", "trainee", "apprentice", "student", "assistant to .*",
            "(executive|personal|management|administrative|team|office|board) assistant",
            "(president|ceo|cfo|coo|cto|chairman|md|owner|founder|director)('?s)? assistant", "assistant of the .*",
            "(pa|ea) to .*", "(pa|ea)", "secretary", "azubi", "(ceo|md|president|chairman|founder)('?s)? office( .*)?",
            "office (of|to) (the )?(ceo|md|president|chairman|founder|owner)", "büro (der|des) .*",
            "(ceo|md|founder|owner|president|chairman)('?s)? (relations|representative|liaison|support)( .*)?",
            "stagiaire", "alternant", "alternante", "apprentie?", "secrétaire", "assistante?s? (de|du|des|d') ?.*",
            "assistante? .*direction",
            "stagista", "tirocinante", "apprendista", "segretari[oa]", "assistente (di|alla|della|del|do|da|de|à) .*",
            "becari[oa]", "aprendiz", "secretari[oa]",
            "asistente( de| del| a la| ejecutiv[oa]| administrativ[oa]).*", "auxiliar administrativ[oa]",
            "practicante",
            "estagiári[oa]", "secretári[oa]", "assistente( executiv[oa]| administrativ[oa])",
            "stagiair", "stagiaire", "leerling", "secretaresse", "secretaris",
            "stażyst(a|ka)", "praktykant(ka)?", "sekretarka", "sekretarz", "asystent(ka)?",
            "stážist(a|ka)", "praktikant(ka)?", "sekretářka", "asistent(ka)?",
            "lärling", "elev", "lærling", "studentermedhjælper",
            "стаж[её]р", "практикант(ка)?", "ассистент(ка)?", "помощник", "помощница", "секретарь", "референт",
            *_HANDS, rf"{_HEAD_STEM}(kraft)?(fahrer|chauffeur)(in)?",
            "βοηθ[όο]ς( .*)?", "γραμματ(έας|εας|εία|εια)( .*)?", r"ασκο[ύυ]μεν\p{L}+",
            "비서(실장)?", "수행비서", "인턴", "(ה)?עוזרת?( .*)?", "מזכיר(ה|ת)?( .*)?",
            "(ال)?سكرتير(ة)?( .*)?", "مساعد(ة)?( .*)?",
        ),
        (
            "assistenz", "assistent(in)? ", "assistent(in)?$", "assistentin", "assistente[ -]", "sekret",
            "praktikant", "werkstudent", "auszubildende", "directieassistent",
            "secretaresse", "managementassistent", "vorstandsbüro", "vorstandsbuero",
            "assistentti", "avustaja", "sihteeri", "asszisztens", "titkár", "asistanı", "sekreter",
            "비서", "秘書", "アシスタント", "助理", "秘书", "direktionsassistent", "vd-assistent",
        ),
    ),
    Level("working", 0.35, ("(founder|founders|ceo|md|president|owner)(['’]?s['’]?)? associate",
        r"owners (engineer|agent|inspector|rep\p{L}*)",
        r"(founder|ceo|cfo|cto|coo|md|president|chairman|owner|proprietor)(['’]s|s['’]) \p{L}.*",
        r"\p{L}+ dan[ıi]şman[ıi]",
        "executive search( .*)?", "mitarbeiter(in)? (der|des|in der|im) .*",
        "referent(in)? (der|des) .*"), ("vorstandsreferent", "vorstandsbeauftragt", "vorstandsstab")),
    Level("managing", 0.6, (
        "(product|process|scrum|data|account|project|system|risk|service|application) owner",
        "(home|house|car|dog|pet|property|land) ?owner",
        "projektinhaber(in)?", "works council chair(man|woman|person)?", "betriebsrat(svorsitzende[r]?)?",
        "(hr |people )?business partner", "account director",
        "(channel|sales|alliance|technology) partner",
        "partner (manager|success|marketing|sales|relations|enablement)[^,;]*",
    )),
    Level("leading", 0.85, _DEPUTIES, _DEPUTY_PARTS, beside=_pattern(_TOP, _TOP_PARTS)),
    Level("leading a team", 0.6, _DEPUTIES, _DEPUTY_PARTS, beside=_pattern(_LEADING, ("direktor", _LEITER,
        "dyrektor", "部長", "部长", "总监"))),
    Level("leading", 0.85, (
        "s?vp", "evp", "(senior |executive |group |first )*vice[ -]pr[ée]sident[ea]?", "vice[ -]?presidente",
        "vizepräsident(in)?",
        r"(2\. ?|zweite[rn]? )vorsitzende[rn]?", "elnökhelyettes", "alelnök",
        "αντιπρ[όο]εδρος", "vara(toimitusjohtaja|puheenjohtaja)",
        "wiceprezes(ka)?", "víceprezident(ka)?", "viceprezident(ka)?", "vicepresident", "vicepræsident",
        "vice-?président", "вице-президент", "vice vd", "vvd", "부(대표|사장|회장)(이사)?", """סמנכ["״”]?לי?ת?""",
    )),
    Level("top", 1.0, _TOP, _TOP_PARTS),
    Level(
        "leading a team",
        0.6,
        ("team ?lead(er)?", "lead", "chef(fe)? (de projets?|d'équipe)", "capo ?(progetto|squadra|reparto)",
        "caposquadra", "jef[ea] de (equipo|proyectos?)", "chefe de equipa",
         "ploegleider", "projectleider", "teamleider", "lider zespołu", "vedoucí týmu", "teamledare", "gruppchef",
         "projektledare", "teamleder", "projektleder", "тимлид", "бригадир"),
        ("teamleit", "projektleit", "gruppenleit", "team-lead"),
    ),
    Level(
        "leading",
        0.85,
        _LEADING,
        ("direktor", _LEITER, "prokurist", r"\p{L}{4,}chef($|[^\p{L}])", "нач\\. ", "部長", "总监", "部长",
         "본부장", "부장", "전무", "상무"),
    ),
    Level(
        "managing",
        0.6,
        (r"[\p{L}-]*managers?", "managerin", "supervisor", "responsables?", "responsabile", "responsável",
        "encargad[oa]", "gestionnaire", "superviseur", "coordinateur",
         "coordinatrice", "coordinatore", "coordinador(a)?", "coordenador(a)?", "gerente", "kierownik",
         "kierowniczka", "menedżer(ka)?", "manažer(ka)?", "vedoucí", "beheerder", "leidinggevende",
         "chef", "chef de produit", "enhetschef", "föreståndare", "leder", "управляющ(ий|ая)", "координатор"),
        ("koordinator", "coordinator", "koordinatör", "yöneticisi", r"υπε[ύυ]θυν(ος|η)", "meister",
         "coördinator", "päällikkö",
         r"[^y]vezető(je)?($|[^\p{L}])", "課長", "经理"),
    ),
    Level(
        "working",
        0.35,
        (
            r"\p{L}*engineer", r"\p{L}*developer", "analyst", "specialist", "consultant", "associate",
            "representative",
            "buyer", "planner", "administrator", "officer", "expert", "designer", "accountant", "assistant",
            "advisor",
            "ingénieure?", "développeu(r|se)", "technicien(ne)?", "comptable", "acheteu(r|se)", "commerciale?",
            "vendeu(r|se)", "chargée? d.*", "consultante?",
            "ingegnere", "tecnic[oa]", "sviluppatore", "contabile", "commerciale", "consulente", "addett[oa] .*",
            "impiegat[oa]", "venditore",
            "ingenier[oa]", "técnic[oa]", "desarrollador(a)?", "contable", "comercial", "consultor(a)?",
            "vendedor(a)?", "comprador(a)?",
            "engenheir[oa]", "desenvolvedor(a)?", "contabilista", "analista",
            "medewerker", "adviseur", "verkoper", "inkoper", "ontwikkelaar", "boekhouder", "monteur",
            "specjalist(a|ka)", "inżynier", "programist(a|ka)", "księgow(y|a)", "handlowiec", "konsultant(ka)?",
            "sprzedawca", "analityk",
            "specialista", "inženýr", "programátor(ka)?", "účetní", "obchodník", "obchodní zástupce", "nákupčí",
            "technik",
            "ingenjör", "utvecklare", "säljare", "ekonom", "handläggare", "ingeniør", "udvikler", "sælger",
            "bogholder", "medarbejder", "konsulent",
            "инженер", "специалист", "программист", "разработчик", "бухгалтер", "менеджер", "консультант",
            "аналитик", "продавец",
        ),
        (
            "ingenieur", "entwickler", "referent", "berater", "sachbearbeit", "mitarbeiter", "einkäufer",
            "spezialist",
            "fachkraft", "techniker", "kaufmann", "kauffrau", "experte", "expertin", "controller", "medewerker",
        ),
    ),
)  # fmt: skip


# Words that speak of what follows them: behind another title they are about themselves alone, "CEO, formerly CTO".
_WAS: Final = (
    r"(ex|former(ly)?|previous(ly)?|ehem\.?|ehemals|ehemalig\p{L}*|früher\p{L}*|vorm\.|vormals|vormalig\p{L}*|anciennement"
    r"|ancien(ne)?|antigu[oa]|voormalig\p{L}*|tidligere|tidigare|fost(ul|a)?|były|była|eski|entinen|бывш(ий|ая)|экс)"
)
# What is taken out of a title before it is read, and what stands in its place.
_ASIDES: Final = (
    # Who serves a head, as the whole of a title or as what somebody is head of; then whoever only reports to one.
    (rf"^({'|'.join(_HELPERS)}){_SERVED}($|[^\p{{L}}])", " assistenz "),
    (rf"(^|[^\p{{L}}])({'|'.join(_HELPERS)}){_SERVED}($|[^\p{{L}}])", " support "),
    (rf"(^|[^\p{{L}}])({'|'.join(_ADVISERS)}){_SERVED}($|[^\p{{L}}])", " consultant "),
    (r"(entrepreneur|founder)s?[ -]in[ -]residence", " associate "),
    # What a customer is, and what somebody would like to be.
    (r"(inhaber|eigentümer|owner|founder)[ -]?(geführt|led|managed|run)\p{L}*", " "),
    (r"(looking|searching) for [^,;|]*|(auf der suche|suche) nach [^,;|]*", " "),
    (rf"(report(s|ing)?|berichtet|berichtend|rattachée?|reportando) (direct(ly)? )?( ?({_LINKS}))+ [^,;|]*", " "),
    (
        (
            rf"(^|[^\p{{L}}]){_HEAD_STEM}(berat|betreu|coach|train|mentor|begleit|servi|dienst|zentrum|förder|stipendi"
            r"|vermitt|kommunikation|angelegenheit|unterstütz|zuarbeit|nachfolge|akquise|recruit)\p{L}*"
        ),
        " associate ",
    ),
    # Whose trade it is to be one for a time elsewhere.
    (r"(^|[^\p{L}])interims?[ -]?manage(r|rin|ment)($|[^\p{L}])", " manager "),
    (rf"( ?[,;|(/&+]| (and|und|et|y|och|og))\s*{_WAS}[\s-]+\p{{L}}[^,;|()]*\)?", " "),
    (
        (
            rf"^{_WAS}[ -].*[,;|(&]\s*(now|currently|today|presently|jetzt|heute|aktuell|derzeit|actuellement"
            r"|aujourd'hui|ahora|actualmente|hoy"
            r"|nu|nyt|nykyisin|oggi|attualmente|i ?dag|obecnie|nyní|jelenleg|şimdi|сейчас|ныне)\s"
        ),
        "",
    ),
    # Who works for heads of firms as customers or subject is none of them.
    (
        (
            r"(^|[^\p{L}])(ceo|cfo|cto|coo|founder|president|chairman|c-level|c-suite"
            r"|geschäftsführer|vorstands?)(['’]?s)?[ –-]?"
            r"(communications?|comms|practice|coach(in|ing)?|mentor(in|ing)?|train(er|erin|ing)|whisperer"
            r"|ghostwriter|consult(ant|ing)|search"
            r"|recruit(er|ing|ment)|advis[oe]ry?|award|network|programme?|forum|club|roundtables?|events?)($|[^\p{L}])"
        ),
        " associate ",
    ),
    (
        (
            r"(^|[^\p{L}])(advis[oe]r|coach|mentor|consultant|confidante?)s? (to|of|for) (the |our |your )?"
            r"(ceo|cfo|cto|coo|founder|owner|president|chairman|board|managing director)s?($|[^\p{L}])"
        ),
        " consultant ",
    ),
    (
        (
            r"(^|[^\p{L}])\p{L}*(berater|zuarbeiter|coach|mentor|trainer)(in)? "
            rf"((der|des|von|für) (\p{{L}}+ )?{_HEADS}|(geschäftsführung|geschäftsleitung|vorstand)($|[^\p{{L}}]))"
        ),
        " consultant ",
    ),
    # Who goes along, and what conducts: no word of leading, though "leiter" is at its end.
    (
        r"(^|[^\p{L}])(\p{L}*(beg|blitzab|halb|rohr|frei|weiter)|ab|an|ein|zu|supra|praxisan)leit(er(in)?|ung)($|[^\p{L}])",
        " ",
    ),
    # A physician: "Dr. med. A. Quast, M.D." and "MD, PhD".
    (r"(^|[^\p{L}])dr\.?[^\p{L}](.*[^\p{L}])?m\.? ?d\.?($|[^\p{L}])", " "),
    (r"(^|[^\p{L}])m\.?d\.?[ ,/&]+ph\.? ?d\.?($|[^\p{L}])", " "),
)


# "Ex-" speaks of the one word behind it: where a title follows behind a comma or stroke, that is what somebody is.
_EX: Final = r"^(ex|экс)[ -][^,;|/&]*[,;|/&]\s*"
_EX_BEFORE_A_TITLE: Final = (
    rf"{_EX}((.*[^\p{{L}}])?({'|'.join((*_TOP, *_LEADING))})($|[^\p{{L}}])|.*({'|'.join((*_TOP_PARTS, _LEITER))}))"
)


def seniority_by_title(table: OpenTable, title: str, level: str) -> Lazy:
    """Return each different ``job_title`` of *table* once, in the column *title*, with its seniority in *level*.

    Titles come again in every small frame, and to read one takes patterns that cost more than all else: those of few
    rows in memory are remembered.
    """
    titles = table.lazy.select(table.column("job_title", nw.String).alias(title)).unique()
    if not table.is_eager:
        return with_seniority(titles, nw.col(title), level)
    here = collect(titles, [title])
    if here.height > _FEW:
        return with_seniority(nw.from_native(here.lazy()), nw.col(title), level)
    new = here.filter(pl.Series([text not in _READ for text in here[title]], dtype=pl.Boolean))
    values: Mapping[str | None, float | None] = _READ
    if not new.is_empty():
        read = dict(collect(with_seniority(nw.from_native(new.lazy()), nw.col(title), level), [title, level]).rows())
        values = _READ | read
        if len(_READ) < _MANY:
            _READ.update(read)
    levels = pl.Series(level, [values[text] for text in here[title]], dtype=pl.Float64)
    return nw.from_native(here.with_columns(levels).lazy())


def with_seniority(rows: Lazy, title: nw.Expr, name: str) -> Lazy:
    """Return *rows* with the seniority of a job title in the column *name*.

    It is 0-1 (1: owner or board, 0.1: assisting or former), and null where the title says nothing. The title is spelt
    in a column of its own first, for each level would spell it anew. Titles repeat: of many rows, ask once a title.
    """
    spelt, value = nw.col(_SPELT), nw.lit(None, nw.Float64)
    for level in reversed(LEVELS):
        shows = spelt.str.contains(level.pattern)
        if level.beside:
            shows = shows & spelt.str.contains(level.beside)
        value = nw.when(shows).then(nw.lit(level.value)).otherwise(value)
    return rows.with_columns(_spelt(title).alias(_SPELT)).with_columns(value.alias(name)).drop(_SPELT)


def _spelt(title: nw.Expr) -> nw.Expr:
    """Return a job title in small letters, without what it says of others or of the past."""
    # Small letters of the Turkish İ are an i and a dot of its own.
    lowered = title.str.replace_all("İ", "i", literal=True).str.to_lowercase().str.replace_all("ς", "σ", literal=True)
    for aside, instead in _ASIDES:
        lowered = lowered.str.replace_all(aside.replace("ς", "σ"), instead)
    is_more = lowered.str.contains(_EX_BEFORE_A_TITLE)
    return nw.when(is_more).then(lowered.str.replace_all(_EX, "")).otherwise(lowered)
