import { type ReactNode, Suspense, lazy } from 'react';

import { useStore } from '../lib/store';
import { signInRequired } from './session';

const Login = lazy(() => import('./Login'));

// Lets the pages through, or asks who is there.
export function Gate({ problem, children }: { problem: string | undefined; children: ReactNode }) {
  return useStore(signInRequired) ? (
    <Suspense>
      <Login problem={problem} />
    </Suspense>
  ) : (
    children
  );
}
