// oauth2-mock-server: any client, any code, any refresh token. It shows that its responses are understood, not that requests are right.
import { OAuth2Server } from 'oauth2-mock-server';

import { serve } from './common.mjs';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
const endpoint = `http://127.0.0.1:${server.address().port}/token`;

serve({
  async token(request, fields) {
    const { authorization } = request.headers;
    const headers = { 'Content-Type': request.headers['content-type'], ...(authorization && { authorization }) };
    const response = await fetch(endpoint, { method: 'POST', headers, body: fields.toString() });
    return { status: response.status, headers: {}, body: await response.json() };
  },
  code: () => 'any-code',
});
