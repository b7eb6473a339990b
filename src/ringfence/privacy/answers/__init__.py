"""Answers: letters that say all that the law and our promises want said, in the person's language, or are not written.

    requests ──Writing (port Writer)──> Answers ──facts──> Letters ──items_of──> Items ──> Letter: text(), html()
                                          │                           │
        disclosure log, consent events, counts of rows        data map · policy · law's tables · catalogue/<language>
        (what `secrecy` hides is left out first)

Invariants
- Which items a letter has stands in one table (`outline`), by what it is about, what was asked and what was decided;
  every item writes at least one line from the facts, or raises: there is no letter without one of its items.
- Each names the data protection officer, the supervisory authority and the court, and has the sentence on silence.
- Recipients are those that received something about this person (C-154/21), not kinds of recipients.
- A refusal cites an exception that fits the request and the country; the ground of Art. 6 comes in addition.
- What a person or an officer typed stands in a letter as text only.

Refuses: a datum that is held and not in the data map, a text that is missing in a language, a refusal without reasons
or by a ground of Art. 6 alone.
"""

from ringfence.privacy.answers.answers import Answers, Copies, Hides, Verdicts
from ringfence.privacy.answers.errors import ExceptionUnfit, LetterIncomplete
from ringfence.privacy.answers.facts import ActualRecipient, AnswerFacts, Hearing, Hears, Held
from ringfence.privacy.answers.letter import Letter, Section
from ringfence.privacy.answers.letters import Letters
from ringfence.privacy.answers.outline import ACCESS_ITEMS, Item, items_of

__all__ = [
    "ACCESS_ITEMS",
    "ActualRecipient",
    "AnswerFacts",
    "Answers",
    "Copies",
    "ExceptionUnfit",
    "Hearing",
    "Hears",
    "Held",
    "Hides",
    "Item",
    "Letter",
    "LetterIncomplete",
    "Letters",
    "Section",
    "Verdicts",
    "items_of",
]
