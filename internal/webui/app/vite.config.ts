import { defineConfig } from 'vitest/config';

import { budget } from './budget.ts';
import { gzipOutput } from './gzip.ts';
import { licenses } from './licenses.ts';

const collected = licenses();

// `npm run dev` serves the sources, and takes everything else from a running server.
const backend = process.env.TASKWIRE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig(({ command }) => ({
  // Relative, and resolved against the <base> that the server writes into each page: any path prefix works.
  base: command === 'build' ? './' : '/',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // Content that the pages' policies forbid as data: URLs stays in files.
    assetsInlineLimit: 0,
    // Monaco alone is past Vite's warning, and loads only with GraphiQL. The dashboard has a budget of its own.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: ['index.html', 'graphiql.html'],
      // 'use client' in GraphiQL's dependencies speaks to server frameworks; there is none here.
      checks: { moduleLevelDirective: false },
      output: {
        // Others' code apart from ours: else an edit here renames, and so commits again, every chunk of Monaco. What
        // the dashboard needs is apart from what only GraphiQL needs.
        codeSplitting: {
          groups: [
            { name: 'preload', priority: 4, test: /vite\/preload-helper/ },
            { name: 'react', priority: 3, test: /node_modules\/(?:react|react-dom|scheduler)\// },
            {
              name: 'core',
              priority: 2,
              test: /node_modules\/(?:graphql-ws|urql|@urql|wonka|@0no-co|wouter|regexparam|use-sync-external-store)\//,
            },
            // What pages share travels in one file, which compresses better than many.
            {
              name: 'shared',
              priority: 2,
              test: /\/src\/(?:api|gql|lib|ui|messages|access\/(?:session|viewer)|tasks\/(?:actions|filters|search|selection|TaskNote|BulkDialog)|upload\/activity)/,
            },
            { name: 'vendor', priority: 1, test: /node_modules\/(?!monaco-|prettier\/)/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es', plugins: () => [collected.worker()] },
  plugins: [
    collected.page(),
    budget('index.html', 130_000),
    gzipOutput(),
    { name: 'dev-base', apply: 'serve', transformIndexHtml: (html) => html.replace('<head>', '<head><base href="/">') },
  ],
  server: {
    proxy: Object.fromEntries(['/graphql', '/api/', '/auth/'].map((path) => [path, { target: backend, ws: true }])),
  },
  test: { include: ['src/**/*.test.ts'] },
}));
