import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const binary = fileURLToPath(new URL('results/taskwire', import.meta.url));

// Builds the server once for all tests, from the repository's root.
export default function build(): void {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: root, stdio: 'inherit' });
}
