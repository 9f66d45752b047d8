// What is used of pino-roll, which brings no types: github.com/mcollina/pino-roll.

declare module 'pino-roll' {
  import type { SonicBoom, SonicBoomOpts } from 'sonic-boom';

  export interface RollOptions extends SonicBoomOpts {
    /** Path without the number and the extension. */
    file: string;
    extension?: string;
    /** "10m". */
    size?: string;
    /** `count`: older files that are kept; with `removeOtherLogFiles` also those of earlier runs count. */
    limit?: { count: number; removeOtherLogFiles?: boolean };
  }

  export default function roll(options: RollOptions): Promise<SonicBoom>;
}
