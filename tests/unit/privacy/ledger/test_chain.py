"""The hash chain: each single flipped bit is found, and the entry and part that it hit are named."""

import pytest

from ringfence.identifiers import LedgerRef, ProviderId
from ringfence.privacy.ledger.chain import Damage, Link, Part, Walk, body_of, genesis, link_hash
from ringfence.privacy.ledger.event import Event

PROVIDER = ProviderId("example")


def chain(length: int) -> list[Link]:
    links, previous = [], genesis(PROVIDER)
    for number in range(1, length + 1):
        ref = LedgerRef(f"ref{number}") if number % 2 else None
        body = body_of(PROVIDER, number, 1_800_000_000.0 + number, Event.SWEPT, ref, {"count": number})
        previous = link_hash(previous, body)
        links.append(Link(number, body, previous))
    return links


def walk(links: list[Link], *, at_least: int = 0) -> list[Damage]:
    walker = Walk(PROVIDER)
    for link in sorted(links, key=lambda link: link.number):
        walker.step(link)
    return walker.finish(at_least=at_least)


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def test_an_untouched_chain_has_no_damage() -> None:
    assert walk(chain(6), at_least=6) == []


@pytest.mark.parametrize("victim", [1, 3, 5])
def test_each_flipped_bit_of_a_body_is_located(victim: int) -> None:
    links = chain(6)
    link = links[victim - 1]
    for bit in range(len(link.body) * 8):
        damaged = [*links[: victim - 1], Link(link.number, flip(link.body, bit), link.hash), *links[victim:]]
        assert walk(damaged) == [Damage(victim, Part.BODY)]


@pytest.mark.parametrize("victim", [1, 3, 5])
def test_each_flipped_bit_of_a_hash_is_located(victim: int) -> None:
    links = chain(6)
    link = links[victim - 1]
    for bit in range(len(link.hash) * 8):
        damaged = [*links[: victim - 1], Link(link.number, link.body, flip(link.hash, bit)), *links[victim:]]
        assert walk(damaged) == [Damage(victim, Part.HASH)]


def test_each_flipped_bit_of_a_stored_number_is_located() -> None:
    links = chain(6)
    for victim in range(1, 7):
        for bit in range(63):
            link = links[victim - 1]
            moved = Link(link.number ^ (1 << bit), link.body, link.hash)
            damaged = [*links[: victim - 1], moved, *links[victim:]]
            assert walk(damaged, at_least=6) == [Damage(victim, Part.PLACE)]


def test_damage_to_the_last_entry_is_found_though_nothing_follows() -> None:
    links = chain(3)
    last = links[-1]
    assert walk([*links[:2], Link(3, flip(last.body, 9), last.hash)]) == [Damage(3, Part.ENTRY)]


def test_a_checkpoint_tells_what_was_hit_in_the_last_entry() -> None:
    links = chain(3)
    last = links[-1]
    for damaged, part in (
        (Link(3, flip(last.body, 9), last.hash), Part.BODY),
        (Link(3, last.body, flip(last.hash, 9)), Part.HASH),
    ):
        walker = Walk(PROVIDER)
        for link in (*links[:2], damaged):
            walker.step(link)
        walker.checkpoint(3, last.hash)
        assert walker.finish() == [Damage(3, part)]


def test_a_removed_entry_is_missing() -> None:
    links = chain(6)
    assert walk(links[:2] + links[3:]) == [Damage(3, Part.MISSING)]


def test_a_cut_tail_is_missing_when_something_outside_has_seen_it() -> None:
    assert walk(chain(6)[:4], at_least=6) == [Damage(5, Part.MISSING), Damage(6, Part.MISSING)]


def test_two_damaged_neighbours_are_both_named() -> None:
    links = chain(6)
    damaged = [Link(link.number, flip(link.body, 40), link.hash) if link.number in {3, 4} else link for link in links]
    assert [damage.number for damage in walk(damaged)] == [3, 4]


def test_a_chain_written_anew_does_not_fit_the_checkpoint() -> None:
    rewritten, previous = [], genesis(PROVIDER)
    for number in range(1, 4):
        body = body_of(PROVIDER, number, 5.0, Event.SWEPT, None, {"count": 99})
        previous = link_hash(previous, body)
        rewritten.append(Link(number, body, previous))
    walker = Walk(PROVIDER)
    for link in rewritten:
        walker.step(link)
    walker.checkpoint(3, chain(3)[-1].hash)
    assert walker.finish() == [Damage(3, Part.ENTRY)]
