// PostGraphile as a peer of the benchmarks: a subscription to the rows of one table, as its documentation builds one, with
// LISTEN, a trigger and a payload that names the row. Prints its address when it serves.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { jsonParse } from "postgraphile/@dataplan/json";
import { context, listen } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema } from "postgraphile/utils";

// PostGraphile asks for Node 22; this is all that 20 lacks of it.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
};

const subscription = extendSchema((build) => {
  const { tasks } = build.input.pgRegistry.pgResources;
  return {
    typeDefs: /* GraphQL */ `
      type TaskUpdate {
        event: String
        task: Task
      }
      extend type Subscription {
        taskUpdated: TaskUpdate
      }
    `,
    objects: {
      Subscription: {
        plans: {
          taskUpdated: {
            subscribePlan: () => listen(context().get("pgSubscriber"), "tasks", jsonParse),
            plan: ($event) => $event,
          },
        },
      },
      TaskUpdate: {
        plans: {
          event: ($event) => $event.get("event"),
          task: ($event) => tasks.get({ id: $event.get("id") }),
        },
      },
    },
  };
});

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [subscription],
  pgServices: [makePgService({ connectionString: process.argv[2], schemas: ["public"], poolConfig: { max: 10 } })],
  grafserv: { websockets: true, graphiql: false, watch: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
process.stdin.on("end", () => process.exit()).resume(); // with the program that started it
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
