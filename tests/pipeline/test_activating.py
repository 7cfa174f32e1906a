"""Audiences from the folder of a run: files, receipts, sending, and what is refused."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import shutil
import sys
from pathlib import Path

import msgspec
import polars as pl
import pytest
import typer
from syrupy.assertion import SnapshotAssertion
from tests.activation.conftest import make_folder, segments, shop, write_visits
from tests.activation.receiver import receiving
from tests.activation.schemas import SCHEMAS

from clientela.activation.platforms import Target
from clientela.activation.receipt import Receipt, told
from clientela.activation.sending import Line, endpoint
from clientela.cli.commands import audience
from clientela.cli.main import main
from clientela.domain.errors import ClientelaError, RefusedError
from clientela.pipeline.activating import Done, Order, activate
from clientela.segments.result import Condition
from clientela.workspace.artifacts import encode
from clientela.workspace.settings import parse

NOW = datetime.datetime(2026, 3, 9, 8, 30, tzinfo=datetime.UTC)
SECRET = "s3cret-credential"
NAMES = ("GOOGLE_DATAMANAGER_TOKEN", "META_ACCESS_TOKEN", "GA4_API_SECRET")
CLIENT = {Target.GA4: {"client_id": "client"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run."""
    return make_folder(tmp_path, shop())


def made(folder: Path, target: Target, segment: str = "1", now: datetime.datetime = NOW, **changes: object) -> Done:
    """Make an audience without sending it."""
    return activate(folder, Order(segment, target, changes={**CLIENT.get(target, {}), **changes}), now)


def served(address: str) -> str:
    """Return the part of clientela.toml that leads to a server."""
    return f"""
[audience.google_ads]
account = "123-456-7890"
audience = "77"
terms_accepted = true
server = "{address}"

[audience.meta]
audience = "99"
server = "{address}"

[audience.ga4]
measurement = "G-AB12CD34EF"
server = "{address}"
"""


@pytest.mark.parametrize("target", list(Target))
def test_a_dry_run_writes_and_sends_nothing(target: Target, folder: Path, snapshot: SnapshotAssertion) -> None:
    """Requests fit the published schema or files are there, nobody else may read them, and the receipt says it all."""
    done = made(folder, target)
    receipt = json.loads((done.folder / "receipt.json").read_text())
    lines = (done.folder / "requests.jsonl").read_bytes().splitlines() if receipt["requests"] else []
    for line in lines:
        msgspec.json.decode(line, type=SCHEMAS[target.value], strict=True)
    assert len(lines) == receipt["requests"]
    assert receipt["asked"] == receipt["members"] + receipt["holdout"] + sum(receipt["refused"].values())
    assert {path.stat().st_mode & 0o777 for path in done.folder.iterdir() if path.name != "receipt.json"} == {0o600}
    assert [*told(done.receipt), receipt] == snapshot


@pytest.mark.parametrize("target", list(Target))
def test_no_identifier_in_clear_is_written(target: Target, folder: Path) -> None:
    """No file of an audience holds an address or a number of the table, in any writing."""
    done = made(folder, target)
    text = b"".join(path.read_bytes() for path in done.folder.iterdir()).lower()
    for clear in (b"example.com", b"guest.", b"guest1", b"+49", b"49170", b"%40"):
        assert clear not in text


def test_the_same_audience_each_time(folder: Path) -> None:
    """Made again, by name or number, the bytes are the same; the holdout of another segment is the same visitors."""
    first = (made(folder, Target.META).folder / "requests.jsonl").read_bytes()
    again = (made(folder, Target.META, "high value: MOBILE").folder / "requests.jsonl").read_bytes()
    assert again == first
    assert made(folder, Target.META, "All others").folder.name == "2-meta"
    assert made(folder, Target.CSV, holdout=0.5).receipt.holdout > 100


