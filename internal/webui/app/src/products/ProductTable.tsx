import { Link } from 'wouter';

import type { ProductListQuery } from '../gql/graphql';
import { count, money } from '../lib/format';
import { m } from '../messages';
import { type Selection, has } from '../tasks/selection';
import { SelectPageCell, SelectRowCell } from '../ui/SelectCell';
import { Ago } from '../ui/Time';

type Product = ProductListQuery['products']['nodes'][number];

interface Props {
  products: readonly Product[];
  selection: Selection;
  onToggle: (id: string, shift: boolean) => void;
  onTogglePage: () => void;
}

export function ProductTable({ products, selection, onToggle, onTogglePage }: Props) {
  const c = m.products.columns;
  const selected = selection.ids.size;
  return (
    <table className="table">
      <caption className="hidden">{m.nav.products}</caption>
      <thead>
        <tr>
          <SelectPageCell label={m.products.selectAll} selected={selected} of={products.length} onToggle={onTogglePage} />
          <th scope="col" className="w-name">
            {c.product}
          </th>
          <th scope="col" className="wide-only">
            {c.sku}
          </th>
          <th scope="col" className="wider-only">
            {c.brand}
          </th>
          <th scope="col" className="wider-only">
            {c.category}
          </th>
          <th scope="col" className="wide-only number">
            {c.price}
          </th>
          <th scope="col" className="wider-only number">
            {c.stock}
          </th>
          <th scope="col" className="wide-only">
            {c.updated}
          </th>
        </tr>
      </thead>
      <tbody>
        {products.map((product) => (
          <Row key={product.id} product={product} selected={has(selection, product.id)} onToggle={onToggle} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ product, selected, onToggle }: { product: Product; selected: boolean; onToggle: Props['onToggle'] }) {
  const { id, sku, title, brand, category, price, salePrice, currency, stock, updatedAt } = product;
  return (
    <tr aria-selected={selected}>
      <SelectRowCell label={m.tasks.select(title)} selected={selected} onToggle={(shift) => onToggle(id, shift)} />
      <td className="cell-task">
        <Link href={`/products/${id}`} className="truncate task-name" title={title}>
          {title}
        </Link>
        <span className="compact faint">
          <code>{sku}</code>
          <span>{money(salePrice ?? price, currency)}</span>
        </span>
      </td>
      <td className="wide-only truncate">
        <code>{sku}</code>
      </td>
      <td className="wider-only truncate soft">{brand}</td>
      <td className="wider-only truncate soft" title={category}>
        {category}
      </td>
      <td className="wide-only number">
        {salePrice && <s className="faint">{price}</s>} {money(salePrice ?? price, currency)}
      </td>
      <td className="wider-only number soft">{stock === null ? m.common.unknown : count(stock)}</td>
      <td className="wide-only soft">
        <Ago at={updatedAt} />
      </td>
    </tr>
  );
}
