// An Express API that believes nobody but the gate. On Debian: apt-get install nodejs node-express
//
//   NODE_PATH=/usr/share/nodejs PORT=3000 KEY_SET=http://127.0.0.1:9090/identity/jwks.json AUDIENCE=api node api.mjs
import { createRequire } from 'node:module';
import { identityVerifier, IdentityError } from './verify.mjs';

// With express from npm: import express from 'express'
const express = createRequire(import.meta.url)('express');
const identify = identityVerifier({
  keySet: process.env.KEY_SET,
  audience: process.env.AUDIENCE ?? 'api',
});
const app = express();

app.use(async (request, response, next) => {
  try {
    request.caller = await identify(request.get('Gatehouse-Identity'));
    next();
  } catch (error) {
    if (!(error instanceof IdentityError)) return next(error);
    console.error(`refused: ${error.message}`);
    response.status(403).json({ error: 'this API is reached through its gate' });
  }
});

app.get('/api/me', (request, response) => {
  const { sub, roles, permissions } = request.caller;
  response.json({ sub, roles, permissions });
});

app.post('/api/count', (request, response) => {
  let bytes = 0;
  request.on('data', (piece) => (bytes += piece.length));
  request.on('end', () => response.json({ bytes }));
});

app.get('/api/broken', () => {
  throw new Error('secret database password in a stack trace');
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening ${server.address().port}`);
});
