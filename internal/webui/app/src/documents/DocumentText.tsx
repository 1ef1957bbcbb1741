import { useQuery } from 'urql';

import { DocumentTextDocument } from '../gql/graphql';
import { m } from '../messages';
import { Bones } from '../ui/State';

export function DocumentText({ id, done }: { id: string; done: boolean }) {
  const [{ data, fetching }] = useQuery({ query: DocumentTextDocument, variables: { id }, pause: !done });
  const text = data?.document?.text;
  if (fetching) {
    return <Bones rows={8} />;
  }
  return text ? (
    <pre className="document-text" tabIndex={0}>
      {text}
    </pre>
  ) : (
    <p className="body faint">{done ? m.documents.noText : m.documents.notYet}</p>
  );
}
