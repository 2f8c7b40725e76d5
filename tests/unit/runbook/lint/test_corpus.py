"""Real runbooks: the warnings and errors in each, all of them read by a person. A new rule that is wrong shows here."""

from collections import Counter

import pytest

from tests.unit.runbook import SHARED
from tests.unit.runbook.lint import found

CORPUS = SHARED / "corpus"
SECOND = SHARED / "corpus2"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="no shared corpus")

READ: dict[str, dict[str, int]] = {
    "02_pillow_releasing.md": {},
    "07_moj_k8s_upgrade_template.md": {"no-rollback": 1},
    "08_rust_release_process.md": {},
    "09_z2jh_release.md": {"placeholder-as-file": 4},
    "12_helm_release_checklist.md": {"placeholder-as-file": 4},
    "13_kustomize_releasing.md": {"asks-a-question": 1},
    "20_mlops_rollback.md": {"commands-in-text": 1, "placeholder-as-file": 6},
    "23_dbchange_rollout_checklist.md": {"no-rollback": 1},
    "33_gitlab_pg_minor_upgrade.md": {"no-rollback": 1, "unterminated-fence": 1},
    "36_twoi2c_eks_upgrade_myst.md": {"no-rollback": 1, "placeholder-as-file": 1},
}
SECOND_READ: dict[str, dict[str, int]] = {
    "n05_neocare-project_DEPLOYMENT.md": {
        "never-ends": 3,
        "no-rollback": 1,
        "no-verification": 2,
        "restore-no-stop": 1,
        "ssh-then-lines": 2,
        "unset-variable": 5,
    },
    "n08_automation-framework-public_03-deployment-runbooks.md": {
        "asks-a-question": 3,
        "curl-no-fail": 1,
        "never-ends": 1,
        "soft-placeholder": 1,
        "ssh-then-lines": 2,
    },
    "n13_runbooks_etcdDatabaseQuotaLowSpace.md": {"no-actionable-section": 1},
    "n15_website_upgrade_3_6.md": {"curl-no-fail": 6},
    "n16_documentation_upgrading.md": {"asks-a-question": 1, "no-rollback": 1},
    "n18_synapse_upgrade.md": {"curl-no-fail": 1},
    "n19_docs-cn_upgrade-tidb-using-tiup.md": {"no-rollback": 1, "placeholder-as-file": 12, "soft-placeholder": 1},
    "n22_owlette_production-deploy.md": {"placeholder-as-file": 6},
    "n23_owlette_hotfix-rollback.md": {"placeholder-as-file": 12},
    "n24_osn_production-deploy.md": {
        "asks-a-question": 15,
        "curl-no-fail": 2,
        "no-verification": 4,
        "placeholder-as-file": 1,
    },
    "n26_shellboto_rollback.md": {},
    "n29_kubespray_upgrades.md": {"no-rollback": 1},
    "n32_netbox_upgrading.md": {"no-rollback": 1},
    "n34_ultimate-devops-project-demo_DEPLOYMENT_RUNBOOK.md": {
        "asks-a-question": 1,
        "placeholder-as-file": 3,
    },
    "n37_teaching-vacancies_rollback.md": {"no-actionable-section": 1},
    "n38_teaching-vacancies_deployments.md": {"no-actionable-section": 1},
    "n39_rke2-docs_roll-back.md": {
        "destroys-data": 1,
        "placeholder-as-file": 10,
        "restore-no-stop": 1,
        "soft-placeholder": 2,
    },
    "n41_kiali_RELEASE-CHECKLIST.md": {"gh-not-awaited": 5, "soft-placeholder": 9},
    "n44_wemaster_DEPLOY_PLAYBOOK.md": {
        "curl-no-fail": 2,
        "destroys-data": 1,
        "never-ends": 2,
        "secret-in-text": 1,
        "unset-variable": 1,
    },
}


@pytest.mark.parametrize(("name", "expected"), READ.items(), ids=READ)
def test_what_is_found_in_a_real_runbook_was_read(name: str, expected: dict[str, int]) -> None:
    told = [one for one in found((CORPUS / name).read_bytes()) if one.severity != "info"]
    assert Counter(one.code for one in told) == expected


@pytest.mark.skipif(not SECOND.exists(), reason="no shared corpus")
@pytest.mark.parametrize(("name", "expected"), SECOND_READ.items(), ids=SECOND_READ)
def test_what_is_found_in_a_runbook_of_others_was_read(name: str, expected: dict[str, int]) -> None:
    told = [one for one in found((SECOND / name).read_bytes()) if one.severity != "info"]
    assert Counter(one.code for one in told) == expected
