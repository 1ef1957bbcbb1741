import { m } from '../messages';
import type { IconName } from '../ui/Icon';

interface Entry {
  path: string;
  icon: IconName;
  label: string;
  key: string; // after g
}

export const pages: readonly Entry[] = [{ path: '/tasks', icon: 'tasks', label: m.nav.tasks, key: 't' }];
