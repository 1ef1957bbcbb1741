import { useStore } from '../lib/store';
import { m } from '../messages';
import { type Theme, chooseTheme, theme, themes } from '../theme/theme';
import { Icon, type IconName } from '../ui/Icon';

const icons: Record<Theme, IconName> = { system: 'screen', light: 'sun', dark: 'moon' };

export function ThemePicker() {
  const chosen = useStore(theme);
  return (
    <div className="themes" role="radiogroup" aria-label={m.theme.label}>
      {themes.map((name) => (
        <label key={name} title={m.theme[name]}>
          <input
            type="radio"
            name="theme"
            aria-label={m.theme[name]}
            checked={name === chosen}
            onChange={() => chooseTheme(name)}
          />
          <Icon name={icons[name]} />
        </label>
      ))}
    </div>
  );
}
