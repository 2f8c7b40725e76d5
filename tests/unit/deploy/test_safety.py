"""Is going back safe: the point of no return, and what migrations leave behind."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Migration
from cockpit.deploy.rollback.safety import SafetyWord, safety
from cockpit.deploy.rollback.triggers import way_back
from tests.builders import Deploy, item, option, step

ADDS = Migration(path="m/1_add.sql", reversible=False)
UNDONE = Migration(path="m/2_add.sql", reversible=True)
DROPS = Migration(path="m/3_drop.sql", destroys=("DROP COLUMN note",))
BACK = option("back", step("undo"))
RESTORE = option("restore", step("put-back"), touches_database=True)


def _deploy(*facts: Migration, no_return: bool = False) -> Deploy:
    return Deploy.of(
        item("ready"),
        step("change", migrates=True),
        step("ship", no_return=no_return),
        rollback=(BACK, RESTORE),
        migration_facts=facts,
        automatic=True,
    ).tick("ready")


def _after(deploy: Deploy, done: int) -> Deploy:
    for task in ("change", "ship")[:done]:
        deploy.run(task).end(task)
    return deploy


@pytest.mark.parametrize(
    ("facts", "no_return", "done", "word", "said"),
    [
        ((DROPS,), True, 0, "safe", ""),
        ((ADDS,), False, 1, "look first", "stays applied, no down migration: 1_add.sql (additive only)"),
        ((UNDONE,), False, 1, "look first", "stays applied unless undone: 2_add.sql"),
        ((DROPS,), False, 1, "freeze or fix forward", "m/3_drop.sql removed what the old release may need"),
        ((), False, 1, "look first", "from unknown files"),
        ((ADDS,), True, 1, "look first", "additive only"),
        ((ADDS,), True, 2, "freeze or fix forward", 'past the point of no return ("Ship", line 9)'),
    ],
)
def test_the_verdict_and_its_reason(
    facts: tuple[Migration, ...], no_return: bool, done: int, word: SafetyWord, said: str
) -> None:
    found = safety(_after(_deploy(*facts, no_return=no_return), done).state)
    assert found.word == word
    assert said in found.words()


def test_a_migration_that_did_not_end_well_is_said() -> None:
    deploy = _deploy(ADDS).run("change").end("change", "failed")
    assert "it may be partly applied" in safety(deploy.state).words()


def test_a_restore_undoes_what_was_dropped_but_loses_what_was_written() -> None:
    found = safety(_after(_deploy(DROPS), 1).state, RESTORE)
    assert (found.word, found.reasons) == ("look first", ("all data written since the backup will be lost",))


def test_no_trigger_goes_back_where_going_back_is_worse() -> None:
    taken, problems = way_back(_after(_deploy(DROPS), 1).state)
    assert taken is None
    assert problems[0].startswith('"Back": freeze or fix forward: m/3_drop.sql removed')


def test_how_much_a_restore_would_lose_is_said_where_the_database_counts() -> None:
    deploy = _after(_deploy(ADDS), 1)

    def counted(rows: int) -> str:
        deploy.do(c.RecordTarget(option="restore", values={}, findings=(), written=rows), "cockpit")
        return safety(deploy.state, RESTORE).words()

    assert "rows written" not in counted(1000)
    assert "about 1,234 rows written since the deploy began" in counted(2234)
    assert "about 2,000 rows" in counted(3000)
    assert "about 1,500 rows" in counted(2500), "some were deleted"
    assert "rows written" not in counted(5), "the statistics began anew"


def test_steps_that_migrate_nothing_are_no_reason_to_look() -> None:
    deploy = Deploy.of(step("ship"), rollback=(BACK,), migration_facts=(DROPS,)).passed("ship")
    assert safety(deploy.state).word == "safe"


def test_every_migration_is_named_under_what_it_means() -> None:
    found = safety(
        _after(_deploy(ADDS, UNDONE, DROPS, Migration(path="m/4.sql", reversible=True, destroys=("DROP",))), 1).state
    )
    assert found.reasons == (
        "m/3_drop.sql removed what the old release may need: DROP COLUMN note",
        "m/4.sql removed what the old release may need: DROP",
        "stays applied unless undone: 2_add.sql",
        "stays applied, no down migration: 1_add.sql (additive only)",
    )


def test_a_restore_under_a_release_that_may_need_the_new_shape_says_so() -> None:
    words = "roll the release back first"
    assert words not in safety(_after(_deploy(ADDS), 1).state, RESTORE).words()
    assert f'"Ship" ran after the migration; {words}' in safety(_after(_deploy(ADDS), 2).state, RESTORE).words()
    skipped = _after(_deploy(ADDS), 1).do(c.SkipTask(task="ship", reason="later"))
    assert words not in safety(skipped.state, RESTORE).words()
    before = Deploy.of(step("ship"), item("look", "deploy"), step("change", migrates=True), rollback=(RESTORE,))
    assert words not in safety(before.passed("ship").tick("look").passed("change").state, RESTORE).words()
