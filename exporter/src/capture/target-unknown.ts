// A name that is no target's, told to a reader.

import { UsageError } from '../errors.js';

export function targetUnknown(target: string): UsageError {
  return new UsageError(
    'target_unknown',
    `there is no target ${JSON.stringify(target.slice(0, 80))}; GET /api/v1/targets lists them`,
    { status: 404 },
  );
}
