// oauth2-mock-server: any client, any code, any refresh token. It shows that its responses are understood, not that requests are right.
import { OAuth2Server } from 'oauth2-mock-server';

import { redirectUri, serve } from './common.mjs';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
const base = `http://127.0.0.1:${server.address().port}`;

serve({
  async token(request, fields) {
    const { authorization } = request.headers;
    const headers = { 'Content-Type': request.headers['content-type'], ...(authorization && { authorization }) };
    const response = await fetch(`${base}/token`, { method: 'POST', headers, body: fields.toString() });
    return { status: response.status, headers: {}, body: await response.json() };
  },
  async code(fields) {
    if (!fields.has('code_challenge')) return 'any-code';
    // A code verifier is compared with the challenge of a code of its own.
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: fields.get('client_id'),
      redirect_uri: redirectUri,
      code_challenge: fields.get('code_challenge'),
      code_challenge_method: 'S256',
    });
    const response = await fetch(`${base}/authorize?${query}`, { redirect: 'manual' });
    return new URL(response.headers.get('location')).searchParams.get('code');
  },
});
