#!/usr/bin/env node
// The command as npm links it. The code itself is compiled from src/ to dist/ by `npm run build`.
import { existsSync } from 'node:fs';
import module from 'node:module';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('leakline: not built yet; run "npm run build" at the root of the checkout first\n');
  process.exit(3);
}
// Node 22.8 and newer keep what they compiled from one start to the next.
module.enableCompileCache?.();

await import(main.href);
