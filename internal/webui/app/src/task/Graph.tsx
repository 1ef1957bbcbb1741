import './graph.css';

import { useEffect, useMemo, useRef } from 'react';
import { useLocation } from 'wouter';

import { useLiveQuery, useWatch } from '../api/live';
import { basePath } from '../api/address';
import { TaskGraphDocument, type TaskRowFragment } from '../gql/graphql';
import { m, statusNames } from '../messages';
import { around, box, path, place } from './layout';

// The tasks around this one, each of them live. Nothing, where there are none.
export function Graph({ id }: { id: string }) {
  const [{ data }] = useLiveQuery({ query: TaskGraphDocument, variables: { id } });
  const task = data?.task;
  const graph = useMemo(() => (task ? around(task) : undefined), [task]);
  const ids = useMemo(() => graph?.nodes.map((node) => node.id) ?? [], [graph]);
  useWatch(ids);
  const frame = useRef<HTMLDivElement>(null);
  const drawn = graph !== undefined && graph.nodes.length > 1;
  useEffect(() => center(frame.current), [id, drawn]);
  if (graph === undefined || graph.nodes.length < 2) {
    return null;
  }
  const { width, height, places } = place(graph.nodes);
  const more = task?.dependsOn.pageInfo.hasNextPage || task?.dependents.pageInfo.hasNextPage;
  return (
    <section className="panel" aria-labelledby="graph">
      <header>
        <h2 id="graph">{m.task.graph}</h2>
      </header>
      <div className="graph" ref={frame} tabIndex={0} role="group" aria-label={m.task.graphLabel(graph.nodes.length)}>
        <svg width={width + 2} height={height + 2} viewBox={`-1 -1 ${width + 2} ${height + 2}`}>
          {graph.edges.map(({ from, to }) => (
            <Arrow key={`${from} ${to}`} d={path(places.get(from)!, places.get(to)!)} />
          ))}
          {graph.nodes.map((node) => (
            <Box
              key={node.id}
              task={node as unknown as TaskRowFragment}
              self={node.id === id}
              {...places.get(node.id)!}
            />
          ))}
        </svg>
      </div>
      {more && <p className="body faint">{m.task.graphMore}</p>}
    </section>
  );
}

// Where the graph is wider than the page, this task is in the middle of what shows of it.
function center(frame: HTMLElement | null): void {
  const self = frame?.querySelector('.self')?.getBoundingClientRect();
  if (frame && self) {
    frame.scrollLeft += (self.left + self.right) / 2 - frame.getBoundingClientRect().left - frame.clientWidth / 2;
  }
}

function Arrow({ d }: { d: string }) {
  const [x, y] = d.split(/[ C]/).slice(-2);
  return (
    <g className="graph-arrow" aria-hidden="true">
      <path d={d} fill="none" />
      <path d={`M${x} ${y}l-5 -3.500v7z`} />
    </g>
  );
}

const longest = 22; // characters that fit

function Box({ task, self, x, y }: { task: TaskRowFragment; self: boolean; x: number; y: number }) {
  const [, go] = useLocation();
  const name = task.description || m.tasks.untitled;
  const to = `/tasks/${task.id}`;
  return (
    <g transform={`translate(${x} ${y})`}>
      <a
        href={basePath + to}
        className={`graph-box${self ? ' self' : ''}`}
        aria-label={`${name}, ${statusNames[task.status]}, ${task.progress} %`}
        aria-current={self ? 'page' : undefined}
        onClick={(event) => {
          if (!event.metaKey && !event.ctrlKey) {
            event.preventDefault();
            go(to);
          }
        }}
      >
        <title>{name}</title>
        <rect width={box.width} height={box.height} rx="7" />
        <text x="12" y="19">
          {name.length > longest ? `${name.slice(0, longest - 1)}…` : name}
        </text>
        <text x="12" y="35" className={`graph-status status-${task.status}`}>
          {self ? `${m.task.self} · ` : ''}
          {statusNames[task.status]}
          {task.status === 'RUNNING' ? ` ${task.progress} %` : ''}
        </text>
        <rect
          className={`graph-bar status-${task.status}`}
          y={box.height - 3}
          width={(box.width * task.progress) / 100}
          height="3"
          rx="1.5"
        />
      </a>
    </g>
  );
}
