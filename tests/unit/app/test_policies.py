"""The notice is of the day: what the gate blocks, the text no longer names (product.md, point 5)."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.app.people import Enrolled, OwnAddresses
from ringfence.app.policies import TodaysNotices, policies_of
from ringfence.clock import ManualClock
from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId, UpstreamId
from ringfence.persistence import Database
from ringfence.privacy.consent import Channel, Choice, Feature, NotOffered
from ringfence.privacy.egress import MechanismTable
from ringfence.privacy.law import Law
from ringfence.privacy.notices import Activity, Editions, PolicyIncomplete, ProviderPolicy
from ringfence.services.enrolment import Agreement, MailAddress, SipAccount
from ringfence.settings import Settings, load
from tests.unit.privacy.installation import Installation, installed, prepared

EXAMPLE = Path(__file__).parents[3] / "docs/ringfence.example.toml"
PROVIDER = ProviderId("example")
UPSTREAM = UpstreamId("pbx1")
ADDRESS = "a@example.net"
BLOCKED = {"en": "At present nothing may go there", "de": "Zurzeit darf nichts dorthin gehen"}
LAPSES = ('since = "2023-09-01"', 'since = "2023-09-01"\nuntil = "2027-03-31"')


def _settings(directory: Path, *changes: tuple[str, str]) -> Settings:
    text = EXAMPLE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = directory / "ringfence.toml"
    file.write_text(text)
    return load(file)


def _more(settings: str) -> tuple[str, str]:
    """More keys of the provider."""
    return ('country = "DE"\n', f'country = "DE"\n{settings}\n')


def _clock(day: dt.date) -> ManualClock:
    return ManualClock(dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC).timestamp())


def _policy(settings: Settings) -> ProviderPolicy:
    (policy,) = policies_of(settings, MechanismTable.load(), Law.load(), dt.date(2027, 3, 1))
    return policy


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_lapsed_mechanism_leaves_the_notice_by_itself(tmp_path: Path, language: str) -> None:
    clock = _clock(dt.date(2027, 3, 31))
    notices = TodaysNotices(_settings(tmp_path, LAPSES), clock)

    def text() -> str:
        notice = notices.current(PROVIDER, language)
        return " ".join(sentence for paragraph in notice.notice for sentence in paragraph.sentences)

    before = notices.versions(PROVIDER)
    assert "2023/1795" in text()
    clock.advance(86_400)
    assert "2023/1795" not in text()
    assert BLOCKED[language] in text()
    assert notices.versions(PROVIDER).notice != before.notice


def test_where_the_provider_names_no_authority_the_law_does(tmp_path: Path) -> None:
    policy = _policy(_settings(tmp_path, ("supervisory_authority =", "# supervisory_authority =")))
    authority = Law.load().country("DE").authority
    assert authority.name in policy.supervisory_authority
    assert authority.address in policy.supervisory_authority
    assert authority.url in policy.supervisory_authority


@pytest.mark.promise("ZOI-25")
@pytest.mark.parametrize(
    ("country", "set_to", "asked"), [("DE", 13, 16), ("AT", 13, 14), ("BE", 13, 13), ("BE", 16, 16)]
)
def test_the_stricter_age_of_policy_and_law_is_asked_for(tmp_path: Path, country: str, set_to: int, asked: int) -> None:
    changes = ('country = "DE"\n', f'country = "{country}"\nminimum_age = {set_to}\n')
    assert _policy(_settings(tmp_path, changes)).minimum_age == asked


def test_the_file_says_what_is_offered_where_the_server_stands_and_what_the_operator_decides(
    tmp_path: Path,
) -> None:
    more = _more(
        'operator = "Host AG"\nhosted_in = "AT"\noperator_decides = ["security"]\nfeatures = ["logs", "contacts"]'
    )
    own = ("[[providers.upstreams]]", _PARAGRAPH + "[[providers.upstreams]]")
    policy = _policy(_settings(tmp_path, more, own))
    assert policy.offers == (Purpose.SYNC_CONTACTS, Purpose.TROUBLESHOOT)
    assert policy.place == "AT"
    assert policy.operator_decides == (Activity.SECURITY,)
    assert [(language, each.heading) for language, told in policy.paragraphs.items() for each in told] == [
        ("de", "Wir")
    ]


_PARAGRAPH = '[[providers.paragraphs]]\nlanguage = "de"\nheading = "Wir"\ntext = "Wir sind nett."\n\n'


@pytest.mark.promise("APP-05")
def test_consents_are_asked_in_the_words_of_the_notices(tmp_path: Path) -> None:
    marketing = ("[[providers.upstreams]]", '[providers.marketing]\nchannels = ["mail"]\n\n[[providers.upstreams]]')
    settings = _settings(tmp_path, _more('features = ["location"]'), marketing)
    notices = TodaysNotices(settings, _clock(dt.date(2027, 3, 1)))
    text = notices.consent_text(PROVIDER, Choice(Feature.LOCATION), "en")
    assert text.title == "Where you are"
    assert "This is off until you switch it on." in text.asks
    partner = Choice(Feature.MARKETING, RecipientId("google"), Channel.MAIL)
    told = notices.consent_text(PROVIDER, partner, "en")
    assert any("Google Ireland Ltd" in sentence for sentence in told.asks)
    assert told.version != notices.consent_text(PROVIDER, Choice(Feature.MARKETING), "en").version
    with pytest.raises(NotOffered):
        notices.consent_text(PROVIDER, Choice(Feature.CALENDAR), "en")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path / "house"), _clock(dt.date(2027, 3, 31))) as kernel:
        yield kernel


async def _enrol(db: Database, kernel: Installation, notices: TodaysNotices, language: str = "de") -> SubjectId:
    subject, versions = SubjectId(kernel.new()), notices.versions(PROVIDER)
    async with db.transaction() as unit:
        await unit.add_all(
            (
                SipAccount(id=kernel.new(), provider=PROVIDER, subject=subject, upstream=UPSTREAM, address=ADDRESS),
                *(
                    Agreement(
                        id=kernel.new(), provider=PROVIDER, subject=subject, notice_version=notice, language=language,
                        terms_version=versions.terms, agreed_at=at, old_enough=True,
                    )
                    for notice, at in (("older", 1.0), (versions.notice, 2.0), ("old", 0.0))
                ),
            )
        )  # fmt: skip
    return subject


@pytest.mark.promise("ZOI-23")
async def test_what_was_published_holds_until_a_change_may(tmp_path: Path, house: Installation) -> None:
    clock = house.clock
    assert isinstance(clock, ManualClock)
    editions = Editions(house.db, house.ledger, clock)
    people = Enrolled(house.db)
    notices = TodaysNotices(_settings(tmp_path), clock, editions=editions, people=people)
    await notices.refresh()
    await notices.refresh()
    assert len(editions.publications(PROVIDER)) == 1
    await _enrol(house.db, house, notices)
    elsewhere = _settings(tmp_path, _more('hosted_in = "AT"'))
    changed = TodaysNotices(elsewhere, clock, editions=editions, people=people)
    await changed.refresh()
    assert changed.versions(PROVIDER) == notices.versions(PROVIDER) != changed.draft(PROVIDER).versions
    clock.advance(40 * 86_400)
    assert changed.versions(PROVIDER) == changed.draft(PROVIDER).versions


@pytest.mark.promise("ACR-16")
@pytest.mark.parametrize("setting", ["controller", "privacy_officer"])
def test_no_provider_goes_live_without_a_controller_and_a_privacy_officer(tmp_path: Path, setting: str) -> None:
    file = tmp_path / "blank.toml"
    file.write_text(re.sub(rf'^{setting} = ".*"$', f'{setting} = " "', EXAMPLE.read_text(), flags=re.MULTILINE))
    with pytest.raises(PolicyIncomplete) as refused:
        TodaysNotices(load(file), _clock(dt.date(2027, 3, 31)))
    assert refused.value.facts == {"provider": "example", "setting": setting}


@pytest.mark.promise("IPS-02")
async def test_a_choice_that_comes_with_a_change_is_not_taken_before_it_holds(
    tmp_path: Path, house: Installation
) -> None:
    clock = house.clock
    assert isinstance(clock, ManualClock)
    editions = Editions(house.db, house.ledger, clock)
    await TodaysNotices(_settings(tmp_path), clock, editions=editions).refresh()
    later = _settings(tmp_path, _more('hosted_in = "AT"\nfeatures = ["location"]'))
    notices = TodaysNotices(later, clock, editions=editions)
    await notices.refresh()
    with pytest.raises(NotOffered):
        notices.consent_text(PROVIDER, Choice(Feature.LOCATION), "en")
    clock.advance(40 * 86_400)
    assert notices.consent_text(PROVIDER, Choice(Feature.LOCATION), "en").title == "Where you are"
    # and one that the file no longer has is not taken any more, even while the text still names it
    withdrawn = TodaysNotices(_settings(tmp_path, _more('hosted_in = "CH"')), clock, editions=editions)
    await withdrawn.refresh()
    assert Purpose.USE_LOCATION in (await editions.edition(_holding(editions))).policy.offers
    with pytest.raises(NotOffered):
        withdrawn.consent_text(PROVIDER, Choice(Feature.LOCATION), "en")


def _holding(editions: Editions) -> str:
    """The edition that holds."""
    holding = editions.in_force(PROVIDER)
    assert holding is not None
    return holding.edition


async def test_without_editions_nothing_is_published(tmp_path: Path) -> None:
    notices = TodaysNotices(_settings(tmp_path), _clock(dt.date(2027, 3, 31)))
    await notices.refresh()
    assert notices.versions(PROVIDER) == notices.draft(PROVIDER).versions


async def test_people_are_told_of_by_what_they_agreed_to_last(tmp_path: Path, house: Installation) -> None:
    notices = TodaysNotices(_settings(tmp_path), house.clock)
    people = Enrolled(house.db)
    assert not await people.anybody(PROVIDER)
    subjects = {await _enrol(house.db, house, notices) for _ in range(3)}
    assert await people.anybody(PROVIDER)
    found = {person.subject: person async for person in people.of(PROVIDER)}
    assert found.keys() == subjects
    assert {(person.agreed, person.language, person.mail) for person in found.values()} == {
        (notices.versions(PROVIDER), "de", "")
    }
    anna = min(subjects)
    assert await people.one(PROVIDER, anna) == found[anna]
    async with house.db.transaction() as unit:
        await unit.add(MailAddress(id=RowId(anna), provider=PROVIDER, subject=anna, address="anna@example.org"))
    reached = await Enrolled(house.db, OwnAddresses()).one(PROVIDER, anna)
    assert reached is not None
    assert reached.mail == "anna@example.org"
    assert await people.one(ProviderId("other"), anna) is None
