"""What follows a check: stored, followed, told; through crashes and outages each state of an incident is told once."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.monitoring.alerting.servers import BUSY, DEAF, HANG_UP, Smtp, Web, serving, subjects
from tests.monitoring.made import NOON, incident, measured, result, shift

from clientela.domain.errors import InputError, OutputError, SourceNotFoundError
from clientela.domain.incident import Cause
from clientela.language import Language
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.alerting.options import AlertOptions, Email, PagerDuty, Security, Slack, Webhook
from clientela.monitoring.alerting.outbox import NotDeliveredError, Send
from clientela.pipeline import announcing
from clientela.pipeline.announcing import (
    announce_change,
    deliver_waiting,
    hand_on,
    renew_overview,
    settings_of,
    told_history,
)
from clientela.report.options import BrandOptions
from clientela.workspace.folder import Workspace
from clientela.workspace.releases import one_at_a_time
from clientela.workspace.settings import Run, Settings

BROKEN = incident(Cause.UNIT_SCALE, "price")
TO_WEB = Settings(alerts=AlertOptions(webhook=Webhook("HOOK")))
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder that can be monitored."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "baseline.json").write_text("{}")
    return folder


class Receiver:
    """Keeps what it is sent, or is gone."""

    def __init__(self) -> None:
        self.gone = False
        self.got: list[tuple[str, str, bool]] = []

    def __call__(self, alert: Alert, repeat: bool) -> None:
        """Take one message."""
        if self.gone:
            raise NotDeliveredError("connection refused", down=True)
        self.got.append((alert.key, alert.state.value, repeat))

    @property
    def states(self) -> list[str]:
        """The states told, in order."""
        return [state for _, state, _ in self.got]


def to(receiver: Send) -> Mapping[str, Send]:
    """Return a receiver as the webhook."""
    return {"webhook": receiver}


def test_a_check_is_stored_followed_and_told(shop: Path) -> None:
    """Log, metrics, both pages, the history and the message are there after one check."""
    got = Receiver()
    handed = hand_on(shop, result(1, BROKEN, metrics=(measured("conversion", 1.0),)), TO_WEB, NOON, to(got))
    assert (got.states, handed.delivery.sent, handed.repeated) == (["opened"], 1, False)
    assert [one.incident for one in handed.standing] == [BROKEN]
    assert handed.page.name == "000001-day-01.html"
    assert "unit_scale in price." in handed.page.read_text()
    assert handed.page.name in handed.overview.read_text()
    (line,) = (shop / "log" / "monitor.jsonl").read_text().splitlines()
    assert json.loads(line)["attributes"]["clientela.incidents.open"] == 1
    assert (
        'clientela_incidents_open{folder="shop",severity="warning"} 1'
        in (shop / "monitor" / "metrics.prom").read_text()
    )
    lines = told_history(shop)
    assert lines[0].split() == ["1", "2026-12-01", "09:00", "day-01.csv", "1,000", "rows", "1", "opened"]
    assert lines[-1] == "  warning  unit_scale price: unit_scale in price. (1 batch, from day-01.csv)"


def test_an_incident_is_told_from_beginning_to_end(shop: Path) -> None:
    """Over five batches people hear of it twice: when it opens, and that it is over."""
    got = Receiver()
    for day, found in enumerate([(), (BROKEN,), (BROKEN,), (), ()], start=1):
        hand_on(shop, result(day, *found), TO_WEB, NOON + day * 24 * 60 * MINUTE, to(got))
    assert got.states == ["opened", "closed"]
    assert told_history(shop)[-1] == "Open now: nothing"


def test_the_same_check_again_is_no_news(shop: Path) -> None:
    """It is neither stored nor told again, but there is a line of log; other findings in the same batch are stored."""
    got = Receiver()
    hand_on(shop, result(1, BROKEN), TO_WEB, NOON, to(got))
    again = hand_on(shop, result(1, BROKEN, checked="2026-12-02T09:00:00Z"), TO_WEB, NOON, to(got))
    assert again.repeated
    assert len(list((shop / "monitor" / "checks").iterdir())) == 1
    assert got.states == ["opened"]
    lines = [json.loads(line) for line in (shop / "log" / "monitor.jsonl").read_text().splitlines()]
    assert [line["attributes"]["clientela.check.again"] for line in lines] == [False, True]
    mended = hand_on(shop, result(1), TO_WEB, NOON, to(got))
    assert (mended.repeated, mended.checked.again, got.states) == (False, True, ["opened", "closed"])
    assert "(checked again)" in told_history(shop)[1]


def test_a_logo_that_is_not_there_stops_the_check(shop: Path) -> None:
    """Pages take language and look of the folder's settings; where the logo lacks, nothing is stored."""
    got = Receiver()
    settings = replace(TO_WEB, run=Run(language=Language.GERMAN), brand=BrandOptions(color="#7a1fa2", logo="none.png"))
    with pytest.raises(SourceNotFoundError, match="none.png"):
        hand_on(shop, result(1, BROKEN), settings, NOON, to(got))
    assert told_history(shop)[0].startswith("No batch was checked yet")
    settings = replace(settings, brand=BrandOptions(color="#7a1fa2"))
    handed = hand_on(shop, result(1, BROKEN), settings, NOON, to(got))
    for page in (handed.page, handed.overview):
        assert '<html lang="de">' in page.read_text()
        assert "#7a1fa2" in page.read_text()


