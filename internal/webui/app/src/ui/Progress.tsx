import './progress.css';

import type { TaskStatus } from '../gql/graphql';

interface Props {
  percent: number;
  status?: TaskStatus;
  label: string;
  large?: boolean;
}

// Moves by transform alone, which costs no layout.
export function Progress({ percent, status = 'RUNNING', label, large = false }: Props) {
  return (
    <div
      className={`progress ${status}${large ? ' large' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  );
}
