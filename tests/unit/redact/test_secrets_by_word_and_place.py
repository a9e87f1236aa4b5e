"""Passwords, keys and tokens that a word or a place gives away; and what looks like them and is none."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.model import Span
from guard.redact.recognizers.secret import SECRETS
from tests.secrets import made

PASS = made("<an5>!<d2><an5>", "password")
KEY = made("<an40>", "key")
HEX = made("<hex40>", "key")
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (json.dumps({"alg": "HS256", "typ": "JWT"}).encode(), b'{"sub":"ada"}', hashlib.sha256(b"x").digest())
)


def found(text: str, least: float = 0.5) -> list[Span]:
    return [span for finder in SECRETS for span in finder.find(text) if span.score >= least]


def is_found(text: str, secret: str, kind: str) -> bool:
    """Whether the secret, and nothing but a sign beside it, is found as that."""
    start = text.index(secret)
    end = start + len(secret)
    return any(s.entity_type == kind and s.start == start and end <= s.end <= end + 1 for s in found(text))


PASSWORDS = [
    "password: {}",
    "Password = '{}'",
    '{{"db_password": "{}"}}',
    "export DB_PASSWORD={}",
    "spring.datasource.password={}",
    "passwd: {}\nuser: ada",
    "<password>{}</password>",
    "my password is {}.",
    "the wifi password for the office is {}",
    "mein Passwort ist {}",
    "mot de passe : {}",
    "contraseña: {}",
    "пароль: {}",
    "密码：{}",
    "パスワード: {}",
    "use {} as my password",
    "postgres://ada:{}@db.example.org/x",
    "https://ada:{}@example.org/",
    "Server=db;User Id=ada;Password={};Encrypt=true",
    "mysql -u root -p{} shop",
    "curl -u ada:{} https://example.org",
    "sshpass -p {} ssh ada@example.org",
    "docker login -u ada -p {} registry.example.org",
    "redis-cli -h cache -a {} ping",
    "tool --password {} --verbose",
    "openssl rsa -in a.pem -passin pass:{}",
    'ConvertTo-SecureString "{}" -AsPlainText',
    "machine example.org login ada password {}",
    "db.example.org:5432:shop:ada:{}",
    "credentials: ada / {}",
]
KEYS = [
    "api_key={}",
    'API-KEY: "{}"',
    "the api key is {}",
    "client_secret: {}",
    "Authorization: Bearer {}",
    "Authorization: token {}",
    "-H 'X-Api-Key: {}'",
    "PRIVATE-TOKEN: {}",
    "https://example.org/a?access_token={}&b=1",
    "https://{}@example.org/a.git",
    "Cookie: theme=dark; sessionid={}; lang=en",
    "AccountName=shop;AccountKey={};EndpointSuffix=example.org",
    "aws_secret_access_key = {}",
    "encryption key: {}",
]


@pytest.mark.parametrize("form", PASSWORDS)
def test_a_password_is_found(form: str) -> None:
    assert is_found(form.format(PASS), PASS, "PASSWORD")


@pytest.mark.parametrize("value", [KEY, HEX], ids=["letters", "hex"])
@pytest.mark.parametrize("form", KEYS)
def test_a_key_is_found(form: str, value: str) -> None:
    assert is_found(form.format(value), value, "API_KEY")


@pytest.mark.parametrize(
    "text", ["password: hunter2", "pin: 4711", "password is correcthorse9", 'PASSWORD="two words of mine"']
)
def test_a_weak_password_is_found(text: str) -> None:
    assert [span.entity_type for span in found(text)]


@pytest.mark.parametrize(
    "kind",
    [
        *("$2b$12$", "$apr1$ab$", "$1$ab$", "$6$ab$", "$y$j9T$", "$argon2id$v=19$m=65536,t=3,p=4$"),
        *("$pbkdf2-sha256$29000$", "{SSHA}", "{SHA256}"),
    ],
)
def test_hashes_of_passwords_are_found(kind: str) -> None:
    hashed = kind + made("<an53>")
    assert is_found(f"ada:{hashed}:0", hashed, "PASSWORD")


def test_a_signed_token_is_found() -> None:
    assert is_found(f"see {JWT} there", JWT, "JWT")
    assert not found("eyJhbGci is how it begins")


_NOT = [
    f"id {uuid.UUID(int=2**127 - 1)}",
    f"sha256:{hashlib.sha256(b'a').hexdigest()}",
    f"--hash=sha256:{hashlib.sha256(b'b').hexdigest()}",
    f'"integrity": "sha512-{base64.b64encode(hashlib.sha512(b"c").digest()).decode()}"',
    f"commit {hashlib.sha1(b'd', usedforsecurity=False).hexdigest()}",
    "data:image/png;base64," + base64.b64encode(bytes(range(200))).decode(),
    "torch==2.10.3+cu128 and node v22.1.0-rc.1",
    "password: str",
    "password: str | None = None",
    "def sign_in(user: str, password: SecretStr) -> Session:",
    "password = getpass.getpass()",
    "password=settings.database.password",
    "password: <password>",
    "password: {{ password }}",
    "PGPASSWORD=$PASSWORD",
    "password=${DB_PASSWORD}",
    "password: %s",
    "password: ********",
    "api_key: ${{ secrets.X }}",
    "api_key = os.environ['API_KEY']",
    "signing_key: Ed25519PrivateKey",
    "token: YOUR_API_KEY_HERE",
    "postgres://ada:$PASSWORD@db/x",
    "https://user:<password>@example.org",
    "the password policy is strict",
    "Did you forget your password? Reset it here.",
    "A password must have twelve characters.",
    "The key to the house is under the mat.",
    "She has a secret: she loves tokens of appreciation.",
    "Authorization: Bearer <token>",
    "ssh-rsa is the kind of the key, and -----BEGIN CERTIFICATE----- no key at all",
    "docker run -p 8080:80 nginx",
    "mysql -h db -P 3306 shop",
    "redis-cli -p 6379 ping",
    "for x in items: pass\n\nclass B2: pass",
    "configure it yourself, or pass telemetry={} and see",
    "token = _generic_recursion_cache.set(None)",
    "primary_key=True, foreign_key='user.id'",
    "the sk-learn-like-estimators-package of scikit",
]


@pytest.mark.parametrize("text", _NOT, ids=[str(number) for number in range(len(_NOT))])
def test_what_is_no_secret_is_left(text: str) -> None:
    assert found(text) == []


_AROUND = st.sampled_from(("Some words of a letter. ", "x = call(a, b)\n", "key: value, ", "İ\n", "https://a.b/c?d=1 "))


@given(st.sampled_from(PASSWORDS), _AROUND, st.integers(0, 200), st.integers(0, 200))
def test_the_place_of_a_password_does_not_matter(form: str, around: str, left: int, right: int) -> None:
    text = around * left + "\n" + form.format(PASS) + "\n" + around * right
    assert is_found(text, PASS, "PASSWORD")


@given(st.sampled_from(KEYS), _AROUND, st.integers(0, 200), st.integers(0, 200))
def test_the_place_of_a_key_does_not_matter(form: str, around: str, left: int, right: int) -> None:
    text = around * left + "\n" + form.format(KEY) + "\n" + around * right
    assert is_found(text, KEY, "API_KEY")


@given(st.text(max_size=400))
def test_spans_are_in_the_text_and_explained(text: str) -> None:
    for span in found(f"password: {text} api_key={text}", 0.0):
        assert 0 <= span.start < span.end <= 2 * len(text) + 19
        assert span.explanation
        assert span.explanation.pattern
