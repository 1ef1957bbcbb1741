import { useEffect, useRef } from 'react';

// Calls task now and then while the page can be seen.
export function useEvery(milliseconds: number, task: () => void): void {
  const latest = useRef(task);
  latest.current = task;
  useEffect(() => {
    const timer = window.setInterval(() => !document.hidden && latest.current(), milliseconds);
    return () => window.clearInterval(timer);
  }, [milliseconds]);
}
