import { Component, type ReactNode } from 'react';

import { m } from '../messages';
import { Button } from '../ui/Button';
import { Empty } from '../ui/State';

// Keeps a mistake of one page from taking the others along. `page` says when another one is shown.
export class Mistake extends Component<{ page: string; children: ReactNode }, { failed: string | null }> {
  override state = { failed: null };

  static getDerivedStateFromProps(props: { page: string }, state: { failed: string | null }) {
    return state.failed !== null && state.failed !== props.page ? { failed: null } : null;
  }

  override componentDidCatch(): void {
    this.setState({ failed: this.props.page });
  }

  override render(): ReactNode {
    if (this.state.failed === null) {
      return this.props.children;
    }
    return (
      <Empty icon="warning" title={m.errors.crash}>
        <Button onClick={() => window.location.reload()}>{m.errors.reload}</Button>
      </Empty>
    );
  }
}
