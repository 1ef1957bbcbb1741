import { Link } from 'wouter';

import type { StatsFragment } from '../gql/graphql';
import { count } from '../lib/format';
import { m, typeNames } from '../messages';
import { Ago } from '../ui/Time';

const shown = 10;

// Why attempts failed, the most frequent first.
export function Failures({ failures }: { failures: StatsFragment['failures'] }) {
  const o = m.overview;
  return (
    <section className="panel whole-row" aria-labelledby="failures">
      <header>
        <h2 id="failures">{o.failures}</h2>
        {failures.length > shown && <span className="faint">{o.failuresOf(shown, failures.length)}</span>}
      </header>
      {failures.length === 0 ? (
        <p className="body faint">{o.noFailures}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="failures">
          <table className="table plain failures">
            <thead>
              <tr>
                <th scope="col" className="number">
                  {o.times}
                </th>
                <th scope="col">{m.task.error}</th>
                <th scope="col" className="wide-only">
                  {m.tasks.type}
                </th>
                <th scope="col" className="wide-only">
                  {o.last}
                </th>
              </tr>
            </thead>
            <tbody>
              {failures.slice(0, shown).map(({ type, message, count: n, lastAt, exampleTaskId }) => (
                <tr key={`${type} ${message}`}>
                  <td className="number">{count(n)}</td>
                  <td className="failure-text">
                    {exampleTaskId === null ? (
                      message || o.otherErrors
                    ) : (
                      <Link href={`/tasks/${exampleTaskId}`} className="link">
                        {message || o.otherErrors}
                      </Link>
                    )}
                  </td>
                  <td className="wide-only">{typeNames[type]}</td>
                  <td className="wide-only faint nowrap">
                    <Ago at={lastAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
