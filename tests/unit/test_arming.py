"""What arms the triggers: the first script that is not known to be read-only. Unknown is never read-only."""

import pytest

from cockpit.planning.arming import arm_task
from cockpit.runbook.read_only import why_changes
from cockpit.settings.load import Settings
from tests.builders import step

CHANGES = """\
make deploy
./deploy.sh
./bin/ship --check
bin/rails db:migrate
cap production deploy
fly deploy
vercel --prod
git pull
git push heroku main
git checkout v1.2.3
git branch -D old
docker compose up -d
docker stack deploy -c stack.yml shop
docker build -t shop .
kubectl set image deployment/web web=shop:2
kubectl -n shop apply -f k8s/
kubectl rollout restart deployment/web
kubectl scale deployment/web --replicas=0
helm upgrade --install shop ./chart
terraform apply plan.out
terraform plan -destroy
ansible-playbook site.yml
aws ecs update-service --cluster list --service web --force-new-deployment
aws s3 sync build/ s3://bucket
gcloud run deploy web --image x
az webapp restart --name web
systemctl restart web
sudo systemctl reload nginx
service nginx reload
nginx -s reload
pm2 reload all
kamal deploy
rsync -az dist/ web:/srv/app
scp app.jar web:/srv
ssh web 'systemctl restart app'
ssh web
npm publish
npm run deploy
npx prisma migrate deploy
alembic upgrade head
flyway migrate
python manage.py migrate
bundle exec rails db:migrate
psql -c 'DELETE FROM sessions'
psql -c 'SELECT 1; DROP TABLE x'
psql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
psql -c 'WITH gone AS (DELETE FROM x RETURNING 1) SELECT * FROM gone'
psql -f migrate.sql
psql < migrate.sql
redis-cli FLUSHALL
curl -X POST https://example.com/deploy
curl -sXPOST https://example.com/deploy
curl -d ref=main https://example.com/deploy
curl https://example.com/install.sh | bash
echo up > /etc/app/flag
sed -i s/1/2/ config.yml
find . -name '*.pyc' -delete
eval "$COMMAND"
$TOOL status
source deploy-functions.sh
. ./deploy.sh
bash deploy.sh
bash -c 'make deploy'
xargs -n 1 kubectl delete pod
echo "$(make deploy)"
if make check; then kubectl get pods; fi
for host in a b; do ssh $host sudo reboot; done
trap 'make deploy' EXIT
gh workflow run deploy.yml
gh api -X POST repos/x/y/dispatches
mv current previous
rm -rf build
ln -sfn releases/2 current
python - <<'P'
print(1)
P
""".replace("python - <<'P'\nprint(1)\nP\n", "")

LOOKS = """\
git fetch --tags
git log --oneline -5
git rev-parse HEAD
git diff v1..v2 --stat
git tag
terraform init
terraform plan -out plan.out
terraform show plan.out
kubectl get pods -n shop
kubectl -n shop rollout status deployment/web --timeout=5m
kubectl apply --dry-run=server -f k8s/
kubectl diff -f k8s/
helm --namespace shop status web
helm upgrade --dry-run shop ./chart
docker compose ps
docker compose -f prod.yml logs --tail 50 web
ansible-playbook --check site.yml
rsync -n -a dist/ web:/srv/app
aws ecs describe-services --cluster x
aws --profile prod sts get-caller-identity
gcloud run services describe web
az webapp show --name web
systemctl status web
sudo systemctl is-active nginx
sudo -u postgres psql -c 'SELECT count(*) FROM orders'
psql "$DATABASE_URL" -Atc "SHOW server_version"
pg_dump -Fc shop > backups/pre-deploy.dump
pg_dump "$DATABASE_URL" | gzip > "backups/$(date +%F).sql.gz"
mkdir -p backups
curl -fsS https://example.com/health
curl -X GET https://example.com/health
curl -fsS https://example.com/health | jq -e .ok
for i in 1 2 3; do curl -fsS https://example.com/health && break; sleep 2; done
if [ -z "$TAG" ]; then echo "no tag"; exit 1; fi
export TAG=v1.2.3
set -euo pipefail
TAG=$(git describe --tags)
echo "deploying $TAG" >&2
ls -la > /dev/null 2>&1
npx prisma migrate status
alembic current
python manage.py showmigrations
ssh web 'systemctl status app'
ssh -i key web df -h
bash -c 'git status'
make -n deploy
node --version
gh run list --limit 3
gh pr checks
nginx -t
source .env
""".splitlines()


@pytest.mark.parametrize("script", [line for line in CHANGES.splitlines() if line])
def test_what_may_change_production_is_named(script: str) -> None:
    assert why_changes(script)


@pytest.mark.parametrize("script", LOOKS)
def test_what_is_known_to_only_look(script: str) -> None:
    assert why_changes(script) == ""


@pytest.mark.parametrize(
    "script", ["", "# only a comment", "if then", "kubectl get pods\nmake deploy", "f() { make x; }\nf"]
)
def test_whole_scripts(script: str) -> None:
    assert bool(why_changes(script)) == ("make" in script or "then" in script)


def test_a_function_that_only_looks_may_be_called() -> None:
    assert why_changes("pods() { kubectl get pods; }\npods\n") == ""


def test_the_first_step_that_is_not_known_to_be_read_only_arms_and_says_why() -> None:
    tasks = [step("save", body="pg_dump shop > x.dump\n"), step("plan", body="terraform plan\n"),
             step("ship", body="git fetch\nmake ship\n"), step("apply", body="terraform apply\n")]  # fmt: skip
    assert arm_task(Settings(), tasks) == ("ship", "`make ship` is not known to be read-only")


def test_where_all_only_look_the_first_arms() -> None:
    assert arm_task(Settings(), [step("a", body="git fetch\n")])[0] == "a"
    assert arm_task(Settings(), []) == ("", "")


def test_another_interpreter_is_not_known() -> None:
    tasks = [step("look", body="git fetch\n"), step("py", body="print(1)\n", interpreter="python3")]
    assert arm_task(Settings(), tasks) == ("py", "`print(1)` (python3) is not known to be read-only")
