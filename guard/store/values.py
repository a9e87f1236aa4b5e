"""What stands behind the placeholders of a conversation: the one way to the values besides the pipeline's restoring."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from guard.database import Database
from guard.errors import ConversationNotFoundError
from guard.keys.protocol import KeyProvider
from guard.placeholders import Entry, Vault
from guard.store.envelope import Envelope, associated
from guard.tables import conversations as table


class SqlValues:
    """Opens the vaults of conversations. Who calls it has asked the policy, and leaves a record."""

    def __init__(self, database: Database, keys: KeyProvider) -> None:
        self._database = database
        self._keys = keys

    async def __call__(self, conversation_id: str, tenant: str) -> Mapping[str, Entry]:
        """Placeholder to entry, of a conversation of this tenant.

        Raises:
            ConversationNotFoundError: there is none; `values_erased`: its values, or all of it, were erased.
            TamperedError, KeyUnavailableError, StorageError.
        """
        query = select(table).where(table.c.id == conversation_id, table.c.tenant == tenant)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise ConversationNotFoundError("There is no conversation of that id.")
        if row.erased is not None or row.vault_key is None or row.vault is None:
            raise ConversationNotFoundError(
                "The values of this conversation were erased: nobody can see them any more.", reason_id="values_erased"
            )
        # The key is bound to its owner, as `guard.store.sql` wraps it.
        place = associated("dek", row.tenant, row.principal_id, row.id, "vault")
        vault = Envelope(await self._keys.unwrap(bytes(row.vault_key), place))
        opened = Vault.loads(vault.open(bytes(row.vault), "vault", row.tenant, row.id))
        return {each.placeholder: each for each in opened.entries()}
