import { type ComponentType, lazy } from 'react';
import { Route, Switch } from 'wouter';

import { basePath } from '../api/address';
import { TaskListPage } from '../tasks/TaskListPage';
import { NotFound } from './NotFound';

const loads: (() => Promise<unknown>)[] = [];

// The page's script comes when the page is opened, or when the browser has nothing else to do.
function page<Props>(path: RegExp, load: () => Promise<{ default: ComponentType<Props> }>) {
  const here = location.pathname.slice(basePath.length);
  const loading = path.test(here) ? load() : undefined; // at once, rather than after all that leads there is rendered
  loads.push(load);
  return lazy(() => loading ?? load());
}

const DocumentListPage = page(/^\/documents$/, () => import('../documents/DocumentListPage'));
const DocumentPage = page(/^\/documents\/./, () => import('../documents/DocumentPage'));
const KeysPage = page(/^\/keys$/, () => import('../access/KeysPage'));
const OverviewPage = page(/^\/?$/, () => import('../overview/OverviewPage'));
const ProductListPage = page(/^\/products$/, () => import('../products/ProductListPage'));
const ProductPage = page(/^\/products\/./, () => import('../products/ProductPage'));
const TaskPage = page(/^\/tasks\/./, () => import('../task/TaskPage'));
const TypesPage = page(/^\/types$/, () => import('../types/TypesPage'));

// Fetches every page's script, so that going there waits for data alone. One that does not come now is asked for again.
export const loadAllPages = () => loads.forEach((load) => void load().catch(() => undefined));

export function Routes() {
  return (
    <Switch>
      <Route path="/" component={OverviewPage} />
      <Route path="/tasks" component={TaskListPage} />
      <Route path="/tasks/:id">{({ id }) => <TaskPage key={id} id={id} />}</Route>
      <Route path="/documents" component={DocumentListPage} />
      <Route path="/documents/:id">{({ id }) => <DocumentPage key={id} id={id} />}</Route>
      <Route path="/products" component={ProductListPage} />
      <Route path="/products/:id">{({ id }) => <ProductPage key={id} id={id} />}</Route>
      <Route path="/types" component={TypesPage} />
      <Route path="/keys" component={KeysPage} />
      <Route component={NotFound} />
    </Switch>
  );
}
