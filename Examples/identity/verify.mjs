// Verifies the `Gatehouse-Identity` field of a request. Needs Node 18 or later and nothing else.
//
//   const identify = identityVerifier({ keySet: 'http://127.0.0.1:9090/identity/jwks.json',
//                                       audience: 'api' });
//   const caller = await identify(request.headers['gatehouse-identity']);
//   // { sub: 'alice', roles: ['admin'], permissions: [], … }, or an IdentityError is thrown
import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export class IdentityError extends Error {}

const TYPE = 'gatehouse-identity+jwt';
const TOKEN_MAX = 8192;
// An unknown key id makes the key set be read again, but not more often than this.
const REREAD_MS = 5000;

/**
 * @param keySet    URL or file of the gate's key set
 * @param audience  this upstream's name in the gate's configuration
 * @param issuer    `identity.issuer` of the gate's configuration
 * @param leeway    seconds that clocks may differ
 */
export function identityVerifier({ keySet, audience, issuer = 'gatehouse', leeway = 5 }) {
  let keys = new Map();
  let readAt = -Infinity;

  async function key(id) {
    if (!keys.has(id) && performance.now() - readAt > REREAD_MS) {
      readAt = performance.now();
      keys = await readKeys(keySet);
    }
    return keys.get(id) ?? refuse('unknown key');
  }

  return async function identify(token, now = Date.now() / 1000) {
    if (typeof token !== 'string' || token.length > TOKEN_MAX) refuse('no identity');
    const parts = token.split('.');
    if (parts.length !== 3) refuse('malformed');
    const [header, claims] = parts.slice(0, 2).map(parse);
    // The algorithm is ours to choose and never the token's.
    if (header.alg !== 'EdDSA' || header.typ !== TYPE || 'crit' in header) refuse('wrong kind');
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    const signature = Buffer.from(parts[2], 'base64url');
    if (!verify(null, signed, await key(header.kid), signature)) refuse('bad signature');
    if (claims.iss !== issuer) refuse('wrong issuer');
    if (claims.aud !== audience) refuse('meant for another service');
    if (!(claims.exp > now - leeway)) refuse('expired');
    if (!(claims.iat < now + leeway)) refuse('from the future');
    if (typeof claims.sub !== 'string') refuse('no subject');
    return claims;
  };
}

function refuse(why) {
  throw new IdentityError(why);
}

function parse(part) {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (value !== null && typeof value === 'object') return value;
  } catch {}
  refuse('malformed');
}

async function readKeys(place) {
  const text = /^https?:/.test(place)
    ? await (await fetch(place, { signal: AbortSignal.timeout(5000) })).text()
    : await readFile(place, 'utf8');
  const usable = JSON.parse(text).keys.filter((key) => key.kty === 'OKP' && key.crv === 'Ed25519');
  return new Map(usable.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
}
