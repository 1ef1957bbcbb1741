import type { CodegenConfig } from '@graphql-codegen/cli';

// Writes src/gql/graphql.ts: the operations and their types. A client elsewhere names the server instead of the file:
// schema: 'http://127.0.0.1:8080/graphql', or what `taskwire schema` prints.
const config: CodegenConfig = {
  schema: '../../schema.graphqls',
  documents: ['src/*.graphql'],
  generates: {
    'src/gql/graphql.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: { documentMode: 'string', strictScalars: true, enumsAsTypes: true, useTypeImports: true, scalars: { DateTime: 'string', Decimal: 'string', JSON: 'unknown', Upload: 'File' } },
    },
  },
};

export default config;
