import { Link, useRoute } from 'wouter';

import { base } from '../api/address';
import icon from '../favicon.svg';
import { m } from '../messages';
import { Icon, type IconName } from '../ui/Icon';
import { ConnectionBadge } from './Connection';
import type { Entry } from './pages';
import { ThemePicker } from './ThemePicker';
import { WhoAmI } from './WhoAmI';

interface Props {
  pages: readonly Entry[];
  onUpload: (() => void) | undefined;
  onHelp: () => void;
  onMove?: () => void;
}

export function Sidebar({ pages, onUpload, onHelp, onMove }: Props) {
  return (
    <header className="sidebar" onClick={(event) => (event.target as Element).closest('a') && onMove?.()}>
      <Link href="/" className="brand">
        <img src={icon} alt="" width="22" height="22" />
        {m.product}
      </Link>
      <nav className="nav" aria-label={m.nav.label}>
        {pages.map(({ path, icon, label }) => (
          <Item key={path} path={path} icon={icon} label={label} />
        ))}
        <a href={new URL('graphiql', base).href} target="_blank" rel="noreferrer">
          <Icon name="graphiql" />
          {m.nav.graphiql}
          <span className="hidden">{m.nav.opens}</span>
          <span className="hint">
            <Icon name="external" size={12} />
          </span>
        </a>
      </nav>
      {onUpload && (
        <div className="nav">
          <button type="button" onClick={onUpload}>
            <Icon name="upload" />
            {m.nav.upload}
            <kbd className="hint">u</kbd>
          </button>
        </div>
      )}
      <div className="sidebar-foot">
        <div className="nav">
          <button type="button" onClick={onHelp}>
            <Icon name="keyboard" />
            {m.nav.keyboard}
            <kbd className="hint">?</kbd>
          </button>
        </div>
        <WhoAmI />
        <ConnectionBadge />
        <ThemePicker />
      </div>
    </header>
  );
}

function Item({ path, icon, label }: { path: string; icon: IconName; label: string }) {
  const [exact] = useRoute(path);
  const [below] = useRoute(`${path}/*`);
  return (
    <Link href={path} aria-current={exact ? 'page' : below && path !== '/' ? 'true' : undefined}>
      <Icon name={icon} />
      {label}
    </Link>
  );
}
