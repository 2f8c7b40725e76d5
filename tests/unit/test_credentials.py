"""What is a secret by its name or shape, in the environments that people have, and what is not."""

import pytest

from cockpit.text.credentials import is_secret, is_secret_in_a_file, says_secret, why_not_masked

_X = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"

NAMES = [
    "DB_PASSWORD", "DATABASE_PASSWD", "MYSQL_PWD", "PGPASSWORD", "DBPASS", "SMTP_PASS", "GPG_PASSPHRASE", "GITHUB_PAT",
    "AZURE_DEVOPS_EXT_PAT", "GITHUB_TOKEN", "JWT_SECRET", "SECRET_KEY_BASE", "AWS_SECRET_ACCESS_KEY", "STRIPE_API_KEY",
    "STRIPE_APIKEY", "SLACK_WEBHOOK", "SLACK_WEBHOOK_URL", "DISCORD_WEB_HOOK", "SENTRY_DSN", "RAILS_MASTER_KEY",
    "APP_KEY", "AZURE_STORAGE_CONNECTION_STRING", "ACCOUNT_KEY", "dbPassword", "db_password", "PAT",
    "MYSQL_ROOT_PASSWORD", "DB_PASSWORD_2", "TF_VAR_db_password",
]  # fmt: skip
OTHERS = [
    "PWD", "OLDPWD", "PATH", "MANPATH", "BYPASS", "COMPASS_URL", "PASSENGER_APP_ENV", "GIT_AUTHOR_NAME", "AUTHOR",
    "TOKENIZERS_PARALLELISM", "TOKEN_FILE", "PGPASSFILE", "SECRET_NAME", "PASSWORD_MIN", "TOKEN_TTL", "SSH_AUTH_SOCK",
    "XAUTHORITY", "AUTH_HOST", "PATTERN", "KEYBOARD", "MONKEY", "DBUS_SESSION_BUS_ADDRESS", "JWT_SECRET_FILE",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["correcthorse", "/k3y/with-slash", "hunter2!", "zebra"])
def test_a_name_says_that_its_value_is_secret_whatever_it_looks_like(name: str, value: str) -> None:
    assert says_secret(name)
    assert is_secret(name, value)
    assert is_secret_in_a_file(name, value)


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_do_not(name: str) -> None:
    assert not is_secret(name, "some-word-or-other")
    assert not is_secret(name, "/usr/share/thing")


def test_a_path_of_this_machine_is_no_secret() -> None:
    assert not is_secret("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcp/key.json")
    assert not is_secret("TLS_KEY", "/etc/ssl/private/shop.key")
    assert not is_secret("DB_SECRET", "/etc/passwd")
    assert is_secret("DB_SECRET", "/etc/no-such-thing")


SHAPES = [
    f"ghp_{_X}", f"gho_{_X}", f"ghs_{_X}", f"github_pat_11A_{_X}", f"glpat-{_X}", f"xoxb-123-{_X}", f"xapp-1-{_X}",
    "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", f"sk-{_X}", f"sk-ant-api03-{_X}", f"sk-proj-{_X}", f"sk_live_{_X}",
    f"rk_test_{_X}", f"npm_{_X}{_X}", f"pypi-{_X}", f"dckr_pat_{_X}", f"hf_{_X}", f"AIza{_X}", f"hvs.{_X}",
    f"SG.{_X}.{_X}", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{_X}", f"Bearer {_X}", f"Basic {_X}=",
    "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3B",
    "-----BEGIN RSA PRIVATE KEY-----\nMII", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQ",
    f"https://hooks.slack.com/services/T000/B000/{_X}", f"https://discord.com/api/webhooks/123456/{_X}",
    f"https://discordapp.com/api/v10/webhooks/123456/{_X}", f"https://acme.webhook.office.com/webhookb2/{_X}@x/IncomingWebhook",
    f"https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?api-version=1&sig={_X}",
    f"https://outlook.office.com/webhook/{_X}", f"https://chat.googleapis.com/v1/spaces/A/messages?key=k&token={_X}",
    f"https://api.telegram.org/bot123456789:AA{_X}/sendMessage", f"123456789:AA{_X}",
    "postgres://app:s3cret@db/app", "redis://:s3cret@cache:6379", "amqp://u:p%40ss@mq//", "postgres://app:p@ss/w:rd@db/app",
    "mongodb+srv://u:pw@c0.example.com/db", f"https://{_X}@o1.ingest.sentry.io/1", f"https://{_X}:x-oauth-basic@github.com/a/b",
    "Server=db;Database=shop;User Id=sa;Password=s3cret;", "host=db user=app password=s3cret dbname=shop",
    f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={_X}==;EndpointSuffix=core.windows.net",
    f"Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={_X}=",
    f"BlobEndpoint=https://a;SharedAccessSignature=sv=2024&sig={_X}", f"https://a.blob.core.windows.net/c?sv=2024&sig={_X}",
    "jdbc:postgresql://db/shop?user=app&password=s3cret", "app:s3cret@tcp(db:3306)/shop", f"https://x.example.com/?access_token={_X}",
]  # fmt: skip


@pytest.mark.parametrize("value", SHAPES)
def test_a_value_shaped_like_a_credential_is_secret_under_any_name(value: str) -> None:
    assert is_secret("THING", value)
    assert is_secret_in_a_file("THING", value)
    assert not why_not_masked(value)


HARMLESS = [
    "https://example.com/a@b", "https://example.com:8080/a@b", "https://example.com/x?page=2",
    "git@github.com:acme/shop.git", "postgres://db/app", "postgres://app@db/app", "ssh://git@example.com/x",
    "a=1;b=2", "main", "en_US.UTF-8", "-----BEGIN CERTIFICATE-----", "xterm-256color", "/usr/local/bin:/usr/bin",
    "2026-12-01T10:00:00Z", "s3://bucket/key", "file:///tmp/x", "host=db user=app",
]  # fmt: skip


@pytest.mark.parametrize("value", HARMLESS)
def test_an_ordinary_value_is_not(value: str) -> None:
    assert not is_secret("THING", value)


EVERYWHERE = [
    "null", "NULL", "'null'", "true", "off", "production", "staging", "localhost", "sha256", "0", "8080", "12345",
    "30s", "512Mi", "1.5", "25%", "10,000", "0.0.0.0", "127.0.0.1:6379", "****", "    ", "abc", "changeme",
    " false ",
]  # fmt: skip


@pytest.mark.parametrize("value", EVERYWHERE)
def test_what_is_everywhere_in_a_log_is_never_masked(value: str) -> None:
    assert why_not_masked(value)


@pytest.mark.parametrize(
    "value", ["correcthorse", "123456", "zebra", "prod-7", "4711a", "nullnull", "pa ss", "1.2.3.4.5.6"]
)
def test_what_could_be_a_password_can_be_masked(value: str) -> None:
    assert not why_not_masked(value)
