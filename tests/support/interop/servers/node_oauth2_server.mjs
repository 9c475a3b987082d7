// @node-oauth/oauth2-server: client credentials, authorization code with PKCE, refresh tokens with rotation.
import { randomBytes } from 'node:crypto';

import OAuth2Server from '@node-oauth/oauth2-server';

import { clients, redirectUri, reserved, serve } from './common.mjs';

const codes = new Map();
const refreshTokens = new Map();
const user = { id: 'owner' };

const model = {
  getClient(id, secret) {
    const client = clients.find((known) => known.id === id);
    // A public client has no secret; the others must present theirs.
    if (!client || (client.auth !== 'none' && secret !== client.secret)) return null;
    return { id, grants: client.grants, redirectUris: [redirectUri], accessTokenLifetime: 60 };
  },
  saveToken(token, client) {
    if (token.refreshToken) refreshTokens.set(token.refreshToken, { ...token, client, user });
    return { ...token, client, user };
  },
  getAuthorizationCode: (code) => codes.get(code),
  revokeAuthorizationCode: ({ authorizationCode }) => codes.delete(authorizationCode),
  getRefreshToken: (token) => refreshTokens.get(token),
  revokeToken: ({ refreshToken }) => refreshTokens.delete(refreshToken),
  getUserFromClient: () => user,
  getAccessToken: () => undefined,
};

const server = new OAuth2Server({
  model,
  requireClientAuthentication: { authorization_code: true, refresh_token: true },
});
const publicServer = new OAuth2Server({
  model,
  requireClientAuthentication: { authorization_code: false, refresh_token: false },
});

serve({
  async token(incoming, fields) {
    const request = new OAuth2Server.Request({
      method: incoming.method,
      query: {},
      headers: incoming.headers,
      body: Object.fromEntries(fields),
    });
    const response = new OAuth2Server.Response({ headers: {} });
    const isPublic = clients.some(({ id, auth }) => id === fields.get('client_id') && auth === 'none');
    try {
      await (isPublic ? publicServer : server).token(request, response);
    } catch {
      // The library has put status and error into the response.
    }
    return { status: response.status, headers: response.headers, body: response.body };
  },
  code(fields) {
    const authorizationCode = randomBytes(24).toString('base64url') + reserved;
    codes.set(authorizationCode, {
      authorizationCode,
      code: authorizationCode,
      expiresAt: new Date(Date.now() + 300_000),
      redirectUri,
      client: { id: fields.get('client_id') },
      user,
      ...(fields.has('code_challenge') && { codeChallenge: fields.get('code_challenge'), codeChallengeMethod: 'S256' }),
    });
    return authorizationCode;
  },
});
