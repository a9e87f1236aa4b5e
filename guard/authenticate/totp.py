"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.keyed_hash import check_key, keyed_hash
from guard.authenticate.session import Sealer
from guard.authenticate.users import User
from guard.clock import now
from guard.database import Database, Write
from guard.errors import AuthenticationError, ConflictError
from guard.tables import recovery_codes, users

ISSUER: Final = "Guard"
RECOVERY_CODES: Final = 10
STEP: Final = 30
"""Seconds for which a code is shown."""

WRONG_CODE: Final = "The code is wrong, or was used already. Wait for the next one."

_AROUND: Final = (0, -1, 1)
"""Steps that are tried: clocks are not all the same, and people are slow."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS: Final = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
_PURPOSE: Final = "recovery-code"


@dataclass(frozen=True, slots=True)
class Secret:
    """What an authenticator app and Guard both know. `uri` is how an app is told."""

    text: str = field(repr=False)
    uri: str = field(repr=False)

    def svg(self) -> bytes:
        """The URI as a QR code."""
        import io

        import segno

        # Dark on light in both themes: not every camera reads it the other way round.
        made = io.BytesIO()
        segno.make(self.uri, error="m", micro=False).save(
            made, kind="svg", scale=5, border=4, dark="#000", light="#fff"
        )
        return made.getvalue()


class SecondFactors:
    """The second factors of one database.

    Args:
        sealer: what the secrets are sealed with.
        key: key of the keyed hash of recovery codes, 32 bytes or more.
    """

    def __init__(self, database: Database, sealer: Sealer, key: bytes) -> None:
        self._database = database
        self._sealer = sealer
        self._key = check_key(key)

    def begun(self, user: User) -> Write:
        """The Write that gives a user a new secret, which counts once a code of it was shown.

        The Write raises ConflictError when the user has a second factor already.
        """
        import pyotp

        sealed = self._sealer.seal(pyotp.random_base32().encode(), "users", user.id, "totp")

        async def write(connection: AsyncConnection) -> None:
            off = users.c.id == user.id, users.c.totp_confirmed.is_(None)
            done = await connection.execute(update(users).where(*off).values(totp=sealed, totp_step=None))
            if done.rowcount != 1:
                raise _already()

        return write

    async def waiting(self, user: User) -> Secret | None:
        """The secret that waits for its first code, if one does. Raises StorageError, TamperedError."""
        secret, confirmed, _ = await self._stored(user)
        return self._secret(user, secret) if secret and confirmed is None else None

    async def confirmed(self, user: User, code: str) -> tuple[list[str], Write]:
        """New recovery codes, and the Write from which on codes are asked for.

        Raises AuthenticationError (`invalid_code`), ConflictError.
        """
        secret, confirmed, _ = await self._stored(user)
        if confirmed is not None or secret is None:
            raise _already()
        step = _step_of(secret, code)
        if step is None:
            raise _wrong()
        codes, renewed = self.renewed(user)

        async def write(connection: AsyncConnection) -> None:
            off = users.c.id == user.id, users.c.totp_confirmed.is_(None)
            done = await connection.execute(update(users).where(*off).values(totp_confirmed=now(), totp_step=step))
            if done.rowcount != 1:
                raise _already()
            await renewed(connection)

        return codes, write

    async def used(self, user: User, code: str) -> tuple[bool, Write]:
        """Whether this is a recovery code, and the Write that uses it up: nobody can sign in with it again.

        Raises AuthenticationError (`invalid_code`), also from the Write, when it was used meanwhile.
        """
        secret, confirmed, _ = await self._stored(user)
        if secret is None or confirmed is None:
            raise _wrong()
        if (step := _step_of(secret, code)) is not None:
            return False, self._step_taken(user, step)
        return True, self._recovery_code_taken(user, code)

    def renewed(self, user: User) -> tuple[list[str], Write]:
        """New recovery codes in the place of the old, and the Write that keeps their hashes."""
        codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
        rows = [{"hash": self._hash(user, code), "user_id": user.id, "created": now()} for code in codes]

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.id))
            await connection.execute(insert(recovery_codes), rows)

        return [f"{code[:5]}-{code[5:]}" for code in codes], write

    def removed(self, user: User) -> Write:
        """The Write that turns the second factor of a user off."""

        async def write(connection: AsyncConnection) -> None:
            off = {"totp": None, "totp_confirmed": None, "totp_step": None}
            await connection.execute(update(users).where(users.c.id == user.id).values(**off))
            await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.id))

        return write

    async def left(self, user: User) -> int:
        """How many recovery codes are left. Raises StorageError."""
        query = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == user.id)
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    def _step_taken(self, user: User, step: int) -> Write:
        async def write(connection: AsyncConnection) -> None:
            newer = or_(users.c.totp_step.is_(None), users.c.totp_step < step)
            done = await connection.execute(update(users).where(users.c.id == user.id, newer).values(totp_step=step))
            if done.rowcount != 1:
                raise _wrong()

        return write

    def _recovery_code_taken(self, user: User, code: str) -> Write:
        digest = self._hash(user, code.lower().translate(_READ_AS))

        async def write(connection: AsyncConnection) -> None:
            own = recovery_codes.c.user_id == user.id, recovery_codes.c.hash == digest
            if (await connection.execute(delete(recovery_codes).where(*own))).rowcount != 1:
                raise _wrong()

        return write

    async def _stored(self, user: User) -> tuple[str | None, int | None, int | None]:
        query = select(users.c.totp, users.c.totp_confirmed, users.c.totp_step).where(users.c.id == user.id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None or row.totp is None:
            return None, None, None
        return self._sealer.open(bytes(row.totp), "users", user.id, "totp").decode(), row.totp_confirmed, row.totp_step

    def _secret(self, user: User, secret: str) -> Secret:
        import pyotp

        return Secret(secret, pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER))

    def _hash(self, user: User, code: str) -> bytes:
        return keyed_hash(self._key, _PURPOSE, f"{user.id}\0{code}")


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is; `None`: of none that counts now."""
    import pyotp

    digits = code.replace(" ", "")
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    totp, current = pyotp.TOTP(secret), int(time.time()) // STEP
    steps = (current + offset for offset in _AROUND)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)), None)


def _wrong() -> AuthenticationError:
    return AuthenticationError(WRONG_CODE, reason_id="invalid_code")


def _already() -> ConflictError:
    return ConflictError("The second factor is set up already, or its set-up was not begun.")
