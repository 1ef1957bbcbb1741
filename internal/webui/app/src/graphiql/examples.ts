import source from './examples.graphql?raw';

// One tab an example. Two blank lines in the file part them.
export const examples = source
  .trim()
  .split(/\n{3,}/)
  .map((query) => ({ query: `${query}\n` }));
