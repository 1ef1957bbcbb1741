import { defineConfig } from 'vite';

import { gzipOutput } from './gzip.ts';
import { licenses } from './licenses.ts';

const collected = licenses();

export default defineConfig({
  // Relative, and resolved against the <base> that the server writes into each page: any path prefix works.
  base: './',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // Content that the pages' policies forbid as data: URLs stays in files.
    assetsInlineLimit: 0,
    // Monaco alone is past Vite's warning, and loads only with GraphiQL.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: ['index.html', 'graphiql.html'],
      // 'use client' in GraphiQL's dependencies speaks to server frameworks; there is none here.
      checks: { moduleLevelDirective: false },
      output: {
        // Others' code apart from ours: else an edit here renames, and so commits again, every chunk of Monaco.
        codeSplitting: {
          groups: [{ name: 'vendor', test: /node_modules\/(?!monaco-|prettier\/)/ }],
        },
      },
    },
  },
  worker: { format: 'es', plugins: () => [collected.worker()] },
  plugins: [collected.page(), gzipOutput()],
});
