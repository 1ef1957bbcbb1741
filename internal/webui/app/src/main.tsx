import './theme/tokens.css';
import './theme/base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { Router } from 'wouter';

import { Gate } from './access/Gate';
import { basePath } from './api/address';
import { client } from './api/client';
import { startFeed } from './api/feed';
import { keepSession, signInAgain } from './api/identity';
import { onRefused, openSocket } from './api/socket';
import { startKeyboard } from './lib/keyboard';
import { m } from './messages';
import { App } from './shell/App';
import { loadAllPages } from './shell/Routes';
import { startTheme } from './theme/theme';

const root = document.getElementById('app');
if (root === null) {
  throw new Error('index.html has no #app element');
}

startTheme();
startKeyboard();

// Back from the provider's login, the code is redeemed before anything is asked.
const returned = new URLSearchParams(location.search).has('state');
const problem = returned
  ? await import('./access/oidc').then(({ finishLogin }) => finishLogin()).catch((error: unknown) => String(error))
  : undefined;
onRefused(() => void signInAgain());
openSocket();
keepSession();
startFeed(client);
window.setTimeout(loadAllPages, 3_000);

createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <Router base={basePath}>
        <Gate problem={problem && m.login.failed(problem)}>
          <App />
        </Gate>
      </Router>
    </Provider>
  </StrictMode>,
);
