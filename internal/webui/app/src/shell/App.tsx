import './shell.css';

import { Suspense, lazy, useRef, useState } from 'react';
import { useLocation } from 'wouter';

import { useMay } from '../access/viewer';
import { useShortcuts } from '../lib/keyboard';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { IconButton } from '../ui/Button';
import { Bones } from '../ui/State';
import { Toasts } from '../ui/Toasts';
import { chooseFiles } from '../upload/choose';
import { DropZone } from '../upload/DropZone';
import { undecided } from '../upload/intake';
import { Tray } from '../upload/Tray';
import { ConnectionBadge } from './Connection';
import { Drawer } from './Drawer';
import { Mistake } from './Mistake';
import { useNewPage } from './navigation';
import { pages } from './pages';
import { Routes } from './Routes';
import { Sidebar } from './Sidebar';

const CsvDialog = lazy(() => import('../upload/CsvDialog'));
const Help = lazy(() => import('./Help'));

export function App() {
  const content = useRef<HTMLElement>(null);
  const [path, go] = useLocation();
  const asked = useStore(undecided).length > 0;
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const may = useMay();
  const mayUpload = may('uploadDocuments');
  const visible = pages.filter(({ needs }) => needs === undefined || may(needs));
  useNewPage(content);
  useShortcuts([
    ...(mayUpload ? [{ keys: 'u', label: m.nav.upload, group: 'anywhere' as const, run: chooseFiles }] : []),
    { keys: '?', label: m.keyboard.title, group: 'anywhere', run: () => setHelp(true) },
    ...visible.map(({ path, label, key }) => ({
      keys: `g ${key}`,
      label,
      group: 'anywhere' as const,
      run: () => go(path),
    })),
  ]);
  const sidebar = (
    <Sidebar
      pages={visible}
      onUpload={mayUpload ? chooseFiles : undefined}
      onHelp={() => setHelp(true)}
      onMove={() => setDrawer(false)}
    />
  );
  return (
    <>
      <a href="#content" className="skip" onClick={(event) => (event.preventDefault(), content.current?.focus())}>
        {m.skip}
      </a>
      <div className="shell">
        {sidebar}
        <header className="topbar">
          <IconButton icon="menu" label={m.nav.menu} onClick={() => setDrawer(true)} />
          <strong>{m.product}</strong>
          <ConnectionBadge />
          {mayUpload && <IconButton icon="upload" label={m.nav.upload} onClick={chooseFiles} />}
        </header>
        <main id="content" className="content" tabIndex={-1} ref={content}>
          <Mistake page={path}>
            <Suspense fallback={<Bones rows={6} />}>
              <Routes />
            </Suspense>
          </Mistake>
        </main>
      </div>
      {drawer && <Drawer onClose={() => setDrawer(false)}>{sidebar}</Drawer>}
      <Tray />
      <Suspense>
        {asked && <CsvDialog />}
        {help && <Help onClose={() => setHelp(false)} />}
      </Suspense>
      {mayUpload && <DropZone />}
      <Toasts />
    </>
  );
}
