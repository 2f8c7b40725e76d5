"""Commands by what they are known for, in the ways that they are written and carried."""

import shlex

import pytest

from cockpit.runbook.inner import inner
from cockpit.runbook.known_commands import known_as
from tests.unit.runbook.lint import around, codes


def _of(script: str, code: str) -> bool:
    return code in [one for _, one in codes(around(script, "bash"))]


@pytest.mark.parametrize(
    ("written", "runs"),
    [
        ("kubectl exec -it db-0 -c pg -- pg_dump shop", ["pg_dump shop"]),
        ("docker compose -f prod.yml exec -T db pg_dump shop", ["pg_dump shop"]),
        ("docker-compose exec db pg_dump shop", ["pg_dump shop"]),
        ("docker run --rm -v a:b image:1 pg_dump shop", ["pg_dump shop"]),
        ("ssh -p 22 shop@db-1 'cd /srv && pg_dump shop'", ["cd /srv", "pg_dump shop"]),
        ("su - postgres -c 'pg_dump shop'", ["pg_dump shop"]),
        ("sudo -u postgres /usr/bin/pg_dump shop", ["pg_dump shop"]),
        ("bash -lc 'rake db:migrate'", ["rails db:migrate"]),
        ("bundle exec rake db:migrate", ["rails db:migrate"]),
        ("RAILS_ENV=production bin/rails db:migrate", ["rails db:migrate"]),
        ("python3 manage.py migrate", ["manage.py migrate"]),
        ("./manage.py migrate", ["manage.py migrate"]),
        ("php artisan migrate", ["artisan migrate"]),
        ("python -m http.server", ["http.server"]),
        ("npx --yes prisma migrate deploy", ["prisma migrate deploy"]),
        ("yarn prisma migrate deploy", ["prisma migrate deploy"]),
        ("yarn install", ["yarn install"]),
        ("pnpm --filter api exec prisma migrate deploy", ["prisma migrate deploy"]),
        ("kubectl exec web-0 -- bundle exec rails db:migrate", ["rails db:migrate"]),
        ("doppler run -p shop -- flask db upgrade", ["flask db upgrade"]),
        ("fly ssh console -C 'bin/rails db:migrate'", ["rails db:migrate"]),
        ("heroku run -a shop rails db:migrate", ["rails db:migrate"]),
        ("docker build -t shop .", ["docker build -t shop ."]),
        ("ssh web-1", ["ssh web-1"]),
        ("kubectl get pods", ["kubectl get pods"]),
    ],
)
def test_what_carries_a_command_is_taken_off(written: str, runs: list[str]) -> None:
    words = [word for word in shlex.split(written) if not word.startswith("RAILS_ENV")]
    assert [" ".join(one) for one in inner(words)] == runs


@pytest.mark.parametrize("words", [[], [""], ["sudo"], ["kubectl", "exec"], ["ssh"], ["sh", "-c"], ["sh", "-c", "'"]])
def test_odd_words_are_no_reason_to_fail(words: list[str]) -> None:
    for kind in ("never_ends", "destroys", "asks", "asks_terminal", "migrates"):
        assert known_as(kind, words) == ""


@pytest.mark.parametrize(
    "script",
    [
        "tail -f app.log",
        "tail -fn 50 app.log",
        "tail -n 5 -F app.log",
        "journalctl -fu shop",
        "sudo journalctl -u shop -f",
        "kubectl -n shop logs -f deploy/shop",
        "docker logs --follow shop",
        "docker-compose logs -f",
        "watch -n 1 ls",
        "kubectl port-forward svc/a 1:2",
        "kubectl get pods -w",
        "kubectl get pods --watch",
        "docker compose up",
        "docker compose -f prod.yml logs -f web",
        "bundle exec cap production logs:tail",
        "npm run dev",
        "yarn start",
        "gunicorn app:app",
        "python manage.py runserver",
        "php artisan queue:work",
        "ping db-1",
        "ssh -N -L 1:db:2 web-1",
        "while true; do date; sleep 1; done",
        "kubectl exec a -- tail -f x.log",
        "stern shop | tee log",
        "bundle exec sidekiq",
        "flask --app shop run",
        "rails s",
        "redis-cli monitor",
    ],
)
def test_what_never_ends(script: str) -> None:
    assert _of(script, "never-ends")


@pytest.mark.parametrize(
    "script",
    [
        "tail -n 50 app.log",
        "tail app.log",
        "journalctl -u shop --since today",
        "kubectl logs deploy/shop --tail 50",
        "kubectl logs -f job/migrate",
        "oc logs -f bc/shop",
        "timeout 60 tail -f app.log",
        "docker compose -f prod.yml logs --tail 200",
        "tail -f app.log | head -5",
        "tail -f app.log | grep -m1 ready",
        "tail -f app.log > x &",
        "kubectl rollout status deploy/a --watch",
        "docker compose up -d",
        "docker compose up --wait",
        "npm run build",
        "npm test",
        "gunicorn --daemon app:app",
        "php artisan queue:work --once",
        "ping -c 3 db-1",
        "ssh -fN -L 1:db:2 web-1",
        "ssh web-1 'tail -n 5 x.log'",
        "while true; do test -e x && break; sleep 1; done",
        "while read -r line; do echo; done < list",
        "docker stats --no-stream",
        "rm -f app.log",
        "grep -f patterns app.log",
        "git log -f",
        "tar -xf a.tar",
        "kubectl apply -f app.yaml",
        "kubectl get -f app.yaml",
        "docker build -f Dockerfile .",
    ],
)
def test_what_ends(script: str) -> None:
    assert not _of(script, "never-ends")


