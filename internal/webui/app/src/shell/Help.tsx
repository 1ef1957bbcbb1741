import { type Shortcut, shortcuts } from '../lib/keyboard';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { Dialog } from '../ui/Dialog';

// The keys that do something on this page.
export default function Help({ onClose }: { onClose: () => void }) {
  const all = useStore(shortcuts);
  const groups = Object.entries(m.keyboard.groups) as [Shortcut['group'], string][];
  return (
    <Dialog title={m.keyboard.title} onClose={onClose} wide>
      <div className="shortcut-list">
        {groups.map(([group, name]) => {
          const own = all.filter((shortcut) => shortcut.group === group);
          return (
            own.length > 0 && (
              <section key={group}>
                <h3>{name}</h3>
                <ul>
                  {own.map(({ keys, label }) => (
                    <li key={keys}>
                      {label}
                      <Keys keys={keys} />
                    </li>
                  ))}
                </ul>
              </section>
            )
          );
        })}
      </div>
    </Dialog>
  );
}

function Keys({ keys }: { keys: string }) {
  return (
    <span>
      {keys.split(' ').map((key, i) => (
        <span key={key}>
          {i > 0 && <span className="faint"> {m.keyboard.then} </span>}
          <kbd>{key}</kbd>
        </span>
      ))}
    </span>
  );
}
