"""What each item says; every method answers with at least one line, or the letter is not written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import final

from ringfence.declarations import Basis
from ringfence.privacy.answers.errors import ExceptionUnfit, LetterIncomplete
from ringfence.privacy.answers.facts import ActualRecipient, AnswerFacts, Hears
from ringfence.privacy.answers.letter import Section
from ringfence.privacy.answers.outline import Item
from ringfence.privacy.answers.told import Told
from ringfence.privacy.answers.words import Words, clean, paragraphs
from ringfence.privacy.consent import Choice
from ringfence.privacy.datamap import flow_said, said
from ringfence.privacy.law import CountryRules, Law
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.rights import Outcome as Fate
from ringfence.privacy.rights import Verdict
from ringfence.privacy.secrecy import standard_sentence

__all__ = ["Items"]

_KEPT = {Fate.KEPT, Fate.BLOCKED}
_OTHERS = "15-4"
_LEGAL_DUTY = "17-3-b"
_BESIDE = {LetterKind.PROOF_ASKED: ("kept", "clock"), LetterKind.CLARIFICATION_ASKED: ("clock",)}
_ASKS_WHY = {LetterKind.EXTENDED, LetterKind.PROOF_ASKED, LetterKind.CLARIFICATION_ASKED, LetterKind.REFERRED}
_PARTLY_BY_LAW = {Kind.ACCESS, Kind.PORTABILITY, Kind.ERASURE}  # done in part without an officer having to say why
_RIGHTS = ("access", "rectify", "erase", "restrict", "carry", "object")
_EURO = 100  # cents


@final
class Items:
    """The items of one letter; `flow_sentences` are those of the declared flows, in English."""

    def __init__(
        self, facts: AnswerFacts, words: Words, told: Told, law: Law, flow_sentences: Mapping[str, str]
    ) -> None:
        self._facts = facts
        self._words = words
        self._told = told
        self._law = law
        self._flows = flow_sentences
        self._policy = facts.policy
        self._rules: CountryRules = law.country(facts.policy.country, facts.today)
        self._writers: Mapping[Item, Callable[[Item], Section]] = {
            Item.GREETING: self._greeting,
            Item.NEWS: self._news,
            Item.DECISION: self._decision,
            Item.CONTROLLER: self._controller,
            Item.OFFICER: self._officer,
            Item.PURPOSES: self._purposes,
            Item.INTEREST: self._interest,
            Item.CATEGORIES: self._categories,
            Item.RECIPIENTS: self._recipients,
            Item.TRANSFERS: self._transfers,
            Item.DURATION: self._duration,
            Item.RIGHTS: self._rights,
            Item.WITHDRAWAL: self._withdrawal,
            Item.COMPLAINT: self._complaint,
            Item.NEED: self._need,
            Item.SOURCE: self._source,
            Item.AUTOMATED: self._automated,
            Item.COPY: self._copy,
            Item.PORTABLE: self._portable,
            Item.VERDICTS: self._verdicts,
            Item.ENDS: self._ends,
            Item.CERTIFICATE: self._certificate,
            Item.CORRECTED: self._corrected,
            Item.TOLD: self._told_of,
            Item.RESTRICTED: self._restricted,
            Item.LIFTING: self._lifting,
            Item.OBJECTED: self._objected,
            Item.WITHDRAWN: self._withdrawn,
            Item.EXCEPTION: self._exception,
            Item.GROUND: self._ground,
            Item.REASONS: self._reasons,
            Item.RECOURSE: self._recourse,
            Item.SECRECY: self._secrecy,
            Item.CLOSING: self._closing,
        }

    def section(self, item: Item) -> Section:
        """Raises LetterIncomplete."""
        section = self._writers[item](item)
        if not [*section.sentences, *section.points] or not all([*section.sentences, *section.points]):
            raise LetterIncomplete(item=item.value)
        return section

    # -- every letter -------------------------------------------------------------------------------------------------

    def _greeting(self, item: Item) -> Section:
        facts, name = self._facts, clean(self._facts.name)
        lines = [self._say("greeting.named", name=name) if name else self._say("greeting.unnamed")]
        lines.append(
            self._say("greeting.received", received=self._day(facts.received), kind=self._kind(), case=facts.case)
        )
        if facts.follows is not None:
            lines.append(self._say("greeting.follows", follows=facts.follows))
        return Section(item, "", tuple(lines))

    def _officer(self, item: Item) -> Section:
        return self._plain(item, self._say("officer.who", officer=self._policy.privacy_officer))

    def _complaint(self, item: Item) -> Section:
        return self._plain(
            item,
            self._authority("complaint.authority"),
            self._court("complaint.court"),
            self._say("complaint.again"),
        )

    def _secrecy(self, item: Item) -> Section:
        return self._plain(item, standard_sentence(self._words.language))

    def _closing(self, item: Item) -> Section:
        return Section(
            item, "", (self._say("closing.signed", name=self._policy.name, today=self._day(self._facts.today)),)
        )

    # -- what is no answer --------------------------------------------------------------------------------------------

    def _news(self, item: Item) -> Section:
        about, facts = self._facts.about, self._facts
        days = {"promised": self._day(facts.promised), "legal": self._day(facts.legal)}
        lines = [self._say(f"{about.value}.what", **days)]
        if about is LetterKind.RECEIVED and facts.kind is Kind.COMPLAINT:
            lines = [self._say("received.complaint.what", **days)]
        if about in _ASKS_WHY:
            lines += self._note()
        elif about is LetterKind.WHERE_IT_STANDS:
            lines += paragraphs(facts.note)
        lines += [self._say(f"{about.value}.{key}", **days) for key in _BESIDE.get(about, ())]
        return Section(item, "", tuple(lines))

    # -- the decision -------------------------------------------------------------------------------------------------

    def _decision(self, item: Item) -> Section:
        facts = self._facts
        if facts.kind is Kind.COMPLAINT:
            return Section(item, "", (self._say("decision.answered"), self._say("decision.free")))
        if facts.outcome not in {Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED}:
            raise LetterIncomplete(item=item.value)
        paid = self._say("decision.fee", fee=f"{facts.fee / _EURO:.2f}") if facts.fee else self._say("decision.free")
        return Section(item, "", (self._say(f"decision.{facts.outcome.value}"), paid))

    def _exception(self, item: Item) -> Section:
        """The exception in law; a ground of Art. 6 is none (law.md 0.2)."""
        fit = {row.name for row in self._law.exceptions_for(self._facts.kind, self._rules.code, self._facts.today)}
        names = self._exceptions()
        if not fit.issuperset(names):
            raise ExceptionUnfit(kind=self._facts.kind.value, country=self._rules.code)
        return self._listed(item, [self._words.exception(name) for name in names])

    def _exceptions(self) -> list[str]:
        if self._facts.exception:
            return [self._facts.exception]
        if self._facts.kind is Kind.ERASURE:
            kept = (verdict for verdict in self._facts.verdicts if verdict.outcome in _KEPT)
            return list(dict.fromkeys(self._behind(verdict.law) for verdict in kept))
        partly = self._facts.outcome is Outcome.PARTLY
        return [_OTHERS] if partly and self._facts.kind in {Kind.ACCESS, Kind.PORTABILITY} else []

    def _behind(self, rule: str) -> str:
        """The exception behind what keeps something: a term of retention is a duty by law."""
        return rule if rule in {row.name for row in self._law.exceptions} else _LEGAL_DUTY

    def _ground(self, item: Item) -> Section:
        if self._facts.ground:
            return self._plain(item, self._words.ground(self._facts.ground))
        kept = [verdict.table for verdict in self._facts.verdicts if verdict.outcome in _KEPT]
        return self._listed(item, [self._say("ground.map", basis=basis) for basis in self._told.bases(kept)])

    def _reasons(self, item: Item) -> Section:
        by_itself = self._facts.outcome is Outcome.PARTLY and self._facts.kind in _PARTLY_BY_LAW
        if by_itself and not paragraphs(self._facts.note):
            return self._plain(item, self._say(f"partly.{self._facts.kind.value}"))
        return self._plain(item, *self._note())

    def _recourse(self, item: Item) -> Section:
        own = clean(self._facts.recourse)
        lines = [self._say("recourse.own", recourse=own)] if own else []
        lines.append(self._authority("recourse.authority"))
        lines.append(self._court("recourse.court"))
        lines.append(self._say("recourse.days", legal=self._day(self._facts.legal)))
        return self._plain(item, *lines)

    # -- access -------------------------------------------------------------------------------------------------------

    def _controller(self, item: Item) -> Section:
        policy = self._policy
        lines = [self._say("controller.who", controller=policy.controller)]
        if policy.operator:
            lines.append(self._say("controller.processor", operator=policy.operator, name=policy.name))
        return self._plain(item, *lines)

    def _purposes(self, item: Item) -> Section:
        return self._listed(item, self._told.purposes() or [self._say("categories.none")])

    def _interest(self, item: Item) -> Section:
        served = self._told.served(Basis.LEGITIMATE_INTEREST)
        named = [self._say("interest.of", purpose=said(purpose, self._words.language)) for purpose in served]
        return self._listed(item, named or [self._say("interest.none")])

    def _categories(self, item: Item) -> Section:
        return self._listed(item, self._told.categories() or [self._say("categories.none")])

    def _recipients(self, item: Item) -> Section:
        return self._listed(
            item, [self._recipient(each) for each in self._facts.recipients] or [self._say("recipients.none")]
        )

    def _transfers(self, item: Item) -> Section:
        abroad = [each for each in self._facts.recipients if each.abroad]
        told = dict.fromkeys(self._transfer(each) for each in abroad)
        return self._listed(item, list(told) or [self._say("transfers.none")])

    def _duration(self, item: Item) -> Section:
        return self._listed(item, self._told.durations() or [self._say("categories.none")])

    def _source(self, item: Item) -> Section:
        return self._listed(item, self._told.sources() or [self._say("categories.none")])

    def _need(self, item: Item) -> Section:
        return self._listed(item, self._told.needs() or [self._say("categories.none")])

    def _rights(self, item: Item) -> Section:
        return self._listed(item, [self._say(f"rights.{right}") for right in _RIGHTS])

    def _withdrawal(self, item: Item) -> Section:
        return self._plain(item, self._say("withdrawal.any"))

    def _automated(self, item: Item) -> Section:
        return self._plain(item, self._say("automated.none"))

    def _copy(self, item: Item) -> Section:
        until = self._facts.ends_on
        ready = self._say("copy.soon") if until is None else self._say("copy.package", until=self._day(until))
        return self._plain(item, ready, *(self._say(f"copy.{key}") for key in ("formats", "first", "sealed")))

    def _portable(self, item: Item) -> Section:
        to = clean(self._facts.details.get("transmit_to", ""))
        sent = [self._say("portable.sent", to=to)] if to else []
        return self._plain(item, self._say("portable.what"), *sent)

    # -- erasure ------------------------------------------------------------------------------------------------------

    def _verdicts(self, item: Item) -> Section:
        found = [verdict for verdict in self._facts.verdicts if verdict.outcome is not Fate.NOTHING_HELD]
        told = dict.fromkeys(self._verdict(verdict) for verdict in found)
        return self._listed(item, list(told) or [self._say("verdicts.nothing")], after=self._say("verdicts.gone"))

    def _ends(self, item: Item) -> Section:
        ending = self._told.served(Basis.CONTRACT)
        named = [self._say("ends.one", purpose=said(purpose, self._words.language)) for purpose in ending]
        if not named:
            return self._plain(item, self._say("ends.none"))
        return self._listed(item, named, before=self._say("ends.service"))

    def _certificate(self, item: Item) -> Section:
        return self._plain(item, self._say("certificate.within"))

    # -- the other rights ---------------------------------------------------------------------------------------------

    def _corrected(self, item: Item) -> Section:
        told = [f"{clean(field)}: {clean(value)}" for field, value in self._facts.details.items()]
        named = [self._say("corrected.one", field=each) for each in told]
        return self._listed(item, named, before=self._say("corrected.done"))

    def _told_of(self, item: Item) -> Section:
        """Who knows, who will, and who can't be told; never that somebody knows who does not."""
        found: dict[Hears, dict[str, None]] = {}
        for each in self._facts.hearing:
            found.setdefault(each.hears, {})[each.name or self._say("told.unnamed")] = None
        if not found:
            return self._plain(item, self._say("told.none"))
        lines = [self._say(f"told.{hears}", recipients="; ".join(found[hears])) for hears in Hears if hears in found]
        return self._plain(item, *lines, self._say("told.ask"))

    def _restricted(self, item: Item) -> Section:
        return self._plain(item, *(self._say(f"restricted.{key}") for key in ("what", "before", "sweeps")))

    def _lifting(self, item: Item) -> Section:
        return self._plain(item, self._say("lifting.what"))

    def _objected(self, item: Item) -> Section:
        return self._plain(item, self._say("objected.what"), self._say("objected.marketing"))

    def _withdrawn(self, item: Item) -> Section:
        named = [self._choice(choice) for choice in self._facts.withdrawn]
        return self._listed(item, named or [self._say("withdrawn.all")], after=self._say("withdrawn.lawful"))

    # -- single lines -------------------------------------------------------------------------------------------------

    def _authority(self, key: str) -> str:
        authority, language = self._rules.authority, self._words.language
        name, address = authority.name_in(language), authority.address_in(language)
        return self._say(key, authority=name, address=address, url=authority.url)

    def _court(self, key: str) -> str:
        return self._say(key, court=self._rules.court.name_in(self._words.language))

    def _recipient(self, each: ActualRecipient) -> str:
        return self._say(
            "recipients.one",
            recipient=self._name(each),
            country=self._place(each),
            role=self._say(f"role.{each.role.value}"),
            first=self._day(each.first),
            last=self._day(each.last),
            says=flow_said(each.flow, self._flows.get(each.flow, each.flow), self._words.language),
        )

    def _transfer(self, each: ActualRecipient) -> str:
        place = {"recipient": self._name(each), "country": self._place(each)}
        if not each.mechanisms:
            return self._say("transfers.home", **place)
        named = "; ".join(each.mechanisms)
        return self._say("transfers.one", mechanisms=named, officer=self._policy.privacy_officer, **place)

    def _verdict(self, verdict: Verdict) -> str:
        category = self._told.category(verdict.category)
        if verdict.outcome not in _KEPT:
            return self._say("verdicts.erased", category=category)
        law = self._words.rule(verdict.law)
        if verdict.until is None:
            return self._say("verdicts.kept_open", category=category, law=law)
        key = "verdicts.blocked" if verdict.outcome is Fate.BLOCKED else "verdicts.kept"
        return self._say(key, category=category, law=law, until=self._day(verdict.until))

    def _choice(self, choice: Choice) -> str:
        facts = {"feature": self._say(f"feature.{choice.feature.value}")}
        if choice.recipient is not None:
            facts["recipient"] = self._facts.partners.get(choice.recipient, choice.recipient)
        if choice.channel is not None:
            facts["channel"] = self._say(f"channel.{choice.channel.value}")
        towards, by = "towards" if choice.recipient else "", "by" if choice.channel else ""
        return self._say(f"withdrawn.{'_'.join(filter(None, (towards, by))) or 'one'}", **facts)

    def _name(self, each: ActualRecipient) -> str:
        return each.name or self._say("recipients.unnamed")

    def _place(self, each: ActualRecipient) -> str:
        return self._words.country(each.country) if each.country else self._say("recipients.nowhere")

    def _note(self) -> Sequence[str]:
        found = paragraphs(self._facts.note)
        if not found:
            raise LetterIncomplete(item="note", about=self._facts.about.value)
        return found

    def _kind(self) -> str:
        return self._say(f"kind.{self._facts.kind.value}")

    def _day(self, day: dt.date) -> str:
        return self._words.day(day)

    def _say(self, key: str, **facts: str | float) -> str:
        return self._words.say(key, **facts)

    # -- forms --------------------------------------------------------------------------------------------------------

    def _plain(self, item: Item, *sentences: str) -> Section:
        return Section(item, self._say(f"heading.{item.value}"), sentences)

    def _listed(self, item: Item, points: Sequence[str], *, before: str = "", after: str = "") -> Section:
        lines = tuple(filter(None, (before, after)))
        return Section(item, self._say(f"heading.{item.value}"), lines, tuple(points))
