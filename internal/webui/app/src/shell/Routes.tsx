import { lazy } from 'react';
import { Redirect, Route, Switch } from 'wouter';

import { TaskListPage } from '../tasks/TaskListPage';
import { NotFound } from './NotFound';

const TaskPage = lazy(() => import('../task/TaskPage'));

export function Routes() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/tasks" replace />
      </Route>
      <Route path="/tasks" component={TaskListPage} />
      <Route path="/tasks/:id">{({ id }) => <TaskPage key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}
