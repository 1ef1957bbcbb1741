import { useState } from 'react';
import { useQuery } from 'urql';

import { DocumentChunksDocument, type DocumentChunksQuery } from '../gql/graphql';
import { m } from '../messages';
import { toPage } from '../tasks/filters';
import { Pager, type Place } from '../ui/Pager';
import { Bones } from '../ui/State';

type Chunk = NonNullable<DocumentChunksQuery['document']>['chunks']['nodes'][number];

const chunksAPage = 25;

export function Chunks({ id, done }: { id: string; done: boolean }) {
  const [place, setPlace] = useState<Place>({ after: null, before: null });
  const [{ data, fetching }] = useQuery({
    query: DocumentChunksDocument,
    variables: { id, ...toPage(place, chunksAPage) },
    pause: !done,
  });
  const chunks = data?.document?.chunks;
  if (chunks === undefined || chunks.nodes.length === 0) {
    return fetching ? (
      <Bones rows={8} />
    ) : (
      <p className="body faint">{done ? m.documents.noChunks : m.documents.notYet}</p>
    );
  }
  return (
    <>
      <ol className="chunks">
        {chunks.nodes.map((chunk) => (
          <Item key={chunk.id} chunk={chunk} />
        ))}
      </ol>
      <div className="body">
        <Pager info={chunks.pageInfo} {...place} onMove={setPlace} />
      </div>
    </>
  );
}

function Item({ chunk: { ordinal, headings, pageFrom, pageTo, tokens, kind, text } }: { chunk: Chunk }) {
  return (
    <li>
      <div className="chunk-head">
        <span className="badge numeric">{ordinal + 1}</span>
        <span className="chunk-headings">{headings.join(' › ')}</span>
        <span className="faint numeric">{m.documents.chunk(pageFrom, pageTo, tokens, kind)}</span>
      </div>
      <p className={kind === 'text' ? undefined : 'mono'}>{text}</p>
    </li>
  );
}
