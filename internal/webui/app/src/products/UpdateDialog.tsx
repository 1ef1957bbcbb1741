import { useState } from 'react';
import { useClient } from 'urql';

import { UpdateProductsDocument } from '../gql/graphql';
import { m } from '../messages';
import { addBulk } from '../upload/activity';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { explain } from '../ui/State';
import { type ChangeForm, emptyForm, pricePattern, stockPattern, toInput } from './change';

interface Props {
  skus: string[];
  onClose: () => void;
  onDone: () => void;
}

const fields: { name: keyof ChangeForm; pattern?: string; hint?: string }[] = [
  { name: 'price', pattern: pricePattern, hint: '+10%, -2.50' },
  { name: 'stock', pattern: stockPattern, hint: '-3' },
  { name: 'brand' },
  { name: 'category' },
];

// Changes all selected products alike. A task does it, whose progress shows on a card.
export function UpdateDialog({ skus, onClose, onDone }: Props) {
  const client = useClient();
  const [form, setForm] = useState(emptyForm);
  const [problem, setProblem] = useState<string>();
  const input = toInput(skus, form);
  const submit = async () => {
    if (input === undefined) {
      return;
    }
    const { data, error } = await client.mutation(UpdateProductsDocument, { input });
    const task = data?.updateProducts.task;
    if (task) {
      addBulk(task);
      onDone();
    } else {
      setProblem(error ? explain(error) : data?.updateProducts.userErrors.map(({ message }) => message).join(' '));
    }
  };
  return (
    <Dialog
      title={m.products.updateTitle(skus.length)}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{m.common.cancel}</Button>
          <Button type="submit" kind="primary" disabled={input === undefined}>
            {m.products.update}
          </Button>
        </>
      }
    >
      <p className="soft">{m.products.updateText}</p>
      {fields.map(({ name, pattern, hint }, i) => (
        <label key={name} className="field">
          {m.products.fields[name]}
          <input
            className="input"
            pattern={pattern}
            placeholder={hint}
            title={hint && `${m.products.example} ${hint}`}
            data-focus={i === 0 || undefined}
            value={form[name]}
            onChange={(event) => setForm({ ...form, [name]: event.target.value })}
          />
        </label>
      ))}
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
