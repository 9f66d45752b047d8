// What a command says when its pattern meets no function.

import { LeaklineError } from '../../errors.js';

export function noMatch(pattern: string): LeaklineError {
  return new LeaklineError('no_match', `no matches found for regexp: ${pattern}`, { status: 404 });
}
