import { useMutation } from 'urql';

import { type KeyRowFragment, RevokeKeyDocument } from '../gql/graphql';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { explain } from '../ui/State';

export function RevokeDialog({ apiKey, onClose }: { apiKey: KeyRowFragment; onClose: () => void }) {
  const [{ data, error, fetching }, revoke] = useMutation(RevokeKeyDocument);
  const problem = error ? explain(error) : data?.revokeApiKey.userErrors[0]?.message;
  const submit = async () => {
    const { data } = await revoke({ input: { id: apiKey.id } });
    if (data?.revokeApiKey.userErrors.length === 0) {
      onClose();
    }
  };
  return (
    <Dialog
      title={m.keysPage.revokeTitle(apiKey.name)}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{m.bulk.keep}</Button>
          <Button type="submit" kind="danger primary" data-focus disabled={fetching}>
            {m.keysPage.revoke}
          </Button>
        </>
      }
    >
      <p className="soft">{m.keysPage.revokeText}</p>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
