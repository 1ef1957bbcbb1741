import './shell.css';

import { Suspense, useRef, useState } from 'react';
import { useLocation } from 'wouter';

import { useShortcuts } from '../lib/keyboard';
import { m } from '../messages';
import { IconButton } from '../ui/Button';
import { Bones } from '../ui/State';
import { Toasts } from '../ui/Toasts';
import { chooseFiles } from '../upload/choose';
import { CsvDialog } from '../upload/CsvDialog';
import { DropZone } from '../upload/DropZone';
import { Tray } from '../upload/Tray';
import { ConnectionBadge } from './Connection';
import { Drawer } from './Drawer';
import { Help } from './Help';
import { Mistake } from './Mistake';
import { useNewPage } from './navigation';
import { pages } from './pages';
import { Routes } from './Routes';
import { Sidebar } from './Sidebar';

export function App() {
  const content = useRef<HTMLElement>(null);
  const [path, go] = useLocation();
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  useNewPage(content);
  useShortcuts([
    { keys: 'u', label: m.nav.upload, group: 'anywhere', run: chooseFiles },
    { keys: '?', label: m.keyboard.title, group: 'anywhere', run: () => setHelp(true) },
    ...pages.map(({ path, label, key }) => ({
      keys: `g ${key}`,
      label,
      group: 'anywhere' as const,
      run: () => go(path),
    })),
  ]);
  const sidebar = <Sidebar onUpload={chooseFiles} onHelp={() => setHelp(true)} onMove={() => setDrawer(false)} />;
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
          <IconButton icon="upload" label={m.nav.upload} onClick={chooseFiles} />
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
      {help && <Help onClose={() => setHelp(false)} />}
      <Tray />
      <CsvDialog />
      <DropZone />
      <Toasts />
    </>
  );
}
