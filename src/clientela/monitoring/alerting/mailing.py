"""Mail by SMTP: one attempt, to one address."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage

from clientela.monitoring.alerting.options import Email, Security
from clientela.monitoring.alerting.outbox import NotDeliveredError
from clientela.monitoring.alerting.posting import TIMEOUT, reason


def mail(message: EmailMessage, options: Email, login: tuple[str, str] | None, timeout: float = TIMEOUT) -> None:
    """Hand a mail to the server once.

    Args:
        message: The mail, with one address in `To`.
        options: The server.
        login: User name and password, or None.
        timeout: Seconds.

    Raises:
        NotDeliveredError: The server did not take it, or nobody knows whether it did.
    """
    handed = False
    try:
        server = _connected(options, login, timeout)
        try:
            handed = True
            server.send_message(message)
        finally:
            # the mail is taken, or is not, before the good-bye
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
    except smtplib.SMTPRecipientsRefused:
        raise NotDeliveredError("the mail server refused the address") from None
    except smtplib.SMTPResponseException as error:
        raise NotDeliveredError(f"the mail server answered {error.smtp_code}", down=error.smtp_code < 500) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotDeliveredError(reason(error), unsure=handed, down=True) from None


def _connected(options: Email, login: tuple[str, str] | None, timeout: float) -> smtplib.SMTP:
    if options.security is Security.TLS:
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(options.server, options.port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(options.server, options.port, timeout=timeout)
    try:
        if options.security is Security.STARTTLS:
            server.starttls(context=ssl.create_default_context())
        if login is not None:
            server.login(*login)
    except BaseException:
        server.close()
        raise
    return server
