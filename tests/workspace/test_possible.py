"""Whoever writes a value that is not possible reads where it stands and what would be."""

from __future__ import annotations

import pytest

from clientela.domain.errors import InputError
from clientela.workspace.settings import parse

MAIL = '[alerts.email]\nserver = "mail"\nsender = "a@b.de"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[alerts]\nleast = "loud"', "has alerts.least = 'loud': possible are 'info', 'notice', 'warning', 'blocker'."),
        ("[alerts]\nper_hour = 'x'", "has alerts.per_hour = 'x': it must be a whole number."),
        ("[alerts]\nper_hour = 0", "has a value in [alerts] that is not possible: `per_hour` of the alerts must be"),
        ("alerts = 3", "has alerts = '3': it must be a table with least, per_hour, quiet"),
        ("[alerts.webhook]", "lacks alerts.webhook.url_env: add it to [alerts.webhook], or remove that section."),
        (f'{MAIL}to = "c@d.de"', "has alerts.email.to = 'c@d.de': it must be a list in brackets."),
        (f'{MAIL}to = ["c@d.de", 3]', "has alerts.email.to.1 = '3': it must be text in quotes."),
        (f'{MAIL}to = ["c@d.de"]\nsecurity = "x"', "has alerts.email.security = 'x': possible are 'starttls', 'tls'"),
        ("[columns]\nage = 'feature'\n'last name' = 'featre'", "has columns.last name = 'featre': possible are"),
        ("[columns.age]\nrole = 'x'", "has columns.age = a table: possible are"),
        ("[campaign]\nvalue = [1]", "has campaign.value = a list: it must be a number."),
    ],
)
def test_what_is_not_possible_is_told_with_what_is(text: str, told: str) -> None:
    """One sentence: the place, what was given, what is possible."""
    with pytest.raises(InputError) as error:
        parse(text)
    assert told in str(error.value)
    assert "$" not in str(error.value)
