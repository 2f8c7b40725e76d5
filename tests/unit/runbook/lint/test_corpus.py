"""Real runbooks: the warnings and errors in each, all of them read by a person. A new rule that is wrong shows here."""

from collections import Counter

import pytest

from tests.unit.runbook import SHARED
from tests.unit.runbook.lint import found

CORPUS = SHARED / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="no shared corpus")

READ: dict[str, dict[str, int]] = {
    "02_pillow_releasing.md": {},
    "07_moj_k8s_upgrade_template.md": {"no-rollback": 1},
    "08_rust_release_process.md": {},
    "09_z2jh_release.md": {"placeholder-as-file": 4},
    "12_helm_release_checklist.md": {"placeholder-as-file": 4},
    "13_kustomize_releasing.md": {},
    "20_mlops_rollback.md": {"placeholder-as-file": 6, "pipe-hides-failure": 2},
    "23_dbchange_rollout_checklist.md": {"no-rollback": 1},
    "33_gitlab_pg_minor_upgrade.md": {"no-rollback": 1, "unterminated-fence": 1},
    "36_twoi2c_eks_upgrade_myst.md": {"no-rollback": 1, "placeholder-as-file": 1},
}


@pytest.mark.parametrize(("name", "expected"), READ.items(), ids=READ)
def test_what_is_found_in_a_real_runbook_was_read(name: str, expected: dict[str, int]) -> None:
    told = [one for one in found((CORPUS / name).read_bytes()) if one.severity != "info"]
    assert Counter(one.code for one in told) == expected
