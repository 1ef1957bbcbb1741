// Uploads a file to Taskwire by the tus protocol, in pieces. Run again with the same state file, it goes on where it was cut
// off, be it by the network, by Ctrl-C or by a restart of the server:
//
//   node upload.mjs http://127.0.0.1:8080 handbook.pdf document state.json
//
// The third argument says what the file is: document or products. TASKWIRE_API_KEY is the key, where the server asks for one.
import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Upload } from 'tus-js-client';

const [server, file, purpose, state] = process.argv.slice(2);
const endpoint = new URL('/api/v1/uploads/', server);
const key = process.env.TASKWIRE_API_KEY;

const upload = new Upload(createReadStream(file), {
  endpoint: endpoint.href,
  uploadSize: statSync(file).size,
  chunkSize: 256 * 1024,
  retryDelays: [0, 500, 1000, 2000, 4000],
  headers: key ? { Authorization: `Bearer ${key}` } : {},
  metadata: { filename: basename(file), purpose },
  // The address is kept without its host: the server may come back elsewhere.
  uploadUrl: existsSync(state) ? new URL(readFileSync(state, 'utf8'), server).href : null,
  onUploadUrlAvailable: () => writeFileSync(state, new URL(upload.url).pathname),
  onChunkComplete: (_size, sent, total) => console.log(`${sent} of ${total} bytes`),
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
  onSuccess: ({ lastResponse }) => {
    rmSync(state, { force: true });
    console.log(`task ${lastResponse.getHeader('Taskwire-Task')}`);
  },
});
upload.start();
