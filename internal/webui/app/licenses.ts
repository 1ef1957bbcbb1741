import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin } from 'vite';

// Writes licenses.md: the licence of every package that has code in the build. Vite's own build.license
// does not look into workers, and those carry packages that no page does.
export function licenses() {
  const directories = new Set<string>();
  const collect: Plugin['generateBundle'] = (_options, bundle) => {
    for (const output of Object.values(bundle)) {
      const modules = output.type === 'chunk' ? Object.keys(output.modules) : [];
      modules.map(packageDirectory).forEach((directory) => directory && directories.add(directory));
    }
  };
  return {
    worker: (): Plugin => ({ name: 'licenses-worker', generateBundle: collect }),
    page: (): Plugin => ({
      name: 'licenses',
      generateBundle: {
        order: 'post',
        handler(options, bundle, isWrite) {
          collect.call(this, options, bundle, isWrite);
          const texts = [...new Set([...directories].map(licence))].sort();
          const source = `# Licences of the packages in this build\n\n${texts.join('\n')}`;
          this.emitFile({ type: 'asset', fileName: 'licenses.md', source });
        },
      },
    }),
  };
}

function packageDirectory(module: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1];
}

function licence(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const text = licenceText(directory) ?? `Licensed under ${license}.`;
  return `## ${name} ${version} (${license})\n\n${text.trim()}\n`;
}

function licenceText(directory: string): string | undefined {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  return file ? readFileSync(join(directory, file), 'utf8') : undefined;
}
