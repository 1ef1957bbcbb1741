import { useState } from 'react';
import { useMutation } from 'urql';

import { CreateKeyDocument, type Role } from '../gql/graphql';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { Dialog } from '../ui/Dialog';
import { Select } from '../ui/Select';
import { explain } from '../ui/State';

const day = 86_400_000;

// Creates a key, and shows it this once.
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('VIEWER');
  const [ownOnly, setOwnOnly] = useState(false);
  const [days, setDays] = useState<keyof typeof m.keysPage.lifetimes>('90');
  const [{ data, error, fetching }, create] = useMutation(CreateKeyDocument);
  const k = m.keysPage;
  const secret = data?.createApiKey.secret;
  if (secret) {
    return <Secret secret={secret} onClose={onClose} />;
  }
  const problem = error ? explain(error) : data?.createApiKey.userErrors[0]?.message;
  const submit = () => {
    const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * day).toISOString();
    void create({ input: { name, role, ownOnly: ownOnly && role !== 'ADMIN', expiresAt } });
  };
  return (
    <Dialog
      title={k.createTitle}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>{m.common.cancel}</Button>
          <Button type="submit" kind="primary" disabled={fetching}>
            {k.create}
          </Button>
        </>
      }
    >
      <label className="field">
        {k.name}
        <input
          className="input"
          required
          maxLength={100}
          data-focus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <div className="field">
        {k.columns.role}
        <Select label={k.columns.role} value={role} options={m.login.roles} onChange={setRole} />
      </div>
      <div className="field">
        {k.lifetime}
        <Select label={k.lifetime} value={days} options={k.lifetimes} onChange={setDays} />
      </div>
      {role !== 'ADMIN' && (
        <label className="check">
          <input type="checkbox" checked={ownOnly} onChange={(event) => setOwnOnly(event.target.checked)} />
          {k.ownOnlyText}
        </label>
      )}
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      title={m.keysPage.secretTitle}
      onClose={onClose}
      onSubmit={onClose}
      footer={
        <Button type="submit" kind="primary">
          {m.common.close}
        </Button>
      }
    >
      <p className="note warn">{m.keysPage.secretText}</p>
      <div className="with-copy secret">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </div>
    </Dialog>
  );
}
