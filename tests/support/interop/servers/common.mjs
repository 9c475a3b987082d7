// What the Node.js servers share: the clients, the log that the tests read, and the HTTP server with its two paths: POST /token is the
// token endpoint, POST /codes issues a code as after a user's consent.
//
// Standard output: one JSON object per line, first {"event":"listening","port":…}, then one {"event":"request",…} per token request,
// written before its response is sent. No secret and no token is logged.
import { readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

export const clients = JSON.parse(readFileSync(new URL('clients.json', import.meta.url), 'utf8'));
export const redirectUri = 'http://localhost:8085/callback';
// At the end of each code: characters that a form has to encode.
export const reserved = '+/=%&';

const emit = (event) => writeSync(1, `${JSON.stringify(event)}\n`);

async function form(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

// `token` and `code` get the form; `token` returns status, headers and body, `code` the code.
export function serve({ token, code }) {
  const server = createServer(async (request, response) => {
    const fields = await form(request);
    if (request.url === '/codes') {
      response.end(await code(fields));
      return;
    }
    const { status, headers, body } = await token(request, fields);
    emit({
      event: 'request',
      status,
      grant_type: fields.get('grant_type') ?? '',
      has_verifier: fields.has('code_verifier'),
      has_secret: fields.has('client_secret'),
    });
    response.writeHead(status, { ...headers, 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1', () => emit({ event: 'listening', port: server.address().port }));
}
