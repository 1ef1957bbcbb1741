import '../ui/table.css';
import '../task/task.css';
import './document.css';

import { useMemo } from 'react';
import { Link } from 'wouter';

import { useLiveQuery, useWatch } from '../api/live';
import { DocumentPageDocument, type DocumentPageQuery } from '../gql/graphql';
import { bytes, count, formatName, languageName } from '../lib/format';
import { useListAddress } from '../lib/url';
import { m } from '../messages';
import { NotFound } from '../shell/NotFound';
import { JsonPanel } from '../task/JsonPanel';
import { TaskProgress } from '../task/TaskProgress';
import { Facts } from '../ui/Facts';
import { Page } from '../ui/Page';
import { Bones, Failure } from '../ui/State';
import { Ago } from '../ui/Time';
import { Chunks } from './Chunks';
import { DocumentText } from './DocumentText';

type Document = NonNullable<DocumentPageQuery['document']>;

export default function DocumentPage({ id }: { id: string }) {
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: DocumentPageDocument, variables: { id } });
  const { params, show } = useListAddress(`/documents/${id}`);
  const document = data?.document;
  const taskId = document?.task?.id;
  useWatch(useMemo(() => (taskId === undefined ? [] : [taskId]), [taskId]));
  if (document == null) {
    return fetching ? (
      <Bones rows={8} />
    ) : error ? (
      <Failure error={error} onRetry={() => execute({ requestPolicy: 'network-only' })} />
    ) : (
      <NotFound />
    );
  }
  const view = params.get('view') === 'text' ? 'text' : 'chunks';
  const done = document.task?.status === 'COMPLETED' || document.processedAt !== null;
  return (
    <>
      <nav className="breadcrumb">
        <Link href="/documents">{m.nav.documents}</Link>
      </nav>
      <Page title={document.title || document.name}>
        <div className="task-columns">
          <div className="stack">
            {document.task && document.task.status !== 'COMPLETED' && <TaskProgress task={document.task} />}
            {document.warnings.map((warning) => (
              <p key={warning} className="note warn">
                {warning}
              </p>
            ))}
            <section className="panel" aria-label={m.documents.content}>
              <header>
                <div className="tabs" role="group" aria-label={m.documents.content}>
                  {(['chunks', 'text'] as const).map((name) => (
                    <button
                      key={name}
                      type="button"
                      aria-pressed={view === name}
                      onClick={() => show({ view: name === 'text' ? 'text' : null }, true)}
                    >
                      {m.documents.views[name]}
                    </button>
                  ))}
                </div>
              </header>
              {view === 'text' ? <DocumentText id={id} done={done} /> : <Chunks id={id} done={done} />}
            </section>
          </div>
          <div className="stack">
            <Details document={document} />
            <JsonPanel title={m.task.metadata} value={document.metadata} empty={m.common.none} />
          </div>
        </div>
      </Page>
    </>
  );
}

function Details({ document }: { document: Document }) {
  const d = m.document;
  const number = (n: number | null) => (n === null ? null : count(n));
  return (
    <Facts
      title={m.task.details}
      facts={[
        [d.name, document.name],
        [d.format, document.format ? formatName(document.format) : document.mediaType],
        [d.language, document.language && languageName(document.language)],
        [d.size, bytes(document.size)],
        [d.pages, number(document.pageCount)],
        [d.characters, number(document.characterCount)],
        [d.chunks, number(document.chunkCount)],
        [d.embedder, document.embedder],
        [m.task.created, <Ago key="created" at={document.createdAt} />],
        [m.task.createdBy, document.createdBy],
        [
          d.task,
          document.task && (
            <Link href={`/tasks/${document.task.id}`} className="link">
              {document.task.description || m.tasks.untitled}
            </Link>
          ),
        ],
        [d.sha256, <code key="sha">{document.sha256}</code>],
      ]}
    />
  );
}
