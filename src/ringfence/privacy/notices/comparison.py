"""What differs between two editions, found in their data maps and policies, never in their wording."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ringfence.declarations import Basis, Category, Keep, Purpose, Role, Source
from ringfence.privacy.notices.change import Change, Clause, Country, Fact, Found, Span, Text, Words
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.policy import NamedRecipient, ProviderPolicy
from ringfence.privacy.notices.snapshot import Line
from ringfence.privacy.notices.text import Notice

__all__ = ["compared"]

_CHOSEN: Final = Basis.CONSENT.value  # nothing of it happens before somebody says yes, so it differs as a choice only


def compared(old: Edition, new: Edition) -> list[Found]:
    """All differences in the order of `Change`; none where only words changed."""
    before, after = _needed(old.map), _needed(new.map)
    found = [
        *_responsible(old.policy, new.policy),
        *_recipients(old.policy.recipients, new.policy.recipients),
        *_data(before, after),
        *_purposes(before, after),
        *_terms_of(before, after),
        *_receivers(before, after),
        *_sources(before, after),
        *_choices(old.policy, new.policy),
        *_own(old.policy, new.policy),
        *_clauses(old, new),
    ]
    order = list(Change)
    return sorted(found, key=lambda each: order.index(each.change))


def _needed(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.basis != _CHOSEN]


# Who and where


def _responsible(old: ProviderPolicy, new: ProviderPolicy) -> Iterator[Found]:
    if old.controller != new.controller:
        yield Found(Change.CONTROLLER, {"controller": new.controller})
    if old.privacy_officer != new.privacy_officer:
        yield Found(Change.OFFICER, {"officer": new.privacy_officer})
    if old.supervisory_authority != new.supervisory_authority:
        yield Found(Change.AUTHORITY, {"authority": new.supervisory_authority})
    if new.operator and old.operator != new.operator:
        yield Found(Change.OPERATOR, {"operator": new.operator})
    if old.operator and not new.operator:
        yield Found(Change.OPERATOR_GONE, {"operator": old.operator})
    if old.place != new.place:
        yield Found(Change.PLACE, {"place": Country(new.place)})
    if old.minimum_age != new.minimum_age:
        yield Found(Change.AGE, {"age": str(new.minimum_age)})
    for activity in sorted({*new.operator_decides} - {*old.operator_decides}):
        yield Found(Change.DECIDES, {"operator": new.operator, "activity": Text(f"activity.{activity.value}")})
    for activity in sorted({*old.operator_decides} - {*new.operator_decides}):
        yield Found(Change.DECIDES_NO_MORE, {"operator": old.operator, "activity": Text(f"activity.{activity.value}")})


def _recipients(old: Sequence[NamedRecipient], new: Sequence[NamedRecipient]) -> Iterator[Found]:
    before, after = ({each.name: each for each in recipients} for recipients in (old, new))
    went_abroad = any(each.goes_abroad for each in old)
    for name, recipient in after.items():
        former = before.get(name)
        if recipient.mechanisms and not went_abroad:
            yield Found(Change.FIRST_TRANSFER, _told(recipient))
        if former is None:
            yield Found(Change.NEW_RECIPIENT, _told(recipient))
            continue
        if former.role != recipient.role:
            yield Found(Change.RECIPIENT_ROLE, _told(recipient))
        if former.country != recipient.country:
            yield Found(Change.RECIPIENT_MOVED, _told(recipient))
        if former.goes_abroad and recipient.goes_abroad and former.mechanisms != recipient.mechanisms:
            yield Found(Change.MECHANISM if recipient.mechanisms else Change.BLOCKED, _told(recipient))
    for name in before.keys() - after.keys():
        yield Found(Change.GONE_RECIPIENT, _told(before[name]))


def _told(recipient: NamedRecipient) -> dict[str, Fact]:
    return {
        "recipient": recipient.name,
        "country": Country(recipient.country),
        "role": Text(f"legal_role.{recipient.role}"),
        "mechanisms": "; ".join(recipient.mechanisms),
    }


# Which data, what for, how long, from where, for whom


def _data(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    before, after = _by_category(old), _by_category(new)
    for category in _added(before, after):
        purposes = tuple(dict.fromkeys(line.purpose for line in after[category]))
        yield Found(Change.NEW_DATA, {"categories": Words(Category, (category,)), "purposes": Words(Purpose, purposes)})
    if gone := _added(after, before):
        yield Found(Change.GONE_DATA, {"categories": Words(Category, gone)})


def _purposes(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    """A purpose of data that is new itself is told with the data."""
    yield from _pairs(Change.NEW_PURPOSE, Purpose, old, new)
    yield from _pairs(Change.GONE_PURPOSE, Purpose, new, old)


def _sources(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    return _pairs(Change.NEW_SOURCE, Source, old, new)


def _pairs(change: Change, kind: type[Purpose | Source], old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    """What data that both editions have is newly combined with; one difference for each value."""
    attribute = kind.__name__.lower()
    known = {line.category for line in old}
    before = {(getattr(line, attribute), line.category) for line in old}
    added: dict[str, dict[str, None]] = defaultdict(dict)
    for line in new:
        value = getattr(line, attribute)
        if line.category in known and (value, line.category) not in before:
            added[value][line.category] = None
    for value, categories in added.items():
        yield Found(change, {attribute: Words(kind, (value,)), "categories": Words(Category, tuple(categories))})


def _receivers(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    yield from _reached(Change.NEW_RECEIVER, old, new)
    yield from _reached(Change.GONE_RECEIVER, new, old)


def _reached(change: Change, old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    known = {line.category for line in old}
    before, after = _by_receiver(old), _by_receiver(new)
    for role, categories in after.items():
        added = [each for each in categories if each not in before.get(role, ())]
        told = [each for each in added if each in known or role not in before]
        if told:
            yield Found(change, {"role": Words(Role, (role,)), "categories": Words(Category, tuple(told))})


def _terms_of(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Found]:
    """By category: the longest that anything of it stays."""
    before, after = _by_category(_resting(old)), _by_category(_resting(new))
    for category in before.keys() & after.keys():
        told: Fact = Words(Category, (category,))
        was, now = _longest(before[category]), _longest(after[category])
        if was is not None and now is not None and was != now:
            change = Change.KEPT_LONGER if now > was else Change.KEPT_SHORTER
            facts = {"categories": told, "days": Span(abs(now - was)), "total": Span(now)}
            yield Found(change, facts)
        elif (was is None) != (now is None):
            keeps = tuple(dict.fromkeys(line.keep for line in after[category]))
            yield Found(Change.KEPT_OTHERWISE, {"categories": told, "kept": Words(Keep, keeps)})


def _resting(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.keep]


def _longest(lines: Sequence[Line]) -> float | None:
    """In seconds; None where something of it stays as long as a state lasts."""
    terms = [line.seconds for line in lines]
    return None if None in terms else max(term for term in terms if term is not None)


def _by_category(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.category, []).append(line)
    return found


def _by_receiver(lines: Iterable[Line]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for line in lines:
        for role in line.receivers:
            found.setdefault(role, {})[line.category] = None
    return found


def _added(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in new if name not in old)


# Choices, own words, terms


def _choices(old: ProviderPolicy, new: ProviderPolicy) -> Iterator[Found]:
    for purpose in new.offers:
        if purpose not in old.offers:
            yield Found(Change.NEW_CHOICE, {"feature": Text(f"feature.{purpose.value}.heading")})
    for purpose in old.offers:
        if purpose not in new.offers:
            yield Found(Change.GONE_CHOICE, {"feature": Text(f"feature.{purpose.value}.heading")})


def _own(old: ProviderPolicy, new: ProviderPolicy) -> Iterator[Found]:
    """What the provider writes itself can't be compared by meaning, so every change of it counts."""
    before = {(language, each) for language, written in old.paragraphs.items() for each in written}
    after = {(language, each) for language, written in new.paragraphs.items() for each in written}
    headings = dict.fromkeys(each.heading for _, each in sorted(after - before, key=lambda pair: pair[1].heading))
    kept = {each.heading for _, each in after}
    for heading in headings:
        yield Found(Change.OWN_PARAGRAPH, {"heading": heading})
    for heading in sorted({each.heading for _, each in before - after} - kept):
        yield Found(Change.OWN_PARAGRAPH_GONE, {"heading": heading})


def _clauses(old: Edition, new: Edition) -> Iterator[Found]:
    """By the keys of clauses; the words of a clause that stays may change without the clause doing so."""
    before, after = _keys(old), _keys(new)
    for key in _added(before, after):
        yield Found(Change.NEW_CLAUSE, {"clause": Clause(key)})
    for key in _added(after, before):
        yield Found(Change.GONE_CLAUSE, {"clause": Clause(key, gone=True)})


def _keys(edition: Edition) -> dict[str, None]:
    anyone: Notice = edition.in_language("")
    return {sentence.key: None for paragraph in anyone.terms for sentence in paragraph.said}
