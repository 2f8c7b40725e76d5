"""What is a secret in a runbook's text, and what only looks like one."""

import pytest

from tests.unit.runbook.lint import found

KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


def _told(text: str) -> list[int]:
    runbook = f"# Ship\n\n## Ship\n\n{text}\n\n## Rollback\n\nBy hand.\n"
    return [one.line for one in found(runbook) if one.code == "secret-in-text"]


@pytest.mark.parametrize(
    "text",
    [
        '    curl -d \'{"username":"admin","password":"Zt9rQ4mw7Lx"}\' https://shop.example.net/login',
        'echo "Zt9rQ4mw7Lx" | docker secret create db_password -',
        "printf 'Zt9rQ4mw7Lx' | gh secret set DEPLOY_KEY",
        "kubectl create secret generic db --from-literal=password=Zt9rQ4mw7Lx",
        "mysql -u root -pZt9rQ4mw7Lx shop",
        "sshpass -p Zt9rQ4mw7Lx ssh shop@web-1",
        "curl -u shop:Zt9rQ4mw7Lx https://api.example.net",
        "redis-cli --password Zt9rQ4mw7Lx ping",
        "password: Zt9rQ4mw7Lx",
        'api_key: "9f8e7d6c5b4a39281706"',
        "curl -H 'Authorization: Bearer 9f8e7d6c5b4a39281706' https://api.example.net",
        "export DB_PASSWORD=correct-horse-battery-staple",
        "DATABASE_URL=postgres://shop:Zt9rQ4mw7Lx@localhost/shop",
        "DATABASE_URL=postgres://shop:postgres@db.example.net/shop",
        f"-----BEGIN PRIVATE KEY-----\n{KEY}",
        f'PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\\n{KEY}"',
    ],
)
def test_a_secret(text: str) -> None:
    assert _told(text) == [5]


@pytest.mark.parametrize(
    "text",
    [
        "DATABASE_URL=postgresql://postgres:postgres@localhost:5432/shop_test",
        "DATABASE_URL=postgres://postgres:test@db:5432/shop",
        "JWT_SECRET=previous-secret",
        "SECRET_KEY=usar-openssl-rand-hex-32-para-generar-clave-segura",
        'PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\nYourKeyHere\\n-----END PRIVATE KEY-----"',
        "-----BEGIN PRIVATE KEY-----\n...",
        "password: changeme",
        "password: see 1Password, item shop-2024",
        "API key: /run/secrets/api-key-1",
        "token: https://vault.example.net/v1/secret",
        "secret: v1.24.7",
        'echo "$TOKEN" | docker login --password-stdin',
        'echo "deploy-2024" | tee note.txt',
        "mysql -u root -p shop",
        "mysql --password shop1234db",
        "kubectl create secret generic db --from-literal=password=$PASSWORD",
        "curl -u $USER_9:$PASSWORD_9 https://api.example.net",
        "Authorization: Bearer <token-1>",
        "TOKEN_PATH=/etc/shop/token9f8e7d6c",
    ],
)
def test_no_secret(text: str) -> None:
    assert _told(text) == []
