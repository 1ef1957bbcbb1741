// Compares the schema with that of the last release, and fails on a change that would break a client of it. A release
// updates released.graphqls: make schema/release.
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'
import { readFileSync } from 'node:fs'

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')

async function breaking(before, after) {
  const changes = await diff(buildSchema(before), buildSchema(after))
  return changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking).map((change) => change.message)
}

const schema = read('../../schema.graphqls')

// A check that finds nothing must be able to find something.
const broken = await breaking(schema, schema.replace(/^ {2}"What it does\."\n {2}type: TaskType!\n/m, ''))
if (broken.length !== 1 || !broken[0].includes("'type' was removed")) {
  throw new Error(`a field that is gone is not found: ${JSON.stringify(broken)}`)
}

const released = read('released.graphqls')
if (released.replace(/^#.*$/gm, '').trim() === '') {
  console.log('nothing is released yet')
  process.exit(0)
}
const found = await breaking(released, schema)
for (const message of found) {
  console.error(`breaks clients of the last release: ${message}`)
}
process.exit(found.length > 0 ? 1 : 0)
