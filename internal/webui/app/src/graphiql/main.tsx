import './workers';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './style.css';

import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { examples } from './examples';
import { createFetcher } from './fetcher';

const root = document.getElementById('graphiql');
if (root === null) {
  throw new Error('graphiql.html has no #graphiql element');
}

createRoot(root).render(
  <GraphiQL
    fetcher={createFetcher(document.baseURI)}
    defaultTabs={examples}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <a className="product" href={document.baseURI}>
        Taskwire
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
);
