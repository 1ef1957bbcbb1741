import '../ui/table.css';
import '../task/task.css';

import { useState } from 'react';

import { useLiveQuery } from '../api/live';
import { type KeyRowFragment, KeysDocument } from '../gql/graphql';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { ListFrame } from '../ui/ListFrame';
import { Page } from '../ui/Page';
import { Empty } from '../ui/State';
import { CreateKeyDialog } from './CreateKeyDialog';
import { KeyTable } from './KeyTable';
import { RevokeDialog } from './RevokeDialog';

export default function KeysPage() {
  const [{ data, error }, execute] = useLiveQuery({ query: KeysDocument });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<KeyRowFragment>();
  const again = () => execute({ requestPolicy: 'network-only' });
  return (
    <Page
      title={m.nav.keys}
      actions={
        <Button kind="primary" icon="keys" onClick={() => setCreating(true)}>
          {m.keysPage.create}
        </Button>
      }
    >
      <ListFrame
        error={data ? undefined : error}
        loading={data === undefined}
        rows={5}
        empty={
          data?.apiKeys.length === 0 && (
            <Empty icon="keys" title={m.keysPage.empty}>
              <p>{m.keysPage.emptyText}</p>
            </Empty>
          )
        }
        onRetry={again}
      >
        {data && <KeyTable keys={data.apiKeys} onRevoke={setRevoking} />}
      </ListFrame>
      {creating && (
        <CreateKeyDialog
          onClose={() => {
            setCreating(false);
            again();
          }}
        />
      )}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(undefined)} />}
    </Page>
  );
}
