import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { gzipSync } from 'fflate';
import type { Plugin } from 'vite';

// Fails the build when the scripts that a page loads at first are larger than this, compressed.
export function budget(page: string, limit: number): Plugin {
  let outDir = '';
  return {
    name: 'budget',
    apply: 'build',
    configResolved(config) {
      outDir = join(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'pre',
      sequential: true,
      handler() {
        const html = readFileSync(join(outDir, page), 'utf8');
        const scripts = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, path]) => path ?? '');
        const sizes = scripts.map((path) => gzipSync(readFileSync(join(outDir, path)), { level: 9 }).length);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const report = `${page} loads ${(total / 1000).toFixed(1)} kB of scripts (gzip); ${limit / 1000} kB are allowed`;
        if (total > limit) {
          this.error(report);
        }
        this.info(report);
      },
    },
  };
}
