"""The words of a choice, in six languages."""

from string import Formatter

import pytest

from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent import Channel, Choice, ChoiceWords, Feature, NotOffered
from ringfence.privacy.consent.wording import WORDS
from ringfence.privacy.notices import Catalogue, ChoiceText, languages
from tests.unit.privacy.consent.house import CONTACTS, OURS, PARTNER, PARTNERS
from tests.unit.privacy.installation import PROVIDER

LANGUAGES = ("en", "bg", "cs", "de", "es", "fr")


class Features:
    """Words of two features, whose version can change."""

    def __init__(self) -> None:
        self.version = "a" * 64

    def choice(self, provider: ProviderId, purpose: Purpose, language: str) -> ChoiceText:
        if purpose not in {Purpose.MARKETING, Purpose.SYNC_CONTACTS}:
            raise KeyError(purpose)
        return ChoiceText(self.version, language, "Offers", ("We would write to you.",), "Nothing ends.")


def partners(name: str = "Cinema Paradiso") -> dict[RecipientId, str]:
    return {PARTNER: name}


WORDING = ChoiceWords(Features(), lambda _: partners())


def test_every_language_says_the_same_with_the_same_gaps() -> None:
    assert languages(WORDS) == LANGUAGES
    loaded = [Catalogue.load(WORDS, language) for language in LANGUAGES]
    for key in loaded[0].keys:
        gaps = [{name for _, name, _, _ in Formatter().parse(each.text(key)) if name} for each in loaded]
        assert gaps == [gaps[0]] * len(LANGUAGES), key
        assert len({each.text(key) for each in loaded}) == len(LANGUAGES), key
    assert all(each.keys == loaded[0].keys for each in loaded)
    assert {f"channel.{channel}" for channel in Channel} | {"partner"} == loaded[0].keys


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", Channel)
def test_partner_and_channel_are_named_in_what_is_asked(language: str, channel: Channel) -> None:
    text = WORDING.consent_text(PROVIDER, Choice(Feature.MARKETING, PARTNER, channel), language)
    assert (text.language, text.title, text.refusing) == (language, "Offers", "Nothing ends.")
    assert len(text.asks) == 3
    assert "Cinema Paradiso" in text.asks[1]


def test_a_plain_feature_says_what_it_says() -> None:
    assert WORDING.consent_text(PROVIDER, CONTACTS, "de").asks == ("We would write to you.",)


@pytest.mark.promise("ZOI-06")
def test_a_version_is_of_one_choice_and_of_its_words_in_all_languages() -> None:
    versions = {WORDING.consent_text(PROVIDER, choice, "en").version for choice in (OURS, PARTNERS, CONTACTS)}
    assert len(versions) == 3
    assert {WORDING.consent_text(PROVIDER, OURS, language).version for language in LANGUAGES} < versions
    renamed = ChoiceWords(Features(), lambda _: partners("Cinema Nuovo"))
    assert renamed.consent_text(PROVIDER, PARTNERS, "en").version not in versions
    changed = Features()
    changed.version = "b" * 64
    rewritten = ChoiceWords(changed, lambda _: partners())
    assert rewritten.consent_text(PROVIDER, OURS, "en").version not in versions


def test_what_has_no_words_is_not_offered() -> None:
    for choice in (Choice(Feature.LOGS), Choice(Feature.MARKETING, RecipientId("unknown"), Channel.MAIL)):
        with pytest.raises(NotOffered):
            WORDING.consent_text(PROVIDER, choice, "en")
