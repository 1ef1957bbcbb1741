import { useQuery } from 'urql';
import { Link } from 'wouter';

import { DocumentOutcomeDocument, type TaskPageQuery } from '../gql/graphql';
import { bytes, count, formatName } from '../lib/format';
import { m } from '../messages';
import { type Figure, Figures } from '../ui/Figures';
import { RowErrors } from './RowErrors';
import { asImport, asNumbers } from './result';

type Task = NonNullable<TaskPageQuery['task']>;

// What came of a task, in the words of its type. Nothing before it is known.
export function Outcome({ task }: { task: Task }) {
  if (task.type === 'DOCUMENT_PROCESSING') {
    return <DocumentOutcome task={task} />;
  }
  if (task.result === null) {
    return null;
  }
  const imported = task.type === 'DATA_IMPORT' ? asImport(task.result) : undefined;
  const figures = imported?.figures ?? asNumbers(task.result);
  return (
    <Panel figures={figures}>
      {imported?.dryRun && <p className="note warn">{m.task.dryRun}</p>}
      {imported && imported.errors.length > 0 && <RowErrors errors={imported.errors} total={imported.errorCount} />}
    </Panel>
  );
}

function DocumentOutcome({ task }: { task: Task }) {
  const id = (task.metadata as { documentId?: string } | null)?.documentId;
  const done = task.status === 'COMPLETED';
  const [{ data }, execute] = useQuery({
    query: DocumentOutcomeDocument,
    variables: { id: id ?? '' },
    pause: id === undefined,
  });
  const document = data?.document;
  if (document == null) {
    return null;
  }
  if (done && document.processedAt === null) {
    queueMicrotask(() => execute({ requestPolicy: 'network-only' }));
  }
  const d = m.document;
  const figures: Figure[] = [
    [d.format, document.format && formatName(document.format)],
    [d.size, bytes(document.size)],
    [d.pages, document.pageCount === null ? null : count(document.pageCount)],
    [d.characters, document.characterCount === null ? null : count(document.characterCount)],
    [d.chunks, document.chunkCount === null ? null : count(document.chunkCount)],
    [d.embedder, document.embedder],
  ];
  return (
    <Panel figures={figures}>
      {document.warnings.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <Link href={`/documents/${document.id}`} className="link">
        {m.task.openDocument}
      </Link>
    </Panel>
  );
}

function Panel({ figures, children }: { figures: Figure[]; children: React.ReactNode }) {
  return (
    <section className="panel" aria-labelledby="outcome">
      <header>
        <h2 id="outcome">{m.task.outcome}</h2>
      </header>
      <div className="body stack">
        <Figures figures={figures} />
        {children}
      </div>
    </section>
  );
}
