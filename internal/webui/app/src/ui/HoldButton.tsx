import { useEffect } from 'react';

import { held, hold, release } from '../api/hold';
import { useShortcuts } from '../lib/keyboard';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { Button } from './Button';

// Has the rows of a list stand still for as long as someone reads them; leaving the list ends it.
export function HoldButton() {
  const changed = useStore(held);
  const isHeld = changed !== undefined;
  const flip = isHeld ? release : hold;
  useShortcuts([{ keys: 'f', label: m.hold.key, group: 'tasks', run: flip }]);
  useEffect(() => release, []);
  return (
    <Button icon={isHeld ? 'play' : 'pause'} kind={isHeld ? 'plain' : 'quiet'} title={m.hold.explain} onClick={flip}>
      {isHeld ? m.hold.resume(changed) : m.hold.pause}
    </Button>
  );
}
