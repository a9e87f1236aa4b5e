"""The settings tree: a TOML file and the `GUARD_` environment, frozen; unknown keys are errors.

Order, strongest first: environment (`GUARD_SERVER__PORT`), the file (`--config` or `GUARD_CONFIG`), the defaults.
`docs/reference/settings.md` lists every key; CONTRACT: the names never change.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from guard.errors import ConfigurationError

DEFAULT_GENERATOR: dict[str, Any] = {"name": "local", "kind": "transformers", "model": "smollm2-135m-instruct"}


class Section(BaseModel):
    """One section: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Section):
    """Where the server listens and keeps its data.

    `max_body_bytes` bounds a request body (413 above it). `cache_dir` holds converted model weights; empty: `guard` in
    the user's cache folder. `workers` is the number of processes that serve. `trusted_proxies` are the addresses and
    networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto count; nobody else's do.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    data_dir: Path = Path(".guard")
    cache_dir: Path | None = None
    max_body_bytes: int = Field(default=4_000_000, ge=1024)
    workers: int = Field(default=1, ge=1)
    trusted_proxies: tuple[str, ...] = ()

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        """The server would take what is no address for a host's name, and trust nobody without a word."""
        for number, proxy in enumerate(proxies, 1):
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"entry {number} is neither an address (10.0.0.2) nor a network without host bits (10.0.0.0/24)"
                ) from None
        return proxies


class StorageSettings(Section):
    """The database; empty: `guard.db` in the data directory."""

    url: str = ""


class KeySettings(Section):
    """Where the key encryption key lies: apart from the data."""

    provider: str = "local"
    path: Path = Path("~/.config/guard/keys")


class PolicySettings(Section):
    """Enforcement. `compare_with_casbin` is the share of decisions, 0 to 1, that pycasbin decides a second time."""

    compare_with_casbin: float = Field(default=0.0, ge=0.0, le=1.0)


class LimitSettings(Section):
    """Where requests and sign-ins are counted: `memory`, or the URL of a Redis that all processes share."""

    # It may hold a password.
    storage: str = Field(default="memory", pattern=r"^(memory|rediss?://.+)$", repr=False)


