import { m } from '../messages';
import type { IconName } from '../ui/Icon';

export interface Entry {
  path: string;
  icon: IconName;
  label: string;
  key: string; // after g
  needs?: string; // a field of the API that whoever sees it may use
}

export const pages: readonly Entry[] = [{ path: '/tasks', icon: 'tasks', label: m.nav.tasks, key: 't' }];
