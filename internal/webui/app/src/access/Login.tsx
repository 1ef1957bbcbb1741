import './login.css';

import { useEffect, useState } from 'react';

import icon from '../favicon.svg';
import { m } from '../messages';
import { Button } from '../ui/Button';
import { Bones } from '../ui/State';
import { beginLogin, isTaken } from './oidc';
import { setSession } from './session';
import { type Settings, loadSettings } from './settings';

// Stands in the place of the pages while the server asks who is there.
export default function Login({ problem: first }: { problem?: string | undefined }) {
  const [settings, setSettings] = useState<Settings>();
  const [problem, setProblem] = useState(first);
  useEffect(() => {
    document.title = `${m.login.title} · ${m.product}`;
    loadSettings().then(setSettings, () => setProblem(m.errors.network));
  }, []);
  return (
    <main className="login">
      <div className="panel">
        <img src={icon} alt="" width="36" height="36" />
        <h1>{m.login.heading}</h1>
        {problem && (
          <p className="note bad" role="alert">
            {problem}
          </p>
        )}
        {settings === undefined && problem === undefined && <Bones rows={2} />}
        {settings?.oidc && (
          <Button
            kind="primary"
            onClick={() => void beginLogin(settings.oidc!).catch(() => setProblem(m.login.providerDown))}
          >
            {m.login.withProvider(new URL(settings.oidc.issuer).host)}
          </Button>
        )}
        {settings?.oidc && settings.apiKeys && <p className="faint">{m.login.or}</p>}
        {settings?.apiKeys && <KeyForm primary={settings.oidc === null} onProblem={setProblem} />}
      </div>
    </main>
  );
}

function KeyForm({ primary, onProblem }: { primary: boolean; onProblem: (problem: string | undefined) => void }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    onProblem(undefined);
    try {
      if (await isTaken(key.trim())) {
        setSession({ token: key.trim() });
        location.reload();
        return;
      }
      onProblem(m.login.refused);
    } catch {
      onProblem(m.errors.network);
    }
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label className="field">
        {m.login.key}
        <input
          className="input mono"
          type="password"
          autoComplete="current-password"
          required
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <Button type="submit" kind={primary ? 'primary' : 'plain'} disabled={busy}>
        {m.login.withKey}
      </Button>
    </form>
  );
}
