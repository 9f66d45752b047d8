#!/usr/bin/env node
// The command as npm links it. The code itself is compiled from src/ to dist/ by `npm run build`.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('leakline: not built yet; run "npm run build" at the root of the checkout first\n');
  process.exit(3);
}
await import(main.href);
