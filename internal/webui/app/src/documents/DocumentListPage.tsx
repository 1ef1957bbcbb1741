import '../ui/table.css';
import './document.css';

import { useCallback, useMemo } from 'react';
import { Link } from 'wouter';

import { useLiveQuery, useWatch } from '../api/live';
import { DocumentListDocument, type DocumentListQuery, type TaskStatus } from '../gql/graphql';
import { bytes, count, formatName } from '../lib/format';
import { useListAddress } from '../lib/url';
import { m, statusNames } from '../messages';
import { pageSize, toPage } from '../tasks/filters';
import { HoldButton } from '../ui/HoldButton';
import { ListFrame } from '../ui/ListFrame';
import { Page } from '../ui/Page';
import { Pager } from '../ui/Pager';
import { SearchBox } from '../ui/SearchBox';
import { Select } from '../ui/Select';
import { Empty } from '../ui/State';
import { Status } from '../ui/Status';
import { Ago } from '../ui/Time';

type Document = DocumentListQuery['documents']['nodes'][number];

export default function DocumentListPage() {
  const { params, q, after, before, show } = useListAddress('/documents');
  const status = params.get('status') ?? '';
  const variables = useMemo(() => {
    const statuses = Object.hasOwn(statusNames, status) ? [status as TaskStatus] : undefined;
    return {
      filter: { ...(q.trim() && { search: q }), ...(statuses && { statuses }) },
      ...toPage({ after, before }, pageSize),
    };
  }, [q, status, after, before]);
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: DocumentListDocument, variables });
  const documents = data?.documents.nodes ?? [];
  useWatch(useMemo(() => (data?.documents.nodes ?? []).flatMap(({ task }) => task?.id ?? []), [data]));
  const search = useCallback((text: string) => show({ q: text }, q !== ''), [show, q]);
  return (
    <Page title={m.nav.documents} actions={<HoldButton />}>
      <search className="filter-bar">
        <SearchBox label={m.documents.search} hint={m.documents.searchHint} value={q} onChange={search} />
        <Select
          label={m.tasks.status}
          value={status}
          options={{ '': m.documents.anyStatus, ...statusNames }}
          onChange={(next) => show({ status: next })}
        />
      </search>
      <ListFrame
        error={data ? undefined : error}
        loading={!data && fetching}
        rows={10}
        empty={
          documents.length === 0 && (
            <Empty icon="documents" title={m.documents.empty}>
              <p>{m.documents.emptyText}</p>
            </Empty>
          )
        }
        onRetry={() => execute({ requestPolicy: 'network-only' })}
      >
        <Table documents={documents} />
      </ListFrame>
      <div className="list-foot">
        <Pager info={data?.documents.pageInfo} after={after} before={before} onMove={(place) => show({ ...place })} />
      </div>
    </Page>
  );
}

function Table({ documents }: { documents: Document[] }) {
  const c = m.documents.columns;
  return (
    <table className="table document-table">
      <caption className="hidden">{m.nav.documents}</caption>
      <colgroup>
        <col />
        <col className="wide-only w-status" />
        <col className="wide-only w-short" />
        <col className="wider-only w-short" />
        <col className="wider-only w-short" />
        <col className="wider-only w-short" />
        <col className="wide-only w-time" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{c.name}</th>
          <th scope="col" className="wide-only">
            {c.status}
          </th>
          <th scope="col" className="wide-only">
            {c.format}
          </th>
          <th scope="col" className="wider-only number">
            {c.size}
          </th>
          <th scope="col" className="wider-only number">
            {c.pages}
          </th>
          <th scope="col" className="wider-only number">
            {c.chunks}
          </th>
          <th scope="col" className="wide-only">
            {c.uploaded}
          </th>
        </tr>
      </thead>
      <tbody>
        {documents.map((document) => (
          <Row key={document.id} document={document} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ document }: { document: Document }) {
  const { id, name, title, format, size, pageCount, chunkCount, createdAt, task } = document;
  return (
    <tr>
      <td className="cell-task">
        <Link href={`/documents/${id}`} className="truncate task-name" title={name}>
          {title || name}
        </Link>
        {title && <span className="truncate task-note faint">{name}</span>}
        <span className="compact">
          {task && <Status status={task.status} />}
          <span className="faint">{bytes(size)}</span>
          <span className="faint">
            <Ago at={createdAt} />
          </span>
        </span>
      </td>
      <td className="wide-only">{task ? <Status status={task.status} /> : m.common.unknown}</td>
      <td className="wide-only soft">{format === null ? m.common.unknown : formatName(format)}</td>
      <td className="wider-only number soft">{bytes(size)}</td>
      <td className="wider-only number soft">{pageCount === null ? m.common.unknown : count(pageCount)}</td>
      <td className="wider-only number soft">{chunkCount === null ? m.common.unknown : count(chunkCount)}</td>
      <td className="wide-only soft">
        <Ago at={createdAt} />
      </td>
    </tr>
  );
}
