"""Every way an instance can go wrong is found, and none that went right."""

from __future__ import annotations

from bench.accounting import Recorded, Told, account

WARNING = str(0xB000)
FAILURE = str(0xA700)
REFUSED = str(0x0124)


def recorded(**outcomes: tuple[str, int]) -> Recorded:
    return Recorded(outcomes={uid: [outcome] for uid, outcome in outcomes.items()})


def test_a_clean_run_leaves_every_list_empty() -> None:
    told = {
        "ok": Told("0", "a"),
        "warned": Told(WARNING, "b"),
        "failed": Told(FAILURE, "c"),
        "mute": Told("untold", "d"),
        "cut": Told("cut", "e"),
        "early": Told("cut", "f"),
        "refused": Told(REFUSED, "g"),
    }
    kept = {"ok": Told("0", "a"), "warned": Told(WARNING, "b"), "mute": Told("-1", "d")}
    ledger = recorded(
        ok=("success", 0),
        warned=("warning", 0xB000),
        failed=("failure", 0xA700),
        mute=("unknown", -1),
        cut=("cut-off", -1),
    )
    ledger.refused.add("refused")
    found = account(told, kept, ledger)
    assert (found.lost, found.changed, found.unexplained, found.unaccounted) == ((), (), (), ())


def test_finds_an_instance_told_success_or_warning_that_the_archive_does_not_have() -> None:
    told = {"ok": Told("0", "a"), "warned": Told(WARNING, "b"), "failed": Told(FAILURE, "c")}
    assert account(told, {}, Recorded()).lost == ("ok", "warned")


def test_finds_an_object_that_was_changed_or_that_nobody_sent() -> None:
    kept = {"ok": Told("0", "b"), "ghost": Told("0", "c")}
    assert account({"ok": Told("0", "a")}, kept, recorded(ok=("success", 0))).changed == ("ok", "ghost")


def test_finds_an_archived_instance_whose_sender_was_not_told_and_that_is_not_outcome_unknown() -> None:
    told = {"a": Told("untold", "x"), "b": Told("untold", "x"), "c": Told("untold", "x")}
    kept = dict.fromkeys(told, Told("-1", "x"))
    found = account(told, kept, recorded(a=("success", 0), b=("unknown", -1)))
    assert found.unexplained == ("a", "c")


def test_finds_what_the_ledger_lacks_or_tells_otherwise() -> None:
    told = {
        "absent": Told("0", "x"),
        "other": Told("0", "x"),
        "status": Told(FAILURE, "x"),
        "open": Told("untold", "x"),
        "kept": Told("cut", "x"),
        "guessed": Told("cut", "x"),
    }
    kept = {"absent": Told("0", "x"), "other": Told("0", "x"), "kept": Told("0", "x")}
    ledger = recorded(
        other=("unknown", -1),
        status=("failure", 0xA900),
        open=("open", -1),
        kept=("cut-off", -1),
        guessed=("success", 0),
    )
    assert account(told, kept, ledger).unaccounted == tuple(told)


def test_a_refusal_on_record_does_not_account_for_a_success() -> None:
    ledger = Recorded(refused={"a"})
    assert account({"a": Told("0", "x")}, {"a": Told("0", "x")}, ledger).unaccounted == ("a",)
