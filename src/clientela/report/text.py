"""Text from data made fit to be shown: nothing unseen, nothing endless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clientela.language import English, Language, bare, foreign, language, numerals, say

MOST_NAME = 48
MOST_CELL = 80
MOST_SENTENCE = 600
READ_AHEAD = 4

_CUT_NUMBER = re.compile(r" -?[\d.,]+$")
_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_INTERVAL = re.compile(r"\(-?[\d.,]+ (?:to|bis) -?[\d.,]+(?: %)?\)")

# Control characters, marks that turn the reading direction, surrogates and non-characters: they are
# illegal in XML, move a terminal's cursor, make a text look like another one, or mark a language (`language.foreign`).
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000\ue001\ufff9-\ufffb\ufffe\uffff]"
)


def clean(text: object, most: int = MOST_SENTENCE) -> str:
    r"""Return `text` on one line without unseen characters, cut at `most` characters.

    Backticks become apostrophes: in our own sentences they mark a command. What is marked as English
    (`language.English`) stays marked; marks in data do not.

    >>> clean("a\x00b\u202ec\n d")
    'a b c d'
    >>> clean("abcdef", most=4), clean("reach 0.91", most=9)
    ('abc…', 'reach…')
    """
    given = str(text)
    if isinstance(text, English):
        return foreign(clean(bare(text), most))
    shown = visible(given[: most * READ_AHEAD]).replace("`", "'")
    if len(shown) <= most:
        return shown
    kept = shown[: most - 1]
    # a number is not cut: what is left of it would be another one
    return (_CUT_NUMBER.sub("", kept) if shown[most - 1].isdigit() else kept).rstrip(" ,;:") + "…"


def visible(text: str) -> str:
    r"""Return `text` on one line without unseen characters.

    >>> visible("a\tb")
    'a b'
    """
    return " ".join(_UNSEEN.sub(" ", text).split())


def unbroken(text: str) -> str:
    r"""Return `text` with numbers and their per cent sign, and intervals in brackets, each kept on one line.

    >>> unbroken("5 % (4 to 6 %)") == "5\u00a0% (4\u00a0to\u00a06\u00a0%)"
    True
    """
    kept = _INTERVAL.sub(lambda match: match[0].replace(" ", "\u00a0"), text)
    return _BEFORE_PERCENT.sub("\u00a0", kept)


def named(text: object, most: int = MOST_NAME) -> str:
    """Return a name from the data in quotes, fit for a sentence.

    >>> named("price")
    '“price”'
    """
    return say("“{name}”", name=clean(text, most) or say("(blank)"))


def cell(text: object) -> str:
    """Return a value from the data fit for a table cell.

    >>> cell("  ")
    '(blank)'
    """
    return clean(text, MOST_CELL) or say("(blank)")


def joined(parts: Sequence[str], most: int = 6) -> str:
    """Return parts as a list for a sentence, at most `most` of them.

    >>> joined(["a", "b", "c"]), joined(["a", "b", "c"], most=2)
    ('a, b and c', 'a, b and 1 more')
    """
    shown = list(parts[:most])
    if len(parts) > most:
        shown.append(say("{rest} more", rest=numerals(f"{len(parts) - most:,}")))
    if len(shown) < 2:
        return "".join(shown)
    return say("{first} and {last}", first=", ".join(shown[:-1]), last=shown[-1])


def names(texts: Iterable[str], most: int = 4) -> str:
    """Return names from the data as a list for a sentence.

    >>> names(["a", "b"])
    '“a” and “b”'
    """
    return joined([named(text) for text in texts], most)


def labels(texts: Sequence[str], most: int = 24) -> list[str]:
    """Return short labels for a chart, one per text, all different; long names are cut in the middle.

    Names of one family differ at their end.

    >>> labels(["a long name A", "a long name B", "a long name B"], most=8)
    ['a lo…e A', 'a lo…e B', 'a lo…e B (2)']
    """
    seen: dict[str, int] = {}
    shown = []
    for text in texts:
        short = _cut_inside(clean(text), most) or say("(blank)")
        seen[short] = seen.get(short, 0) + 1
        shown.append(short if seen[short] == 1 else f"{short} ({seen[short]})")
    return shown


def _cut_inside(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = (most - 1) * 3 // 7
    return f"{text[: most - 1 - end].rstrip()}…{text[len(text) - end :].lstrip()}"


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun, which stands in the code in English.

    >>> plural(1, "row"), plural(2500, "row")
    ('1 row', '2,500 rows')
    """
    return f"{numerals(f'{number:,}')} {say(one if number == 1 else many or one + 's')}"


def sentence(text: str) -> str:
    """Return `text` ended by a full stop.

    >>> sentence("It holds"), sentence("Why?")
    ('It holds.', 'Why?')
    """
    return text if bare(text).endswith((".", "!", "?", "…")) else f"{text}."


def shortened(text: str, most: int) -> str:
    """Return `text` as a sentence, ended where a part of it ends if it is longer than `most`.

    >>> shortened("Show the new range; give no discount, and wait", 40)
    'Show the new range.'
    """
    if len(text) <= most:
        return sentence(text)
    # a comma ends no part that stands by itself
    marks = (". ", "; ", " – ")
    ends = [text.rfind(mark, most // 3, most) for mark in marks]
    return sentence(text[: max(ends)] if max(ends) > 0 else clean(text, most))


def lower_first(text: str) -> str:
    """Return `text` fit to go on in the middle of a sentence; in German, where nouns keep their capitals, as it is.

    >>> lower_first("Show it"), lower_first("AUC rises")
    ('show it', 'AUC rises')
    """
    if language() is not Language.ENGLISH:
        return text
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
