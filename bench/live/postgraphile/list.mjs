// PostGraphile as a peer of the benchmarks of lists: what it makes of the tables of a database by itself. Prints its address
// when it serves.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

// PostGraphile asks for Node 22; this is all that 20 lacks of it.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
};

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.argv[2], schemas: ["public"], poolConfig: { max: 20 } })],
  grafserv: { graphiql: false, watch: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
process.stdin.on("end", () => process.exit()).resume(); // with the program that started it
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
