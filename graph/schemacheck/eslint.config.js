// What graphql-eslint recommends for schemas and for Relay, and where this schema departs from it, with the reason.
import graphqlPlugin from '@graphql-eslint/eslint-plugin'

const { 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphqlPlugin.configs

export default [
  {
    files: ['**/*.graphqls'],
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphqls' } },
    },
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...recommended.rules,
      ...relay.rules,

      // A description of one line stands in one line, a longer one in a block.
      '@graphql-eslint/description-style': 'off',

      // Payloads, connections, edges and values have no identity of their own: only what implements Node has an id.
      '@graphql-eslint/strict-id-in-types': 'off',

      // Edges belong to connections, but lists of other things are fine: userErrors, chunks' headings.
      '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],

      // Several mutations share an input, and updateProducts takes what UpdateProductsInput says; graph/schema_test.go holds the rest.
      '@graphql-eslint/input-name': 'off',
    },
  },
]
