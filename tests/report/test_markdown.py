"""Markdown in which nothing that comes from data is markup."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.report.markdown import escaped, prose
from clientela.report.text import visible


@settings(max_examples=30)
@given(st.text(max_size=40))
def test_every_mark_is_escaped(text: str) -> None:
    """No mark of Markdown or HTML stands without a backslash, on one line; the text is otherwise kept."""
    found = escaped(text)
    assert "\n" not in found
    assert re.search(r"(?<!\\)(?:\\\\)*[`*_<>|\[\]]", found) is None
    assert re.sub(r"\\([\\`*_\[\]<>#|~&])", r"\1", found) == visible(text)


def test_commands_stay_commands() -> None:
    """What stands between backticks is code, the rest is escaped, blanks between them are kept."""
    assert prose("Use `clientela run a_b` for _x_ now.") == r"Use `clientela run a_b` for \_x\_ now."
    assert prose("`a` `b`") == "`a` `b`"
    assert prose("") == ""
