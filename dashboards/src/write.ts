// Writes dashboards/json/ and the other forms of the rules: `npm run build -w @leakline/dashboards`.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ruleFiles } from './alerting/index.js';
import { dashboardFiles } from './index.js';

const JSON_FOLDER = fileURLToPath(new URL('../json/', import.meta.url));
const PROVISIONING = fileURLToPath(new URL('../../provisioning/', import.meta.url));

function write(folder: string, files: Map<string, string>): void {
  for (const [name, text] of files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

rmSync(JSON_FOLDER, { recursive: true, force: true });
write(JSON_FOLDER, dashboardFiles());
write(PROVISIONING, ruleFiles());
