// The dashboards, by the names of their files.

import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { exporter } from './exporter.js';
import { fleet } from './fleet.js';
import { importForm, provisioningForm } from './forms.js';
import { goRuntime } from './go-runtime.js';
import { leakDiagnosis } from './leak-diagnosis.js';
import { windows } from './windows.js';

const DASHBOARDS: Record<string, () => DashboardBuilder> = {
  fleet,
  'leak-diagnosis': leakDiagnosis,
  'go-runtime': goRuntime,
  windows,
  exporter,
};

/** Every file of dashboards/json/ with its text. */
export function dashboardFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, build] of Object.entries(DASHBOARDS)) {
    files.set(`provisioning/${name}.json`, text(provisioningForm(build().build())));
    files.set(`import/${name}.json`, text(importForm(build().build())));
  }
  return files;
}

function text(dashboard: Record<string, unknown>): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
