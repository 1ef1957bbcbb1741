import '../task/task.css';

import { Link } from 'wouter';

import { useLiveQuery } from '../api/live';
import { ProductPageDocument } from '../gql/graphql';
import { count, money } from '../lib/format';
import { m } from '../messages';
import { NotFound } from '../shell/NotFound';
import { JsonPanel } from '../task/JsonPanel';
import { Facts } from '../ui/Facts';
import { Page } from '../ui/Page';
import { Bones, Failure } from '../ui/State';
import { Ago } from '../ui/Time';

export default function ProductPage({ id }: { id: string }) {
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: ProductPageDocument, variables: { id } });
  const product = data?.product;
  if (product == null) {
    return fetching ? (
      <Bones rows={6} />
    ) : error ? (
      <Failure error={error} onRetry={() => execute({ requestPolicy: 'network-only' })} />
    ) : (
      <NotFound />
    );
  }
  const c = m.products.columns;
  const price = (amount: string | null) => amount && money(amount, product.currency);
  return (
    <>
      <nav className="breadcrumb">
        <Link href="/products">{m.nav.products}</Link>
      </nav>
      <Page title={product.title}>
        <div className="task-columns">
          <div className="stack">
            <section className="panel" aria-labelledby="description">
              <header>
                <h2 id="description">{m.products.description}</h2>
              </header>
              <p className="body prose">{product.description || m.common.none}</p>
            </section>
            <JsonPanel title={m.products.attributes} value={product.attributes} empty={m.common.none} />
          </div>
          <Facts
            title={m.task.details}
            facts={[
              [c.sku, <code key="sku">{product.sku}</code>],
              [c.brand, product.brand],
              [c.category, product.category],
              [c.price, price(product.price)],
              [m.products.salePrice, price(product.salePrice)],
              [m.products.compareAtPrice, price(product.compareAtPrice)],
              [c.stock, product.stock === null ? null : count(product.stock)],
              [m.products.gtin, product.gtin],
              [m.products.image, product.imageUrl],
              [m.task.created, <Ago key="created" at={product.createdAt} />],
              [c.updated, <Ago key="updated" at={product.updatedAt} />],
              [
                m.products.lastImport,
                product.lastImport && (
                  <Link href={`/tasks/${product.lastImport.id}`} className="link">
                    {product.lastImport.description || m.tasks.untitled}
                  </Link>
                ),
              ],
            ]}
          />
        </div>
      </Page>
    </>
  );
}
