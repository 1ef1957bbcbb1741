import { useEffect, useState } from 'react';

import { type CsvPreview, previewCsv } from '../lib/csv';
import { bytes } from '../lib/format';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { undecided } from './intake';
import { type Purpose, enqueue } from './queue';

// Shows the beginning of a CSV file and asks what to do with it.
export default function CsvDialog() {
  const [file] = useStore(undecided);
  return file ? <Question key={`${file.name} ${file.lastModified}`} file={file} /> : null;
}

function Question({ file }: { file: File }) {
  const others = useStore(undecided).length - 1;
  const [dryRun, setDryRun] = useState(false);
  const [forAll, setForAll] = useState(true);
  const preview = usePreview(file);
  const decide = (purpose: Purpose) => {
    const decided = forAll ? undecided.get() : [file];
    decided.forEach((one) => enqueue(one, purpose));
    undecided.set((now) => now.filter((one) => !decided.includes(one)));
  };
  return (
    <Dialog
      wide
      title={m.upload.csvTitle(file.name)}
      onClose={() => undecided.set((now) => now.filter((one) => one !== file))}
      onSubmit={() => decide(dryRun ? 'dry run' : 'import')}
      footer={
        <>
          <Button onClick={() => decide('document')}>{m.upload.asDocument}</Button>
          <Button type="submit" kind="primary" data-focus>
            {m.upload.asProducts}
          </Button>
        </>
      }
    >
      <p className="faint">{bytes(file.size)}</p>
      {preview &&
        (preview.rows.length === 0 ? <p className="note warn">{m.upload.csvNone}</p> : <Rows preview={preview} />)}
      <label className="check">
        <input type="checkbox" checked={dryRun} onChange={(event) => setDryRun(event.target.checked)} />
        <span>
          {m.upload.dryRun} <span className="faint">{m.upload.dryRunText}</span>
        </span>
      </label>
      {others > 0 && (
        <label className="check">
          <input type="checkbox" checked={forAll} onChange={(event) => setForAll(event.target.checked)} />
          {m.upload.csvMore(others)}
        </label>
      )}
    </Dialog>
  );
}

function Rows({ preview: { rows } }: { preview: CsvPreview }) {
  const [head = [], ...body] = rows;
  return (
    <div className="scroll csv" tabIndex={0} role="region" aria-label={m.upload.csvRows(rows.length)}>
      <table className="table plain">
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={i} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, r) => (
            <tr key={r}>
              {row.map((cell, c) => (
                <td key={c} title={cell}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const sampleBytes = 65_536;
const previewRows = 8;

function usePreview(file: File): CsvPreview | undefined {
  const [preview, setPreview] = useState<CsvPreview>();
  useEffect(() => {
    let current = true;
    const show = (text: string) => current && setPreview(previewCsv(text, previewRows, file.size <= sampleBytes));
    readText(file).then(show, () => show(''));
    return () => {
      current = false;
    };
  }, [file]);
  return preview;
}

// As UTF-8, unless it cannot be: then as what Excel writes in much of Europe.
async function readText(file: File): Promise<string> {
  const sample = await file.slice(0, sampleBytes).arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(sample);
  }
}
