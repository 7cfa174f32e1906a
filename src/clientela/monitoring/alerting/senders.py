"""From the options and the environment to one sender per receiver."""

from __future__ import annotations

from collections.abc import Mapping

from clientela.monitoring.alerting.bodies import email_message, pagerduty_body, slack_body, webhook_body
from clientela.monitoring.alerting.mailing import mail
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.alerting.options import AlertOptions, Email, PagerDuty, Slack, Webhook
from clientela.monitoring.alerting.outbox import NotDeliveredError, Send
from clientela.monitoring.alerting.posting import post


def senders(options: AlertOptions, environment: Mapping[str, str]) -> dict[str, Send]:
    """Return what sends to each receiver; secrets are read when a message is sent, and kept nowhere.

    Args:
        options: Whom to alert.
        environment: Variables by name, such as `os.environ`.
    """
    found: dict[str, Send] = {}
    if options.webhook is not None:
        found["webhook"] = _webhook(options.webhook, environment)
    if options.slack is not None:
        found["slack"] = _slack(options.slack, environment)
    if options.pagerduty is not None:
        found["pagerduty"] = _pagerduty(options.pagerduty, environment)
    if options.email is not None:
        found |= {f"email {address}": _email(options.email, address, environment) for address in options.email.to}
    return found


def _webhook(options: Webhook, environment: Mapping[str, str]) -> Send:
    def send(alert: Alert, repeat: bool) -> None:
        token = {"Authorization": f"Bearer {_secret(options.token_env, environment)}"} if options.token_env else {}
        headers = {"Idempotency-Key": alert.key, **token}
        post(_secret(options.url_env, environment), webhook_body(alert, repeat=repeat), headers)

    return send


def _slack(options: Slack, environment: Mapping[str, str]) -> Send:
    def send(alert: Alert, repeat: bool) -> None:
        post(_secret(options.url_env, environment), slack_body(alert, repeat=repeat), {})

    return send


def _pagerduty(options: PagerDuty, environment: Mapping[str, str]) -> Send:
    def send(alert: Alert, _repeat: bool) -> None:
        body = pagerduty_body(alert, _secret(options.key_env, environment))
        post(f"{options.server.rstrip('/')}/v2/enqueue", body, {})

    return send


def _email(options: Email, address: str, environment: Mapping[str, str]) -> Send:
    def send(alert: Alert, repeat: bool) -> None:
        named = options.user_env and options.password_env
        login = (_secret(options.user_env, environment), _secret(options.password_env, environment)) if named else None
        mail(email_message(alert, options.sender, address, repeat=repeat), options, login)

    return send


def _secret(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise NotDeliveredError(f"the environment variable {name} is not set", down=True)
    return value
