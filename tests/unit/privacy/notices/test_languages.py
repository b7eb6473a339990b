"""The languages: whole, without English left over, in the law's own terms, and plain."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from ringfence.privacy.datamap import words
from ringfence.privacy.notices import CATALOGUES, Catalogue, languages

LANGUAGES = languages(CATALOGUES)
TRANSLATED = [language for language in LANGUAGES if language != "en"]

ENGLISH: Final = re.compile(
    r"\b(the|and|your|you|with|which|that|this|from|have|been|data|who|what|when|until|only|nothing)\b", re.IGNORECASE
)
WORDS_OF_THE_FIELD: Final = {
    "SIP", "IP", "HA1", "HTTP", "SMS", "Ringfence", "Linphone", "Apple", "digest", "push", "passkey",
    "address-of-record",
}  # fmt: skip
"""What stands in Latin letters in a Bulgarian text."""

TERMS: Final = {
    "en": ("GDPR", "controller", "processor", "data protection officer", "supervisory authority",
           "legitimate interest"),
    "de": ("DSGVO", "Verantwortlicher", "Auftragsverarbeiter", "Datenschutzbeauftragte", "Aufsichtsbehörde",
           "berechtigtes Interesse"),
    "fr": ("RGPD", "responsable du traitement", "sous-traitant", "délégué à la protection des données",
           "autorité de contrôle", "intérêt légitime"),
    "es": ("RGPD", "responsable del tratamiento", "encargado del tratamiento", "delegado de protección de datos",
           "autoridad de control", "interés legítimo"),
    "cs": ("GDPR", "správce", "zpracovatel", "pověřence pro ochranu osobních údajů", "dozorového úřadu",
           "oprávněný zájem"),
    "bg": ("ОРЗД", "администратор", "обработващ лични данни", "длъжностното лице по защита на данните",
           "надзорния орган", "легитимен интерес"),
}  # fmt: skip
"""What the regulation itself calls them in its version of that language."""

HEAVY: Final = {
    "en": ("pursuant", "hereinafter", "data subject", "aforementioned", "in accordance with", "shall ", "thereof"),
    "de": ("gemäß", "betroffene Person", "nachfolgend", "diesbezüglich", "im Sinne von", "seitens", "hiermit"),
    "fr": ("conformément à", "ci-après", "personne concernée", "susmentionné", "aux fins de", "dans le cadre de"),
    "es": ("de conformidad con", "en adelante", "interesado", "susodicho", "a los efectos de", "en el marco de"),
    "cs": ("v souladu s", "subjekt údajů", "výše uveden", "za účelem", "tímto ", "předmětn"),
    "bg": ("съгласно", "субект на данни", "гореспоменат", "по смисъла на", "горепосочен", "настоящото"),
}
"""What one writes who doesn't speak to anybody."""

LONGEST: Final = 40  # words between two full stops: a reader keeps the beginning in mind


def texts(language: str) -> Iterator[tuple[str, str]]:
    catalogue = Catalogue.load(CATALOGUES, language)
    yield from ((key, catalogue.text(key)) for key in sorted(catalogue.keys))
    for kind, said in words(language).items():
        yield from ((f"{kind}.{word}", sentence) for word, sentence in said.items())


def prose(language: str) -> Iterator[tuple[str, str]]:
    """Without names and fragments, and with facts taken out."""
    for key, text in texts(language):
        if key.split(".")[0] not in {"country", "month", "date", "days", "way", "title", "notice_title", "terms_title"}:
            yield key, re.sub(r"\{[a-z]+\}", "", text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_english_is_left_over(language: str) -> None:
    english = dict(texts("en"))
    for key, text in prose(language):
        assert not ENGLISH.search(text), (key, text)
        assert text != english.get(key), key


def test_bulgarian_is_written_in_its_own_letters() -> None:
    for key, text in prose("bg"):
        assert set(re.findall(r"[A-Za-z][A-Za-z0-9-]*", text)) <= WORDS_OF_THE_FIELD, (key, text)
    countries = {text for key, text in texts("bg") if key.startswith("country.")}
    assert not re.search(r"[A-Za-z]", " ".join(countries))


@pytest.mark.parametrize("language", TRANSLATED)
def test_latin_and_cyrillic_letters_are_not_mixed_within_a_word(language: str) -> None:
    for key, text in texts(language):
        for word in re.findall(r"\w+", text):
            letters = {
                ("cyrillic" if "\u0400" <= letter <= "\u04ff" else "latin") for letter in word if letter.isalpha()
            }
            assert len(letters) <= 1, (key, word)


@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_are_those_of_the_regulation_in_that_language(language: str) -> None:
    everything = " ".join(text for _, text in texts(language))
    if language == "en":  # the declarations speak it themselves
        everything += " GDPR"
    for term in TERMS[language]:
        assert term in everything


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_spoken_to_in_the_language_of_files(language: str) -> None:
    for key, text in texts(language):
        for heavy in HEAVY[language]:
            assert heavy not in text, (key, heavy)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    lengths = []
    for key, text in prose(language):
        for sentence in re.split(r"(?<=[.!?:;])\s+", text):
            length = len(re.findall(r"\w+", sentence))
            assert length <= LONGEST, (key, sentence)
            lengths.append(length)
    assert sum(lengths) / len(lengths) < 14


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_ends_as_a_sentence_does_and_has_no_stray_blanks(language: str) -> None:
    for key, text in texts(language):
        assert text == text.strip(), key
        assert "  " not in text, key
        if key.split(".")[-1] in {"asks", "limits", "refusing"} or key.startswith(("rights.", "keep.")):
            assert key.endswith("heading") or text.endswith("."), key
