// Checks basic authentication against bcrypt hashes. An unknown user costs as much time as a wrong password, so that names
// cannot be guessed by the clock; results are remembered, so that a scrape every few seconds costs no bcrypt.

import { createHash } from 'node:crypto';
import bcrypt from 'bcryptjs';

/** Results to remember. More than that are guesses, and forgetting them costs only time. */
const MAX_REMEMBERED = 200;

/** Longest header that is looked at; bcrypt itself uses 72 bytes of a password. */
const MAX_HEADER_LENGTH = 1024;

export type BasicAuthCheck = (
  users: ReadonlyMap<string, string>,
  authorization: string | undefined,
) => Promise<string | undefined>;

/** A check that resolves with the name of the user, or undefined when the header does not open the door. */
export function createBasicAuthCheck(): BasicAuthCheck {
  const remembered = new Map<string, Promise<boolean>>();
  return async (users, authorization) => {
    const credentials = parseBasic(authorization);
    const [someHash] = users.values();
    if (!credentials || someHash === undefined) return undefined;
    const { name, password } = credentials;
    const hash = users.get(name) ?? someHash;
    // The hash is part of the key: a changed password is a new question.
    const key = createHash('sha256')
      .update(JSON.stringify([name, password, hash]))
      .digest('base64');
    let matches = remembered.get(key);
    if (!matches) {
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      matches = bcrypt.compare(password, hash);
      remembered.set(key, matches);
    }
    return (await matches) && users.has(name) ? name : undefined;
  };
}

/** RFC 7617. */
function parseBasic(header: string | undefined): { name: string; password: string } | undefined {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const match = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header);
  if (!match) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
