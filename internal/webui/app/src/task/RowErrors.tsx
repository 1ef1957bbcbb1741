import { m } from '../messages';
import type { RowError } from './result';

export function RowErrors({ errors, total }: { errors: RowError[]; total: number }) {
  const t = m.task;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t.rowErrors}>
      <table className="table plain">
        <caption>{total > errors.length ? t.rowErrorsOf(errors.length, total) : t.rowErrors}</caption>
        <thead>
          <tr>
            <th scope="col" className="number">
              {t.row}
            </th>
            <th scope="col">{t.column}</th>
            <th scope="col">{t.value}</th>
            <th scope="col">{t.problem}</th>
          </tr>
        </thead>
        <tbody>
          {errors.map((error, i) => (
            <tr key={i}>
              <td className="number">{error.row}</td>
              <td>{error.column}</td>
              <td>
                <code>{error.value}</code>
              </td>
              <td>{error.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