@pytest.mark.parametrize(
    "script",
    [
        "dropdb shop",
        "psql shop -c 'DROP TABLE orders'",
        'psql shop -c "drop table if exists orders cascade"',
        "psql -c 'TRUNCATE orders'",
        "mysql shop -e 'DELETE FROM orders'",
        "psql -c 'delete from orders;'",
        "docker compose exec -T db psql -c 'DROP SCHEMA shop CASCADE'",
        "rm -rf /var/lib/shop",
        "sudo rm -r ~/data",
        "kubectl delete namespace shop",
        "kubectl delete -n shop pvc data-db-0",
        "helm uninstall shop",
        "terraform destroy -auto-approve",
        "docker compose down -v",
        "aws sqs purge-queue --queue-url https://sqs.example/orders",
        "docker volume rm shop_data",
        "aws s3 rm s3://shop --recursive",
        "rails db:reset",
        "php artisan migrate:fresh --force",
        "git push -f origin main",
        "redis-cli FLUSHALL",
        "mongosh shop --eval 'db.dropDatabase()'",
        "flyway clean",
        "python manage.py flush --noinput",
        "dd if=image of=/dev/sda",
        "npx prisma db push --accept-data-loss",
        "rake db:drop db:create",
    ],
)
def test_what_destroys_data(script: str) -> None:
    assert _of(script, "destroys-data")
    confirmed = around(script, "bash").replace("```bash", "```bash {confirm=true}")
    assert "destroys-data" not in [code for _, code in codes(confirmed)]


@pytest.mark.parametrize(
    "script",
    [
        "rm -rf build",
        "rm -rf ./node_modules",
        "rm -rf /tmp/shop",
        "rm /var/run/shop.pid",
        "rm -rf /srv/app/dist",
        "kubectl delete pod shop-1",
        "kubectl delete -f job.yaml",
        "kubectl delete namespace shop --dry-run=server",
        "psql -c 'delete from orders where id = 1'",
        "psql -c 'drop index old_index'",
        "git push origin main",
        "git push --force-with-lease",
        "docker compose down",
        "docker rm shop",
        "terraform plan -destroy",
        "psql -c 'DROP TABLE IF EXISTS tmp_orders'",
        "echo DROP TABLE orders",
        "grep -r 'DROP TABLE' sql",
        "aws s3 rm s3://shop/a.txt",
        "helm list",
        "git commit -m 'drop table orders'",
        "rails db:migrate",
    ],
)
def test_what_destroys_no_data(script: str) -> None:
    assert not _of(script, "destroys-data")


@pytest.mark.parametrize(
    "script",
    [
        "apt-get install nginx",
        "sudo apt upgrade",
        "apt-get install --only-upgrade nginx",
        "git commit --amend",
        "heroku pg:backups:restore -a shop",
        "yum update",
        "mysql -u root -p shop < a.sql",
        "mysqldump -p shop | gzip > a.gz",
        "psql -W shop -c 'select 1'",
        "prisma migrate reset",
        "npx prisma migrate dev",
        "php artisan migrate",
        "python manage.py collectstatic",
        "pulumi up",
        "git commit",
        "docker system prune",
        "ssh-keygen -t ed25519",
        "ansible-playbook -K site.yml",
        "rm -i a",
        "az group delete -n shop",
        "wrangler secret put A",
    ],
)
def test_what_asks(script: str) -> None:
    assert _of(script, "asks-a-question")


@pytest.mark.parametrize(
    "script",
    [
        "apt-get install -y nginx",
        "apt-get -qqy install nginx",
        "apt-get update",
        "yes | apt-get install nginx",
        "yum install -y x",
        "mysql -u root -psecretword shop -e 'select 1'",
        "prisma migrate reset --force",
        "php artisan migrate --force",
        "python manage.py collectstatic --noinput",
        "pulumi up --yes",
        "git commit -m x",
        "git commit -qm 'x y'",
        "git commit --amend --no-edit",
        "docker system prune -f",
        "docker system prune -af --volumes",
        "heroku maintenance:on -a shop",
        "ssh-keygen -t ed25519 -N '' -f key",
        "ansible-playbook site.yml",
        "rm -rf a",
        "cp -r a b",
        "az group delete -n shop --yes",
        "echo $A | wrangler secret put A",
        "git tag v1",
        "git tag -a v1 -m x",
        "pacman -S --noconfirm x",
        "terraform apply -auto-approve",
        "git rebase main",
    ],
)
def test_what_asks_nothing(script: str) -> None:
    assert not _of(script, "asks-a-question")


@pytest.mark.parametrize(
    "script",
    [
        "php artisan migrate --force",
        "kubectl exec web-0 -- bin/rails db:migrate",
        "docker compose run web rake db:migrate",
        "python manage.py migrate",
        "npx prisma migrate deploy",
        "dotnet ef database update",
        "diesel migration run",
        "migrate -path db -database $URL up",
        "flask db upgrade",
        "php bin/console doctrine:migrations:migrate -n",
        "npm run db:migrate",
        "make migrate",
        "mvn flyway:migrate",
        "bundle exec rails db:migrate",
    ],
)
def test_migrations_of_all_tools(script: str) -> None:
    assert _of(script, "no-verification")


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ("docker compose exec -T db pg_dump shop > b.sql", True),
        ("kubectl exec db-0 -- pg_dump shop > b.sql", True),
        ("ssh db-1 'pg_dump shop' > b.sql", True),
        ("su - postgres -c 'pg_dump shop' > b.sql", True),
        ("kubectl exec db-0 -- pg_dump shop > b.part && mv b.part b.sql", False),
    ],
)
def test_dumps_behind_what_carries_them(script: str, times: bool) -> None:
    assert _of(script, "dump-redirect") == times
