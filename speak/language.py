"""The words of each language that no library has: for marks, for what was not read, and to guide a hand.

Digits and whole numbers come from num2words; English digits stand here too, so that the usual case needs no library.
"""

from dataclasses import dataclass
from functools import cache

from errors import SpeechUnavailable, WrongUsage

DEFAULT = "en"
MARKS = (".", ",", ":", "-", "−", "/", "+")
GUIDANCE = (
    *("nothing", "closer", "farther", "dark", "faint", "blurred"),
    *("left", "right", "up", "down"),
    *("cut_left", "cut_right", "cut_top", "cut_bottom"),
)
ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Language:
    """One language's words.

    Attributes
    ----------
    code : str
        ISO 639-1, such as 'de'.
    name : str
        In English.
    unsure : str
        In the place of a digit that was not read.
    nothing_read : str
        In the place of a number.
    marks : tuple of str
        A word for each of `MARKS`: point, comma, colon, dash, minus, slash, plus.
    guidance : tuple of str
        A phrase for each of `GUIDANCE`.
    """

    code: str
    name: str
    unsure: str
    nothing_read: str
    marks: tuple[str, ...]
    guidance: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.marks) != len(MARKS) or len(self.guidance) != len(GUIDANCE):
            raise ValueError(f"{self.name} needs {len(MARKS)} marks and {len(GUIDANCE)} phrases")

    @property
    def mark_words(self) -> dict[str, str]:
        """The word for each mark."""
        return dict(zip(MARKS, self.marks, strict=True))


_ALL = (
    Language(
        code="en",
        name="English",
        unsure="unsure",
        nothing_read="no number",
        marks=("point", "comma", "colon", "dash", "minus", "slash", "plus"),
        guidance=(
            *("no number in view", "hold it closer", "hold it farther away"),
            *("too dark", "the writing is too faint", "blurred, hold still"),
            *("move the paper left", "move the paper right", "move the paper up", "move the paper down"),
            *("the number is cut off on the left", "the number is cut off on the right"),
            *("the number is cut off at the top", "the number is cut off at the bottom"),
        ),
    ),
    Language(
        code="de",
        name="German",
        unsure="unsicher",
        nothing_read="keine Zahl",
        marks=("Punkt", "Komma", "Doppelpunkt", "Strich", "minus", "Schrägstrich", "plus"),
        guidance=(
            *("keine Zahl im Bild", "bitte näher heran", "bitte weiter weg"),
            *("zu dunkel", "die Schrift ist zu blass", "unscharf, bitte stillhalten"),
            *("das Blatt nach links", "das Blatt nach rechts", "das Blatt nach oben", "das Blatt nach unten"),
            *("die Zahl ist links abgeschnitten", "die Zahl ist rechts abgeschnitten"),
            *("die Zahl ist oben abgeschnitten", "die Zahl ist unten abgeschnitten"),
        ),
    ),
    Language(
        code="fr",
        name="French",
        unsure="incertain",
        nothing_read="aucun nombre",
        marks=("point", "virgule", "deux-points", "tiret", "moins", "barre oblique", "plus"),
        guidance=(
            *("aucun nombre en vue", "approchez la feuille", "éloignez la feuille"),
            *("trop sombre", "l'écriture est trop pâle", "image floue, ne bougez plus"),
            *("la feuille vers la gauche", "la feuille vers la droite", "la feuille vers le haut"),
            "la feuille vers le bas",
            *("le nombre est coupé à gauche", "le nombre est coupé à droite"),
            *("le nombre est coupé en haut", "le nombre est coupé en bas"),
        ),
    ),
    Language(
        code="es",
        name="Spanish",
        unsure="dudoso",
        nothing_read="ningún número",
        marks=("punto", "coma", "dos puntos", "guion", "menos", "barra", "más"),
        guidance=(
            *("ningún número a la vista", "acerque el papel", "aleje el papel"),
            *("demasiado oscuro", "la escritura es demasiado tenue", "borroso, no se mueva"),
            *("mueva el papel a la izquierda", "mueva el papel a la derecha"),
            *("mueva el papel hacia arriba", "mueva el papel hacia abajo"),
            *("el número está cortado por la izquierda", "el número está cortado por la derecha"),
            *("el número está cortado por arriba", "el número está cortado por abajo"),
        ),
    ),
    Language(
        code="it",
        name="Italian",
        unsure="incerto",
        nothing_read="nessun numero",
        marks=("punto", "virgola", "due punti", "trattino", "meno", "barra", "più"),
        guidance=(
            *("nessun numero in vista", "avvicini il foglio", "allontani il foglio"),
            *("troppo buio", "la scrittura è troppo chiara", "immagine mossa, resti immobile"),
            *("sposti il foglio a sinistra", "sposti il foglio a destra"),
            *("sposti il foglio in alto", "sposti il foglio in basso"),
            *("il numero è tagliato a sinistra", "il numero è tagliato a destra"),
            *("il numero è tagliato in alto", "il numero è tagliato in basso"),
        ),
    ),
    Language(
        code="nl",
        name="Dutch",
        unsure="onzeker",
        nothing_read="geen getal",
        marks=("punt", "komma", "dubbele punt", "streepje", "min", "schuine streep", "plus"),
        guidance=(
            *("geen getal in beeld", "houd het dichterbij", "houd het verder weg"),
            *("te donker", "het schrift is te licht", "onscherp, houd stil"),
            *("schuif het papier naar links", "schuif het papier naar rechts"),
            *("schuif het papier omhoog", "schuif het papier omlaag"),
            *("het getal is links afgesneden", "het getal is rechts afgesneden"),
            *("het getal is boven afgesneden", "het getal is onder afgesneden"),
        ),
    ),
    Language(
        code="pt",
        name="Portuguese",
        unsure="incerto",
        nothing_read="nenhum número",
        marks=("ponto", "vírgula", "dois pontos", "traço", "menos", "barra", "mais"),
        guidance=(
            *("nenhum número à vista", "aproxime o papel", "afaste o papel"),
            *("escuro demais", "a escrita está clara demais", "desfocado, não se mexa"),
            *("mova o papel para a esquerda", "mova o papel para a direita"),
            *("mova o papel para cima", "mova o papel para baixo"),
            *("o número está cortado à esquerda", "o número está cortado à direita"),
            *("o número está cortado na parte de cima", "o número está cortado na parte de baixo"),
        ),
    ),
)
LANGUAGES = {language.code: language for language in _ALL}


