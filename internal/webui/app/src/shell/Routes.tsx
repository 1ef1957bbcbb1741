import { lazy } from 'react';
import { Route, Switch } from 'wouter';

import { TaskListPage } from '../tasks/TaskListPage';
import { NotFound } from './NotFound';

const DocumentListPage = lazy(() => import('../documents/DocumentListPage'));
const DocumentPage = lazy(() => import('../documents/DocumentPage'));
const KeysPage = lazy(() => import('../access/KeysPage'));
const OverviewPage = lazy(() => import('../overview/OverviewPage'));
const ProductListPage = lazy(() => import('../products/ProductListPage'));
const ProductPage = lazy(() => import('../products/ProductPage'));
const TaskPage = lazy(() => import('../task/TaskPage'));
const TypesPage = lazy(() => import('../types/TypesPage'));

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
