import type { CodegenConfig } from '@graphql-codegen/cli';

// Writes src/gql: the operations of src/**/*.graphql, checked against the schema, and their types.
const config: CodegenConfig = {
  schema: '../../../schema.graphqls',
  documents: ['src/**/*.graphql', '!src/graphiql/**'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { DateTime: 'string', Decimal: 'string', JSON: 'unknown', Upload: 'File' },
      },
    },
  },
};

export default config;