def find_language(code: str) -> Language:
    """Find a language by its code, such as 'de', or 'de-at' or 'de_AT' with a region that is passed over.

    Raises
    ------
    WrongUsage
        There are no words for it.
    """
    language = LANGUAGES.get(code.casefold().replace("_", "-").split("-")[0])
    if language is None:
        raise WrongUsage(f"There are no words for the language {code!r}.", f"Give one of: {', '.join(LANGUAGES)}.")
    return language


def phrase(key: str, language: str = DEFAULT) -> str:
    """Give the phrase that guides a hand.

    Parameters
    ----------
    key : str
        One of `GUIDANCE`, such as 'closer', 'left' (move the paper left) or 'cut_left' (the number is cut off there).
    language : str
        Code of a language, such as 'de'.

    Raises
    ------
    WrongUsage
        There is no such phrase or no such language.
    """
    if key not in GUIDANCE:
        raise WrongUsage(f"There is no phrase {key!r}.", f"Give one of: {', '.join(GUIDANCE)}.")
    return find_language(language).guidance[GUIDANCE.index(key)]


@cache
def digit_words(language: str) -> tuple[str, ...]:
    """Give the words for 0 to 9.

    Raises
    ------
    WrongUsage
        There is no such language.
    SpeechUnavailable
        num2words, which all but English needs, is not installed.
    """
    if find_language(language).code == DEFAULT:
        return ENGLISH_DIGITS
    return tuple(number_words(digit, language) for digit in range(10))


def number_words(value: int, language: str) -> str:
    """Give the words for a whole number, as they are said in the language's region if it names one: fr-ch.

    Raises
    ------
    WrongUsage
        There is no such language.
    SpeechUnavailable
        num2words is not installed.
    """
    find_language(language)
    try:
        from num2words import num2words  # 25 ms, as much as all that speaking digits imports together
    except ImportError:
        raise SpeechUnavailable(
            "num2words, which puts whole numbers and the digits of other languages than English into words, "
            "is not installed.",
            "Run 'pip install -r requirements.txt', or let it be said in English, digit by digit (--as digits).",
        ) from None
    code, *region = language.casefold().replace("_", "-").split("-")
    return str(num2words(value, lang="_".join([code, *(part.upper() for part in region)])))
