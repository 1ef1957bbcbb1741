// JSON in the database keeps every digit of a number, JavaScript's numbers keep about sixteen. What would lose some is
// carried through the page as a marked text, and sent as the number that it is.

const mark = '\uE000'; // of no meaning to anybody else, by Unicode
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?![\d.eE])/g;
const marked = new RegExp(`"${mark}(-?(?:0|[1-9]\\d*)(?:\\.\\d+)?)"`, 'g');

// The JSON text with such numbers marked.
export const keepDigits = (json: string): string =>
  /\d{16}|\d\.\d{16}/.test(json)
    ? json.replace(tokens, (token) => (token.startsWith('"') || isSafe(token) ? token : `"${mark}${token}"`))
    : json;

// The JSON text with the numbers as they were.
export const restoreDigits = (json: string): string => (json.includes(mark) ? json.replace(marked, '$1') : json);

// The digits of a marked number, nothing of anything else.
export const exactDigits = (value: unknown): string | undefined =>
  typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : undefined;

// Fetches JSON so that no digit is lost on either way.
export async function fetchExactly(address: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const body = typeof init.body === 'string' ? restoreDigits(init.body) : init.body;
  const response = await fetch(address, { ...init, ...(body !== undefined && { body }) });
  const { status, statusText, headers } = response;
  return new Response(keepDigits(await response.text()), { status, statusText, headers });
}

function isSafe(token: string): boolean {
  const plain = token.includes('.') ? token.replace(/\.?0+$/, '') : token;
  return plain.length <= 15 || String(Number(token)) === plain;
}