def test_what_was_announced_alerts_nobody(shop: Path) -> None:
    """An incident that fits the calendar is stored as a change, shown with its entry, and told to nobody."""
    entry = announce_change(shop, "unit of price_eur", datetime.date(2026, 12, 1), None, NOON)
    announce_change(shop, "unit of price_eur", datetime.date(2026, 12, 1), None, NOON)
    got = Receiver()
    found = incident(Cause.UNIT_SCALE, "price_eur")
    handed = hand_on(shop, result(1, found), TO_WEB, NOON, to(got))
    assert (got.states, handed.checked.result.incidents, handed.standing) == ([], (), ())
    assert handed.checked.result.shifts[0].evidence["announced"] == entry.text
    assert handed.overview.read_text().count("unit of price_eur") == 1
    assert "announced beforehand" in handed.page.read_text()


def test_wrong_folders_are_refused(tmp_path: Path, shop: Path) -> None:
    """Each way in refuses a folder that is none, in one sentence, and writes nothing."""
    nowhere = tmp_path / "nowhere"
    for act in (
        lambda: hand_on(nowhere, result(1), Settings(), NOON),
        lambda: deliver_waiting(nowhere, Settings(), NOON),
        lambda: announce_change(nowhere, "new items", NOON.date(), None, NOON),
        lambda: told_history(nowhere),
    ):
        with pytest.raises(SourceNotFoundError, match="no folder made by"):
            act()
    assert not nowhere.exists()
    assert told_history(shop) == ("No batch was checked yet: `clientela monitor check` does it.",)


