import type { KeyRowFragment } from '../gql/graphql';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { Ago } from '../ui/Time';

export function KeyTable({
  keys,
  onRevoke,
}: {
  keys: readonly KeyRowFragment[];
  onRevoke: (key: KeyRowFragment) => void;
}) {
  const c = m.keysPage.columns;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={m.nav.keys}>
      <table className="table plain">
        <caption className="hidden">{m.nav.keys}</caption>
        <thead>
          <tr>
            <th scope="col">{c.name}</th>
            <th scope="col">{c.role}</th>
            <th scope="col">{c.created}</th>
            <th scope="col">{c.used}</th>
            <th scope="col">{c.expires}</th>
            <th scope="col">
              <span className="hidden">{m.task.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <Row key={key.id} apiKey={key} onRevoke={() => onRevoke(key)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ apiKey, onRevoke }: { apiKey: KeyRowFragment; onRevoke: () => void }) {
  const { name, hint, role, ownOnly, createdAt, createdBy, lastUsedAt, expiresAt, revokedAt } = apiKey;
  return (
    <tr>
      <td>
        <strong>{name}</strong> <code className="faint">{hint}…</code>
      </td>
      <td>
        {m.login.roles[role]} {ownOnly && <span className="badge">{m.keysPage.ownOnly}</span>}
      </td>
      <td className="soft" title={createdBy}>
        <Ago at={createdAt} />
      </td>
      <td className="soft">{lastUsedAt === null ? m.keysPage.never : <Ago at={lastUsedAt} />}</td>
      <td className="soft">{expiresAt === null ? m.keysPage.never : <Ago at={expiresAt} />}</td>
      <td>
        {revokedAt === null ? (
          <Button kind="danger" aria-label={m.keysPage.revokeKey(name, hint)} onClick={onRevoke}>
            {m.keysPage.revoke}
          </Button>
        ) : (
          <span className="badge bad">{m.keysPage.revoked}</span>
        )}
      </td>
    </tr>
  );
}
