import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

// On a new page: its top, and the focus on its content, where screen readers go on. Going back is left to the browser,
// which knows how far the page was scrolled.
export function useNewPage(content: { current: HTMLElement | null }): void {
  const [path] = useLocation();
  const before = useRef(path);
  const popped = useRef(false);
  useEffect(() => {
    const note = () => {
      popped.current = true;
    };
    window.addEventListener('popstate', note);
    return () => window.removeEventListener('popstate', note);
  }, []);
  useEffect(() => {
    if (before.current !== path) {
      before.current = path;
      content.current?.focus({ preventScroll: true });
      if (!popped.current) {
        window.scrollTo(0, 0);
      }
    }
    popped.current = false;
  }, [path, content]);
}
