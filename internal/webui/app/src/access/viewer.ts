import { useQuery } from 'urql';

import { ViewerDocument } from '../gql/graphql';

// Who is looking, and what they may do. What they may not do is not shown; the server refuses it in any case.
export function useViewer() {
  const [{ data }] = useQuery({ query: ViewerDocument });
  return data?.viewer;
}

export function useMay(): (field: string) => boolean {
  const permissions = useViewer()?.permissions;
  return (field) => permissions?.includes(field) ?? false;
}
