// The server writes <base href> into the page, so that one build works under any path prefix.
export const base = new URL(document.baseURI);

export const basePath = base.pathname.replace(/\/$/, '');

export const graphqlUrl = new URL('graphql', base).href;

export const socketUrl = graphqlUrl.replace(/^http/, 'ws');
