import './theme/tokens.css';
import './theme/base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { Router } from 'wouter';

import { basePath } from './api/address';
import { client } from './api/client';
import { startFeed } from './api/feed';
import { openSocket } from './api/socket';
import { startKeyboard } from './lib/keyboard';
import { App } from './shell/App';
import { startTheme } from './theme/theme';

const root = document.getElementById('app');
if (root === null) {
  throw new Error('index.html has no #app element');
}

startTheme();
startKeyboard();
openSocket();
startFeed(client);

createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <Router base={basePath}>
        <App />
      </Router>
    </Provider>
  </StrictMode>,
);
