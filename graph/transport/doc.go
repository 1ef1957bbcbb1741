// Package transport carries GraphQL over HTTP (GET, POST, multipart uploads, server-sent events) and over websockets. Its
// transports plug into gqlgen's handler in place of gqlgen's own, which leave bodies unbounded, keep uploads in memory,
// answer with other status and close codes than the specifications name, and never give up on a client that has stopped
// reading. Package graph wires them.
package transport
