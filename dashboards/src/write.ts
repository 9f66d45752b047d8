// Writes dashboards/json/: `npm run build -w @leakline/dashboards`.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './index.js';

const FOLDER = fileURLToPath(new URL('../json/', import.meta.url));

rmSync(FOLDER, { recursive: true, force: true });
for (const [name, text] of dashboardFiles()) {
  const file = join(FOLDER, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
