import './status.css';

import type { ReactNode } from 'react';

import type { TaskStatus } from '../gql/graphql';
import { statusNames } from '../messages';

// Told by form as well as by colour.
export function StatusIcon({ status }: { status: TaskStatus }) {
  return (
    <svg
      viewBox="0 0 14 14"
      width="14"
      height="14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {drawings[status]}
    </svg>
  );
}

const disc = <circle cx="7" cy="7" r="6.5" fill="currentColor" stroke="none" />;

const drawings: Record<TaskStatus, ReactNode> = {
  PENDING: <circle cx="7" cy="7" r="5.5" strokeDasharray="2.2 2.1" />,
  RUNNING: (
    <>
      <circle cx="7" cy="7" r="5.5" opacity="0.25" />
      <path className="turning" d="M7 1.5A5.5 5.5 0 0 1 12.5 7" />
    </>
  ),
  COMPLETED: (
    <>
      {disc}
      <path d="M4.2 7.200l2 2 3.7-4.2" stroke="var(--surface)" />
    </>
  ),
  FAILED: (
    <>
      {disc}
      <path d="M4.8 4.800l4.4 4.400M9.2 4.800L4.8 9.2" stroke="var(--surface)" />
    </>
  ),
  CANCELLED: (
    <>
      <circle cx="7" cy="7" r="5.5" />
      <path d="M3.3 3.300l7.4 7.4" />
    </>
  ),
};

export function Status({ status }: { status: TaskStatus }) {
  return (
    <span className={`status status-${status}`}>
      <StatusIcon status={status} />
      {statusNames[status]}
    </span>
  );
}

// Heads a column: by its name, and where that has no room by its icon.
export function StatusHeading({ status }: { status: TaskStatus }) {
  return (
    <>
      <span className={`narrow-icon status-${status}`}>
        <StatusIcon status={status} />
      </span>
      <span className="narrow-hidden">{statusNames[status]}</span>
    </>
  );
}