@pytest.mark.parametrize("target", [Target.GOOGLE_ADS, Target.META, Target.GA4])
def test_sending(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command sends what fits the schema, says so, and leaves the credential in no file and no output."""
    for name in NAMES:
        monkeypatch.setenv(name, SECRET)
    with receiving(target.value) as server:
        count = 40 if target is Target.GA4 else 190
        folder = make_folder(tmp_path, shop(count), f"least = 10\n{served(server.address)}")
        audience.act(audience.Options(folder, "1", target, client_id="client", send=True))
    assert server.wrong == []
    lines = (folder / "audiences" / f"1-{target.value}" / "requests.jsonl").read_bytes().splitlines()
    assert server.kept == [json.loads(line) for line in lines]
    if target is Target.GOOGLE_ADS:
        assert server.kept[0]["validateOnly"] is False
    receipt = json.loads((folder / "audiences" / f"1-{target.value}" / "receipt.json").read_text())
    assert (receipt["dry_run"], receipt["sent"], receipt["problem"]) == (False, len(lines), "")
    out = capsys.readouterr()
    assert f"took all {len(lines)} requests" in out.out
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET.encode() not in files
    assert SECRET not in out.out + out.err


def test_what_was_broken_off_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3 and the reason; the same command goes on with what is left, and nobody is sent twice."""
    monkeypatch.setenv("GA4_API_SECRET", SECRET)
    with receiving("ga4") as server:
        folder = make_folder(tmp_path, shop(40), f"least = 10\n{served(server.address)}")
        server.replies = [200, 200, 403]
        options = audience.Options(folder, "1", Target.GA4, client_id="client", send=True)
        with pytest.raises(typer.Exit) as stop:
            audience.act(options)
        assert stop.value.exit_code == 3
        assert "NOT complete" in capsys.readouterr().out
        audience.act(options)
    clients = [body["client_id"] for body in server.kept]
    assert (
        len(clients) == len(set(clients)) == json.loads((folder / "audiences/1-ga4/receipt.json").read_text())["sent"]
    )


def test_sessions_of_meta(tmp_path: Path) -> None:
    """Within the hour a broken upload keeps its session; later, or for another list, it gets a new one."""
    with receiving("meta") as server:
        folder = make_folder(tmp_path, shop(), served(server.address))
        target = Target.META
        line = Line(
            endpoint(target, parse((folder / "clientela.toml").read_text()).audience, dict.fromkeys(NAMES, "x"))
        )

        def session(minutes: int, reply: int, **changes: object) -> int:
            server.replies = [reply]
            order = Order("1", target, send=True, changes=changes)
            return activate(folder, order, NOW + datetime.timedelta(minutes=minutes), line=line).receipt.session

        first = session(0, 403)
        assert session(30, 403) == first
        assert session(31, 403, holdout=0.2) != first
        late = session(32, 403)
        assert session(40, 403) == late != first
        assert session(200, 200) not in (first, late)
        (folder / "audiences/1-meta/receipt.json").write_text("{}")
        session(210, 200)
    assert len({body["session"]["session_id"] for body in server.kept}) == 2


@pytest.mark.parametrize("target", [Target.GOOGLE_ADS, Target.META])
def test_who_is_no_member_any_more_is_taken_off(target: Target, tmp_path: Path) -> None:
    """Who withdrew consent since the last sending is taken off the list: all of them and only they, retries or not."""
    with receiving(target.value) as server:
        folder = make_folder(tmp_path, shop(), served(server.address))
        options = parse((folder / "clientela.toml").read_text()).audience
        line = Line(endpoint(target, options, dict.fromkeys(NAMES, "x")))

        def run(hours: int, *, send: bool = True) -> Done:
            now = NOW + datetime.timedelta(hours=hours)
            return activate(folder, Order("1", target, send=send), now, line=line if send else None)

        first = run(0)
        assert (first.receipt.gone, first.receipt.removals, server.removed) == (0, 0, [])
        before = digests(server.kept)
        late = pl.col("visitor").str.slice(1).cast(pl.Int64).is_between(100, 140)
        rows = shop().with_columns(ads_ok=pl.when(late).then(pl.lit("no")).otherwise(pl.col("ads_ok")))
        write_visits(rows, tmp_path / "visits.parquet")
        assert run(24, send=False).receipt.gone > 20
        server.kept, server.replies = [], [403]
        broken = run(48).receipt
        assert (broken.removed, broken.sent, broken.complete) == (0, 0, False)
        assert "requests to take off the list" in " ".join(told(broken))
        whole = run(48).receipt
        assert whole.complete
        assert digests(server.removed) == before - digests(server.kept)
        assert len(digests(server.removed)) == whole.gone == broken.gone
        server.removed = []
        assert (run(72).receipt.gone, server.removed, server.wrong) == (0, [], [])


def test_the_command_asks_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent is asked for; exit code 3 where it failed; nothing made yet is said; nothing is sent."""
    monkeypatch.setenv("META_ACCESS_TOKEN", SECRET)
    with receiving("meta") as server:
        folder = make_folder(tmp_path, shop(), served(server.address))
        options = audience.Options(folder, "1", Target.META, status=True)
        with pytest.raises(ClientelaError, match="No audience of that segment was made for Meta yet"):
            audience.act(options)
        audience.act(dataclasses.replace(options, status=False, send=True))
        sent, server.told = len(server.kept), b'{"operation_status": {"code": 200}}'
        audience.act(options)
        assert capsys.readouterr().out.endswith("List 99: ready (code 200)\n")
        server.told = b'{"operation_status": {"code": 471}}'
        with pytest.raises(typer.Exit) as stop:
            audience.act(options)
    assert (stop.value.exit_code, len(server.kept)) == (3, sent)


def digests(bodies: list[object]) -> set[str]:
    """Return the digests in bodies of requests."""
    return set(re.findall(r"[0-9a-f]{64}", json.dumps(bodies)))


def test_client_ids_and_numbers_of_a_csv_keep_their_digits(tmp_path: Path) -> None:
    """Client ids of Google Analytics and numbers with a plus come through a csv digit by digit."""
    rows = shop(190).with_columns(phone=pl.lit("+4917012345") + pl.col("visitor").str.slice(1).str.zfill(3))
    folder = make_folder(tmp_path, rows, file="visits.csv")
    bodies = [
        json.loads(line) for line in (made(folder, Target.GA4).folder / "requests.jsonl").read_bytes().splitlines()
    ]
    assert {body["client_id"] for body in bodies} <= set(rows["client"])
    assert made(folder, Target.META).receipt.unusable == {}


WRONG = {
    "no folder": (("nowhere", "1"), "no folder made by"),
    "no segment": (("shop", "3"), "there are 1 'High value: mobile', 2 'All others'"),
    "no column": (("shop", "1", "--email", "mail"), "did you mean 'email'"),
    "empty column": (("shop", "1", "--email", ""), "--email is empty"),
    "two columns": (("shop", "1", "--consent", "A:B"), "names 2 columns"),
    "holdout": (("shop", "1", "--holdout", "2"), "holdout"),
    "country": (("shop", "1", "--country-code", "DE"), "country code"),
    "nobody agreed": (("shop", "1", "--consent", "device"), "none of its 266 visitors agreed"),
    "too few": (("shop", "2", "--holdout", "0.5"), "fewer than the 100 that Meta needs"),
    "nowhere to send": (("shop", "1", "--send"), "[audience.meta]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_inputs(
    case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one sentence, and nothing half-written."""
    arguments, said = WRONG[case]
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(sys, "argv", ["clientela", "audience", *arguments, "--for", "meta"])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert len(lines) == 1
    assert said in lines[0]
    assert lines[0].endswith((".", "?"))
    assert sorted(path.name for path in folder.iterdir() if path.name != "log") == ["clientela.toml", "segments.json"]


def test_a_folder_without_segments_is_told_what_makes_them(folder: Path) -> None:
    """Where there are no segments yet, the sentence names the command that makes them or says what they lack."""
    (folder / "segments.json").unlink()
    with pytest.raises(ClientelaError, match="has no segments: `clientela segment` makes them"):
        made(folder, Target.CSV)


def rewritten(folder: Path, old: str, new: str) -> None:
    """Change clientela.toml."""
    path = folder / "clientela.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_more_that_is_refused(folder: Path, tmp_path: Path) -> None:
    """A frame that is gone, a table that is, a rule's column that is, damaged files, a name with an address: told."""
    shutil.copytree(folder, tmp_path / "frame")
    rewritten(tmp_path / "frame", f'file = "{(tmp_path / "visits.parquet").as_posix()}"', "")
    with pytest.raises(ClientelaError, match="frame in memory"):
        made(tmp_path / "frame", Target.CSV)
    write_visits(shop().drop("device"), tmp_path / "visits.parquet")
    with pytest.raises(ClientelaError, match="no column 'device'"):
        made(folder, Target.CSV)
    write_visits(shop().clear(), tmp_path / "visits.parquet")
    with pytest.raises(ClientelaError, match="no rows"):
        made(folder, Target.CSV)
    first = dataclasses.replace(segments().segments[0], name="people of me@example.com")
    named = dataclasses.replace(segments(), segments=(first, segments().segments[1]))
    (folder / "segments.json").write_bytes(encode(named))
    write_visits(shop(), tmp_path / "visits.parquet")
    with pytest.raises(RefusedError, match="holds an e-mail address"):
        made(folder, Target.CSV)
    sexes = dataclasses.replace(first, name="x", conditions=(Condition("sex", "in", None, ("f",)),))
    (folder / "segments.json").write_bytes(encode(dataclasses.replace(named, segments=(sexes, named.segments[1]))))
    with pytest.raises(RefusedError, match="'sex'"):
        made(folder, Target.CSV)
    (folder / "clientela.toml").write_bytes(b"\xff")
    with pytest.raises(ClientelaError, match="UTF-8"):
        made(folder, Target.CSV)
    assert not (folder / "audiences").exists()


def test_damaged_requests_are_not_sent(tmp_path: Path) -> None:
    """A file of requests that was damaged since is told, not sent."""
    with receiving("meta") as server:
        folder = make_folder(tmp_path, shop(), served(server.address))
        line = Line(
            endpoint(Target.META, parse((folder / "clientela.toml").read_text()).audience, dict.fromkeys(NAMES, "x"))
        )
        server.replies = [403]
        order = Order("1", Target.META, send=True)
        activate(folder, order, NOW, line=line)
        (folder / "audiences/1-meta/requests.jsonl").write_text("{")
        with pytest.raises(ClientelaError, match="damaged"):
            activate(folder, order, NOW, line=line)
    assert server.kept == []


def test_receipts_of_what_was_sent(folder: Path, snapshot: SnapshotAssertion) -> None:
    """A receipt tells a complete sending, one that was broken off, and one without holdout."""
    plain = dataclasses.replace(made(folder, Target.META).receipt, dry_run=False, requests=3, hashed=5)
    whole = dataclasses.replace(
        plain, sent=3, answers=("216 received so far and 0 not hashed right",), holdout_share=0.0
    )
    broken = dataclasses.replace(
        plain, sent=1, problem="the receiver answered 503, 5 times", unusable={"no e-mail address": 4}
    )
    assert [told(whole), told(broken)] == snapshot
    assert [one.complete for one in (whole, broken)] == [True, False]
    assert isinstance(whole, Receipt)


def test_too_few_of_a_file(tmp_path: Path) -> None:
    """No audience, a file neither, has fewer members than the house allows; how many is settled in clientela.toml."""
    folder = make_folder(tmp_path, shop(60))
    with pytest.raises(RefusedError, match="fewer than the 50 that are allowed"):
        made(folder, Target.CSV)
    rewritten(folder, "[audience]", "[audience]\nleast = 20")
    assert made(folder, Target.CSV).receipt.members >= 20


def test_notes(tmp_path: Path) -> None:
    """That no time is known is said; nothing is said about accounts that are named; terms stand in the body."""
    folder = make_folder(tmp_path, shop(), served("https://example.com"))
    rewritten(folder, 'time = "at"', "")
    done = made(folder, Target.GOOGLE_ADS)
    assert any("No time is known" in note for note in done.receipt.notes)
    assert not any("OPERATING_ACCOUNT_ID" in note for note in done.receipt.notes)
    assert b'"ACCEPTED"' in (done.folder / "requests.jsonl").read_bytes()
    rewritten(folder, "[audience.ga4]", '[audience.ga4]\nstream = "55"')
    assert made(folder, Target.GA4).receipt.files == ("requests.jsonl", "data_import.csv")
