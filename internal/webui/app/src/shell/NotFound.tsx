import { Link } from 'wouter';

import { m } from '../messages';
import { Page } from '../ui/Page';
import { Empty } from '../ui/State';

export function NotFound() {
  return (
    <Page title={m.errors.notFound} heading={<span className="hidden">{m.errors.notFound}</span>}>
      <Empty icon="search" title={m.errors.notFound}>
        <p>{m.errors.notFoundText}</p>
        <Link href="/tasks" className="button">
          {m.errors.back}
        </Link>
      </Empty>
    </Page>
  );
}
