import { useState } from 'react';

import { m } from '../messages';
import { IconButton } from './Button';

export function CopyButton({ text, label = m.common.copy }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      window.setTimeout(() => setCopied(false), 1_500);
    });
  return (
    <IconButton icon={copied ? 'check' : 'copy'} label={copied ? m.common.copied : label} onClick={() => void copy()} />
  );
}
