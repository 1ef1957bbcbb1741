import '../ui/table.css';
import '../tasks/tasks.css';

import { useCallback, useEffect, useMemo, useState } from 'react';

import { useMay } from '../access/viewer';
import { useLiveQuery } from '../api/live';
import { ProductListDocument, type ProductListQuery } from '../gql/graphql';
import { useListAddress } from '../lib/url';
import { m } from '../messages';
import { toPage } from '../tasks/filters';
import { type Selection, isEmpty, keep, nothing, toggle, togglePage } from '../tasks/selection';
import { Button, IconButton } from '../ui/Button';
import { ListFrame } from '../ui/ListFrame';
import { Page } from '../ui/Page';
import { Pager } from '../ui/Pager';
import { SearchBox } from '../ui/SearchBox';
import { Empty } from '../ui/State';
import { ProductTable } from './ProductTable';
import { UpdateDialog } from './UpdateDialog';
import { useEmbed } from './useEmbed';

const none: ProductListQuery['products']['nodes'] = [];

export default function ProductListPage() {
  const { q, after, before, show } = useListAddress('/products');
  const variables = useMemo(
    () => ({ filter: q.trim() ? { search: q } : {}, ...toPage({ after, before }) }),
    [q, after, before],
  );
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: ProductListDocument, variables });
  const products = data?.products.nodes ?? none;
  const ids = useMemo(() => products.map(({ id }) => id), [products]);
  const [selection, setSelection] = useState<Selection>(nothing);
  const [updating, setUpdating] = useState(false);
  const may = useMay();
  const embed = useEmbed();
  useEffect(() => setSelection((now) => keep(now, ids)), [ids]);
  const search = useCallback((text: string) => show({ q: text }, q !== ''), [show, q]);
  const chosen = products.filter(({ id }) => selection.ids.has(id));
  const clear = () => setSelection(nothing);
  return (
    <Page title={m.nav.products}>
      <search className="filter-bar">
        <SearchBox label={m.products.search} hint={m.products.searchHint} value={q} onChange={search} />
      </search>
      <ListFrame
        error={data ? undefined : error}
        loading={!data && fetching}
        rows={10}
        empty={
          products.length === 0 && (
            <Empty icon="products" title={m.products.empty}>
              <p>{m.products.emptyText}</p>
            </Empty>
          )
        }
        onRetry={() => execute({ requestPolicy: 'network-only' })}
      >
        <ProductTable
          products={products}
          selection={selection}
          onToggle={(id, shift) => setSelection((now) => toggle(now, id, ids, shift))}
          onTogglePage={() => setSelection((now) => togglePage(now, ids))}
        />
      </ListFrame>
      <div className="list-foot">
        <Pager info={data?.products.pageInfo} after={after} before={before} onMove={(place) => show({ ...place })} />
      </div>
      {!isEmpty(selection) && (
        <section className="bulk-bar" aria-label={m.products.selected}>
          <strong role="status">{m.bulk.selected(chosen.length)}</strong>
          <div className="actions">
            {may('updateProducts') && (
              <Button icon="priority" onClick={() => setUpdating(true)}>
                {m.products.update}
              </Button>
            )}
            {may('generateEmbeddings') && (
              <Button icon="spark" onClick={() => void embed(chosen.map(({ id }) => id)).then(clear)}>
                {m.products.embed}
              </Button>
            )}
            <IconButton icon="close" label={m.bulk.clear} onClick={clear} />
          </div>
        </section>
      )}
      {updating && (
        <UpdateDialog
          skus={chosen.map(({ sku }) => sku)}
          onClose={() => setUpdating(false)}
          onDone={() => {
            setUpdating(false);
            clear();
          }}
        />
      )}
    </Page>
  );
}
