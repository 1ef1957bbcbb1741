import './button.css';

import type { ButtonHTMLAttributes } from 'react';

import { Icon, type IconName } from './Icon';

type Kind = 'plain' | 'primary' | 'danger' | 'danger primary' | 'quiet';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  icon?: IconName;
}

export function Button({ kind = 'plain', icon, children, ...rest }: Props) {
  return (
    <button type="button" className={`button ${kind}`} {...rest}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

// Its label is for screen readers and the tooltip; the eye sees the icon.
export function IconButton({ icon, label, kind = 'quiet', ...rest }: Props & { icon: IconName; label: string }) {
  return (
    <button type="button" className={`button icon ${kind}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
