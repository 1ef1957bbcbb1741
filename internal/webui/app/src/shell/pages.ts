import { m } from '../messages';
import type { IconName } from '../ui/Icon';

export interface Entry {
  path: string;
  icon: IconName;
  label: string;
  key: string; // after g
  needs?: string; // a field of the API that whoever sees it may use
}

export const pages: readonly Entry[] = [
  { path: '/', icon: 'overview', label: m.nav.overview, key: 'o' },
  { path: '/tasks', icon: 'tasks', label: m.nav.tasks, key: 't' },
  { path: '/documents', icon: 'documents', label: m.nav.documents, key: 'd' },
  { path: '/products', icon: 'products', label: m.nav.products, key: 'p' },
  { path: '/types', icon: 'types', label: m.nav.types, key: 'w' },
  { path: '/keys', icon: 'keys', label: m.nav.keys, key: 'k', needs: 'apiKeys' },
];
