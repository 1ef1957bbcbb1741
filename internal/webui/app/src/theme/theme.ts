import { createStore } from '../lib/store';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'taskwire.theme';

export const theme = createStore<Theme>(read());

// The choice stays with the browser, and holds for all tabs.
export function startTheme(): void {
  const apply = () => {
    const chosen = theme.get();
    if (chosen === 'system') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = chosen;
    }
  };
  theme.subscribe(apply);
  window.addEventListener('storage', () => theme.set(read()));
  apply();
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // without storage, the choice holds until the page is closed
  }
}

function read(): Theme {
  try {
    const stored = localStorage.getItem(key) as Theme;
    return themes.includes(stored) ? stored : 'system';
  } catch {
    return 'system';
  }
}
