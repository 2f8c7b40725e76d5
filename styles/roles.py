"""Every state as glyph, ASCII form, word and theme variable: never by colour alone."""

from typing import NamedTuple


class Role(NamedTuple):
    glyph: str
    ascii: str
    word: str
    colour: str
    """A theme variable, as a Textual style."""

    def mark(self, ascii_only: bool) -> str:
        return self.ascii if ascii_only else self.glyph


STATUS = {
    "waiting": Role("◷", "[..]", "waiting", "$waiting"),
    "running": Role("▶", "[>]", "running", "bold $running"),
    "pass": Role("✔", "[ok]", "pass", "$ok"),
    "fail": Role("✖", "[FAIL]", "fail", "bold $breach"),
    "waived": Role("⊘", "[w]", "waived", "$waived"),
    "skipped": Role("–", "[-]", "skipped", "$waived"),
    "unknown": Role("?", "[?]", "unknown", "bold $unknown"),
}
"""Keyed by `cockpit.deploy.state.Status`."""

OPEN_BOX = Role("☐", "[ ]", "open", "$waiting")
"""An item that a person ticks and that waits for it."""
BLOCKED = Role("⊠", "[!]", "cannot run", "bold $alert")
"""A step whose script no shell can read: it waits for a mended runbook, or to be skipped."""
HELD = Role("‖", "[||]", "held", "bold $alert")
PLAYING = Role("▶", "[>]", "playing", "bold $running")
PAUSED = Role("‖", "[||]", "paused", "bold $alert")
TEAM = Role("◉", "&", "team", "$muted")
ROLLED_BACK = Role("↩", "[<-]", "rolled back", "bold $alert")

STAGE = {
    "waiting": STATUS["waiting"],
    "setting": Role("▶", "[>]", "setting", "bold $running"),
    "soaking": Role("▶", "[>]", "soaking", "bold $running"),
    "passed": Role("✔", "[ok]", "passed", "$ok"),
    "breach": Role("✖", "[FAIL]", "BREACH", "bold $breach"),
    "blind": Role("?", "[?]", "inconclusive", "bold $unknown"),
    "left": Role("–", "[-]", "reverted", "$waived"),
}
"""Keyed by `cockpit.deploy.rollout.state.StageStatus`."""

REVIEW = {
    "reviewed": Role("✔", "[ok]", "reviewed", "$ok"),
    "answered": Role("✔", "[ok]", "yours", "bold $ok"),
    "new": Role("○", "[ ]", "new", "$waiting"),
    "unsure": Role("?", "[?]", "unsure", "bold $unknown"),
    "changed": Role("±", "[~]", "changed", "bold $alert"),
    "role": Role("±", "[~]", "read otherwise", "bold $alert"),
    "free": Role("·", "-", "not asked", "$muted"),
    "broken": BLOCKED,
}
"""Where a script of the runbook stands: keyed by `cockpit.runbook.review.model.State`, and by what is said of it."""
HARM = Role("▲", "!", "destroys", "bold $alert")

DUE = {
    "early": Role("◷", "", "early", "$muted"),
    "due soon": Role("◷", "~", "due soon", "$watching"),
    "due": Role("●", "!", "due", "bold $watching"),
    "late": Role("▲", "!!", "late", "bold $alert"),
}
"""Keyed by `cockpit.deploy.schedule.timeline.DueWord`."""

LEVEL = {
    "ok": Role("●", "ok", "ok", "$ok"),
    "watch": Role("▲", "^", "watch", "$watching"),
    "alert": Role("▲", "^^", "alert", "bold $alert"),
    "breach": Role("✖", "!!", "BREACH", "bold $breach"),
    "no data": Role("?", "?", "no data", "bold $unknown"),
    "error": Role("?", "?", "error", "bold $unknown"),
}
"""Keyed by `cockpit.deploy.events.Level`."""

OUTCOME = {
    "succeeded": Role("✔", "[ok]", "succeeded", "bold $ok"),
    "failed": Role("✖", "[FAIL]", "failed", "bold $breach"),
    "rolled back": Role("↩", "[<-]", "rolled back", "bold $alert"),
    "aborted": Role("⊘", "[x]", "aborted", "bold $alert"),
}