class RedactSettings(Section):
    """What is looked for. `countries` are those whose structured identifiers are: `["all"]`, or some of them.

    For `remember_days` after its last use it is remembered, sealed, where in a text what was found.
    """

    countries: tuple[str, ...] = ("all",)
    remember_days: int = Field(default=30, ge=0, le=3650)

    @field_validator("countries")
    @classmethod
    def _are_known(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        from guard.redact.packs import ALL, COUNTRIES

        for number, country in enumerate(countries, 1):
            if country != ALL and country not in COUNTRIES:
                raise ValueError(f"entry {number} is not `all` or one of {', '.join(sorted(COUNTRIES))}")
        return countries


class ReviewSettings(Section):
    """Reviewing. `sample` is the share of answers, 0 to 1, that come into the queue of the random sample."""

    sample: float = Field(default=0.01, ge=0.0, le=1.0)


class SignInSettings(Section):
    """How people sign in and how long that holds.

    Who has one of `require_totp_roles` and a local password sets up a second factor before anything else. `lock_after`
    wrong passwords or codes in a row lock an account for `lock_minutes`, as many more for twice as long.
    """

    require_totp_roles: tuple[str, ...] = ()
    idle_minutes: int = Field(default=120, ge=1)
    absolute_minutes: int = Field(default=720, ge=1)
    step_up_minutes: int = Field(default=10, ge=1)
    lock_after: int = Field(default=10, ge=3)
    lock_minutes: int = Field(default=15, ge=1)


class OidcSettings(Section):
    """An OpenID provider. Whose groups give no role, and there are no `default_roles`, cannot sign in."""

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_env: str | None = None
    label: str = "your organisation"
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    roles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    default_roles: tuple[str, ...] = ()
    tenant: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    tenant_claim: str | None = None
    public_url: str = ""
    audience: str | None = None
    plain_access_tokens: bool = False

    @field_validator("issuer", "public_url")
    @classmethod
    def _cannot_be_listened_to(cls, url: str) -> str:
        from guard.authenticate.addresses import is_secure

        if url and not is_secure(url):
            raise ValueError("it has to be https, or http to this machine")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> OidcSettings:
        from guard.policy.names import ROLE

        if "openid" not in self.scopes:
            raise ValueError("the scopes need `openid`")
        if not all(ROLE.fullmatch(role) for roles in (*self.roles.values(), self.default_roles) for role in roles):
            raise ValueError("a role is a lower-case word")
        if self.audience == self.client_id:
            raise ValueError("the audience of access tokens must not be the client, whose ID tokens have it")
        return self


class GeneratorSettings(BaseModel):
    """One model that clients may ask for. Further keys are the options of its kind and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")
    kind: str
    scenario: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options of the kind."""
        return dict(self.model_extra or {})


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="GUARD_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=None
    )

    server: ServerSettings = ServerSettings()
    storage: StorageSettings = StorageSettings()
    keys: KeySettings = KeySettings()
    policy: PolicySettings = PolicySettings()
    limits: LimitSettings = LimitSettings()
    redact: RedactSettings = RedactSettings()
    review: ReviewSettings = ReviewSettings()
    sign_in: SignInSettings = SignInSettings()
    oidc: OidcSettings | None = None
    generators: tuple[GeneratorSettings, ...] = (GeneratorSettings(**DEFAULT_GENERATOR),)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [generator.name for generator in self.generators]
        if len(set(names)) != len(names):
            raise ValueError("two generators have the same name")
        return self

    @property
    def data_dir(self) -> Path:
        """The data directory, absolute."""
        return self.server.data_dir.expanduser().absolute()

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        from sqlalchemy.engine import URL

        # Not pasted together: a path may hold what has a meaning in a URL.
        made = URL.create("sqlite+aiosqlite", database=str(self.data_dir / "guard.db"))
        return self.storage.url or made.render_as_string()

    @property
    def key_dir(self) -> Path:
        """The folder of the local key provider, absolute."""
        return self.keys.path.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, _file) if (_file := os.environ.get("GUARD_CONFIG")) else None
        return (init_settings, env_settings, *((file,) if file else ()))


# Read by the command line and the tests themselves, not settings of the tree.
_OTHER_VARIABLES = frozenset({"GUARD_CONFIG", "GUARD_API_KEY", "GUARD_TEST_POSTGRES"})


def load(config: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        config: a TOML file; `None`: the one that `GUARD_CONFIG` names, if any.

    Raises:
        ConfigurationError: names the key that is wrong, never its value (it may be a secret).
    """
    path = config or (Path(os.environ["GUARD_CONFIG"]) if os.environ.get("GUARD_CONFIG") else None)
    if path is not None:
        _check_readable(path)
        os.environ["GUARD_CONFIG"] = str(path)
    _refuse_unknown_variables()
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None
    except ValueError:
        raise ConfigurationError("A GUARD_ variable does not hold the JSON that its setting needs.") from None


def _check_readable(path: Path) -> None:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigurationError(f"The settings file {path} cannot be read. Check the path and its mode.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The settings file {path} is not valid TOML: {error}.") from None


def _refuse_unknown_variables() -> None:
    """A misspelled `GUARD_` variable would otherwise be ignored, and a control silently stay off."""
    sections = {f"GUARD_{name.upper()}" for name in Settings.model_fields}
    for variable in os.environ:
        known = variable in _OTHER_VARIABLES or variable.split("__")[0] in sections
        if variable.startswith("GUARD_") and not known:
            raise ConfigurationError(f"There is no setting {variable}. See docs/reference/settings.md.")


def _explain(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"The setting {key or 'tree'} is not valid: {first['msg']}."
