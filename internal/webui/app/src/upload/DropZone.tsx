import './upload.css';

import { useEffect, useState } from 'react';

import { m } from '../messages';
import { Icon } from '../ui/Icon';
import { takeFiles } from './intake';

// The whole window takes files. What is not a file, such as a text being dragged, is left alone.
export function DropZone() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0; // of elements that were entered and not left
    const onFiles = (handle: (event: DragEvent) => void) => (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) {
        event.preventDefault();
        handle(event);
        setOver(depth > 0);
      }
    };
    const listeners = {
      dragenter: onFiles(() => (depth += 1)),
      dragleave: onFiles(() => (depth -= 1)),
      dragover: onFiles(() => {}),
      drop: onFiles((event) => {
        depth = 0;
        takeFiles([...(event.dataTransfer?.files ?? [])]);
      }),
    };
    const entries = Object.entries(listeners) as ['drop', (event: DragEvent) => void][];
    entries.forEach(([name, listener]) => window.addEventListener(name, listener));
    return () => entries.forEach(([name, listener]) => window.removeEventListener(name, listener));
  }, []);
  return over ? (
    <div className="drop-zone">
      <Icon name="upload" size={32} />
      <strong>{m.upload.drop}</strong>
      <p>{m.upload.dropText}</p>
    </div>
  ) : null;
}
