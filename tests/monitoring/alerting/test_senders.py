"""From settings and environment to what arrives; secrets are read when a message is sent and are told to nobody."""

from __future__ import annotations

import pytest
from tests.monitoring.alerting.servers import Server
from tests.monitoring.made import alert

from clientela.monitoring.alerting.options import AlertOptions, Email, PagerDuty, Security, Slack, Webhook
from clientela.monitoring.alerting.outbox import NotDeliveredError
from clientela.monitoring.alerting.senders import senders


def test_each_kind_of_receiver_gets_its_own(web: Server, smtp: Server) -> None:
    """Webhook with key and token, Slack, PagerDuty with its routing key, and one mail per address arrive."""
    here = f"http://127.0.0.1:{web.port}"
    mail = Email("127.0.0.1", "a@b.example", ("c@d.example", "e@f.example"), smtp.port, Security.NONE)
    options = AlertOptions(
        webhook=Webhook("HOOK", "TOKEN"), slack=Slack("SLACK"), pagerduty=PagerDuty("PAGER", here + "/"), email=mail
    )
    known = {"HOOK": f"{here}/hook", "TOKEN": "t0ken", "SLACK": f"{here}/slack", "PAGER": "routing"}
    made = senders(options, known)
    assert tuple(made) == options.receivers
    for receiver, send in made.items():
        send(alert(receiver=receiver), True)
    taken = {path: (headers, body) for path, headers, body in web.taken}
    assert set(taken) == {"/hook", "/slack", "/v2/enqueue"}
    assert taken["/hook"][0]["Authorization"] == "Bearer t0ken"
    assert taken["/hook"][0]["Idempotency-Key"] == taken["/hook"][1]["id"] == alert().key
    assert taken["/v2/enqueue"][1]["routing_key"] == "routing"
    assert [str(one["To"]) for one in smtp.taken] == ["c@d.example", "e@f.example"]


def test_a_webhook_without_token_sends_none(web: Server) -> None:
    """There is no header for a token that nobody asked for."""
    made = senders(AlertOptions(webhook=Webhook("HOOK")), {"HOOK": f"http://127.0.0.1:{web.port}/"})
    made["webhook"](alert(), False)
    assert "Authorization" not in web.taken[0][1]


def test_a_secret_that_is_not_set_is_named() -> None:
    """The variable is named; the message waits."""
    mail = Email("127.0.0.1", "a@b.example", ("c@d.example",), user_env="SMTP_USER", password_env="SMTP_KEY")
    made = senders(AlertOptions(webhook=Webhook("HOOK"), email=mail), {"SMTP_USER": "me", "SMTP_KEY": ""})
    with pytest.raises(NotDeliveredError, match="HOOK is not set") as error:
        made["webhook"](alert(), False)
    assert error.value.down
    with pytest.raises(NotDeliveredError, match="SMTP_KEY is not set"):
        made["email c@d.example"](alert(), False)
