import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { gzipSync } from 'fflate';
import type { Plugin } from 'vite';

// Replaces every file of the build by its .gz: the server embeds nothing else. The compressor is plain
// JavaScript, pinned by the lock file, because zlib's output differs between Node releases and processors
// and `make verify` compares bytes.
export function gzipOutput(): Plugin {
  let outDir = '';
  return {
    name: 'gzip-output',
    apply: 'build',
    configResolved(config) {
      outDir = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const entries = await readdir(outDir, { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((e) => e.isFile())) {
        const path = join(entry.parentPath, entry.name);
        await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9, mtime: 0 }));
        await rm(path);
      }
    },
  };
}