def test_settings_are_read_from_the_folder(shop: Path) -> None:
    """Without a file there are the defaults; a file that is no text or holds nonsense is refused in words."""
    assert settings_of(shop) == Settings()
    file = shop / "clientela.toml"
    file.write_text('[alerts]\nleast = "notice"\nquiet = "22:00-07:00"\n[alerts.webhook]\nurl_env = "HOOK"\n')
    assert settings_of(shop).alerts.webhook == Webhook("HOOK")
    file.write_bytes(b"\xff")
    with pytest.raises(InputError, match="no UTF-8"):
        settings_of(shop)
    for text, told in (
        ('[alerts.webhook]\nurl_env = "https://hooks.example/s3cret"', "name of an environment variable"),
        ('[alerts]\nleast = "loud"', "possible are 'info', 'notice', 'warning', 'blocker'"),
        ("[alerts]\nquit = 3", "alerts.quit"),
        ("[alerts.email]\nserver = 'x'", "lacks alerts.email.sender: add it"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=told) as error:
            settings_of(shop)
        assert "s3cret" not in str(error.value)


def test_the_settings_of_the_docs_are_possible(shop: Path, root: Path) -> None:
    """The example in the docs is taken as it stands, and sets every kind of receiver."""
    page = (root / "docs" / "how-to" / "get-alerted.md").read_text()
    (shop / "clientela.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    alerts = settings_of(shop).alerts
    assert len(alerts.receivers) == 5
    assert alerts.email is not None
    assert alerts.email.password_env == "SHOP_MAIL_PASSWORD"


class StopError(BaseException):
    """The process ends here."""


def crashing(monkeypatch: pytest.MonkeyPatch, at: int, *, before: bool) -> Callable[[], int]:
    """Let the process end at a change of the disk, before or after it; return a function that counts the changes."""
    count = 0
    for name in ("write", "remove", "append"):
        original = getattr(Workspace, name)

        def change(self: Workspace, *given: Any, original: Callable[..., Any] = original) -> Any:
            nonlocal count
            count += 1
            if count == at and before:
                raise StopError
            done = original(self, *given)
            if count == at:
                raise StopError
            return done

        monkeypatch.setattr(Workspace, name, change)
    return lambda: count


@pytest.mark.parametrize("before", [True, False])
def test_a_crash_at_any_step_loses_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    """Killed at each change of the disk in turn, the next check makes up for it.

    Each state is told; twice at most where the kill fell between sending and keeping it, marked as a repeat under the
    same key.
    """
    monkeypatch.setattr(announcing, "render_check", lambda *_: "page")
    monkeypatch.setattr(announcing, "render_overview", lambda *_: "page")
    at, changes = 0, 1
    while at < changes:
        at += 1
        folder = shop / str(at)
        folder.mkdir()
        (folder / "baseline.json").write_text("{}")
        got = Receiver()
        with pytest.MonkeyPatch.context() as patch:
            counted = crashing(patch, at, before=before)
            try:
                hand_on(folder, result(1, BROKEN), TO_WEB, NOON, to(got))
            except StopError:
                changes += 1
            assert counted() <= at
        for minutes in (2, 4):
            hand_on(folder, result(1, BROKEN), TO_WEB, NOON + minutes * MINUTE, to(got))
        hand_on(folder, result(2), TO_WEB, NOON + 10 * MINUTE, to(got))
        keys = Counter(key for key, _, _ in got.got)
        assert list(dict.fromkeys(got.states)) == ["opened", "closed"]
        firsts: set[str] = set()
        for key, _, repeat in got.got:
            assert repeat or key not in firsts
            firsts.add(key)
        assert len(keys) == 2
        assert keys.total() <= 3
        assert len(list((folder / "monitor" / "checks").iterdir())) == 2
        history = told_history(folder)
        assert [line.split()[-1] for line in history[:2]] == ["opened", "closed"]
        assert "Alerts that wait" not in " ".join(history)
    assert changes > 8


def test_a_check_that_was_not_told_is_told_by_deliver(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check killed before its messages were queued is made up for by the timer that delivers."""
    got = Receiver()
    with monkeypatch.context() as patch:
        patch.setattr(announcing, "_queue", lambda *_: (_ for _ in ()).throw(StopError()))
        with pytest.raises(StopError):
            hand_on(shop, result(1, BROKEN), TO_WEB, NOON, to(got))
    hand_on_none = deliver_waiting(shop, TO_WEB, NOON, to(got))
    assert (hand_on_none.sent, got.states) == (1, ["opened"])
    assert (shop / "monitor" / "index.html").is_file()


def test_what_waits_is_said_everywhere(shop: Path) -> None:
    """A receiver that is gone fails no check; history, overview and metrics say that its alerts wait, and why."""
    got = Receiver()
    got.gone = True
    handed = hand_on(shop, result(1, BROKEN), TO_WEB, NOON, to(got))
    assert (handed.delivery.waiting, handed.delivery.problems) == (1, {"webhook": "connection refused"})
    assert "Alerts that wait: 1 (webhook: connection refused)" in told_history(shop)
    assert "connection refused" in handed.overview.read_text()
    assert 'clientela_alerts_waiting{folder="shop"} 1' in (shop / "monitor" / "metrics.prom").read_text()
    got.gone = False
    assert deliver_waiting(shop, TO_WEB, NOON + MINUTE, to(got)).sent == 1
    assert "Alerts that wait" not in " ".join(told_history(shop))
    assert "connection refused" not in handed.overview.read_text()


def test_another_process_that_delivers_is_left_to_it(shop: Path) -> None:
    """While one process delivers, a check leaves its messages to it, and a second delivery is refused."""
    got = Receiver()
    hand_on(shop, result(1), TO_WEB, NOON, to(got))
    with one_at_a_time(Workspace(shop), announcing.DELIVERING):
        handed = hand_on(shop, result(2, BROKEN), TO_WEB, NOON, to(got))
        assert (handed.delivery.waiting, got.states) == (1, [])
        with pytest.raises(OutputError, match="alerted of by another process"):
            deliver_waiting(shop, TO_WEB, NOON, to(got))
    assert deliver_waiting(shop, TO_WEB, NOON, to(got)).sent == 1


def test_a_damaged_message_is_named(shop: Path) -> None:
    """The history names a damaged file of the outbox."""
    got = Receiver()
    got.gone = True
    hand_on(shop, result(1, BROKEN), TO_WEB, NOON, to(got))
    (file,) = (shop / "monitor" / "outbox" / "waiting").iterdir()
    file.write_text("{")
    assert told_history(shop)[-1] == f"monitor/outbox/waiting/{file.name} is damaged: remove it."


def test_names_of_batches_are_harmless_in_file_names(shop: Path) -> None:
    """Of a batch's name only letters, digits, dashes and underscores reach the name of its page."""
    for day, (batch, page) in enumerate(
        [("../../x <b>.csv", "000001-x-b.html"), ("..", "000002-batch.html"), ("é" * 300, "000003-batch.html")], start=1
    ):
        assert hand_on(shop, result(day, batch=batch), Settings(), NOON).page.name == page


SECRETS = {"HOOK_TOKEN": "t0ken-s3cret", "PAGER_KEY": "r0uting-s3cret"}


def real(web: int, smtp: int) -> Settings:
    """Return settings that alert receivers on this machine."""
    mail = Email("127.0.0.1", "clientela@shop.example", ("a@shop.example", "b@shop.example"), smtp, Security.NONE)
    pager = PagerDuty("PAGER_KEY", f"http://127.0.0.1:{web}")
    return Settings(
        alerts=AlertOptions(
            webhook=Webhook("HOOK_URL", "HOOK_TOKEN"), slack=Slack("SLACK_URL"), pagerduty=pager, email=mail
        )
    )


def test_through_outages_each_state_arrives_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real mail server and a real receiver of JSON fail in every way in turn; each state is taken exactly once.

    Only where the receiver took a message and its answer was lost does it come again, as a repeat with the same id,
    so that a receiver that looks at the id takes it once there too.
    """
    with serving(Web) as web, serving(Smtp) as smtp:
        web_port, smtp_port = web.port, smtp.port
        monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:{web_port}/hook-s3cret")
        monkeypatch.setenv("SLACK_URL", f"http://127.0.0.1:{web_port}/slack-s3cret")
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value)
        settings = real(web_port, smtp_port)
        now = NOON
        web.mood = smtp.mood = BUSY
        assert hand_on(shop, result(1, BROKEN), settings, now).delivery.waiting == 5
        web.mood = smtp.mood = HANG_UP
        now += 2 * MINUTE
        assert deliver_waiting(shop, settings, now).sent == 0
        got = [*web.taken, *smtp.taken]
        assert got == []
    # both are down altogether
    now += 10 * MINUTE
    handed = hand_on(shop, result(2, BROKEN), settings, now)
    assert (handed.delivery.sent, handed.delivery.waiting) == (0, 5)
    with serving(Web, web_port) as web, serving(Smtp, smtp_port) as smtp:
        now += 60 * MINUTE
        assert deliver_waiting(shop, settings, now).sent == 5
        assert deliver_waiting(shop, settings, now + 60 * MINUTE).sent == 0
        web.mood = smtp.mood = DEAF
        now += 120 * MINUTE
        assert hand_on(shop, result(3), settings, now).delivery.waiting > 0
        web.mood = smtp.mood = "take"
        for hours in range(1, 4):
            left = deliver_waiting(shop, settings, now + hours * 60 * MINUTE)
        assert left.waiting == 0
        hooks = [body for path, _, body in web.taken if path == "/hook-s3cret"]
        pages = [body for path, _, body in web.taken if path == "/v2/enqueue"]
        mails = Counter((str(mail["To"]), str(mail["Message-ID"])) for mail in smtp.taken)
    assert [body["state"] for body in hooks] == ["opened", "closed", "closed"]
    assert hooks[1]["id"] == hooks[2]["id"] != hooks[0]["id"]
    assert (hooks[1]["repeat"], hooks[2]["repeat"]) == (False, True)
    assert {body["event_action"] for body in pages} == {"trigger", "resolve"}
    assert {to_ for to_, _ in mails} == {"a@shop.example", "b@shop.example"}
    assert len(mails) == 4
    assert {re.sub(r".*\((\w+)\).*", r"\1", subject) for subject in subjects(smtp)} == {"warning"}
    for file in shop.rglob("*"):
        if file.is_file():
            assert b"s3cret" not in file.read_bytes(), file


def test_hostile_text_is_text_on_every_page(shop: Path) -> None:
    """Markup and line ends in names, titles and advice of data are escaped on both pages and in the history."""
    nasty = '<script>alert(1)</script>"\n<img src=x onerror=alert(1)>'
    found = incident(
        Cause.CATEGORY_NEW,
        nasty,
        title=nasty,
        advice=nasty,
        evidence={"shares": [[nasty, 0.1, 0.9]], "query": nasty, "model": nasty, nasty: nasty},
    )
    handed = hand_on(shop, result(1, found, batch=nasty, shifts=(shift(),), notes=(nasty,)), Settings(), NOON)
    for page in (handed.page, handed.overview):
        text = page.read_text()
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text


def test_a_new_baseline_sets_aside_what_was_open_against_the_one_before(shop: Path) -> None:
    """Overview and history say that nothing is known; the same batch checked anew then counts as checked first."""
    (shop / "baseline.json").write_text(json.dumps({"fingerprint": "one"}))
    for day, found in ((1, (BROKEN,)), (2, (BROKEN,))):
        handed = hand_on(shop, result(day, *found, baseline="one"), TO_WEB, NOON, to(Receiver()))
    renew_overview(shop)
    assert "unit_scale in price." in handed.overview.read_text()
    (shop / "baseline.json").write_text(json.dumps({"fingerprint": "two"}))
    renew_overview(shop)
    assert "unit_scale in price." not in handed.overview.read_text()
    assert "The baseline was made anew since the last check" in handed.overview.read_text()
    assert told_history(shop)[-1].startswith("Open now: not known, the baseline was made anew")
    mended = hand_on(shop, result(1, baseline="two"), TO_WEB, NOON, to(Receiver()))
    assert (mended.checked.again, mended.standing) == (False, ())
    assert told_history(shop)[-1] == "Open now: nothing"


def test_without_checks_there_is_no_overview_to_renew(shop: Path) -> None:
    """A first baseline leaves no page behind."""
    renew_overview(shop)
    assert not (shop / "monitor").exists()
