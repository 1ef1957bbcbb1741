// Operations as an application that uses Relay writes them: the compiler checks that the schema keeps its promises.
import { graphql } from 'relay-runtime'

export const list = graphql`
  fragment tasks_list on Query
  @refetchable(queryName: "TasksPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 25 }, cursor: { type: "String" }, filter: { type: "TaskFilter" }) {
    tasks(first: $count, after: $cursor, filter: $filter, orderBy: { field: PRIORITY }) @connection(key: "tasks_list_tasks") {
      totalCount
      edges {
        node {
          id
          ...tasks_row
        }
      }
    }
  }
`

export const backward = graphql`
  fragment tasks_backward on Query
  @refetchable(queryName: "TasksBackwardPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 25 }, cursor: { type: "String" }) {
    latest: tasks(last: $count, before: $cursor) @connection(key: "tasks_backward_latest") {
      edges {
        node {
          id
        }
      }
    }
  }
`

export const row = graphql`
  fragment tasks_row on Task @refetchable(queryName: "TaskRowRefetchQuery") {
    id
    status
    progress
    version
  }
`

export const history = graphql`
  fragment tasks_history on Task
  @refetchable(queryName: "TaskHistoryPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 25 }, cursor: { type: "String" }) {
    history(first: $count, after: $cursor) @connection(key: "tasks_history_history") {
      edges {
        node {
          kind
          at
        }
      }
    }
  }
`

export const dependencies = graphql`
  fragment tasks_dependencies on Task {
    dependsOn(first: 10) @connection(key: "tasks_dependencies_dependsOn") {
      edges {
        node {
          id
        }
      }
    }
    dependents(first: 10) @connection(key: "tasks_dependencies_dependents") {
      edges {
        node {
          id
        }
      }
    }
  }
`

export const chunks = graphql`
  fragment tasks_chunks on Document
  @refetchable(queryName: "ChunksPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 25 }, cursor: { type: "String" }) {
    chunks(first: $count, after: $cursor) @connection(key: "tasks_chunks_chunks") {
      edges {
        node {
          id
          text
        }
      }
    }
  }
`

export const page = graphql`
  query tasksPageQuery($id: ID!) {
    ...tasks_list
    ...tasks_backward
    node(id: $id) {
      ...tasks_history @alias
      ...tasks_dependencies @alias
      ...tasks_chunks @alias
    }
    documents(first: 5) @connection(key: "tasksPageQuery_documents") {
      edges {
        node {
          name
        }
      }
    }
    products(first: 5) @connection(key: "tasksPageQuery_products") {
      edges {
        node {
          title
        }
      }
    }
  }
`

export const create = graphql`
  mutation tasksCreateMutation($input: CreateTaskInput!, $connections: [ID!]!) {
    createTask(input: $input) {
      task @prependNode(connections: $connections, edgeTypeName: "TaskEdge") {
        ...tasks_row
      }
      userErrors {
        code
        field
        message
      }
    }
  }
`

export const updates = graphql`
  subscription tasksUpdatedSubscription($after: String) {
    taskUpdated(after: $after) {
      kind
      taskId
      cursor
      task {
        ...tasks_row
      }
    }
  }
`
