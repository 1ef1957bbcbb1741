// The audits of GraphQL over HTTP (https://graphql.github.io/graphql-over-http/) against the server at the given URL: all of
// them must hold, the recommended ones too.
import { auditServer } from 'graphql-http'

const results = await auditServer({ url: process.argv[2] })
const others = results.filter((result) => result.status !== 'ok')
for (const { status, id, name, reason } of others) {
  console.error(status, id, name, reason)
}
console.log(`${results.length - others.length} of ${results.length} audits hold`)
process.exit(others.length > 0 ? 1 : 0)
