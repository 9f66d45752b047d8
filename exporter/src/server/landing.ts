// The landing page of an exporter that was built without its page: targets, their state and the links, as plain HTML.

import { formatBytes } from '../format.js';
import type { TargetStatus } from '../watch/types.js';
import { VERSION } from '../version.js';

export function landingPage(targets: readonly TargetStatus[]): string {
  const rows = targets.map(({ name, health, verdict, lastSample, problem }) => {
    const memory = lastSample?.signals.commit ?? lastSample?.signals.heap_inuse;
    const cells = [
      `<a href="api/v1/targets/${encodeURIComponent(name)}">${escapeHtml(name)}</a>`,
      escapeHtml(verdict?.state ?? health),
      memory === undefined ? '' : formatBytes(memory),
      escapeHtml(verdict?.why ?? problem ?? ''),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const table =
    rows.length === 0
      ? '<p>No Go process is watched yet. Start one, or name one in the configuration.</p>'
      : `<table><thead><tr><th>Target</th><th>State</th><th>Memory</th><th>Why</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Leakline</title>
<meta name="viewport" content="width=device-width"><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .75rem;border-bottom:1px solid #8884;vertical-align:top}
</style><h1>Leakline ${escapeHtml(VERSION)}</h1>${table}
<p><a href="metrics">Metrics</a> · <a href="api/v1/targets">API</a></p></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
